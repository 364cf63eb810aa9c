//! Groups that a user cannot join because its credentials are in a linked group.

use serde_json::{Value, json};
use simulators::brivo::GroupId;

use crate::brivo_bench::{Bench, post_hook};

fn refusal() -> (u16, Value) {
    let message = "User cannot be assigned to the group as its credentials already exist in a linked group";
    (400, json!({"code": 400, "message": message}))
}

#[tokio::test]
async fn a_linked_group_refuses_that_user_alone_in_both_calls() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let (ada, grace) = (bench.add_user("Ada", "Lovelace", "a"), bench.add_user("Grace", "Hopper", "g"));
    bench.brivo.edit(|model, _| model.link_group(GroupId(1), ada)).unwrap();

    assert_eq!(bench.send("PUT", &format!("/groups/1/users/{ada}"), Value::Null).await, refusal());
    assert_eq!(bench.send("POST", &format!("/users/{ada}/groups"), json!({"addGroups": [1]})).await, refusal());
    assert_eq!(bench.send("PUT", &format!("/groups/1/users/{grace}"), Value::Null).await.0, 204);
}

#[tokio::test]
async fn a_linked_group_fails_the_whole_change_and_never_a_removal() {
    let bench = Bench::start().await;
    bench.add_groups([1, 2, 3]);
    let ada = bench.add_user("Ada", "Lovelace", "a");
    let path = format!("/users/{ada}/groups");
    bench.send("POST", &path, json!({"addGroups": [1, 2]})).await;
    for group in [2, 3] {
        bench.brivo.edit(|model, _| model.link_group(GroupId(group), ada)).unwrap();
    }
    let before = bench.brivo.history();

    let both = json!({"addGroups": [3], "removeGroups": [1]});
    assert_eq!(bench.send("POST", &path, both).await, refusal());
    assert_eq!(bench.brivo.history(), before);
    assert_eq!(bench.send("POST", &path, json!({"addGroups": [2]})).await.0, 200);
    assert_eq!(bench.send("POST", &path, json!({"removeGroups": [2]})).await.0, 200);
    assert_eq!(bench.send("DELETE", &format!("/groups/3/users/{ada}"), Value::Null).await.0, 204);
}

#[tokio::test]
async fn a_link_is_ordered_without_keys_and_ends() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let ada = bench.add_user("Ada", "Lovelace", "a");
    let path = format!("/groups/1/users/{ada}");

    assert_eq!(post_hook(&bench, "links", json!({"group": 1, "user": ada})).await, 204);
    assert_eq!(bench.send("PUT", &path, Value::Null).await.0, 400);
    bench.brivo.edit(|model, _| model.unlink_group(GroupId(1), ada)).unwrap();
    assert_eq!(bench.send("PUT", &path, Value::Null).await.0, 204);
}
