//! Spacebring's lists and webhooks against the simulated Spacebring, which was written from the documents alone.
#![cfg(test)]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{
    GroupId, LocationId, SubjectKind,
    facts::{BookingKind, BookingStatus, Entitlement},
    full_read::{Extent, Mark},
    intake::{EventKey, News, What},
    tenant::{MappingKind, Platform, Tenant},
};
use http::HeaderMap;
use jiff::Timestamp;
use platforms::{
    Asked, Connection, Delivery, PlatformError, Portion, Proof, Reader, Refused, Source,
    spacebring::{Bookings, Client, Cursor, Customer, Page, Told},
    verify,
};
use serde_json::json;
use simulators::spacebring::{
    Booking, Company, DayPasses, Endpoint, Limits, Location, Membership, Model, Person, Plan, Resource,
    SpacebringServer, Subscription, Trouble,
};

const NOW: &str = "2026-06-01T09:00:00Z";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn here() -> LocationId {
    "loc-1".into()
}

fn tenant() -> Tenant {
    let locations = json!([{"id": "loc-1", "time_zone": "Europe/Berlin", "account": "hq"}]);
    serde_json::from_value(json!({"tenant": "acme", "platform": "spacebring", "locations": locations})).unwrap()
}

/// A network whose clock stands at nine in the morning.
struct World {
    spacebring: SpacebringServer,
    client: Client,
}

impl World {
    async fn new() -> Self {
        Self::with(Limits::Off).await
    }

    async fn with(limits: Limits) -> Self {
        let mut model = Model::new(limits);
        model.add_client("client", "secret");
        let spacebring = SpacebringServer::start(model, Arc::new(|| at(NOW)), 0).await.unwrap();
        spacebring.edit(furnish);
        let client = Self::client_of(&spacebring, "secret");
        Self { spacebring, client }
    }

    fn client_of(spacebring: &SpacebringServer, secret: &str) -> Client {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        Client::new(http, spacebring.base_url(), "client", secret.into())
    }

    /// The error of the next call.
    async fn fails(&self, trouble: Trouble) -> PlatformError {
        self.spacebring.edit(|model, _| model.inject(trouble));
        self.client.locations(None).await.unwrap_err()
    }

    /// What a webhook about a record tells, taken in at nine.
    fn hooked(&self, event: &str, id: &str) -> Vec<News> {
        let body = self.spacebring.read(|model| model.webhook_body(event, id)).unwrap();
        let mut endpoint = Endpoint::new(SECRET);
        let message = endpoint.message(&body, at(NOW));
        let attempt = endpoint.attempt(&message, at(NOW));
        let headers: HeaderMap =
            attempt.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let source = Source::parse("spacebring", Some(event), None).unwrap();
        let proof = verify(&source, &headers, attempt.body.as_bytes(), &[SECRET.into()], at(NOW)).unwrap();
        let delivery = Delivery::read(&source, &headers, attempt.body.as_bytes(), at(NOW)).unwrap();
        delivery.news(&tenant(), at(NOW), proof).unwrap()
    }
}

fn furnish(model: &mut Model, now: Timestamp) {
    let text = str::to_owned;
    model.put_location(&Location { id: text("loc-1"), title: text("Main"), time_zone: text("Europe/Berlin") });
    let zoe = Person { name: Some(text("Zoë")), surname: Some(text("Example")), email: Some(text("zoe@example.com")) };
    let membership = Membership {
        id: text("m-1"),
        location: text("loc-1"),
        company: Some(text("c-1")),
        status: text("approved"),
        kind: text("member"),
        user: zoe.clone(),
    };
    model.put_membership(&membership, now);
    model.put_plan(&Plan { id: text("p-1"), location: text("loc-1"), brivo_group: Some(501) });
    let room = Resource { id: text("r-1"), location: text("loc-1"), kind: text("meetingRoom"), brivo_group: Some(502) };
    model.put_resource(&room);
    let subscription = Subscription {
        id: text("s-1"),
        location: text("loc-1"),
        company: Some(text("c-1")),
        status: text("active"),
        starts: at("2026-06-01T00:00:00+02:00"),
        plan: text("p-1"),
        brivo_group: Some(501),
        ..Subscription::default()
    };
    model.put_subscription(&subscription, now);
    let booking = Booking {
        id: text("b-1"),
        resource: text("r-1"),
        status: text("confirmed"),
        starts: at("2026-06-01T10:00:00Z"),
        ends: at("2026-06-01T11:00:00Z"),
        owner: (Some(text("m-1")), zoe),
        ..Booking::default()
    };
    model.put_booking(&booking, now);
}

