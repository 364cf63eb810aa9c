//! Everything started and wired together.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use brivo::Hosts;
use reconcile::{catch_up::wake_all, keys::leave_out_bad_keys, settings::settle};
use runtime::{
    Services,
    config::process_name,
    connections::Connections,
    courier::{AppHooks, Messenger, Outbox, Reach},
    document::Document,
    platform_api::PlatformApis,
    resealing::reseal,
    seal::Sealer,
    services::Process,
    tenants::{forget_claims, load},
    wakeups::LocalWakeUps,
};
use secrecy::SecretString;
use serve_console::{Console, admin_key_digest};
use simulators::{
    brivo::BrivoServer,
    nexudus::NexudusServer,
    serving::{Served, serve},
};
use state::Store;
use tokio::task::JoinHandle;

use crate::{
    clock_routes,
    data::Data,
    driver::Driver,
    engine, mail_routes, simulation,
    time::{ClockChoice, Time},
};

/// What a bundle is started with.
#[derive(Debug)]
pub struct Settings {
    /// The port of all HTTP routes; 0 picks one.
    pub port: u16,
    /// The folder that keeps state; in memory without one.
    pub data: Option<PathBuf>,
    /// Tenant documents to load, unless they are those that were loaded last: what was put since then holds.
    pub tenants: Vec<Document>,
    /// Which Brivo to talk to.
    pub brivo: BrivoChoice,
    /// The Brivo API key for accounts that name none, where the policy has whoever runs Latchwork hold one.
    pub vendor_key: Option<SecretString>,
    /// The platform's API instead of the built-in simulator.
    pub platform_api: Option<String>,
    /// How time passes.
    pub clock: ClockChoice,
    /// The admin key; made up if left out.
    pub admin_key: Option<String>,
}

/// Which Brivo the bundle talks to.
#[derive(Clone, Debug)]
pub enum BrivoChoice {
    /// The built-in simulator.
    Simulated,
    /// One at another address.
    At(Hosts),
    /// Brivo's own hosts, by the region of each account.
    Real,
}

/// A running bundle; it stops when it is dropped.
#[derive(Debug)]
pub struct Bundle {
    served: Served,
    admin_key: String,
    hosts: Option<Hosts>,
    driver: Arc<Driver>,
    services: Services,
    brivo: Option<BrivoServer>,
    nexudus: Option<NexudusServer>,
    running: JoinHandle<()>,
    _data: Data,
}

/// Brings pass codes to people: mails land in the outbox, hooks are really posted.
fn courier(outbox: &Arc<Outbox>, sealer: &Arc<Sealer>) -> anyhow::Result<Messenger> {
    let app_hooks = AppHooks::new(Reach::Anywhere, Arc::clone(sealer))?;
    Ok(Messenger::default().with_mail(Arc::clone(outbox) as _).with_app_hooks(app_hooks))
}

/// Does what the last process may have left, and has everyone looked at.
async fn catch_up(services: &Services) -> anyhow::Result<()> {
    for tenant in services.store.tenants().await.context("cannot list the tenants")? {
        reseal(&*services.store, &services.sealer, &tenant).await.context("cannot seal secrets anew")?;
        settle(services, &tenant).await.context("cannot measure a change of settings")?;
        wake_all(services, &tenant).await.context("cannot read a tenant's members")?;
    }
    Ok(())
}

impl Bundle {
    /// Starts everything.
    ///
    /// # Errors
    /// If a part cannot start, or the state is not what the documents say it should be.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let data = Data::open(settings.data.as_deref())?;
        let time = Time::new(settings.clock, data.folder())?;
        let clock = time.clock();
        let mut documents = settings.tenants;
        let (brivo, hosts) = match settings.brivo {
            BrivoChoice::Real => (None, None),
            BrivoChoice::At(hosts) => (None, Some(hosts)),
            BrivoChoice::Simulated => {
                let server =
                    simulation::brivo(&mut documents, settings.vendor_key.as_ref(), &clock, data.file("brivo.json"))
                        .await?;
                let hosts = Hosts { auth: server.auth_url().to_owned(), api: server.api_url().to_owned() };
                (Some(server), Some(hosts))
            }
        };
        let nexudus = match &settings.platform_api {
            Some(_) => None,
            None => Some(simulation::nexudus(&documents, &clock).await?),
        };
        let platform_api = settings.platform_api.or_else(|| nexudus.as_ref().map(NexudusServer::base_url));

