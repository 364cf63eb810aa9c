//! Suspending and deleting users, the end of an access code, and the record of it.

use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::brivo::Standing::{self, Created, Deleted, Reinstated, Suspended};

use crate::brivo_bench::{Bench, hook};

fn standings(bench: &Bench) -> Vec<(Timestamp, Standing)> {
    bench.brivo.standings().into_iter().map(|change| (change.at, change.standing)).collect()
}

#[tokio::test]
async fn suspensions_and_deletions_are_recorded_once_each_with_their_instant() {
    let bench = Bench::start().await;
    let made = bench.clock.now();
    let id = bench.add_user("Ada", "Lovelace", "a");
    for (suspended, deed) in [(true, Suspended), (false, Reinstated)] {
        bench.clock.advance(60);
        for _ in 0..2 {
            bench.send("PUT", &format!("/users/{id}/suspended"), json!({"suspended": suspended})).await;
        }
        assert_eq!(standings(&bench).last(), Some(&(bench.clock.now(), deed)));
        let since = bench.brivo.read(|model| model.suspended_since(id));
        assert_eq!(since, suspended.then(|| bench.clock.now()));
    }
    bench.clock.advance(60);
    bench.send("DELETE", &format!("/users/{id}"), Value::Null).await;

    assert_eq!(standings(&bench).len(), 4);
    assert_eq!(standings(&bench)[0], (made, Created));
    assert_eq!(standings(&bench)[3], (bench.clock.now(), Deleted));
    assert_eq!(bench.brivo.read(|model| model.deleted_at(id)), Some(bench.clock.now()));
    let last = json!({"at": bench.clock.now(), "user": id, "external_id": "a", "standing": "deleted"});
    assert_eq!(hook(&bench, "standings").await[3], last);
}

#[tokio::test]
async fn a_suspended_user_keeps_its_groups_and_a_deleted_one_frees_its_reference_for_a_new_id() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    bench.send("PUT", &format!("/groups/1/users/{id}"), Value::Null).await;
    bench.send("PUT", &format!("/users/{id}/suspended"), json!({"suspended": true})).await;
    assert_eq!(bench.get(&format!("/users/{id}/groups")).await.1["count"], 1);

    assert_eq!(bench.send("DELETE", &format!("/users/{id}"), Value::Null).await.0, 204);

    let again = json!({"firstName": "Ada", "lastName": "Lovelace", "externalId": "a"});
    let (status, user) = bench.send("POST", "/users", again).await;
    assert_eq!((status, user["suspended"].as_bool()), (200, Some(false)));
    assert_ne!(user["id"], json!(id));
}

#[tokio::test]
async fn whoever_was_deleted_is_404_everywhere() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    bench.send("DELETE", &format!("/users/{id}"), Value::Null).await;
    let user = format!("/users/{id}");
    let cases = [
        ("GET", user.clone(), Value::Null),
        ("PATCH", user.clone(), json!({"externalId": "b"})),
        ("DELETE", user.clone(), Value::Null),
        ("GET", format!("{user}/suspended"), Value::Null),
        ("PUT", format!("{user}/suspended"), json!({"suspended": true})),
        ("GET", format!("{user}/groups"), Value::Null),
        ("POST", format!("{user}/groups"), json!({"removeGroups": [1]})),
        ("GET", "/users/a/external".to_owned(), Value::Null),
        ("PUT", format!("/groups/1/users/{id}"), Value::Null),
        ("DELETE", format!("/groups/1/users/{id}"), Value::Null),
    ];
    for (method, path, body) in cases {
        let expected = json!({"code": 404, "message": "User not found"});
        assert_eq!(bench.send(method, &path, body).await, (404, expected), "{method} {path}");
    }
}

#[tokio::test]
async fn the_dates_of_an_access_code_come_back_in_utc_and_null_clears_them() {
    let bench = Bench::start().await;
    let path = format!("/users/{}", bench.add_user("Ada", "Lovelace", "a"));
    let dates = json!({"effectiveFrom": "2026-11-21T09:00:00Z", "effectiveTo": "2026-11-22T10:00:00.500+01:00"});
    let (status, user) = bench.send("PATCH", &path, dates).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&user["effectiveFrom"], &user["effectiveTo"]),
        (&json!("2026-11-21T09:00:00Z"), &json!("2026-11-22T09:00:00Z"))
    );

    let (_, user) = bench.send("PATCH", &path, json!({"effectiveTo": null})).await;

    assert_eq!((user["effectiveFrom"].as_str(), user.get("effectiveTo")), (Some("2026-11-21T09:00:00Z"), None));
    assert_eq!(bench.send("PATCH", &path, json!({"effectiveTo": "soon"})).await.0, 400);
}
