//! What must never be found: secrets on disk and in logs, people in logs.

use serde_json::json;
use simulators::{
    brivo::{Misbehaviour, Times},
    nexudus::Entity,
};

use crate::{
    bundle::{ADMIN_KEY, answer, files_under},
    deliveries,
    tenants::{
        API_KEY, CLIENT_SECRET, PASSWORD, PATH_SECRET, REFRESH_TOKEN, ROOM, SECOND_SIGNING_SECRET, SIGNING_SECRET,
        SUITE,
    },
    world::{ANNA, BEN, Setting, World, at},
};

/// How every token begins that the simulated Brivo gives out.
const TOKEN_PREFIX: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";

const PIN: &str = "90417355";

const SECRETS: [&str; 11] = [
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
];

const PEOPLE: [&str; 5] = ["planted.example", "Planted-Nameson", "Planted-Married", "Anna", "+44 20 7946"];

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A day with everything that is written, refused and repeated.
async fn busy_day(world: &mut World) {
    world.nexudus.edit(|model, now| {
        for (field, value) in [("AccessPincode", PIN), ("MobilePhone", "+44 20 7946 0000")] {
            model.set(Entity::Coworker, ANNA, (field, json!(value)), now);
        }
    });
    world.book(1, ROOM, ANNA, ("08:00", "09:00")).await;
    world.book(2, SUITE, BEN, ("08:30", "09:00")).await;
    let body = world.body(Entity::Coworker, ANNA);
    world.deliver("CoworkerUpdate", &body).await;
    for what in [Misbehaviour::TokenRefused, Misbehaviour::HtmlBody, Misbehaviour::DeveloperInactive] {
        world.fault(("POST", "/**"), what, Times::Count(1));
    }
    world.run_until(at("08:30")).await;
    // Refused in every way.
    let hook = format!("/hooks/nexudus/acme/{PATH_SECRET}/BookingCreate");
    answer(world.bundle.post(&hook).body(body.clone())).await;
    answer(deliveries::nexudus(&world.bundle, "acme", "BookingCreate", "{\"FullName\":\"Anna Planted-Nameson\"")).await;
    answer(deliveries::nexudus(&world.bundle, "acme", "BookingCreate", &body)).await;
    answer(deliveries::unsigned_events(&world.bundle, "acme", &body).bearer_auth(SIGNING_SECRET)).await;
    answer(deliveries::unsigned_events(&world.bundle, "acme", &body).bearer_auth(PASSWORD)).await;
    let mut faulty = world.document.clone();
    faulty["platform"] = json!("teamup");
    assert_eq!(world.bundle.put_tenant("acme", &faulty).await.0, 400);
    world.restart();
    world.reconnect("planted-refresh-token-4713-of-noon").await;
    world.run_until(at("12:00")).await;
    assert_eq!(world.users().len(), 2);
}

#[tokio::test]
async fn secrets_are_neither_on_disk_nor_in_logs_nor_in_answers_and_logs_name_nobody() {
    let mut world = World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await;

    busy_day(&mut world).await;

    let mut searched = 0;
    for (file, bytes) in files_under(world.data()) {
        searched += bytes.len();
        for secret in SECRETS {
            assert!(!holds(&bytes, secret), "{secret} is in {}", file.display());
        }
    }
    assert!(searched > 10_000, "the state is on disk");
    let logs = world.stderr();
    assert!(logs.contains("took in a delivery"));
    for text in SECRETS.into_iter().chain(PEOPLE) {
        assert!(!logs.contains(text), "{text} is in the logs:\n{logs}");
    }
    for path in ["/status", "/members/31/access", "/members/31/audit", "/members/32/audit"] {
        let (status, body) = world.bundle.api(&format!("/tenants/acme{path}")).await;
        assert_eq!(status, 200);
        for secret in SECRETS {
            assert!(!body.to_string().contains(secret), "{secret} is told by {path}");
        }
    }
    let (_, body) = world.bundle.put_tenant("acme", &world.document).await;
    assert!(SECRETS.iter().all(|secret| !body.to_string().contains(secret)), "{body}");
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
