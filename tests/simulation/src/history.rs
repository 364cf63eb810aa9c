//! What happened, line by line: the same seed gives the same lines.

use std::fmt::Write as _;

use jiff::Timestamp;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, by the true clock.
    pub at: Timestamp,
    /// Whom it is about, as `tenant:member`; `None` if it is about everybody.
    pub about: Option<String>,
    /// What.
    pub text: String,
}

/// How many lines a failure shows.
const SHOWN: usize = 40;

/// The last lines that are about `person` or about everybody.
pub(crate) fn excerpt(lines: &[Line], person: Option<&str>) -> String {
    let concerns = |line: &&Line| line.about.is_none() || person.is_none() || line.about.as_deref() == person;
    let mut last: Vec<&Line> = lines.iter().rev().filter(concerns).take(SHOWN).collect();
    last.reverse();
    let mut text = String::new();
    for Line { at, about, text: what } in last {
        let _ = writeln!(text, "  {at:.3}  {}{what}", about.as_ref().map(|who| format!("{who}: ")).unwrap_or_default());
    }
    text
}
