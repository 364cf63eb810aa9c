//! The simulator's answers against the shapes that the vendor's pages and recorded answers show.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use simulators::brivo::{AccessPoint, AccessPointId, GroupId, ScheduleId, SiteId};

use crate::brivo_bench::{Bench, parts};
use crate::brivo_places::built;
use crate::brivo_subscriber::Subscriber;
use crate::brivo_swipes::{member, post, swipe};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/brivo")
}

fn fixture(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(format!("{name}.json"))).unwrap()).unwrap()
}

/// How an answer differs from the shape of a fixture; empty if it does not.
fn differences(name: &str, answer: &Value) -> Vec<String> {
    let fixture = fixture(name);
    let optional: BTreeSet<&str> =
        fixture["optional"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    let mut found = Vec::new();
    compare("", &fixture["body"], answer, &optional, &mut found);
    found.into_iter().map(|difference| format!("{name}: {difference}")).collect()
}

fn compare(path: &str, shape: &Value, answer: &Value, optional: &BTreeSet<&str>, found: &mut Vec<String>) {
    match (shape, answer) {
        (Value::Object(shape), Value::Object(answer)) => compare_members(path, shape, answer, optional, found),
        (Value::Array(shape), Value::Array(answer)) => {
            let Some(element) = shape.first() else { return };
            for one in answer {
                compare(path, element, one, optional, found);
            }
        }
        (shape, answer) if std::mem::discriminant(shape) == std::mem::discriminant(answer) => {}
        _ => found.push(format!("{path} is {answer}, not like {shape}")),
    }
}

fn compare_members(
    path: &str,
    shape: &Map<String, Value>,
    answer: &Map<String, Value>,
    optional: &BTreeSet<&str>,
    found: &mut Vec<String>,
) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, value) in answer {
        match shape.get(name) {
            Some(shape) => compare(&below(name), shape, value, optional, found),
            None => found.push(format!("{} is not known", below(name))),
        }
    }
    let missing = shape.keys().map(|name| (name, below(name))).filter(|(name, _)| !answer.contains_key(*name));
    found.extend(
        missing.filter(|(_, path)| !optional.contains(path.as_str())).map(|(_, path)| format!("{path} is missing")),
    );
}

/// An account in which everything there is to read is there, and the id of its member.
async fn furnished() -> (Bench, u64) {
    let bench = built().await;
    let user = member(&bench).await;
    let open = AccessPoint {
        unlock_schedule: Some(ScheduleId(5)),
        unlock_enabling_group: Some(GroupId(1)),
        ..AccessPoint::door(SiteId(70), "Front Door")
    };
    bench.brivo.edit(|model, _| model.add_access_point(AccessPointId(11), open)).unwrap();
    bench.brivo.edit(|model, _| model.allot_passes(100, 1)).unwrap();
    let profile = json!({
        "pin": "5279", "middleName": "Q", "effectiveFrom": "2026-11-01T00:00:00Z", "effectiveTo": "2026-12-01T00:00:00Z",
        "emails": [{"address": "jane@example.com", "type": "work"}],
        "phoneNumbers": [{"number": "+44 20 7946 0000", "type": "work"}],
    });
    bench.send("PATCH", &format!("/users/{user}"), profile).await;
    bench.send("PUT", "/groups/1", json!({"antipassbackResetTime": 1439})).await;
    post(&bench, "edits", json!({"edit": "leave", "user": user, "group": 1})).await;
    post(&bench, "edits", json!({"edit": "join", "user": user, "group": 1})).await;
    swipe(&bench, 11).await;
    post(&bench, "swipes", json!({"door": 11, "presented": {"bits": {"hex": "abc", "length": 40}}})).await;
    (bench, user.0)
}

/// What reading at each path has to look like.
fn readings(user: u64) -> Vec<(&'static str, String)> {
    let fixed = [
        ("whoami", "/administrators/whoami"),
        ("administrator", "/administrators/5001"),
        ("accounts", "/accounts"),
        ("account", "/accounts/50122"),
        ("account_summary", "/accounts/summary"),
        ("features", "/features"),
        ("users", "/users"),
        ("groups", "/groups"),
        ("group", "/groups/1"),
        ("group_users", "/groups/1/users"),
        ("group_access_points", "/groups/1/access/access-points"),
        ("sites", "/sites"),
        ("site", "/sites/70"),
        ("site_groups", "/sites/70/groups"),
        ("site_access_points", "/sites/70/access-points"),
        ("access_points", "/access-points"),
        ("access_point", "/access-points/11"),
        ("access_point_groups", "/access-points/11/groups"),
        ("schedules", "/schedules"),
        ("credential_formats", "/credentials/formats"),
        ("credentials", "/credentials"),
        ("allotment", "/credentials/digital/allotment"),
        ("events_access", "/events/access"),
        ("events_audit", "/events/audit"),
        ("events_count", "/events/counts/access"),
    ];
    let of_user = [
        ("user", ""),
        ("user_suspended", "/suspended"),
        ("user_groups", "/groups"),
        ("user_credentials", "/credentials"),
    ];
    let fixed = fixed.into_iter().map(|(name, path)| (name, path.to_owned()));
    fixed.chain(of_user.into_iter().map(|(name, path)| (name, format!("/users/{user}{path}")))).collect()
}

