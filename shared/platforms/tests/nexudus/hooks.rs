//! Hooks listed, registered and switched on at the simulated Nexudus.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    HookId,
    hook_list::Fault,
    tenant::{Platform, Tenant},
};
use platforms::{
    Connection, PlatformError,
    hooks::{Address, Listed, Registry, WantedHook, wanted},
};
use secrecy::{ExposeSecret, SecretString};
use simulators::nexudus::{Limits, Trouble};

use crate::bench::Bench;

const BASE: &str = "https://doors.example";
const SECRET: &str = "planted-path-secret-0123456789abcdef";

fn registry(bench: &Bench) -> Registry {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    let settings = BTreeMap::from([("username".to_owned(), bench.login.0.to_owned())]);
    let secret = |_: &str| Ok::<_, ()>(Some(SecretString::from(bench.login.1)));
    let base = bench.nexudus.base_url();
    let connection = Connection { platform: Platform::Nexudus, http, base: Some(&base), settings: &settings };
    Registry::connect(connection, secret).unwrap().unwrap()
}

fn address(tenant: &Tenant, secret: &str) -> Address {
    Address::new(Some(BASE), &tenant.id, secret.into()).unwrap()
}

/// The hooks at the one location of the bench.
fn hooks(bench: &Bench) -> Vec<WantedHook> {
    let mut tenant = bench.tenant.clone();
    for location in &mut tenant.locations {
        location.id = "101".into();
    }
    let hooks = wanted(&tenant, false).hooks;
    assert_eq!(hooks.len(), 18);
    hooks
}

async fn list(bench: &Bench) -> Vec<Listed> {
    let (registry, address, mut page, mut listed) =
        (registry(bench), address(&bench.tenant, SECRET), Some(1), Vec::new());
    while let Some(number) = page {
        let read = registry.page(&address, number).await.unwrap();
        listed.extend(read.hooks);
        page = read.next;
    }
    listed
}

#[tokio::test]
async fn what_is_registered_is_listed_and_delivers_what_it_says() {
    let bench = Bench::start().await;
    let (registry, address) = (registry(&bench), address(&bench.tenant, SECRET));
    assert!(!registry.gives_secrets() && list(&bench).await.is_empty());

    for hook in hooks(&bench) {
        assert!(registry.register(&hook, &address.url(&hook).unwrap()).await.unwrap().is_none());
    }

    let listed = list(&bench).await;
    let found: Vec<&HookId> = listed.iter().map(|listed| &listed.found.hook).collect();
    assert_eq!(found, hooks(&bench).iter().map(|hook| &hook.hook).collect::<Vec<_>>());
    assert!(listed.iter().all(|it| it.found.is_on && it.found.fault.is_none() && it.found.failures == Some(0)));
    assert!(!format!("{listed:?} {address:?}").contains("planted"));
    let deliveries = bench.nexudus.read(|model| model.deliveries(6, 101));
    assert_eq!(deliveries[0].1, address.url(&hooks(&bench)[0]).unwrap().expose_secret());
}

#[tokio::test]
async fn a_hook_that_was_switched_off_says_so_and_is_switched_on_again() {
    let bench = Bench::start().await;
    let (registry, address, hook) = (registry(&bench), address(&bench.tenant, SECRET), hooks(&bench).remove(0));
    registry.register(&hook, &address.url(&hook).unwrap()).await.unwrap();
    let before = bench.nexudus.read(simulators::nexudus::Model::hooks)[0].clone();
    bench.edit(|model, now| (0..10).for_each(|_| model.note_delivery(1, 500, now)));
    let off = list(&bench).await.remove(0).found;
    assert_eq!((off.is_on, off.failures), (false, Some(10)));

    registry.mend(&off.reference, &address.url(&hook).unwrap()).await.unwrap();

    assert!(list(&bench).await[0].found.is_on);
    let after = bench.nexudus.read(simulators::nexudus::Model::hooks)[0].clone();
    for name in ["Id", "BusinessId", "Name", "Action", "URL", "Description"] {
        assert_eq!(after[name], before[name], "{name}");
    }
}

