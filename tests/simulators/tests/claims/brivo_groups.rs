//! The groups of a Brivo account and who is in them.

use serde_json::{Value, json};
use simulators::brivo::{Change, GroupId};

use crate::brivo_bench::Bench;

#[tokio::test]
async fn a_group_is_read_with_its_flags_and_an_unknown_one_is_404() {
    let bench = Bench::start().await;
    bench.add_groups([7]);
    let (status, group) = bench.get("/groups/7").await;
    assert_eq!((status, group["name"].as_str()), (200, Some("Group 07")));
    assert_eq!(group["keypadUnlock"], false);
    assert_eq!(bench.get("/groups/8").await, (404, json!({"code": 404, "message": "Group not found"})));
}

#[tokio::test]
async fn one_call_adds_and_removes_and_gives_the_result_unpaged() {
    let bench = Bench::start().await;
    bench.add_groups([1, 2, 3]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    let path = format!("/users/{id}/groups");
    bench.send("POST", &path, json!({"addGroups": [1, 2]})).await;
    let (status, groups) = bench.send("POST", &path, json!({"addGroups": [2, 3], "removeGroups": [1]})).await;
    assert_eq!(status, 200);
    let expected = json!({"count": 2, "data": [{"id": 2, "name": "Group 02"}, {"id": 3, "name": "Group 03"}]});
    assert_eq!(groups, expected);
    assert_eq!(bench.get(&format!("{path}?pageSize=1")).await, (200, expected));
}

#[tokio::test]
async fn repeating_a_change_leaves_no_trace_in_the_history() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    for _ in 0..2 {
        bench.send("POST", &format!("/users/{id}/groups"), json!({"addGroups": [1]})).await;
    }
    bench.clock.advance(60);
    for _ in 0..2 {
        bench.send("DELETE", &format!("/groups/1/users/{id}"), Value::Null).await;
    }
    let history = bench.brivo.history();
    let changes: Vec<Change> = history.iter().map(|entry| entry.change).collect();
    assert_eq!(changes, [Change::Joined, Change::Left]);
    assert_eq!(history[1].at, bench.clock.now());
    assert_eq!((history[1].user, history[1].external_id.as_deref()), (id, Some("a")));
    assert_eq!(history[1].group, GroupId(1));
}

#[tokio::test]
async fn an_unknown_user_or_group_is_404_and_changes_nothing() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    let path = format!("/users/{id}/groups");
    let (status, refusal) = bench.send("POST", &path, json!({"addGroups": [1, 99]})).await;
    assert_eq!((status, refusal["message"].as_str()), (404, Some("Group not found")));
    let (status, refusal) = bench.send("POST", "/users/5/groups", json!({"addGroups": [1]})).await;
    assert_eq!((status, refusal["message"].as_str()), (404, Some("User not found")));
    assert_eq!(bench.send("PUT", &format!("/groups/99/users/{id}"), Value::Null).await.0, 404);
    assert_eq!(bench.send("PUT", "/groups/1/users/5", Value::Null).await.0, 404);
    assert!(bench.brivo.history().is_empty());
}

#[tokio::test]
async fn a_user_holds_sixteen_groups_and_one_more_fails_the_whole_call() {
    let bench = Bench::start().await;
    bench.add_groups(1..=18);
    let id = bench.add_user("Ada", "Lovelace", "a");
    let path = format!("/users/{id}/groups");
    let sixteen: Vec<u64> = (1..=16).collect();
    assert_eq!(bench.send("POST", &path, json!({"addGroups": sixteen})).await.0, 200);
    let before = bench.brivo.history();
    let over = json!({"addGroups": [17, 18], "removeGroups": [1]});
    assert_eq!(bench.send("POST", &path, over).await.0, 400);
    assert_eq!(bench.send("PUT", &format!("/groups/17/users/{id}"), Value::Null).await.0, 400);
    assert_eq!(bench.brivo.history(), before);
    let exchange = json!({"addGroups": [17], "removeGroups": [1]});
    assert_eq!(bench.send("POST", &path, exchange).await.0, 200);
}

#[tokio::test]
async fn single_memberships_answer_204_also_when_nothing_changes() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    let path = format!("/groups/1/users/{id}");
    for method in ["PUT", "PUT", "DELETE", "DELETE"] {
        assert_eq!(bench.send(method, &path, Value::Null).await.0, 204);
    }
}

#[tokio::test]
async fn the_model_can_be_asked_for_members_and_groups() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    bench.brivo.edit(|model, now| model.change_by_hand(id, GroupId(1), Change::Joined, now)).unwrap();
    assert!(bench.brivo.read(|model| model.members_of(GroupId(1)).contains(&id)));
    assert!(bench.brivo.read(|model| model.groups_of("a").contains(&GroupId(1))));
    assert_eq!(bench.brivo.read(|model| model.user_by_external_id("a")), Some(id));
}
