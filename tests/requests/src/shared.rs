//! A state that several processes work on.

use std::{path::PathBuf, sync::Arc};

use brivo::Hosts;
use runtime::{
    Services,
    clock::SystemClock,
    connections::Connections,
    courier::Messenger,
    key_ring::KeyRing,
    platform_api::PlatformApis,
    seal::Sealer,
    services::Process,
    wakeups::{LocalWakeUps, WakeUps},
};
use state::{DynamoStore, Store};

use crate::bench::{TABLE, engine_client};

/// What the processes of a deployment share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The address of the engine that keeps the state.
    pub engine: String,
    /// The file of the data keys.
    pub key_file: PathBuf,
    /// Where Brivo is.
    pub hosts: Hosts,
}

impl Shared {
    /// One of the processes, on the real clock, and what wakes its members.
    ///
    /// # Errors
    /// If there is no HTTP client, or no data key.
    pub fn process(&self, name: &str) -> anyhow::Result<(Services, Arc<LocalWakeUps>)> {
        let store: Arc<dyn Store> = Arc::new(DynamoStore::new(engine_client(&self.engine), TABLE));
        let sealer = Arc::new(Sealer::new(KeyRing::from_file(&self.key_file)?));
        let http = Arc::new(brivo::http_client()?);
        let hosts = Some(self.hosts.clone());
        let wakeups = Arc::new(LocalWakeUps::new());
        let services = Services {
            connections: Arc::new(Connections::new(Arc::clone(&store), Arc::clone(&sealer), http, hosts)),
            store,
            clock: Arc::new(SystemClock),
            wakeups: Arc::clone(&wakeups) as Arc<dyn WakeUps>,
            sealer,
            platforms: PlatformApis::new(None)?,
            courier: Arc::new(Messenger::default()),
            process: Process { name: name.to_owned(), alone: false },
        };
        Ok((services, wakeups))
    }
}
