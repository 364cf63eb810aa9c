//! What must never be found: secrets on disk, in logs and in answers, people in logs.

use std::fmt::Write as _;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use reqwest::RequestBuilder;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use simulators::{
    brivo::{Misbehaviour, Times},
    nexudus::Entity,
};

use crate::{
    bundle::{ADMIN_KEY, files_under},
    deliveries,
    feed::{but, member},
    tenants::{
        API_KEY, CLIENT_SECRET, PASSWORD, PATH_SECRET, REFRESH_TOKEN, ROOM, SECOND_SIGNING_SECRET, SIGNING_SECRET,
        SUITE,
    },
    world::{ANNA, BEN, Setting, World, at},
};

/// How every token begins that the simulated Brivo gives out.
const TOKEN_PREFIX: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";

const PIN: &str = "90417355";

/// Told over the feed.
const ACCESS_CODE: &str = "48270135";

/// The Brivo API key that whoever runs Latchwork holds.
const VENDOR_KEY: &str = "planted-vendor-key-4717";

const AFTER_NOON: &str = "planted-refresh-token-4713-of-noon";

const CODES: [&str; 2] = [PIN, ACCESS_CODE];

const SECRETS: [&str; 14] = [
    API_KEY,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    PATH_SECRET,
    SIGNING_SECRET,
    SECOND_SIGNING_SECRET,
    "planted-second-signing-secret",
    PASSWORD,
    TOKEN_PREFIX,
    ADMIN_KEY,
    PIN,
    ACCESS_CODE,
    VENDOR_KEY,
    AFTER_NOON,
];

const PEOPLE: [&str; 5] = ["planted.example", "Planted-Nameson", "Planted-Married", "Anna", "+44 20 7946"];

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A secret as it is, and as it might be written by mistake: encoded, or, where it is so short that a digest is guessed, digested.
fn forms(secret: &str) -> Vec<String> {
    let mut forms =
        vec![secret.to_owned(), STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret), hex(secret.as_bytes())];
    if CODES.contains(&secret) {
        let digest = Sha256::digest(secret);
        forms.extend([hex(&digest), STANDARD.encode(digest), URL_SAFE_NO_PAD.encode(digest)]);
    }
    forms
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

async fn text(request: RequestBuilder) -> String {
    request.send().await.unwrap().text().await.unwrap()
}

/// What everything that can be asked answers, by what was asked; refusals too.
async fn answers(world: &World) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for path in [
        "/status",
        "/plan",
        "/drift",
        "/accounts/hq/preflight",
        "/members/31/access?live=true",
        "/members/31/plan",
        "/members/31/audit",
        "/members/32/access",
        "/members/32/audit",
        "/members/99/access",
    ] {
        let get = world.bundle.get(&format!("/api/v1/tenants/acme{path}"));
        answers.push((path.to_owned(), text(get.bearer_auth(ADMIN_KEY)).await));
    }
    for (path, body) in [
        ("tenants/acme/plan/apply", json!({"hash": "none"})),
        ("tenants/acme/drift/apply", json!({"hash": "none"})),
        ("tenants/acme/sync", json!({})),
        ("tenants/acme/accounts/hq/link", json!({})),
        ("tenants/acme/accounts/hq/disconnect", json!({"access": "revoke"})),
        ("brivo-api-key", json!({"api_key": API_KEY})),
        ("brivo-api-key", json!({"api_key": VENDOR_KEY})),
        ("brivo-api-key", json!({"api_key": [VENDOR_KEY]})),
        ("brivo-api-key", json!(VENDOR_KEY)),
    ] {
        let post = world.bundle.post(&format!("/api/v1/{path}")).bearer_auth(ADMIN_KEY).json(&body);
        answers.push((path.to_owned(), text(post).await));
    }
    let mut faulty = world.document.clone();
    faulty["platform"] = json!("teamup");
    faulty["hooks"]["path_secret"] = json!([PATH_SECRET]);
    faulty["accounts"][0]["region"] = json!("mars");
    for document in [&world.document, &faulty] {
        let (_, body) = world.bundle.put_tenant("acme", document).await;
        answers.push(("the tenant document".to_owned(), body.to_string()));
    }
    answers
}

