//! The Lambda function `serve-console`.

use runtime::{Services, config, logging};
use serve_console::Console;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::start_lambda_logging();
    let services = Services::from_env().await?;
    let console = Console { services, admin_key_sha256: config::admin_key_sha256()? };
    lambda_http::run(serve_console::router(console)).await
}
