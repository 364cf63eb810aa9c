//! Making, changing and deleting groups.

use serde_json::{Value, json};
use simulators::brivo::{Change, GroupId};

use crate::brivo_bench::Bench;

#[tokio::test]
async fn creating_a_group_answers_200_with_its_flags_and_a_number_of_the_users_sequence() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    let (status, group) = bench.send("POST", "/groups", json!({"name": "Members"})).await;
    let expected = json!({
        "id": user.0 + 1, "name": "Members",
        "keypadUnlock": false, "immuneToAntipassback": false, "excludedFromLockdown": false,
    });
    assert_eq!((status, group), (200, expected.clone()));
    assert_eq!(bench.get(&format!("/groups/{}", expected["id"])).await, (200, expected));
    assert_eq!(bench.brivo.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_name_has_one_to_thirty_five_characters() {
    let bench = Bench::start().await;
    let refusal = json!({"code": 400, "message": "Group creation requires a name parameter of 35 characters or less"});
    for body in [json!({}), json!({"name": ""}), json!({"name": "ö".repeat(36)})] {
        assert_eq!(bench.send("POST", "/groups", body).await, (400, refusal.clone()));
    }
    let (status, group) = bench.send("POST", "/groups", json!({"name": "ö".repeat(35)})).await;
    assert_eq!(status, 200);
    let path = format!("/groups/{}", group["id"]);
    assert_eq!(bench.send("PUT", &path, json!({"name": "ö".repeat(36)})).await, (400, refusal));
}

#[tokio::test]
async fn the_reset_of_antipassback_is_written_in_minutes_and_read_as_a_time() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    for (written, read) in [(json!("1439"), json!("23:59")), (json!(61), json!("01:01")), (json!(""), Value::Null)] {
        let body = json!({"name": "Members", "antipassbackResetTime": written});
        let (status, group) = bench.send("PUT", "/groups/1", body).await;
        assert_eq!((status, &group["antipassbackResetTime"]), (200, &read));
    }
    assert_eq!(bench.send("PUT", "/groups/1", json!({"antipassbackResetTime": 1441})).await.0, 400);
}

#[tokio::test]
async fn a_put_writes_name_and_flags_and_keeps_what_it_leaves_out() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    bench.send("PUT", "/groups/1", json!({"keypadUnlock": true})).await;
    let (_, group) = bench.send("PUT", "/groups/1", json!({"name": "Renamed", "excludedFromLockdown": true})).await;
    let expected = (&json!("Renamed"), &json!(true), &json!(true));
    assert_eq!((&group["name"], &group["keypadUnlock"], &group["excludedFromLockdown"]), expected);
    assert_eq!(bench.send("PUT", "/groups/9", json!({"name": "Renamed"})).await.0, 404);
}

#[tokio::test]
async fn deleting_a_group_ends_its_memberships() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    let (_, group) = bench.send("POST", "/groups", json!({"name": "Members"})).await;
    let path = format!("/groups/{}", group["id"]);
    bench.send("PUT", &format!("{path}/users/{user}"), Value::Null).await;
    assert_eq!(bench.send("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(bench.send("DELETE", &path, Value::Null).await.0, 404);
    assert_eq!(bench.get(&format!("/users/{user}/groups")).await.1["count"], 0);
    assert_eq!(bench.brivo.history().last().map(|change| change.change), Some(Change::Left));
    assert_eq!(bench.brivo.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_group_of_a_multifamily_site_is_not_deleted() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    bench.brivo.edit(|model, _| model.mark_multifamily(GroupId(1))).unwrap();
    let message = "Cannot delete group: group is created for a multifamily site.";
    let refusal = json!({"code": 412, "message": message});
    assert_eq!(bench.send("DELETE", "/groups/1", Value::Null).await, (412, refusal));
}

#[tokio::test]
async fn deleting_a_group_of_others_and_a_second_group_of_one_name_are_written_down() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    bench.send("POST", "/groups", json!({"name": "Group 01"})).await;
    bench.send("DELETE", "/groups/1", Value::Null).await;
    let expected = [
        "POST /v1/api/groups: creates a group under the name of another",
        "DELETE /v1/api/groups/1: deletes a group that the client did not make",
    ];
    assert_eq!(bench.brivo.violations(), expected);
}
