//! The embedded engine, for the tests that need a real DynamoDB under the store.

use aws_sdk_dynamodb::{
    Client, Config,
    config::{Credentials, Region},
};
use tokio::net::TcpListener;

/// Starts an engine without tables; its address.
pub(crate) async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    url
}

/// A client of the engine at `url`, with the table made.
pub(crate) async fn client(url: &str) -> Client {
    let config = Config::builder()
        .behavior_version_latest()
        .endpoint_url(url)
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::for_tests())
        .build();
    let client = Client::from_conf(config);
    state::create_table(&client, "latchwork").await.unwrap();
    client
}