fn key() -> EventKey {
    EventKey { source: "reading".to_owned(), id: "1".to_owned() }
}

fn news(page: &Page<Told>) -> Vec<News> {
    page.items.iter().flat_map(|told| told.news(&key(), &tenant(), at(NOW))).collect()
}

/// What is said of each subject, whatever it came with and when.
fn what(news: &[News]) -> BTreeMap<String, What> {
    news.iter().map(|piece| (piece.subject.to_string(), piece.what.clone())).collect()
}

/// The bookings that are asked for, of whatever kind.
async fn bookings(client: &Client, status: BookingStatus) -> Page<Told> {
    let kinds = BTreeMap::from([("r-1".to_owned(), BookingKind::Room)]);
    let location = here();
    let asked = Bookings {
        location: &location,
        status,
        end_from: at("2026-06-01T00:00:00Z"),
        start_until: at("2026-06-30T00:00:00Z"),
        kinds: &kinds,
    };
    client.bookings(asked, None).await.unwrap()
}

/// What is read tells what a hook about it tells.
#[tokio::test]
async fn a_list_and_a_hook_give_the_same_facts() {
    let world = World::new().await;

    let read = world.client.memberships(&here(), None).await.unwrap();
    assert_eq!(what(&news(&read)), what(&world.hooked("membership.created", "m-1")));
    let read = world.client.subscriptions(&here(), None).await.unwrap();
    assert_eq!(what(&news(&read)), what(&world.hooked("subscription.updated", "s-1")));
    for told in news(&read) {
        assert_eq!(told.as_of, at(NOW), "as of when it was read");
    }
}

/// The list of bookings tells besides where they lie, which no hook does.
#[tokio::test]
async fn a_booking_is_read_with_its_location_and_the_kind_of_its_resource() {
    let world = World::new().await;

    let read = what(&news(&bookings(&world.client, BookingStatus::Confirmed).await));
    let mut hooked = what(&world.hooked("booking.created", "b-1"));

    let What::Entitlement(Entitlement::Booking(booking)) = hooked.get_mut("booking/b-1").unwrap() else {
        panic!("no booking was told")
    };
    assert_eq!((booking.kind, booking.location.clone()), (BookingKind::Room, None));
    booking.location = Some(here());
    assert_eq!(read, hooked);
}

/// R11: the API shows with no booking how it stands, and lists them by it.
#[tokio::test]
async fn a_booking_stands_as_it_was_asked_for() {
    let world = World::new().await;
    let tentative = Booking {
        id: "b-2".to_owned(),
        resource: "r-1".to_owned(),
        status: "tentative".to_owned(),
        starts: at("2026-06-01T12:00:00Z"),
        ends: at("2026-06-01T13:00:00Z"),
        ..Booking::default()
    };
    world.spacebring.edit(|model, now| model.put_booking(&tentative, now));

    let read = news(&bookings(&world.client, BookingStatus::Tentative).await);

    let statuses: Vec<_> = read
        .iter()
        .filter_map(|piece| match &piece.what {
            What::Entitlement(Entitlement::Booking(booking)) => Some((booking.id.as_str(), booking.status)),
            What::Entitlement(_) | What::Member(_) | What::Team(_) | What::Contact(_) | What::Removed => None,
        })
        .collect();
    assert_eq!(statuses, [("b-2", BookingStatus::Tentative)]);
}

#[tokio::test]
async fn each_occurrence_of_a_repeated_booking_is_read() {
    let world = World::new().await;
    let weekly = Booking {
        id: "b-9".to_owned(),
        resource: "r-1".to_owned(),
        status: "confirmed".to_owned(),
        starts: at("2026-06-03T10:00:00Z"),
        ends: at("2026-06-03T11:00:00Z"),
        weeks: 2,
        ..Booking::default()
    };
    world.spacebring.edit(|model, now| model.put_booking(&weekly, now));

    let read = what(&news(&bookings(&world.client, BookingStatus::Confirmed).await));

    for id in ["booking/b-9_2026-06-03T10:00:00Z", "booking/b-9_2026-06-10T10:00:00Z"] {
        assert!(read.contains_key(id), "{id} {read:?}");
    }
}

