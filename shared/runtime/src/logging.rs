//! Where logs go: JSON lines for Lambda, text for the terminal.

use std::io;

use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::LevelFilter, fmt, fmt::MakeWriter, layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Logs JSON lines to standard output, as Lambda takes them; what is logged follows `RUST_LOG`, by default `info`.
pub fn start_lambda_logging() {
    start(json_lines(io::stdout), LevelFilter::INFO);
}

/// Logs text to standard error; what is logged follows `RUST_LOG`, by default `info`.
pub fn start_local_logging() {
    start(text_lines(), LevelFilter::INFO);
}

/// Logs text to standard error beside output that people read; what is logged follows `RUST_LOG`, by default `warn`.
pub fn start_quiet_local_logging() {
    start(text_lines(), LevelFilter::WARN);
}

fn start(layer: impl Layer<Registry> + Send + Sync, default: LevelFilter) {
    let filter = EnvFilter::builder().with_default_directive(default.into()).from_env_lossy();
    // Refused when logging was started before, by a test for instance. The first start stands.
    drop(tracing_subscriber::registry().with(layer.with_filter(filter)).try_init());
}

fn text_lines() -> impl Layer<Registry> + Send + Sync {
    fmt::layer().with_ansi(io::IsTerminal::is_terminal(&io::stderr())).with_writer(io::stderr)
}

/// Lambda reads `level` and `timestamp` from the top of each line.
///
/// Source: AWS Lambda developer guide, log-level filtering, 2026-11.
fn json_lines<W>(writer: W) -> impl Layer<Registry> + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(writer)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_for_lambda_is_json_with_its_fields_at_the_top() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::registry().with(json_lines(move || writer.clone()));

        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::info_span!("reconcile", tenant = "acme").entered();
            tracing::info!(member.id = "m1", "granted 2 groups to member m1");
        });

        let line: serde_json::Value = serde_json::from_slice(&lines.0.lock().unwrap()).unwrap();
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["message"], "granted 2 groups to member m1");
        assert_eq!(line["member.id"], "m1");
        assert_eq!(line["span"]["tenant"], "acme");
        assert!(line["timestamp"].is_string());
    }
}
