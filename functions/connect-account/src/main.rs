//! The Lambda function `connect-account`.

use runtime::{Services, logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::start_lambda_logging();
    let services = Services::from_env().await?;
    lambda_http::run(connect_account::router(services)).await
}