/// SPB-13: nothing else tells that somebody left.
#[tokio::test]
async fn a_deleted_membership_is_found_by_reading_only() {
    let world = World::new().await;
    world.spacebring.edit(|model, now| model.delete_membership("m-1", now));

    let read = news(&world.client.deleted_memberships(&here(), None).await.unwrap());

    assert_eq!(world.client.memberships(&here(), None).await.unwrap().items.len(), 0);
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].subject.kind, &read[0].what, read[0].as_of), (SubjectKind::Member, &What::Removed, at(NOW)));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_to_its_end() {
    let world = World::new().await;
    world.spacebring.edit(|model, now| {
        for number in 0..250 {
            let id = format!("n-{number:03}");
            let status = "approved".to_owned();
            let membership = Membership {
                id,
                location: "loc-1".to_owned(),
                status,
                kind: "member".to_owned(),
                ..Membership::default()
            };
            model.put_membership(&membership, now);
        }
    });

    let (mut sizes, mut from): (Vec<usize>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = world.client.memberships(&here(), from.as_ref()).await.unwrap();
        sizes.push(page.items.len());
        match page.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }

    assert_eq!(sizes, [100, 100, 51]);
}

/// SPB-06, SPB-36: the group of a plan or a resource is read with it, as the mapping it amounts to.
#[tokio::test]
async fn plans_and_resources_are_read_with_their_groups() {
    let world = World::new().await;
    let without = Plan { id: "p-2".to_owned(), location: "loc-1".to_owned(), brivo_group: None };
    world.spacebring.edit(|model, _| model.put_plan(&without));

    let plans = world.client.plans(&here(), None).await.unwrap().items;
    let resources = world.client.resources(&here(), None).await.unwrap().items;

    assert_eq!((plans[0].group, plans[1].mapping()), (Some(GroupId(501)), None));
    let mapping = resources[0].mapping().unwrap();
    assert_eq!((mapping.kind, mapping.id.as_str(), mapping.location), (MappingKind::Resource, "r-1", Some(here())));
    assert_eq!((mapping.groups, resources[0].kind), ([GroupId(502)].into(), BookingKind::Room));
    let sites = world.client.locations(None).await.unwrap().items;
    assert_eq!((sites[0].id.as_str(), sites[0].time_zone.as_str()), ("loc-1", "Europe/Berlin"));
}

#[tokio::test]
async fn day_passes_of_one_expiry_are_one_pass() {
    let world = World::new().await;
    let expires = Some(at("2026-07-01T00:00:00Z"));
    let lines = [(2, expires), (1, expires), (-1, None)];
    let balance = lines.map(|(amount, expires)| DayPasses { amount, expires, subscription: None });
    world.spacebring.edit(|model, _| model.put_day_passes("m-1", balance.into()));

    let read = news(&world.client.day_passes(&Customer::Member("m-1".into()), &here()).await.unwrap());

    let passes: Vec<_> = read
        .iter()
        .filter_map(|piece| match &piece.what {
            What::Entitlement(Entitlement::Pass(pass)) => Some((pass.pass.as_str(), pass.remaining, pass.valid_until)),
            What::Entitlement(_) | What::Member(_) | What::Team(_) | What::Contact(_) | What::Removed => None,
        })
        .collect();
    assert_eq!(passes, [("day_pass", Some(0), None), ("day_pass", Some(3), expires)]);
    let calls = world.spacebring.read(|model| model.calls().len());
    let nobody = Customer::Company("../c-1".into());
    assert_eq!(world.client.day_passes(&nobody, &here()).await.unwrap().items.len(), 0);
    assert_eq!(world.spacebring.read(|model| model.calls().len()), calls, "no id changes the path");
}