/// Foreign hooks are dropped unseen.
#[tokio::test]
async fn ours_are_told_from_those_of_others_and_from_those_that_are_of_no_use() {
    let bench = Bench::start().await;
    let path = format!("hooks/nexudus/{}", bench.tenant.id);
    for (action, url) in [
        (6, format!("https://others.example/{path}/{SECRET}/BookingCreate?location=101")),
        (6, "https://zapier.example/planted".to_owned()),
        (6, format!("{BASE}/{path}/an-older-path-secret-0123456789ab/BookingCreate?location=101")),
        (7, format!("{BASE}/{path}/{SECRET}/BookingCreate?location=101")),
        (6, format!("{BASE}/{path}/{SECRET}/BookingCreate?location=102")),
        (6, format!("{BASE}/{path}/{SECRET}/6")),
    ] {
        bench.nexudus.edit(|model, now| model.add_hook(101, action, &url, now)).unwrap();
    }

    let found: Vec<_> = list(&bench).await.into_iter().map(|listed| (listed.found.hook, listed.found.fault)).collect();

    assert_eq!(
        found,
        [
            ("nexudus/BookingCreate?location=101".into(), Some(Fault::OldSecret)),
            ("nexudus/BookingCreate?location=101".into(), Some(Fault::OtherEvent)),
            ("nexudus/BookingCreate?location=102".into(), Some(Fault::OtherEvent)),
            ("nexudus/BookingCreate".into(), None),
        ]
    );
}

#[tokio::test]
async fn a_long_list_is_read_to_its_end() {
    let bench = Bench::start().await;
    let url = format!("{BASE}/hooks/nexudus/{}/{SECRET}/BookingCreate?location=101", bench.tenant.id);
    bench.edit(|model, now| {
        for _ in 0..249 {
            model.add_hook(101, 6, "https://others.example/", now).unwrap();
        }
        model.add_hook(101, 6, &url, now).unwrap();
    });

    assert_eq!(list(&bench).await.len(), 1);
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let bench = Bench::start().await;
    let (registry, address, mut hook) = (registry(&bench), address(&bench.tenant, SECRET), hooks(&bench).remove(0));
    let url = address.url(&hook).unwrap();
    bench.edit(|model, _| model.inject(Trouble::Throttled, 1));
    let throttled = registry.register(&hook, &url).await;
    assert_eq!(throttled.unwrap_err().retry_after(), Some(Duration::from_secs(1)));
    bench.edit(|model, _| model.lose_answers(1));
    let lost = registry.register(&hook, &url).await;
    assert!(matches!(lost, Err(PlatformError::Unavailable(_))));
    assert_eq!(list(&bench).await.len(), 1, "it was made all the same");
    bench.edit(|model, _| model.inject(Trouble::Nonsense, 1));
    assert!(matches!(registry.register(&hook, &url).await, Err(PlatformError::Unreadable { .. })));
    hook.location = Some("999".into());
    assert!(matches!(registry.register(&hook, &url).await, Err(PlatformError::Declined)));
    assert!(matches!(registry.mend("999", &url).await, Err(PlatformError::Unreadable { status: 404, .. })));
}

#[tokio::test]
async fn writes_that_come_too_soon_are_throttled() {
    let bench = Bench::with(Limits::Published).await;
    let (registry, address, hook) = (registry(&bench), address(&bench.tenant, SECRET), hooks(&bench).remove(0));
    let url = address.url(&hook).unwrap();
    for _ in 0..60 {
        registry.register(&hook, &url).await.unwrap();
        bench.clock.advance_ms(100);
    }

    let answer = registry.register(&hook, &url).await;

    assert!(matches!(answer, Err(PlatformError::Throttled { retry_after: Some(_) })), "{answer:?}");
}

#[tokio::test]
async fn a_login_that_may_not_read_hooks_is_refused() {
    let mut bench = Bench::start().await;
    bench.edit(|model, _| model.add_restricted_administrator("reader@example.com", "p", &["Coworker-Read"]));
    bench.login = ("reader@example.com", "p");

    let refused = registry(&bench).page(&address(&bench.tenant, SECRET), 1).await;

    assert!(matches!(refused, Err(PlatformError::Refused)));
}