        let store: Arc<dyn Store> = Arc::new(engine::start(data.file("state.db").as_deref()).await?);
        let sealer = Arc::new(Sealer::new(data.keys()?));
        let http = Arc::new(brivo::http_client()?);
        let queue = Arc::new(LocalWakeUps::new());
        let outbox = Arc::new(Outbox::default());
        let connections = Connections::new(Arc::clone(&store), Arc::clone(&sealer), http, hosts.clone());
        let courier = courier(&outbox, &sealer)?;
        let services = Services {
            connections: Arc::new(connections.with_vendor_key(settings.vendor_key)),
            store,
            clock,
            wakeups: Arc::clone(&queue) as Arc<dyn runtime::wakeups::WakeUps>,
            sealer,
            platforms: PlatformApis::new(platform_api)?,
            courier: Arc::new(courier),
            process: Process { name: process_name()?, alone: true },
        };
        load_all(&services, &mut documents).await?;
        let driver = Arc::new(Driver::start(services.clone(), queue, time).await?);
        catch_up(&services).await?;
        let admin_key = match settings.admin_key {
            Some(key) => key,
            None => process_name()?,
        };
        let console = Console { services: services.clone(), admin_key_sha256: admin_key_digest(&admin_key) };
        let router = receive_webhook::router(services.clone())
            .merge(serve_console::router(console))
            .merge(connect_account::router(services.clone()))
            .merge(clock_routes::router(Arc::clone(&driver)))
            .merge(mail_routes::router(outbox));
        let served =
            serve(router, settings.port).await.with_context(|| format!("cannot bind port {}", settings.port))?;
        if let Some(brivo) = &brivo {
            simulation::let_connect(brivo, &documents, served.base_url())?;
        }
        let runner = Arc::clone(&driver);
        let running = tokio::spawn(async move { runner.run().await });
        Ok(Self { served, admin_key, hosts, driver, services, brivo, nexudus, running, _data: data })
    }

    /// Where all HTTP routes are.
    pub fn url(&self) -> &str {
        self.served.base_url()
    }

    /// The admin key of `/api`.
    pub fn admin_key(&self) -> &str {
        &self.admin_key
    }

    /// Where Brivo's auth host is, unless it is Brivo's own.
    pub fn brivo_auth(&self) -> Option<&str> {
        self.hosts.as_ref().map(|hosts| hosts.auth.as_str())
    }

    /// Where Brivo's API host is, unless it is Brivo's own.
    pub fn brivo_api(&self) -> Option<&str> {
        self.hosts.as_ref().map(|hosts| hosts.api.as_str())
    }

    /// The services all functions share.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The built-in Brivo.
    pub fn brivo(&self) -> Option<&BrivoServer> {
        self.brivo.as_ref()
    }

    /// The built-in Nexudus.
    pub fn nexudus(&self) -> Option<&NexudusServer> {
        self.nexudus.as_ref()
    }

    /// Moves the manual clock and runs everything that falls due on the way.
    ///
    /// # Errors
    /// If something that fell due could not be run.
    pub async fn advance_to(&self, instant: jiff::Timestamp) -> anyhow::Result<usize> {
        self.driver.advance(instant).await
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Loads the documents; a new API key is tried before the one before is given up.
async fn load_all(services: &Services, documents: &mut [Document]) -> anyhow::Result<()> {
    let (store, sealer) = (&*services.store, &services.sealer);
    for document in documents {
        forget_claims(store, &document.tenant).await.context("cannot free an account")?;
        leave_out_bad_keys(services, document).await.context("cannot try a new API key")?;
        load(store, sealer, document).await.context("cannot store a tenant document")?;
    }
    Ok(())
}
