//! Starting logs is for a whole process, so this has one to itself.

#[test]
fn starting_logs_twice_is_harmless() {
    runtime::logging::start_local_logging();
    runtime::logging::start_lambda_logging();
    runtime::logging::start_local_logging();
}
