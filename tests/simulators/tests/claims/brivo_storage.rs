//! How a served Brivo outlives its process.

use reqwest::Client;
use serde_json::{Value, json};
use simulators::brivo::{AccessPoint, AccessPointId, BrivoServer, GroupId, Model, Presented, SiteId};

use crate::brivo_bench::{Bench, parts, unlimited};
use simulators::clock::TestClock;

async fn opened(file: &std::path::Path, clock: TestClock) -> Bench {
    let brivo = BrivoServer::open(file.to_owned(), clock.reader(), unlimited()).await.unwrap();
    Bench { brivo, clock, http: Client::builder().no_proxy().build().unwrap() }
}

#[tokio::test]
async fn a_stopped_simulator_is_found_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let clock = TestClock::new();
    let before = opened(&file, clock.clone()).await;
    before.register();
    before.add_groups([1]);
    let id = before.add_user("Ada", "Lovelace", "a");
    let token = before.access_token().await;
    before.send("PUT", &format!("/groups/1/users/{id}"), Value::Null).await;
    let history = before.brivo.history();
    drop(before);

    let after = opened(&file, clock).await;
    assert_eq!(after.brivo.history(), history);
    assert!(after.brivo.read(|model| model.groups_of("a").contains(&GroupId(1))));
    let response = after.api_call("GET", "/users/a/external", &token).send().await.unwrap();
    assert_eq!(parts(response).await.1["id"], json!(id));
}

#[tokio::test]
async fn doors_cards_invitations_subscriptions_and_events_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let clock = TestClock::new();
    let before = opened(&file, clock.clone()).await;
    before.register();
    before.add_groups([1]);
    let furnish = |model: &mut Model, now| {
        model.add_site(SiteId(70), "Home base", "US/Eastern");
        model.add_access_point(AccessPointId(11), AccessPoint::door(SiteId(70), "Front Door"));
        model.permit(GroupId(1), AccessPointId(11));
        model.mark_multifamily(GroupId(1));
        model.add_administrator("admin7", "open sesame");
        let user = model.create_by_hand("Ada", "King", "ada@example.com", now);
        let card = model.add_card(1, 200);
        model.assign_by_hand(user, card, now);
        model.swipe(AccessPointId(11), &Presented::Credential(card), now);
        user
    };
    let user = before.brivo.edit(furnish).unwrap();
    let invitations = format!("/users/{user}/credentials/digital-invitations");
    before.send("POST", &invitations, json!({"referenceId": "ada@example.com"})).await;
    let criteria = json!([{"criteriaType": "SITE", "criteriaOperationType": "EQ", "criteriaValue": 70}]);
    let subscription =
        json!({"name": "L", "url": "http://127.0.0.1:9", "errorEmail": "o@example.com", "criteria": criteria});
    before.send("POST", "/event-subscriptions", subscription).await;
    let paths = [
        "/sites",
        "/access-points",
        "/groups/1/access/access-points",
        "/credentials",
        "/event-subscriptions",
        "/events/access",
        invitations.as_str(),
    ];
    let mut shown = Vec::new();
    for path in paths {
        let (status, list) = before.get(path).await;
        assert_eq!((status, list["data"].as_array().map(Vec::len)), (200, Some(1)), "{path}");
        shown.push(list);
    }
    drop(before);

    let after = opened(&file, clock).await;

    for (path, list) in paths.iter().zip(shown) {
        assert_eq!(after.get(path).await.1, list, "{path}");
    }
}

#[tokio::test]
async fn a_file_from_before_there_were_doors_and_cards_is_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let earlier = json!({
        "authority": {
            "applications": {"client": {"secret": "secret", "redirect_uri": null}}, "api_keys": ["key"],
            "administrators": {}, "codes": {"c": {"client_id": "client", "expires_at": "2026-11-21T09:05:00Z"}},
            "refresh_tokens": {
                "t": {"client_id": "client", "expires_at": "2026-12-01T00:00:00Z", "replaced": null},
            },
            "access_tokens": {}, "random": 0,
        },
        "account": {"users": {}, "groups": {"1": "Members"}, "history": [], "users_made": 0},
        "watch": {"violations": [], "looked_up": []}, "faults": [], "calls": [],
    });
    std::fs::write(&file, earlier.to_string()).unwrap();
    let bench = opened(&file, TestClock::new()).await;
    assert_eq!(bench.refresh("t").await.0, 200);
    assert_eq!(bench.get("/groups/1").await.1["name"], "Members");
}

#[tokio::test]
async fn a_change_is_kept_before_it_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let bench = opened(&file, TestClock::new()).await;
    bench.register();
    bench.send("POST", "/users", json!({"firstName": "Ada", "lastName": "Lovelace", "externalId": "a"})).await;
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("Lovelace"));
}

#[tokio::test]
async fn a_change_that_cannot_be_kept_is_not_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let bench = opened(&file, TestClock::new()).await;
    bench.register();
    let token = bench.access_token().await;
    drop(folder);
    let response = bench.api_call("DELETE", "/users/5", &token).send().await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn a_closed_server_answers_no_more_even_on_open_connections() {
    let bench = Bench::start().await;
    let Bench { brivo, http, .. } = bench;
    let url = format!("{}/_sim/calls", brivo.api_url());
    assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
    drop(brivo);
    assert!(http.get(&url).send().await.is_err());
}
