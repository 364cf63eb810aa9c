//! The embedded DynamoDB engine, spoken to like the real one.

use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
};
use state::DynamoStore;
use tokio::net::TcpListener;

/// The table's name.
const TABLE: &str = "latchwork";

/// Starts the engine on a port of its own and opens the store on it; state is in `file`, or in memory.
pub(crate) async fn start(file: Option<&Path>) -> anyhow::Result<DynamoStore> {
    let engine = match file {
        Some(file) => {
            make_private(file).context("cannot make the state file")?;
            dynoxide::Database::new(&file.display().to_string()).context("cannot open the state file")?
        }
        None => dynoxide::Database::memory().context("cannot make an empty state")?,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot bind a port for the state engine")?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(listener, engine));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new("local"))
        .credentials_provider(Credentials::for_tests())
        .build();
    let client = Client::from_conf(config);
    state::create_table(&client, TABLE).await.context("cannot make the table")?;
    Ok(DynamoStore::new(client, TABLE))
}

/// Makes the file if it is not there, for nobody else to read: people's names and addresses will be in it.
fn make_private(file: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(|_| ())
}
