//! The lists of Spacebring's API.

use serde_json::{Value, json};
use simulators::spacebring::{Booking, DayPasses, Limits, Trouble};

use crate::spacebring_bench::{Bench, booking, membership};

fn ids<'v>(list: &'v Value, name: &str) -> Vec<&'v str> {
    list[name].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn client_id_and_secret_open_every_list_and_nothing_else_does() {
    let bench = Bench::start().await;

    assert_eq!(bench.get("/locations/v1").await.0, 200);
    let url = format!("{}/locations/v1", bench.spacebring.base_url());
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(bench.http.get(&url).basic_auth("client", Some("guess")).send().await.unwrap().status(), 401);
    assert_eq!(bench.get("/elsewhere/v1").await.0, 404);
}

#[tokio::test]
async fn a_list_of_a_location_has_to_be_told_which() {
    let bench = Bench::start().await;

    assert_eq!(bench.get("/plans/v1").await.0, 400);
    assert_eq!(ids(&bench.get("/community/memberships/v1?locationRef=loc-1").await.1, "memberships"), ["m-1", "m-2"]);
    assert_eq!(bench.get("/community/memberships/v1?locationRef=loc-2").await.1, json!({"memberships": []}));
}

#[tokio::test]
async fn a_page_tells_where_the_next_begins_and_the_last_tells_nothing() {
    let bench = Bench::start().await;
    bench.spacebring.edit(|model, now| {
        for number in 0..101 {
            model.put_membership(&membership(&format!("n-{number:03}")), now);
        }
    });
    let path = "/community/memberships/v1?locationRef=loc-1";

    assert_eq!(ids(&bench.get(path).await.1, "memberships").len(), 25);
    assert_eq!(ids(&bench.get(&format!("{path}&limit=nonsense")).await.1, "memberships").len(), 25);
    let (_, first) = bench.get(&format!("{path}&limit=1000")).await;
    assert_eq!(ids(&first, "memberships").len(), 100);
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, last) = bench.get(&format!("{path}&limit=100&nextPageToken={token}")).await;
    assert_eq!((ids(&last, "memberships").len(), last.get("nextPageToken")), (3, None));
    assert_eq!(bench.get(&format!("{path}&status=approved&nextPageToken={token}")).await.0, 400);
}

#[tokio::test]
async fn a_deleted_member_is_on_a_list_of_its_own() {
    let bench = Bench::start().await;
    bench.spacebring.edit(|model, now| model.delete_membership("m-1", now));

    assert_eq!(ids(&bench.get("/community/memberships/v1?locationRef=loc-1").await.1, "memberships"), ["m-2"]);
    let (_, deleted) = bench.get("/community/memberships/v1/deleted?locationRef=loc-1").await;
    assert_eq!(ids(&deleted, "memberships"), ["m-1"]);
    assert_eq!(deleted["memberships"][0]["deleteDate"], bench.clock.now().to_string());
}

#[tokio::test]
async fn a_booking_shows_neither_where_nor_whether_it_stands() {
    let bench = Bench::start().await;
    bench.spacebring.edit(|model, now| {
        model.put_booking(&Booking { status: "tentative".to_owned(), ..booking("b-2") }, now);
        model.put_booking(&Booking { status: "canceled".to_owned(), ..booking("b-3") }, now);
    });
    let path = "/resources/bookings/v1?locationRef=loc-1";

    let (_, shown) = bench.get(path).await;
    assert_eq!(ids(&shown, "bookings"), ["b-1", "b-2"]);
    assert!(shown["bookings"][0].get("locationRef").is_none() && shown["bookings"][0].get("status").is_none());
    assert_eq!(ids(&bench.get(&format!("{path}&status=canceled")).await.1, "bookings"), ["b-3"]);
}

#[tokio::test]
async fn a_repeated_booking_is_expanded_on_request() {
    let bench = Bench::start().await;
    bench.spacebring.edit(|model, now| model.put_booking(&Booking { weeks: 3, ..booking("b-9") }, now));
    let path = "/resources/bookings/v1?resourceRef=r-1&order=startDate:asc&startDate%5Bgte%5D=2026-11-22T00:00:00Z";

    assert_eq!(ids(&bench.get(path).await.1, "bookings"), Vec::<&str>::new());
    let (_, single) = bench.get(&format!("{path}&singleBookings=true&endDate%5Blte%5D=2026-11-30T00:00:00Z")).await;
    assert_eq!(ids(&single, "bookings"), ["b-9_2026-11-28T11:00:00Z"]);
}

#[tokio::test]
async fn a_balance_is_that_of_one_customer() {
    let bench = Bench::start().await;
    let lines = vec![DayPasses { amount: 2, ..DayPasses::default() }];
    bench.spacebring.edit(|model, _| model.put_day_passes("m-1", lines));

    let (_, shown) = bench.get("/transactions/v1/balances/m-1/day_passes").await;
    assert_eq!(shown["balances"][0]["amount"], 2);
    assert_eq!(bench.get("/transactions/v1/balances/m-2/day_passes").await.1, json!({"balances": []}));
}

#[tokio::test]
async fn ten_calls_a_second_are_admitted() {
    let bench = Bench::with(Limits::Published).await;
    for _ in 0..10 {
        assert_eq!(bench.get("/locations/v1").await.0, 200);
    }

    assert_eq!(bench.get("/locations/v1").await.0, 429);
    bench.clock.advance_ms(999);
    assert_eq!(bench.get("/locations/v1").await.0, 429);
    bench.clock.advance_ms(1);
    assert_eq!(bench.get("/locations/v1").await.0, 200);
}

#[tokio::test]
async fn calls_may_fail_as_ordered() {
    let bench = Bench::start().await;
    bench.spacebring.edit(|model, _| {
        [Trouble::Throttled, Trouble::Status(503), Trouble::Nonsense].map(|trouble| model.inject(trouble))
    });

    let statuses =
        [bench.get("/locations/v1").await, bench.get("/locations/v1").await, bench.get("/locations/v1").await];
    assert_eq!(statuses.map(|(status, _)| status), [429, 503, 200]);
    assert_eq!(bench.spacebring.read(|model| model.calls().len()), 3);
}
