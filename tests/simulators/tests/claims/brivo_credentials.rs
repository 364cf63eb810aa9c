//! Cards and PINs, and who holds them.

use serde_json::{Value, json};
use simulators::brivo::Options;

use crate::brivo_bench::{Bench, unlimited};

fn card(facility_code: u8, card_number: u16) -> Value {
    json!({
        "credentialFormat": {"id": 100},
        "referenceId": card_number.to_string(),
        "fieldValues": [{"id": 1, "value": card_number.to_string()}, {"id": 2, "value": facility_code.to_string()}],
    })
}

/// The id of a new card.
async fn made(bench: &Bench, card_number: u16) -> Value {
    let (status, card) = bench.send("POST", "/credentials", card(1, card_number)).await;
    assert_eq!(status, 201);
    card["id"].clone()
}

#[tokio::test]
async fn formats_are_twenty_one_with_the_standard_one_first_and_no_pin() {
    let bench = Bench::start().await;
    let (_, list) = bench.get("/credentials/formats").await;
    let standard = json!({
        "id": 100, "name": "Standard 26 Bit",
        "credentialFields": [{"id": 1, "name": "card_number"}, {"id": 2, "name": "facility_code"}],
    });
    assert_eq!((&list["count"], &list["data"][0]), (&json!(21), &standard));
    assert!(list["data"].as_array().unwrap().iter().all(|format| format["id"] != 2));
}

#[tokio::test]
async fn a_new_card_answers_201_or_200_with_its_bits() {
    let bench = Bench::start().await;
    let (status, made) = bench.send("POST", "/credentials", card(1, 200)).await;
    assert_eq!((status, &made["encodedCredential"], &made["size"]), (201, &json!("2020190"), &json!(26)));
    let bench = Bench::with(Options { credential_made_status: 200, ..unlimited() }).await;
    assert_eq!(bench.send("POST", "/credentials", card(1, 200)).await.0, 200);
}

#[tokio::test]
async fn fields_are_named_shortly_where_a_card_is_made_and_at_length_in_lists() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    let (_, made) = bench.send("POST", "/credentials", card(1, 200)).await;
    assert_eq!(made["fieldValues"][0], json!({"id": 1, "name": "card_number", "value": "200"}));
    bench.send("PUT", &format!("/users/{user}/credentials/{}", made["id"]), json!({})).await;

    let long = "acs.cards.format.card_number";
    let (_, page) = bench.get("/credentials").await;
    assert_eq!(page["data"][0]["fieldValues"][0], json!({"id": 1, "name": long, "value": "200"}));
    let (_, held) = bench.get(&format!("/users/{user}/credentials")).await;
    assert_eq!(held["data"][0]["fieldValues"][0], json!({"credentialFieldId": 1, "name": long, "value": "200"}));
}

