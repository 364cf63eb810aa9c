//! Who administers a Brivo account, and what is said about the account itself.

use serde_json::{Value, json};
use simulators::brivo::AdministratorKind;

use crate::brivo_bench::{Bench, parts};
use crate::brivo_browser::{Browser, exchange};

/// An access token of the administrator `admin7`, who is of this kind.
async fn token_of(bench: &Bench, kind: AdministratorKind) -> String {
    let browser = Browser::at(bench);
    bench.brivo.edit(|model, _| model.set_administrator_kind("admin7", kind)).unwrap();
    let code = browser.code().await;
    let (_, tokens) = exchange(bench, &code, &[]).await;
    let (_, refreshed) = bench.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    refreshed["access_token"].as_str().unwrap().to_owned()
}

async fn get(bench: &Bench, path: &str, token: &str) -> (u16, Value) {
    parts(bench.api_call("GET", path, token).send().await.unwrap()).await
}

#[tokio::test]
async fn who_am_i_names_a_senior_administrator() {
    let bench = Bench::start().await;
    let (status, administrator) = bench.get("/administrators/whoami").await;
    assert_eq!((status, administrator["identityType"].as_str()), (200, Some("SENIOR")));
}

#[tokio::test]
async fn who_am_i_names_whoever_consented_and_keeps_doing_so_after_a_refresh() {
    let bench = Bench::start().await;
    let token = token_of(&bench, AdministratorKind::Assistant).await;
    let (_, administrator) = get(&bench, "/administrators/whoami", &token).await;
    assert_eq!((&administrator["username"], &administrator["identityType"]), (&json!("admin7"), &json!("ASSISTANT")));

    let (status, by_id) = get(&bench, &format!("/administrators/{}", administrator["id"]), &token).await;
    assert_eq!((status, &by_id["username"], &by_id["accountId"]), (200, &json!("admin7"), &json!(50122)));
    assert_eq!(get(&bench, "/administrators/1", &token).await.0, 404);
}

#[tokio::test]
async fn an_account_is_listed_and_read_under_its_name() {
    let bench = Bench::start().await;
    bench.brivo.edit(|model, _| model.name_account("Example Coworking")).unwrap();
    let (_, page) = bench.get("/accounts").await;
    assert_eq!((&page["count"], &page["data"][0]["name"]), (&json!(1), &json!("Example Coworking")));
    let id = &page["data"][0]["id"];
    assert_eq!(bench.get(&format!("/accounts/{id}")).await.0, 200);
    assert_eq!(bench.get("/accounts/7").await.0, 404);
}

#[tokio::test]
async fn the_summary_is_for_senior_and_master_administrators_alone() {
    let bench = Bench::start().await;
    bench.add_user("Ada", "Lovelace", "a");
    for (kind, expected) in [
        (AdministratorKind::Senior, 200),
        (AdministratorKind::Master, 200),
        (AdministratorKind::Assistant, 403),
        (AdministratorKind::Dealer, 403),
    ] {
        let token = token_of(&bench, kind).await;
        let (status, body) = get(&bench, "/accounts/summary", &token).await;
        assert_eq!(status, expected);
        if status == 200 {
            assert_eq!((&body["activeUserCount"], &body["administratorCount"]), (&json!(1), &json!(2)));
        } else {
            assert_eq!(body, json!({"code": 403, "message": "You are not allowed to perform that action"}));
        }
    }
}

#[tokio::test]
async fn features_are_those_switched_on() {
    let bench = Bench::start().await;
    assert_eq!(bench.get("/features").await.1, json!({"data": [{"name": "MOBILE_PASS"}], "count": 1}));
    bench.brivo.edit(|model, _| model.offer_mobile_passes(false)).unwrap();
    assert_eq!(bench.get("/features").await.1["count"], 0);
    assert_eq!(bench.get("/accounts/50122/features").await.1["count"], 0);
}

#[tokio::test]
async fn the_time_is_told_to_whoever_tells_theirs() {
    let bench = Bench::start().await;
    let (status, refusal) = bench.get("/time").await;
    assert_eq!((status, refusal["message"].as_str().unwrap().contains("current-date")), (400, true));
    let token = bench.access_token().await;
    let call = bench.api_call("GET", "/time", &token).header("current-date", "2026-11-21T08:00:00Z");
    assert_eq!(parts(call.send().await.unwrap()).await, (200, json!({"time": "2026-11-21T09:00:00Z"})));
    let call = bench.api_call("GET", "/time", &token).header("current-date", "yesterday");
    assert_eq!(call.send().await.unwrap().status(), 400);
}
