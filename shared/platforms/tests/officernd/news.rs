//! Lists and webhooks of the served OfficeRnD, read into the same facts.

use domain::{
    facts::Entitlement,
    intake::{EventKey, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;
use platforms::{
    Delivery, Proof, Source,
    officernd::{
        Directory, Kind,
        client::{Ask, Occupied},
    },
    verify,
};
use reqwest::header::HeaderMap;
use serde_json::json;
use simulators::officernd::{Entity, Names, signature};

use crate::bench::{ANN, Bench, COMPANY, DESK, LONDON, MEMBERSHIP, membership, series};

fn tenant() -> Tenant {
    let locations = json!([{"id": LONDON, "time_zone": "Europe/London", "account": "hq"}]);
    serde_json::from_value(json!({"tenant": "acme", "platform": "officernd", "locations": locations})).unwrap()
}

/// What a signed webhook about the record tells.
fn hook(bench: &Bench, of: (Entity, &str), kind: &str, names: Names) -> Vec<News> {
    let now = bench.clock.now();
    let body = bench.officernd.edit(|model, now| model.webhook_body(of, kind, names, now)).unwrap();
    let signed = signature("hook secret", &body, now, "signature");
    let headers: HeaderMap = [("officernd-signature".parse().unwrap(), signed.parse().unwrap())].into_iter().collect();
    let proof = verify(&Source::Officernd, &headers, body.as_bytes(), &["hook secret".into()], now).unwrap();
    assert_eq!(proof, Proof::Whole);
    let delivery = Delivery::read(&Source::Officernd, &headers, body.as_bytes(), now).unwrap();
    delivery.news(&tenant(), now, proof).unwrap()
}

/// What the list tells of one thing, with all that the directory knows.
async fn listed(bench: &Bench, kind: Kind, id: &str) -> Vec<News> {
    let entity = bench.client.one(kind, id).await.unwrap().unwrap();
    entity.news(&key(), &tenant(), &directory(bench).await, bench.clock.now()).unwrap()
}

async fn directory(bench: &Bench) -> Directory {
    let ask = Ask::default();
    let mut directory = Directory::default();
    directory.add_resources(bench.client.resources(&ask).await.unwrap().rows);
    directory.add_visitors(bench.client.visitors(&ask).await.unwrap().rows);
    directory.add_assignments(bench.client.assignments(Occupied::Resource(DESK), &ask).await.unwrap().rows);
    directory
}

fn key() -> EventKey {
    EventKey { source: "officernd/lists".to_owned(), id: "r1".to_owned() }
}

/// Subject, time and meaning, without the delivery.
fn meaning(news: &[News]) -> Vec<(String, Timestamp, &What)> {
    news.iter().map(|news| (news.subject.to_string(), news.as_of, &news.what)).collect()
}

/// ALL-09: the same thing known twice is one fact.
#[tokio::test]
async fn webhooks_under_either_names_and_lists_tell_the_same() {
    let bench = Bench::start().await;
    bench.clock.advance(1);
    for (entity, kind, word, id) in [
        (Entity::Member, Kind::Member, "member", ANN),
        (Entity::Company, Kind::Company, "company", COMPANY),
        (Entity::Pass, Kind::Pass, "pass", "622b0000000000000000fa55"),
    ] {
        let event = format!("{word}.created");
        let older = hook(&bench, (entity, id), &event, Names::Version1);
        let newer = hook(&bench, (entity, id), &event, Names::Version2);
        let listed = listed(&bench, kind, id).await;

        assert_eq!(meaning(&older), meaning(&newer), "{word}");
        assert_eq!(meaning(&older), meaning(&listed), "{word}");
    }
}

/// ORD-11, ORD-13, ORD-16: the desk with its floor, which only lists tell.
#[tokio::test]
async fn a_membership_and_its_desks_are_two_facts() {
    let bench = Bench::start().await;
    let by_hook = hook(&bench, (Entity::Membership, MEMBERSHIP), "membership.created", Names::Version1);

    let news = listed(&bench, Kind::Membership, MEMBERSHIP).await;

    assert_eq!(meaning(&by_hook), meaning(&news[..1]));
    let What::Entitlement(Entitlement::Membership(desks)) = &news[1].what else { panic!("{news:?}") };
    assert_eq!((desks.id.clone(), desks.team.clone()), (format!("{MEMBERSHIP}_desks"), Some(COMPANY.into())));
    let [desk] = desks.resources.as_slice() else { panic!("{desks:?}") };
    assert_eq!(
        (desk.id.as_str(), desk.floor.as_deref(), &desk.location),
        (DESK, Some("floor-1"), &Some(LONDON.into()))
    );
    assert_eq!(news[1].as_of, news[0].as_of);
}

/// What the list tells of the desks' times, in the order of their facts.
async fn times(bench: &Bench) -> Vec<Option<(String, String)>> {
    let news = listed(bench, Kind::Membership, MEMBERSHIP).await;
    let time = |news: &News| match &news.what {
        What::Entitlement(Entitlement::Membership(desks)) => {
            Some((desks.starts.to_string(), desks.ends.map_or_else(String::new, |ends| ends.to_string())))
        }
        What::Member(_) | What::Team(_) | What::Entitlement(_) | What::Contact(_) | What::Removed => None,
    };
    news[1..].iter().map(time).collect()
}

/// ORD-17: a desk opens and closes on its own days, whenever the lists are read.
#[tokio::test]
async fn desks_are_told_by_their_own_days() {
    let bench = Bench::start().await;
    let assign = |id: &str, starts: &str, ends: Option<&str>| {
        let assignment =
            json!({"_id": id, "resource": DESK, "membership": MEMBERSHIP, "startDate": starts, "endDate": ends});
        bench.put(Entity::Assignment, &assignment);
    };
    let time = |starts: &str, ends: &str| Some((starts.to_owned(), ends.to_owned()));
    let from = "2026-11-01T00:00:00Z";

    assign("assignment-1", "2026-11-21T00:00:00.000Z", Some("2026-11-21T00:00:00.000Z"));
    assert_eq!(times(&bench).await, [time(from, "2026-11-22T00:00:00Z"), None, None, None]);

    assign("assignment-2", "2026-11-22T00:00:00.000Z", None);
    assert_eq!(times(&bench).await, [time(from, "2026-11-22T00:00:00Z"), time("2026-11-22T00:00:00Z", ""), None, None]);

    bench.clock.advance(24 * 3_600);
    assert_eq!(times(&bench).await, [time(from, ""), None, None, None]);

    assign("assignment-2", "2026-11-22T00:00:00.000Z", Some("2026-11-21T00:00:00.000Z"));
    assert_eq!(times(&bench).await, [time(from, "2026-11-22T00:00:00Z"), None, None, None], "all over");
}

/// Whoever has desks of many ends keeps each at least as long as it is theirs.
#[tokio::test]
async fn desks_of_too_many_times_lock_nobody_out() {
    let bench = Bench::start().await;
    for day in 22..29 {
        let (id, ends) = (format!("assignment-{day}"), format!("2026-11-{day}T00:00:00.000Z"));
        let starts = "2026-11-01T00:00:00.000Z";
        bench.put(
            Entity::Assignment,
            &json!({"_id": id, "resource": DESK, "membership": MEMBERSHIP, "startDate": starts, "endDate": ends}),
        );
    }

    let told = times(&bench).await;

    assert_eq!(told, [Some(("2026-11-01T00:00:00Z".to_owned(), String::new())), None, None, None]);
}

/// ORD-10: what the desks give hangs on who holds the membership, so it waits for the next reading.
#[tokio::test]
async fn a_change_of_the_holder_takes_the_desks_away_and_a_change_of_the_name_does_not() {
    let bench = Bench::start().await;
    let removed = |news: &[News]| news.iter().filter(|news| news.what == What::Removed).count();
    for (field, value, expected) in [("name", json!("Desk"), 0), ("member", json!(ANN), 4)] {
        bench.clock.advance(1);
        let mut changed = membership();
        changed[field] = value;
        bench.put(Entity::Membership, &changed);

        let news = hook(&bench, (Entity::Membership, MEMBERSHIP), "membership.updated", Names::Version1);

        assert_eq!(removed(&news), expected, "{field}");
        bench.put(Entity::Membership, &membership());
    }
}

/// ORD-25: a visitor who is named by id is found in the list of visitors.
#[tokio::test]
async fn a_series_is_told_with_the_same_ids_by_lists_and_webhooks_and_its_guests_only_by_lists() {
    let bench = Bench::start().await;
    let id = "622b0000000000000000b00c";
    let bookings = |news: &[News]| -> Vec<(String, usize)> {
        let told = news.iter().filter_map(|news| {
            let What::Entitlement(Entitlement::Booking(booking)) = &news.what else { return None };
            Some((booking.id.clone(), booking.invitees.len()))
        });
        told.collect()
    };
    let ids = ["20261121T090000Z", "20261128T090000Z", "20261205T090000Z"].map(|start| format!("{id}_{start}"));

    for names in [Names::Version1, Names::Version2] {
        let by_hook = bookings(&hook(&bench, (Entity::Booking, id), "booking.created", names));
        assert_eq!(by_hook, ids.clone().map(|id| (id, 0)));
    }
    assert_eq!(bookings(&listed(&bench, Kind::Booking, id).await), ids.map(|id| (id, 1)));
}

#[tokio::test]
async fn a_series_that_moves_or_is_removed_takes_its_occurrences_along() {
    let bench = Bench::start().await;
    let id = "622b0000000000000000b00c";
    let removed = |news: &[News]| news.iter().filter(|news| news.what == What::Removed).count();
    bench.clock.advance(1);
    let mut later = series();
    later["start"] = json!("2026-11-21T11:00:00.000Z");
    later["end"] = json!("2026-11-21T12:00:00.000Z");
    bench.put(Entity::Booking, &later);

    let moved = hook(&bench, (Entity::Booking, id), "booking.updated", Names::Version1);
    bench.officernd.edit(|model, _| model.remove(Entity::Booking, id));
    let gone = hook(&bench, (Entity::Booking, id), "booking.removed", Names::Version1);

    assert_eq!((removed(&moved), moved.len()), (4, 7));
    assert_eq!((removed(&gone), gone.len()), (4, 4));
}