#[tokio::test]
async fn bits_win_over_fields_and_a_card_is_found_twice_either_way() {
    let bench = Bench::start().await;
    let body = json!({"credentialFormat": {"id": 100}, "encodedCredential": "28C0293", "fieldValues": [{"id": 1, "value": "9"}]});
    let (_, made) = bench.send("POST", "/credentials", body).await;
    let values: Vec<&str> =
        made["fieldValues"].as_array().unwrap().iter().map(|field| field["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["329", "70"]);
    let refusal = json!({"code": 400, "message": "Duplicate Credential found"});
    assert_eq!(bench.send("POST", "/credentials", card(70, 329)).await, (400, refusal));
}

#[tokio::test]
async fn a_card_that_does_not_fit_its_format_is_refused() {
    let bench = Bench::start().await;
    for body in [
        json!({}),
        json!({"credentialFormat": {"id": 99}, "encodedCredential": "ab", "size": 8}),
        json!({"credentialFormat": {"id": 307}, "encodedCredential": "ab", "size": 8}),
        json!({"credentialFormat": {"id": 110}, "encodedCredential": "ab"}),
        json!({"credentialFormat": {"id": 100}, "fieldValues": [{"id": 1, "value": "200"}]}),
        json!({"credentialFormat": {"id": 100}, "fieldValues": [{"id": 1, "value": "70000"}, {"id": 2, "value": "1"}]}),
        json!({"credentialFormat": {"id": 100}, "encodedCredential": "2020191"}),
    ] {
        assert_eq!(bench.send("POST", "/credentials", body.clone()).await.0, 400, "{body}");
    }
    let unknown = json!({"credentialFormat": {"id": 110}, "encodedCredential": "ABCDEF", "size": 40});
    assert_eq!(bench.send("POST", "/credentials", unknown).await.1["encodedCredential"], "abcdef");
}

#[tokio::test]
async fn cards_are_listed_by_status_printed_number_and_facility() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    let held = made(&bench, 200).await;
    made(&bench, 1200).await;
    bench.send("POST", "/credentials", card(70, 329)).await;
    bench.send("PUT", &format!("/users/{user}/credentials/{held}"), Value::Null).await;
    for (filter, count) in [
        ("status__eq:assigned", 1),
        ("status__eq:unassigned", 2),
        ("reference_id__eq:200", 2),
        ("facility_code__eq:70", 1),
    ] {
        assert_eq!(bench.get(&format!("/credentials?filter={filter}")).await.1["count"], count, "{filter}");
    }
    assert_eq!(bench.get("/credentials?filter=status__eq:lost").await.0, 400);
}

#[tokio::test]
async fn a_card_goes_to_one_user_and_back_to_the_bank() {
    let bench = Bench::start().await;
    let (ada, grace) = (bench.add_user("Ada", "Lovelace", "a"), bench.add_user("Grace", "Hopper", "g"));
    let id = made(&bench, 200).await;
    let path = format!("/credentials/{id}/user");
    assert_eq!(bench.get(&path).await.0, 404);
    assert_eq!(bench.send("PUT", &format!("/users/{ada}/credentials/{id}"), json!({})).await.0, 204);
    let holder = json!({"id": ada, "externalId": "a", "firstName": "Ada", "lastName": "Lovelace", "suspended": false});
    assert_eq!(bench.get(&path).await, (200, holder));
    let refusal = json!({"code": 400, "message": "Credential not valid"});
    assert_eq!(bench.send("PUT", &format!("/users/{grace}/credentials/{id}"), json!({})).await, (400, refusal));
    assert_eq!(bench.send("DELETE", &format!("/users/{grace}/credentials/{id}"), Value::Null).await.0, 404);
    assert_eq!(bench.send("DELETE", &format!("/users/{ada}/credentials/{id}"), Value::Null).await.0, 204);
    assert_eq!(bench.get(&format!("/credentials/{id}")).await.0, 200);
    assert_eq!(bench.send("PUT", &format!("/users/{grace}/credentials/{id}"), json!({})).await.0, 204);
}

#[tokio::test]
async fn the_dates_of_a_holding_follow_the_rules_of_the_call() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    let id = made(&bench, 200).await;
    let path = format!("/users/{user}/credentials/{id}");
    for (body, from, to) in [
        (json!({}), "2026-11-21T09:00:00Z", Value::Null),
        (json!({"effectiveTo": "2026-12-01"}), "2026-11-21T09:00:00Z", json!("2026-12-01T00:00:00Z")),
        (json!({}), "2026-11-21T09:00:00Z", json!("2026-12-01T00:00:00Z")),
        (json!({"effectiveFrom": "2026-11-25T01:00:00+01:00"}), "2026-11-25T00:00:00Z", Value::Null),
    ] {
        assert_eq!(bench.send("PUT", &path, body).await.0, 204);
        let (_, held) = bench.get(&format!("/users/{user}/credentials")).await;
        assert_eq!((&held["data"][0]["effectiveFrom"], &held["data"][0]["effectiveTo"]), (&json!(from), &to));
        bench.clock.advance(60);
    }
    assert_eq!(bench.send("PUT", &path, json!({"effectiveTo": "2020-01-01"})).await.0, 400);
    assert_eq!(bench.send("PUT", &path, json!({"effectiveTo": "soon"})).await.0, 400);
}

