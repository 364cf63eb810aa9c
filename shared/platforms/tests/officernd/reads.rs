//! The served OfficeRnD read list by list, as every hour.

use std::collections::BTreeMap;

use domain::{
    full_read::{Extent, Mark},
    intake::{News, What},
    tenant::{Platform, Tenant},
};
use jiff::{SignedDuration, Timestamp};
use platforms::{Asked, Connection, Portion, Reader};
use serde_json::json;
use simulators::officernd::Entity;

use crate::bench::{Bench, DESK, LONDON, MEMBERSHIP, series};

/// One whose doors depend on who has which desk.
fn tenant() -> Tenant {
    serde_json::from_value(json!({
        "tenant": "acme", "platform": "officernd",
        "locations": [{"id": LONDON, "time_zone": "Europe/London", "account": "hq"}],
        "mappings": [{"kind": "location", "id": LONDON, "groups": [501]}],
    }))
    .unwrap()
}

/// A whole read, call by call.
struct Reading {
    tenant: Tenant,
    reader: Reader,
    mark: Option<Mark>,
    began: Timestamp,
}

impl Reading {
    fn of(bench: &Bench) -> Self {
        let settings = [("client_id", "app-1"), ("organization", "example-space")];
        let settings: BTreeMap<_, _> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let base = bench.officernd.identity_url();
        let secret = |_: &str| Ok::<_, ()>(Some("open sesame".into()));
        let (http, base) = (bench.http.clone(), Some(base.as_str()));
        let connection = Connection { platform: Platform::Officernd, http, base, settings: &settings };
        let reader = Reader::connect(connection, secret).unwrap().unwrap();
        Self { tenant: tenant(), reader, mark: Some(Mark::default()), began: bench.clock.now() }
    }

    /// The next call.
    async fn call(&mut self, bench: &Bench) -> Portion {
        let mark = self.mark.clone().unwrap();
        let asked = Asked {
            tenant: &self.tenant,
            extent: Extent::Whole,
            began: self.began,
            now: bench.clock.now(),
            mark: &mark,
        };
        let portion = self.reader.read(&asked).await.unwrap();
        self.mark.clone_from(&portion.next);
        portion
    }

    /// All that is left of it.
    async fn read_all(&mut self, bench: &Bench) -> Told {
        let mut told = Told::default();
        while self.mark.is_some() {
            told.portions.push(self.call(bench).await);
        }
        told
    }
}

#[derive(Default)]
struct Told {
    portions: Vec<Portion>,
}

impl Told {
    /// The news of something.
    fn of(&self, subject: &str) -> Vec<&News> {
        let news = self.portions.iter().flat_map(|portion| &portion.news);
        news.filter(|news| news.subject.to_string() == subject).collect()
    }
}

fn asked(bench: &Bench, list: &str) -> usize {
    let is_of = |path: &str| path.contains(&format!("/{list}"));
    bench.officernd.read(|model| model.calls().iter().filter(|call| is_of(&call.path)).count())
}

/// ALL-02: what a hook tells while the desks of a page are asked for is newer than the page, and than the desks of it.
#[tokio::test]
async fn a_membership_and_its_desks_are_as_of_their_page_however_long_the_desks_take() {
    let bench = Bench::start().await;
    bench.clock.advance(3_600);
    let mut reading = Reading::of(&bench);
    while asked(&bench, "memberships") == 0 {
        reading.call(&bench).await;
    }
    let read_at = bench.clock.now();
    bench.clock.advance(600);
    bench.officernd.edit(|model, _| model.remove(Entity::Membership, MEMBERSHIP));

    let told = reading.read_all(&bench).await;

    let page = read_at - SignedDuration::from_mins(1);
    let desks = told.of(&format!("membership/{MEMBERSHIP}_desks"));
    assert!(matches!(desks[..], [News { what: What::Entitlement(_), .. }]));
    for id in [MEMBERSHIP.to_owned(), format!("{MEMBERSHIP}_desks")] {
        let [news] = told.of(&format!("membership/{id}"))[..] else { panic!("{id}") };
        assert_eq!(news.as_of, page, "{id}");
    }
}

const DESKS: &str = "membership/622b000000000000000000b1_desks";

async fn read(bench: &Bench) -> Told {
    Reading::of(bench).read_all(bench).await
}

impl Told {
    fn is_unread(&self, subject: &str) -> bool {
        self.portions.iter().flat_map(|portion| &portion.unread).any(|unread| unread.to_string() == subject)
    }

    fn faults(&self) -> Vec<&str> {
        self.portions.iter().flat_map(|portion| &portion.faults).map(String::as_str).collect()
    }
}

/// B3: a list of resources that lacks some must not take desks away: what is known of them stays, and it is told.
#[tokio::test]
async fn desks_of_a_resource_that_is_not_listed_stay_as_they_are() {
    let bench = Bench::start().await;
    bench.officernd.edit(|model, _| model.remove(Entity::Resource, DESK));

    let told = read(&bench).await;

    assert!(told.of(DESKS).is_empty() && told.is_unread(DESKS) && told.is_unread(&format!("{DESKS}/4")));
    assert!(!told.is_unread(&format!("membership/{MEMBERSHIP}")));
    assert_eq!(told.of(&format!("membership/{MEMBERSHIP}")).len(), 1);
    assert!(told.faults()[0].contains("resource"), "{:?}", told.faults());

    let over = json!({"_id": "assignment-1", "resource": DESK, "membership": MEMBERSHIP,
        "startDate": "2026-11-01T00:00:00.000Z", "endDate": "2026-11-10T00:00:00.000Z"});
    bench.put(Entity::Assignment, &over);
    assert!(read(&bench).await.faults().is_empty(), "nobody has it any more");
}

/// B3: no assignment at all may be a mistake, so that it counts as missing, which is judged, and not as taken away.
#[tokio::test]
async fn desks_without_any_assignment_are_not_told_of() {
    let bench = Bench::start().await;
    bench.officernd.edit(|model, _| model.remove(Entity::Assignment, "assignment-1"));

    let told = read(&bench).await;

    assert!(told.of(DESKS).is_empty() && !told.is_unread(DESKS) && told.faults().is_empty());
    assert_eq!(told.of(&format!("membership/{MEMBERSHIP}")).len(), 1);
}

/// ORD-25, B3: a visitor who cannot be read must not lose the bookings they are invited to; a booking that was cancelled is over
/// even so.
#[tokio::test]
async fn a_booking_with_a_visitor_who_cannot_be_read_stays_as_it_is() {
    let bench = Bench::start().await;
    bench.put(
        Entity::Visitor,
        &json!({"_id": "visitor-1", "name": "Gina Guest", "email": {"work": "gina@example.com"}}),
    );
    let occurrence = "booking/622b0000000000000000b00c_20261121T090000Z";

    let told = read(&bench).await;

    assert!(told.of(occurrence).is_empty() && told.is_unread(occurrence));
    assert!(told.portions.iter().all(|portion| portion.in_doubt.is_empty()));
    assert!(told.faults()[0].contains("visitors") && !format!("{:?}", told.faults()).contains("gina"));

    let mut cancelled = series();
    cancelled["isCancelled"] = json!(true);
    bench.put(Entity::Booking, &cancelled);
    let told = read(&bench).await;
    assert_eq!(told.of(occurrence).len(), 1);
}