/// What no reading shows; checked by the tests below.
const WRITTEN: &[&str] = &[
    "token",
    "refused_grant",
    "refused_client",
    "refused_call",
    "time",
    "user_created",
    "group_created",
    "credential_created",
    "credential",
    "credential_user",
    "invitation_created",
    "invitations",
    "invitation_cancelled",
    "wallet_passes",
    "visitor_created",
    "event_subscription",
    "event_subscriptions",
    "notification",
];

#[test]
fn every_fixture_names_its_source_with_a_date_and_is_held_against_an_answer() {
    let checked: BTreeSet<String> = readings(1)
        .into_iter()
        .map(|(name, _)| name.to_owned())
        .chain(WRITTEN.iter().map(|name| (*name).to_owned()))
        .collect();
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let present: BTreeSet<String> = files.filter_map(|file| file.strip_suffix(".json").map(str::to_owned)).collect();
    assert_eq!(present, checked);
    for name in present {
        assert!(fixture(&name)["_source"].as_str().unwrap().contains("20"), "{name}");
    }
}

#[tokio::test]
async fn what_is_read_has_the_members_and_types_of_the_fixtures() {
    let (bench, user) = furnished().await;
    let mut found = Vec::new();
    for (name, path) in readings(user) {
        let (status, answer) = bench.get(&path).await;
        assert_eq!(status, 200, "{path}");
        let is_empty = answer.get("data").and_then(Value::as_array).is_some_and(Vec::is_empty);
        assert!(!is_empty, "{path} shows nothing");
        found.extend(differences(name, &answer));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn tokens_the_time_and_refusals_have_the_members_and_types_of_the_fixtures() {
    let bench = Bench::start().await;
    let (_, token) = bench.refresh(crate::brivo_bench::CONSENT).await;
    let (_, grant) = bench.refresh("made-up").await;
    let url = format!("{}/oauth/token", bench.brivo.auth_url());
    let (_, client) =
        parts(bench.http.post(url).header("api-key", "key").basic_auth("client", Some("guess")).send().await.unwrap())
            .await;
    let (_, call) = bench.get("/users/5").await;
    let access = bench.access_token().await;
    let told = bench.api_call("GET", "/time", &access).header("current-date", "2026-11-21T09:00:00Z");
    let (_, time) = parts(told.send().await.unwrap()).await;
    let answers = [
        ("token", token),
        ("refused_grant", grant),
        ("refused_client", client),
        ("refused_call", call),
        ("time", time),
    ];
    let found: Vec<String> = answers.iter().flat_map(|(name, answer)| differences(name, answer)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_made_has_the_members_and_types_of_the_fixtures() {
    let (bench, user) = furnished().await;
    let person = json!({"firstName": "Ada", "lastName": "Lovelace", "externalId": "a"});
    let card = json!({"credentialFormat": {"id": 100}, "encodedCredential": "28c0293", "referenceId": "329"});
    let invitations = format!("/users/{user}/credentials/digital-invitations");
    let reference = json!({"referenceId": "jane@example.com"});
    let visit = json!({
        "user": {
            "firstName": "Vera", "effectiveFrom": "2026-11-21T10:00:00Z", "effectiveTo": "2026-11-21T18:00:00Z",
            "emails": [{"address": "vera@example.com", "type": "home"}],
        },
    });
    let mut found = Vec::new();
    for (name, method, path, body) in [
        ("user_created", "POST", "/users", person),
        ("group_created", "POST", "/groups", json!({"name": "Guests"})),
        ("credential_created", "POST", "/credentials", card),
        ("credential", "GET", "/credentials/2000001", Value::Null),
        ("credential_user", "GET", "/credentials/2000001/user", Value::Null),
        ("invitation_created", "POST", &invitations, reference.clone()),
        ("invitations", "GET", &invitations, Value::Null),
        ("invitation_cancelled", "DELETE", &invitations, Value::Null),
        ("visitor_created", "POST", "/brivo-visitor/create-and-assign-visitor-user", visit),
    ] {
        found.extend(differences(name, &bench.send(method, path, body).await.1));
    }
    let (_, invitation) = bench.send("POST", &invitations, reference).await;
    let code = json!({"referenceId": "jane@example.com", "accessCode": invitation["accessCode"]});
    post(&bench, "redemptions", code).await;
    let entry =
        json!({"userId": user, "accessCredentialId": invitation["credentialId"], "referenceId": "jane@example.com"});
    let call = "/users/credentials/brivo-wallet-pass?nfcEnabled=true";
    let (_, wallets) = bench.send("POST", call, json!({"bmpCredentials": [entry]})).await;
    found.extend(differences("wallet_passes", &wallets));
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn subscriptions_and_notifications_have_the_members_and_types_of_the_fixtures() {
    let (bench, _) = furnished().await;
    let mut subscriber = Subscriber::start().await;
    let criteria = json!([{"criteriaType": "SITE", "criteriaOperationType": "EQ", "criteriaValue": 70}]);
    let mut found = differences("event_subscription", &subscriber.subscribe(&bench, &criteria).await);
    found.extend(differences("event_subscriptions", &bench.get("/event-subscriptions").await.1));
    swipe(&bench, 11).await;
    found.extend(differences("notification", &subscriber.told().await));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_member_too_many_or_too_few_or_of_another_type_is_a_difference() {
    let changed = json!({"id": "5", "suspended": true, "since": 1});
    let expected = ["user_suspended: id is \"5\", not like 10457058", "user_suspended: since is not known"];
    assert_eq!(differences("user_suspended", &changed), expected);
    assert_eq!(differences("user_suspended", &json!({"id": 5})), ["user_suspended: suspended is missing"]);
}
