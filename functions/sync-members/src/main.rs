//! The Lambda function `sync-members`.

use lambda_runtime::{LambdaEvent, service_fn};
use runtime::{Services, logging};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    logging::start_lambda_logging();
    let services = Services::from_env().await?;
    let handle = |event: LambdaEvent<Value>| {
        let until = sync_members::before(event.context.deadline);
        sync_members::handle(&services, event.payload, until)
    };
    lambda_runtime::run(service_fn(handle)).await
}
