//! What an operator's staff does in Brivo's own pages, as the API shows it afterwards.

use serde_json::json;
use simulators::brivo::{Change, GroupId, Standing};

use crate::brivo_bench::Bench;

#[tokio::test]
async fn a_user_made_by_hand_has_an_address_in_the_list_and_no_external_id() {
    let bench = Bench::start().await;
    let edit = |model: &mut simulators::brivo::Model, now| model.create_by_hand("Ada", "King", "ada@example.com", now);
    let id = bench.brivo.edit(edit).unwrap();

    let (_, page) = bench.get("/users").await;

    let row = &page["data"][0];
    assert_eq!((row["id"].as_u64(), row.get("externalId")), (Some(id.0), None));
    assert_eq!(row["emails"], json!([{"address": "ada@example.com", "type": "work"}]));
}

#[tokio::test]
async fn what_staff_changes_is_seen_at_once_and_is_no_call() {
    let bench = Bench::start().await;
    bench.add_groups([1, 2]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    let calls = bench.brivo.calls().len();
    let by_hand = |model: &mut simulators::brivo::Model, now| {
        model.change_by_hand(id, GroupId(1), Change::Joined, now);
        model.change_by_hand(id, GroupId(2), Change::Joined, now);
        model.change_by_hand(id, GroupId(1), Change::Left, now);
        model.write_phone_by_hand(id, "+44 20 7946 0000", now);
        model.suspend_by_hand(id, now);
    };
    bench.brivo.edit(by_hand).unwrap();
    assert_eq!(bench.brivo.calls().len(), calls);

    let (_, user) = bench.get(&format!("/users/{id}")).await;
    assert_eq!(user["phoneNumbers"], json!([{"number": "+44 20 7946 0000", "type": "work"}]));
    assert_eq!(user["suspended"], true);
    assert_eq!(bench.get(&format!("/users/{id}/groups")).await.1["data"], json!([{"id": 2, "name": "Group 02"}]));
    assert_eq!(bench.brivo.history().len(), 3);
}

#[tokio::test]
async fn whoever_staff_reinstates_or_deletes_is_so() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    let by_hand = |model: &mut simulators::brivo::Model, now| {
        model.change_by_hand(id, GroupId(1), Change::Joined, now);
        model.suspend_by_hand(id, now);
        model.reinstate_by_hand(id, now);
    };
    bench.brivo.edit(by_hand).unwrap();
    assert_eq!(bench.get(&format!("/users/{id}/suspended")).await.1["suspended"], false);

    bench.brivo.edit(|model, now| model.delete_by_hand(id, now)).unwrap();

    assert_eq!(bench.get(&format!("/users/{id}")).await.0, 404);
    assert_eq!(bench.brivo.history().last().map(|change| change.change), Some(Change::Left));
    assert_eq!(bench.brivo.standings().last().map(|change| change.standing), Some(Standing::Deleted));
}
