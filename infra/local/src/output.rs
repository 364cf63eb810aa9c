//! Standard output.

use std::io::{ErrorKind, Write};

/// Writes lines as they are. Their colours are left out if standard output is no terminal or `NO_COLOR` is set.
pub(crate) fn write(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // Nobody reads on, as with `| head`; the judgement at the end still counts.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}
