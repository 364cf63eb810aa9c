use domain::{TenantId, tenant::Platform};
use secrecy::ExposeSecret;
use serde_json::json;

use super::*;

const SECRET: &str = "planted/secret with?all#of%it-0123456789";

fn tenant(platform: Platform, locations: &[&str]) -> Tenant {
    let location = |id: &&str| json!({"id": id, "name": "Somewhere", "time_zone": "Europe/London", "account": "hq"});
    let tenant = json!({
        "tenant": "acme", "platform": platform, "enabled": true, "accounts": [{"id": "hq", "region": "us"}],
        "locations": locations.iter().map(location).collect::<Vec<_>>(), "mappings": [], "doors": [],
    });
    serde_json::from_value(tenant).unwrap()
}

fn address(base: Option<&str>) -> Address {
    Address::new(base, &TenantId::new("acme"), SECRET.into()).unwrap()
}

fn url(address: &Address, hook: &WantedHook) -> String {
    address.url(hook).unwrap().expose_secret().to_owned()
}

#[test]
fn nexudus_has_a_hook_for_every_action_at_every_location_that_is_one_of_its() {
    let wanted = wanted(&tenant(Platform::Nexudus, &["101", "102", "main", "007"]), false);

    assert_eq!(wanted.hooks.len(), 2 * 18);
    assert_eq!(wanted.hooks[0].hook.as_str(), "nexudus/BookingCreate?location=101");
    assert_eq!(wanted.notes.len(), 2, "{:?}", wanted.notes);
}

/// What is refused ten times is switched off.
#[test]
fn somebody_is_told_that_unsigned_hooks_of_nexudus_would_be_refused() {
    let notes = wanted(&tenant(Platform::Nexudus, &["101"]), true).notes;

    assert!(notes[0].starts_with("hooks.signing_secrets: "), "{notes:?}");
}

#[test]
fn every_platform_says_which_hooks_it_should_have_and_where_they_are_entered_by_hand() {
    let hooks = |platform| -> Vec<String> {
        let wanted = wanted(&tenant(platform, &["101"]), false);
        assert!(!wanted.by_hand.is_empty() && wanted.hooks.iter().all(|hook| !hook.delivers.is_empty()));
        wanted.hooks.iter().map(|hook| hook.hook.to_string()).collect()
    };

    assert_eq!(hooks(Platform::Officernd), ["officernd"]);
    assert_eq!(hooks(Platform::Spacebring), ["spacebring/subscription.updated", "spacebring/subscription.deleted"]);
    assert_eq!(hooks(Platform::Coworks), ["events"]);
    assert_eq!(hooks(Platform::Deskworks), ["events"]);
}

#[test]
fn a_url_says_what_it_is_of_whatever_the_secret_is_made_of() {
    for base in ["https://doors.example", "https://doors.example:8443/stage/", "http://127.0.0.1:9000"] {
        let address = address(Some(base));
        for platform in Platform::ALL {
            for hook in wanted(&tenant(platform, &["101"]), false).hooks {
                let read = address.read(hook.source, &url(&address, &hook));

                assert_eq!(read, Some(Ours { hook: hook.hook.clone(), has_secret: true }), "{base}");
                assert!(!address.shown(&hook).contains("planted"));
                assert!(address.shown(&hook).starts_with(base.trim_end_matches('/')));
            }
        }
    }
}

#[test]
fn a_hook_with_another_secret_is_ours_and_outdated_only_under_our_own_address() {
    let old = "https://doors.example/hooks/nexudus/acme/some-old-secret/7?location=101";
    let outdated = Ours { hook: HookId::new("nexudus/BookingUpdate?location=101"), has_secret: false };

    assert_eq!(address(Some("https://DOORS.example")).read("nexudus", old), Some(outdated));
    assert_eq!(address(None).read("nexudus", old), None);
}

#[test]
fn without_an_address_what_has_our_secret_is_ours() {
    let elsewhere = address(Some("https://elsewhere.example"));
    let hook = wanted(&tenant(Platform::Officernd, &[]), false).hooks.remove(0);

    let read = address(None).read("officernd", &url(&elsewhere, &hook));

    assert_eq!(read, Some(Ours { hook: hook.hook.clone(), has_secret: true }));
    assert!(address(None).url(&hook).is_none(), "where should it be delivered?");
    assert_eq!(address(None).shown(&hook), "/hooks/officernd/acme/{path_secret}");
}

#[test]
fn the_hooks_of_others_are_not_ours() {
    let address = address(Some("https://doors.example"));
    for url in [
        "https://others.example/hooks/nexudus/acme/secret/BookingCreate?location=101",
        "http://doors.example/hooks/nexudus/acme/secret/BookingCreate?location=101",
        "https://doors.example:444/hooks/nexudus/acme/secret/BookingCreate",
        "https://doors.example/hooks/nexudus/acme2/secret/BookingCreate",
        "https://doors.example/hooks/officernd/acme/secret",
        "https://doors.example/stage/hooks/nexudus/acme/secret/BookingCreate",
        "https://doors.example/hooks/nexudus/acme",
        "https://doors.example/",
        "no url",
        "",
    ] {
        assert_eq!(address.read("nexudus", url), None, "{url}");
    }
}

#[test]
fn hooks_are_delivered_to_nothing_but_a_sound_address() {
    let error = |base| Address::new(Some(base), &TenantId::new("acme"), SECRET.into()).unwrap_err();
    for base in ["doors.example", "", "https://doors.example/?a=b", "https://user@doors.example", "mailto:a@b.example"]
    {
        assert_eq!(error(base), AddressError::NoUrl, "{base}");
    }
    for base in ["http://doors.example", "ftp://doors.example", "http://127.0.0.2"] {
        assert_eq!(error(base), AddressError::NotSecure, "{base}");
    }
}

#[test]
fn no_secret_is_shown() {
    assert!(!format!("{:?}", address(Some("https://doors.example"))).contains("planted"));
}
