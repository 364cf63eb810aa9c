//! The simulators that stand in for Brivo and the platform, seeded from the tenant documents.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use domain::AccountId;
use runtime::{clock::Clock, connecting::CALLBACK, document::Document, vendor_key};
use secrecy::{ExposeSecret, SecretString};
use simulators::{
    brivo::{BrivoServer, GroupId, Options},
    nexudus::{Business, Limits, Model, NexudusServer},
    serving::Clock as Now,
};

/// The simulators' view of the bundle's clock.
fn clock(clock: &Arc<dyn Clock>) -> Now {
    let clock = Arc::clone(clock);
    Arc::new(move || clock.now())
}

/// Starts a Brivo that knows every account and every group of the documents. What an account lacks is made up.
pub(crate) async fn brivo(
    documents: &mut [Document],
    vendor_key: Option<&SecretString>,
    time: &Arc<dyn Clock>,
    file: Option<PathBuf>,
) -> anyhow::Result<BrivoServer> {
    // A clock that stands still would never refill a budget per second.
    let options = Options { requests_per_second: None, ..Options::default() };
    let server = match file {
        Some(file) => BrivoServer::open(file, clock(time), options).await,
        None => BrivoServer::start(clock(time), options).await,
    };
    let server = server.context("cannot start the Brivo simulator")?;
    for document in documents {
        let accounts: Vec<AccountId> = document.tenant.accounts.iter().map(|account| account.id.clone()).collect();
        for account in accounts {
            let mut part = |name: &str| made_up(document, &account, name);
            let (client_id, client_secret) = (part("client_id"), part("client_secret"));
            let refresh_token = part("refresh_token");
            let is_own = document.secrets.contains_key(&format!("accounts.{account}.api_key"));
            let api_key = match vendor_key.filter(|_| !is_own && vendor_key::is_due(&document.tenant)) {
                Some(key) => key.clone(),
                None => made_up(document, &account, "api_key"),
            };
            server.edit(|model, now| {
                model.add_application(
                    client_id.expose_secret(),
                    client_secret.expose_secret(),
                    api_key.expose_secret(),
                );
                model.accept_refresh_token(client_id.expose_secret(), refresh_token.expose_secret(), now);
            })?;
        }
        for group in document.tenant.managed() {
            let id = GroupId(u64::try_from(group.0).context("a group's id is negative")?);
            server.edit(|model, _| model.add_group(id, &format!("Group {group}")))?;
        }
    }
    Ok(server)
}

/// Lets operators connect accounts at the simulated Brivo: `operator` is both the Administrator ID and the password.
pub(crate) fn let_connect(server: &BrivoServer, documents: &[Document], url: &str) -> anyhow::Result<()> {
    let secrets = documents.iter().flat_map(|document| &document.secrets);
    let clients = secrets.filter(|(place, _)| place.starts_with("accounts.") && place.ends_with(".client_id"));
    for (_, client_id) in clients {
        server.edit(|model, _| model.set_redirect_uri(client_id.expose_secret(), &format!("{url}{CALLBACK}")))?;
    }
    server.edit(|model, _| model.add_administrator("operator", "operator"))?;
    Ok(())
}

/// A secret of an account as the document says it, or one for the simulator alone.
fn made_up(document: &mut Document, account: &AccountId, name: &str) -> SecretString {
    let place = format!("accounts.{account}.{name}");
    let tenant = &document.tenant.id;
    let invented = || SecretString::from(format!("simulated-{tenant}-{account}-{name}"));
    document.secrets.entry(place).or_insert_with(invented).clone()
}

/// Starts a Nexudus that knows the login and the locations of every document, and nobody else.
pub(crate) async fn nexudus(documents: &[Document], time: &Arc<dyn Clock>) -> anyhow::Result<NexudusServer> {
    let mut model = Model::new(Limits::Off);
    for document in documents {
        let password = document.secrets.get("platform_api.password");
        if let Some((username, password)) = document.platform_api.get("username").zip(password) {
            model.add_administrator(username, password.expose_secret());
        }
        for location in &document.tenant.locations {
            if let Ok(id) = location.id.as_str().parse() {
                let business = Business { id, name: location.id.to_string(), ..Business::default() };
                model.put_business(&business, time.now());
            }
        }
    }
    NexudusServer::start(model, clock(time), 0).await.context("cannot start the Nexudus simulator")
}