#[tokio::test]
async fn a_deleted_card_is_gone_and_can_be_made_again() {
    let bench = Bench::start().await;
    let id = made(&bench, 200).await;
    assert_eq!(bench.send("DELETE", &format!("/credentials/{id}"), Value::Null).await.0, 204);
    let message = format!("No credential could be retrieved for credential id: {id}");
    assert_eq!(bench.get(&format!("/credentials/{id}")).await, (404, json!({"code": 404, "message": message})));
    assert_ne!(made(&bench, 200).await, id);
}

#[tokio::test]
async fn deleting_a_user_frees_its_cards() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    let card = bench.brivo.edit(|model, _| model.add_card(1, 200)).unwrap();
    bench.brivo.edit(|model, now| model.assign_by_hand(user, card, now)).unwrap();
    bench.brivo.edit(|model, now| model.delete_by_hand(user, now)).unwrap();
    assert_eq!(bench.get("/credentials?filter=status__eq:unassigned").await.1["count"], 1);
    assert_eq!(bench.brivo.read(|model| model.holder_of(card)), None);
}

#[tokio::test]
async fn a_pin_is_a_credential_of_format_two_in_the_list_of_its_user() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    let path = format!("/users/{user}/credentials");
    assert_eq!(bench.get(&path).await.1, json!({"data": [], "count": 0}));
    let pin = json!({"pin": "5279", "effectiveTo": "2026-12-01T00:00:00Z"});
    assert_eq!(bench.send("PATCH", &format!("/users/{user}"), pin).await.0, 200);
    let (_, list) = bench.get(&path).await;
    let row = json!({
        "id": list["data"][0]["id"], "accountId": 50122, "credentialFormat": {"id": 2, "name": "PIN Code"},
        "encodedCredential": "5279", "fieldValues": [], "size": 0, "effectiveTo": "2026-12-01T00:00:00Z",
    });
    assert_eq!(list["data"], json!([row]));
    assert_eq!(bench.send("DELETE", &format!("{path}/{}", row["id"]), Value::Null).await.0, 204);
    assert_eq!(bench.get(&format!("/users/{user}")).await.1.get("pin"), None);
}

#[tokio::test]
async fn a_pin_is_four_to_eight_digits_that_nobody_guesses_and_nobody_else_has() {
    let bench = Bench::start().await;
    let (ada, grace) = (bench.add_user("Ada", "Lovelace", "a"), bench.add_user("Grace", "Hopper", "g"));
    for pin in ["123", "123456789", "1111", "4567", "2468", "12a4"] {
        assert_eq!(bench.send("PATCH", &format!("/users/{ada}"), json!({"pin": pin})).await.0, 400, "{pin}");
    }
    for _ in 0..2 {
        assert_eq!(bench.send("PATCH", &format!("/users/{ada}"), json!({"pin": "5279"})).await.0, 200);
    }
    assert_eq!(bench.send("PATCH", &format!("/users/{grace}"), json!({"pin": "5279"})).await.0, 400);
    let body = json!({"firstName": "Annie", "lastName": "Easley", "pin": "5279"});
    assert_eq!(bench.send("POST", "/users", body).await.0, 400);
}

#[tokio::test]
async fn credentials_are_revoked_from_the_suspended_alone() {
    let bench = Bench::start().await;
    let user = bench.add_user("Ada", "Lovelace", "a");
    bench.send("PATCH", &format!("/users/{user}"), json!({"pin": "5279"})).await;
    let id = made(&bench, 200).await;
    bench.send("PUT", &format!("/users/{user}/credentials/{id}"), json!({})).await;
    let path = format!("/users/{user}/revoke-credentials");
    assert_eq!(bench.send("POST", &path, Value::Null).await.0, 400);
    bench.brivo.edit(|model, now| model.suspend_by_hand(user, now)).unwrap();
    assert_eq!(bench.send("POST", &path, Value::Null).await.0, 200);
    assert_eq!(bench.get(&format!("/users/{user}/credentials")).await.1["count"], 0);
    assert_eq!(bench.get(&format!("/credentials/{id}")).await.0, 200);
    assert_eq!(bench.send("POST", "/users/5/revoke-credentials", Value::Null).await.0, 404);
}
