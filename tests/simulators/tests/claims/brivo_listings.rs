//! Paging and filters at Brivo.

use serde_json::{Value, json};

use crate::brivo_bench::Bench;

fn names(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|row| row["lastName"].as_str().unwrap()).collect()
}

async fn with_three_users() -> Bench {
    let bench = Bench::start().await;
    bench.add_user("Grace", "Hopper", "g");
    bench.add_user("Ada", "Lovelace", "a");
    bench.add_user("Annie", "Easley", "e");
    bench
}

#[tokio::test]
async fn count_is_the_total_and_not_the_length_of_the_page() {
    let bench = with_three_users().await;
    let (_, page) = bench.get("/users?offset=1&pageSize=1").await;
    assert_eq!(
        (page["count"].as_u64(), page["offset"].as_u64(), page["pageSize"].as_u64()),
        (Some(3), Some(1), Some(1))
    );
    assert_eq!(names(&page), ["Hopper"]);
}

#[tokio::test]
async fn pages_hold_twenty_unless_asked_and_users_come_by_last_name() {
    let bench = with_three_users().await;
    let (_, page) = bench.get("/users").await;
    assert_eq!(page["pageSize"], 20);
    assert_eq!(names(&page), ["Easley", "Hopper", "Lovelace"]);
}

#[tokio::test]
async fn paging_outside_the_range_is_refused() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    for query in ["pageSize=101", "pageSize=0", "pageSize=ten", "offset=-1"] {
        for list in ["/users", "/groups", "/groups/1/users"] {
            let answer = bench.get(&format!("{list}?{query}")).await;
            let expected = json!({"code": 400, "message": "Invalid listing criteria provided"});
            assert_eq!(answer, (400, expected), "{list}?{query}");
        }
    }
}

#[tokio::test]
async fn a_list_row_shows_no_pin() {
    let bench = Bench::start().await;
    let body = json!({"firstName": "Ada", "lastName": "Lovelace", "pin": "5279", "middleName": "K"});
    bench.send("POST", "/users", body).await;
    let (_, page) = bench.get("/users").await;
    assert!(page["data"][0].get("pin").is_none());
    assert!(page["data"][0].get("middleName").is_none());
    assert_eq!(page["data"][0]["customFields"], json!([]));
}

#[tokio::test]
async fn eq_on_a_name_means_contains() {
    let bench = with_three_users().await;
    assert_eq!(names(&bench.get("/users?filter=lastname__eq:LE").await.1), ["Easley"]);
    assert_eq!(names(&bench.get("/users?filter=lastname__eq:e").await.1), ["Easley", "Hopper", "Lovelace"]);
}

#[tokio::test]
async fn conditions_are_joined_and_values_are_alternatives() {
    let bench = with_three_users().await;
    let (_, page) = bench.get("/users?filter=firstname__eq:A;lastname__eq:Love,Hop").await;
    assert_eq!(names(&page), ["Hopper", "Lovelace"]);
    let (_, page) = bench.get("/users?filter=firstname__eq%3AAda%3Blastname__eq%3ALove").await;
    assert_eq!(names(&page), ["Lovelace"]);
}

#[tokio::test]
async fn users_are_chosen_by_id_and_by_status() {
    let bench = with_three_users().await;
    let id = bench.brivo.read(|model| model.user_by_external_id("a")).unwrap();
    bench.send("PUT", &format!("/users/{id}/suspended"), json!({"suspended": true})).await;
    assert_eq!(names(&bench.get(&format!("/users?filter=id__eq:{id}")).await.1), ["Lovelace"]);
    assert_eq!(names(&bench.get(&format!("/users?filter=id__ne:{id}")).await.1), ["Easley", "Hopper"]);
    assert_eq!(names(&bench.get("/users?filter=user_status__eq:suspended").await.1), ["Lovelace"]);
    assert_eq!(names(&bench.get("/users?filter=user_status__eq:active").await.1), ["Easley", "Hopper"]);
    assert!(names(&bench.get("/users?filter=user_status__eq:deleted").await.1).is_empty());
}

#[tokio::test]
async fn a_filter_that_is_not_understood_is_refused() {
    let bench = Bench::start().await;
    let cases = [
        ("/users?filter=lastname", "Invalid filter format"),
        ("/users?filter=lastname:x", "Invalid filter format"),
        ("/users?filter=lastname__like:x", "Invalid filter operator"),
        ("/users?filter=lastname__gt:x", "Invalid filter operator"),
        ("/users?filter=email__eq:x", "Invalid criteria provided"),
        ("/users?filter=externalId__eq:x", "Invalid criteria provided"),
        ("/users?filter=user_status__eq:gone", "Invalid criteria provided"),
        ("/groups?filter=id__eq:1", "Invalid criteria provided"),
        ("/groups?filter=name__ne:x", "Invalid filter operator"),
    ];
    for (path, message) in cases {
        assert_eq!(bench.get(path).await, (400, json!({"code": 400, "message": message})), "{path}");
    }
}

#[tokio::test]
async fn groups_are_listed_by_id_and_name_only_and_filtered_by_name() {
    let bench = Bench::start().await;
    bench.add_groups([10, 11, 20]);
    let (_, page) = bench.get("/groups?filter=name__eq:group%201").await;
    assert_eq!(page["data"], json!([{"id": 10, "name": "Group 10"}, {"id": 11, "name": "Group 11"}]));
    assert_eq!(page["count"], 2);
}

#[tokio::test]
async fn the_members_of_a_group_come_in_pages() {
    let bench = with_three_users().await;
    bench.add_groups([1]);
    for external_id in ["a", "g"] {
        let id = bench.brivo.read(|model| model.user_by_external_id(external_id)).unwrap();
        bench.send("PUT", &format!("/groups/1/users/{id}"), Value::Null).await;
    }
    let (_, page) = bench.get("/groups/1/users?pageSize=1&offset=1").await;
    assert_eq!(page["count"], 2);
    let row = &page["data"][0];
    assert_eq!((row["externalId"].as_str(), row["suspended"].as_bool()), (Some("a"), Some(false)));
    assert!(row.get("created").is_none());
}