#[tokio::test]
async fn every_way_to_fail_tells_what_to_do() {
    let world = World::new().await;

    let throttled = world.fails(Trouble::Throttled).await;
    assert!(throttled.is_transient() && throttled.retry_after() == Some(Duration::from_secs(3)), "{throttled:?}");
    for trouble in [Trouble::Status(500), Trouble::Status(503), Trouble::Dropped] {
        let error = world.fails(trouble).await;
        assert!(matches!(error, PlatformError::Unavailable(_)) && error.is_transient(), "{error:?}");
    }
    for status in [401, 402, 403] {
        let error = world.fails(Trouble::Status(status)).await;
        assert!(matches!(error, PlatformError::Refused) && !error.is_transient(), "{error:?}");
    }
    for (trouble, told) in [(Trouble::Nonsense, 200), (Trouble::Status(404), 404)] {
        let error = world.fails(trouble).await;
        assert!(matches!(error, PlatformError::Unreadable { status, .. } if status == told), "{error:?}");
    }
    let stranger = World::client_of(&world.spacebring, "guess");
    assert!(matches!(stranger.locations(None).await, Err(PlatformError::Refused)));
}

#[tokio::test]
async fn the_eleventh_call_of_a_second_is_to_be_made_later() {
    let world = World::with(Limits::Published).await;
    for _ in 0..10 {
        world.client.locations(None).await.unwrap();
    }

    let error = world.client.locations(None).await.unwrap_err();

    assert!(matches!(error, PlatformError::Throttled { retry_after: None }) && error.is_transient(), "{error:?}");
}

/// A read of the network by its lists, with what each call brought.
async fn read(world: &World) -> Vec<Portion> {
    let mut tenant = serde_json::to_value(tenant()).unwrap();
    tenant["mappings"] = json!([{"kind": "pass", "id": "day_pass", "groups": [503]}]);
    let tenant: Tenant = serde_json::from_value(tenant).unwrap();
    let settings = BTreeMap::from([("client_id".to_owned(), "client".to_owned())]);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    let secret = |_: &str| Ok::<_, ()>(Some("secret".into()));
    let base = Some(world.spacebring.base_url());
    let connection = Connection { platform: Platform::Spacebring, http, base, settings: &settings };
    let mut reader = Reader::connect(connection, secret).unwrap().unwrap();
    let (mut portions, mut mark) = (Vec::new(), Some(Mark::default()));
    while let Some(from) = mark.take() {
        let (began, now) = (at(NOW), at(NOW));
        let asked = Asked { tenant: &tenant, extent: Extent::Whole, began, now, mark: &from };
        let portion = reader.read(&asked).await.unwrap();
        mark.clone_from(&portion.next);
        portions.push(portion);
    }
    portions
}

fn told(portions: &[Portion]) -> Vec<String> {
    portions.iter().flat_map(|portion| &portion.news).map(|piece| piece.subject.to_string()).collect()
}

/// ALL-02: a page may be older than the call by as much as OfficeRnD's.
#[tokio::test]
async fn what_is_read_is_as_of_a_minute_before() {
    let world = World::new().await;

    let portions = read(&world).await;

    let news = portions.iter().flat_map(|portion| &portion.news);
    let told: Vec<_> = news.filter(|piece| piece.subject.id == "s-1").collect();
    assert_eq!(told.iter().map(|piece| piece.as_of).collect::<Vec<_>>(), [at("2026-06-01T08:59:00Z")]);
}

/// B12, B3: what cannot be read hides nothing that comes behind it, and is not taken for gone.
#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_keep_the_read_from_its_end() {
    let world = World::new().await;
    let nobodys = Subscription {
        id: "s-0".to_owned(),
        location: "loc-1".to_owned(),
        status: "active".to_owned(),
        starts: at("2026-06-01T00:00:00Z"),
        plan: "p-1".to_owned(),
        ..Subscription::default()
    };
    let expires = Some(at("2026-07-01T00:00:00Z"));
    world.spacebring.edit(|model, now| {
        model.put_subscription(&nobodys, now);
        model.put_day_passes("c-1", vec![DayPasses { amount: 1, expires, subscription: None }]);
    });

    let portions = read(&world).await;

    let unread: Vec<String> = portions.iter().flat_map(|portion| &portion.unread).map(ToString::to_string).collect();
    assert_eq!(unread, ["membership/s-0", "membership/s-0/2", "membership/s-0/3", "membership/s-0/4"]);
    assert!(portions.iter().all(|portion| portion.in_doubt.is_empty()));
    let faults: Vec<&String> = portions.iter().flat_map(|portion| &portion.faults).collect();
    assert!(faults.len() == 1 && faults[0].contains("membershipRef"), "{faults:?}");
    let told = told(&portions);
    assert!(told.contains(&"membership/s-1".to_owned()) && told.contains(&"booking/b-1".to_owned()), "{told:?}");
}

