//! Hooks listed, registered and mended at the simulated OfficeRnD.

use std::collections::BTreeMap;

use domain::{TenantId, hook_list::Fault, tenant::Platform};
use platforms::{
    Connection, PlatformError,
    hooks::{Address, Registered, Registry, WantedHook, wanted},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::bench::Bench;

const BASE: &str = "https://doors.example";
const SECRET: &str = "planted-path-secret-0123456789abcdef";

fn registry(bench: &Bench) -> Registry {
    let settings = [("organization", "example-space"), ("client_id", "app-1")];
    let settings: BTreeMap<_, _> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let secret = |_: &str| Ok::<_, ()>(Some(SecretString::from("open sesame")));
    let base = bench.officernd.identity_url();
    let (http, base) = (bench.http.clone(), Some(base.as_str()));
    let connection = Connection { platform: Platform::Officernd, http, base, settings: &settings };
    Registry::connect(connection, secret).unwrap().unwrap()
}

fn address() -> Address {
    Address::new(Some(BASE), &TenantId::new("acme"), SECRET.into()).unwrap()
}

fn hook() -> WantedHook {
    let tenant = json!({
        "tenant": "acme", "platform": "officernd", "enabled": true, "accounts": [], "locations": [], "mappings": [], "doors": [],
    });
    wanted(&serde_json::from_value(tenant).unwrap(), true).hooks.remove(0)
}

async fn register(registry: &Registry) -> Result<Registered, PlatformError> {
    registry.register(&hook(), &address().url(&hook()).unwrap()).await
}

#[tokio::test]
async fn a_hook_is_registered_with_a_secret_and_listed() {
    let bench = Bench::start().await;
    let registry = registry(&bench);
    assert!(registry.gives_secrets());

    let given = register(&registry).await.unwrap().unwrap();

    let listed = registry.page(&address(), 1).await.unwrap().hooks.remove(0);
    assert_eq!((&listed.found.reference, listed.found.fault, listed.found.is_on), (&given.reference, None, true));
    assert_eq!(listed.found.hook, hook().hook);
    assert_eq!(listed.secret.as_ref().unwrap().expose_secret(), given.secret.expose_secret());
    assert!(!format!("{listed:?} {given:?}").contains(given.secret.expose_secret()));
}

#[tokio::test]
async fn a_list_may_keep_the_secrets_to_itself() {
    let bench = Bench::start().await;
    let registry = registry(&bench);
    register(&registry).await.unwrap();
    bench.officernd.edit(|model, _| model.hide_secrets());

    assert!(registry.page(&address(), 1).await.unwrap().hooks[0].secret.is_none());
}

/// Foreign hooks are dropped unseen.
#[tokio::test]
async fn a_hook_that_is_off_or_lacks_events_is_mended_and_those_of_others_stay() {
    let bench = Bench::start().await;
    let registry = registry(&bench);
    let url = address().url(&hook()).unwrap();
    let id = bench.officernd.edit(|model, _| {
        model.add_hook("https://others.example/planted", &["booking.created"]);
        model.add_hook(&format!("{BASE}/hooks/officernd/acme/an-older-path-secret-0123456789ab"), &[]);
        let id = model.add_hook(url.expose_secret(), &["booking.created"]);
        model.enable_hook(&id, false);
        id
    });
    let before = bench.officernd.read(simulators::officernd::Model::hooks);
    let found: Vec<_> =
        registry.page(&address(), 1).await.unwrap().hooks.into_iter().map(|listed| listed.found).collect();
    let faults: Vec<_> = found.iter().map(|found| (found.fault, found.is_on)).collect();
    assert_eq!(faults, [(Some(Fault::OldSecret), true), (Some(Fault::LacksEvents), false)]);

    registry.mend(&id, &url).await.unwrap();

    let mended = registry.page(&address(), 1).await.unwrap().hooks.remove(1);
    assert_eq!((mended.found.fault, mended.found.is_on), (None, true));
    let after: Vec<Value> = bench.officernd.read(simulators::officernd::Model::hooks);
    assert_eq!((&after[0], &after[1], &after[2]["secret"]), (&before[0], &before[1], &before[2]["secret"]));
}

#[tokio::test]
async fn a_hook_whose_answer_was_lost_is_there() {
    let bench = Bench::start().await;
    let registry = registry(&bench);
    bench.officernd.edit(|model, _| model.lose_answers(1));

    assert!(matches!(register(&registry).await, Err(PlatformError::Unavailable(_))));

    assert_eq!(registry.page(&address(), 1).await.unwrap().hooks.len(), 1);
}