/// What webhooks answer that are refused.
async fn refusals(world: &World, body: &str) -> Vec<(String, String)> {
    let bundle = &world.bundle;
    let code = json!([{"data": {"access_code": ACCESS_CODE}}]).to_string();
    let mut answers = Vec::new();
    for request in [
        bundle.post(&format!("/hooks/nexudus/acme/{PATH_SECRET}/BookingCreate")).body(body.to_owned()),
        deliveries::nexudus(bundle, "acme", "BookingCreate", "{\"FullName\":\"Anna Planted-Nameson\""),
        deliveries::nexudus(bundle, "acme", "BookingCreate", body),
        deliveries::unsigned_events(bundle, "acme", body).bearer_auth(SIGNING_SECRET),
        deliveries::unsigned_events(bundle, "acme", body).bearer_auth(PASSWORD),
        deliveries::unsigned_events(bundle, "acme", &code).bearer_auth(SIGNING_SECRET),
        bundle.get(&format!("/connect/acme/hq/{PATH_SECRET}")),
    ] {
        answers.push(("a refused delivery".to_owned(), text(request).await));
    }
    answers
}

/// A day with everything that is written, refused and repeated.
async fn busy_day(world: &mut World) -> Vec<(String, String)> {
    world.nexudus.edit(|model, now| {
        for (field, value) in [("AccessPincode", PIN), ("MobilePhone", "+44 20 7946 0000")] {
            model.set(Entity::Coworker, ANNA, (field, json!(value)), now);
        }
    });
    world.book(1, ROOM, ANNA, ("08:00", "09:00")).await;
    world.book(2, SUITE, BEN, ("08:30", "09:00")).await;
    let body = world.body(Entity::Coworker, ANNA);
    world.deliver("CoworkerUpdate", &body).await;
    let anna = but(member(ANNA, "Anna Planted-Nameson", "anna@planted.example"), &json!({"access_code": ACCESS_CODE}));
    // An id of its own: that of an event is kept in clear.
    world.tell(&[deliveries::event("anna-and-her-code", "member.upserted", world.now(), anna)]).await;
    for what in [Misbehaviour::TokenRefused, Misbehaviour::HtmlBody, Misbehaviour::DeveloperInactive] {
        world.fault(("POST", "/**"), what, Times::Count(1));
    }
    world.run_until(at("08:30")).await;
    let refused = refusals(world, &body).await;
    let mut faulty = world.document.clone();
    faulty["platform"] = json!("teamup");
    assert_eq!(world.bundle.put_tenant("acme", &faulty).await.0, 400);
    world.restart();
    world.reconnect(AFTER_NOON).await;
    world.run_until(at("12:00")).await;
    assert_eq!(world.users().len(), 2);
    refused
}

/// DWK-20: no secret and no code in clear in logs, answers, audit or the state, however it is written.
#[tokio::test]
async fn secrets_are_neither_on_disk_nor_in_logs_nor_in_answers_and_logs_name_nobody() {
    let vendor_key = Some(VENDOR_KEY);
    let mut world = World::of(Setting { keeps_data: true, vendor_key, ..Setting::nexudus() }).await;

    let mut told = busy_day(&mut world).await;
    told.extend(answers(&world).await);

    assert!(told.len() > 20, "everything was asked");
    for secret in SECRETS {
        for (asked, answer) in &told {
            assert!(!answer.contains(secret), "{secret} is told by {asked}: {answer}");
        }
        let mut searched = 0;
        for (file, bytes) in files_under(world.data()) {
            searched += bytes.len();
            for form in forms(secret) {
                assert!(!holds(&bytes, &form), "{secret} is in {} as {form}", file.display());
            }
        }
        assert!(searched > 10_000, "the state is on disk");
    }
    let logs = world.stderr();
    assert!(logs.contains("took in a delivery"));
    for text in SECRETS.into_iter().flat_map(forms).chain(PEOPLE.map(str::to_owned)) {
        assert!(!logs.contains(&text), "{text} is in the logs:\n{logs}");
    }
}

/// The key that opens everything is the owner's alone.
#[cfg(unix)]
#[tokio::test]
async fn the_key_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await;

    let key = world.data().join("data.key");

    assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
}

/// The first line on standard output, as scripts read it.
#[tokio::test]
async fn the_bundle_says_where_everything_is() {
    let world = World::start().await;

    let announced = &world.bundle.announced;

    assert_eq!(announced["brivo"], json!({"auth": world.brivo.auth_url(), "api": world.brivo.api_url()}));
    assert_eq!(announced["admin_key"], ADMIN_KEY);
    assert_eq!(announced["url"], world.bundle.url());
}