/// B3: a balance that is not there keeps all passes as they are, and everybody else's is read.
#[tokio::test]
async fn a_balance_that_cannot_be_read_is_passed_over() {
    let world = World::new().await;
    let expires = Some(at("2026-07-01T00:00:00Z"));
    let company = Company { id: "c-1".to_owned(), location: "loc-1".to_owned(), title: "Example Ltd".to_owned() };
    world.spacebring.edit(|model, now| {
        model.put_company(&company, now);
        model.put_day_passes("m-1", vec![DayPasses { amount: 1, expires, subscription: None }]);
        model.forget_customer("c-1");
    });

    let portions = read(&world).await;

    assert!(told(&portions).iter().any(|subject| subject.starts_with("pass/m-1/")), "{:?}", told(&portions));
    let doubted: Vec<_> = portions.iter().flat_map(|portion| &portion.in_doubt).copied().collect();
    assert_eq!(doubted, [SubjectKind::Pass]);
}

#[tokio::test]
async fn a_balance_is_read_to_its_end() {
    let world = World::new().await;
    let expires = |day: i64| Some(at("2026-07-01T00:00:00Z") + jiff::SignedDuration::from_hours(24 * day));
    let lines = (0..250).map(|day| DayPasses { amount: 1, expires: expires(day), subscription: None });
    world.spacebring.edit(|model, _| model.put_day_passes("m-1", lines.collect()));

    let read = world.client.day_passes(&Customer::Member("m-1".into()), &here()).await.unwrap();

    assert_eq!((read.items.len(), read.next), (250, None));
}

/// B3: a subscription that is listed without items counts as missing, which is judged, and not as taken away.
#[tokio::test]
async fn a_subscription_without_items_is_not_told_of_by_a_list() {
    let world = World::new().await;
    world.spacebring.edit(|model, _| model.empty_subscription("s-1"));

    let portions = read(&world).await;

    assert!(!told(&portions).iter().any(|subject| subject.starts_with("membership/s-1")), "{:?}", told(&portions));
    assert!(portions.iter().all(|portion| portion.unread.is_empty()));
}

/// ALL-07: a message signed with both secrets is taken by whoever has either.
#[tokio::test]
async fn a_hook_is_taken_while_its_secret_is_rotated() {
    let other = "whsec_b3RoZXI=";
    let mut endpoint = Endpoint::new(SECRET);
    endpoint.rotate(other, at(NOW));
    let message = endpoint.message(&json!({"type": "company.created", "company": {"id": "c-1"}}), at(NOW));
    let attempt = endpoint.attempt(&message, at(NOW));
    let headers: HeaderMap =
        attempt.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let check = |secrets: &[&str]| {
        let secrets: Vec<_> = secrets.iter().map(|secret| (*secret).into()).collect();
        verify(&Source::Spacebring { event: None }, &headers, attempt.body.as_bytes(), &secrets, at(NOW))
    };

    assert_eq!(check(&[SECRET]), Ok(Proof::Whole));
    assert_eq!(check(&[other]), Ok(Proof::Whole));
    assert_eq!(check(&["whsec_bmVpdGhlcg=="]), Err(Refused::Wrong));
}

/// ALL-02: an attempt ten hours later tells what was true when the message was made.
#[tokio::test]
async fn a_late_attempt_is_no_newer_than_the_first() {
    let mut endpoint = Endpoint::new(SECRET);
    let message = endpoint.message(&json!({"type": "company.created", "company": {"id": "c-1"}}), at(NOW));
    let later = at("2026-06-01T19:00:00Z");
    let attempt = endpoint.attempt(&message, later);
    let headers: HeaderMap =
        attempt.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();

    let source = Source::Spacebring { event: None };
    let delivery = Delivery::read(&source, &headers, attempt.body.as_bytes(), later).unwrap();

    assert_eq!(delivery.news(&tenant(), later, Proof::Whole).unwrap()[0].as_of, at(NOW));
}
