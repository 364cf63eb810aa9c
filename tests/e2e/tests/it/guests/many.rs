//! Many guests, and many bookings of one.

use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::*;

/// More than one transaction can write.
#[tokio::test]
async fn sixty_guests_of_one_booking_all_come_in_and_go() {
    let mut world = world_of("officernd").await;
    let email = |number: u64| format!("guest{number}@example.com");
    let guests: Vec<Value> =
        (1..=60).map(|number| json!({"name": format!("Guest {number}"), "email": email(number)})).collect();

    tell(&world, "booking.upserted", booking("b1", anna(), &guests)).await;
    world.run_until(at("10:30")).await;

    for number in 1..=60 {
        assert_eq!(groups_with(&world, &email(number)), [501], "guest {number}");
    }
    tell(&world, "booking.upserted", booking("b1", anna(), &guests[..1])).await;
    world.take_turns().await;
    for number in 2..=60 {
        assert_eq!(groups_with(&world, &email(number)), NONE, "guest {number}");
    }
    assert_eq!(groups_with(&world, &email(1)), [501]);
}

/// All of them write to the same record of an address nobody heard of before.
#[tokio::test]
async fn fifty_bookings_that_name_one_guest_at_once_are_all_taken_in() {
    let world = world_of("spacebring").await;
    let mut deliveries = JoinSet::new();

    for number in 0..50_i64 {
        let mut data = booking(&format!("b{number}"), gina(), &[]);
        let starts = at("10:00") + SignedDuration::from_hours(3 * number);
        (data["starts"], data["ends"]) = (json!(starts), json!(starts + SignedDuration::from_hours(1)));
        let body = json!([event(&format!("b{number}"), "booking.upserted", world.now(), data)]).to_string();
        deliveries.spawn(answer(events(&world.bundle, &world.tenant, &body, world.now())));
    }

    for (status, body) in deliveries.join_all().await {
        assert_eq!(status, 200, "{body}");
    }
    world.settle().await;
    let external_id = user_with(&world, GINA).unwrap()["externalId"].as_str().unwrap().to_owned();
    let guest = external_id.strip_prefix("harbour:").unwrap();
    let (_, access) = world.bundle.api(&format!("/tenants/harbour/members/{guest}/access")).await;
    assert_eq!(access["groups"][0]["reasons"].as_array().unwrap().len(), 50, "{access}");
    assert_eq!(world.users().len(), 1);
}
