//! Spacebring, of which much is told by no hook.

use std::sync::Arc;

use serde_json::{Value, json};
use simulators::spacebring::{DayPasses, Limits, Location, Model, Resource, SpacebringServer, Subscription, Trouble};

use super::{post, read};
use crate::{
    feed::document,
    spacebring::network::{ANNA, BEN, COMPANY, ROOM, booking, company, maps, member, subscription},
    world::{MORNING, NONE, Setting, World, at},
};

mod groups;

const MEMBERS: u64 = 501;
const ROOMS: u64 = 502;
const DAYS: u64 = 503;

/// The tenant `harbour`, read by the API of a Spacebring network of one location.
struct Network {
    world: World,
    spacebring: SpacebringServer,
}

impl Network {
    /// With Anna, and with Ben of a company.
    async fn open() -> Self {
        let mappings =
            [maps("plan", "p1", &[MEMBERS]), maps("resource", ROOM, &[ROOMS]), maps("pass", "day_pass", &[DAYS])];
        let network = Self::of_nobody(&mappings, login()).await;
        network.put_room(None);
        let now = network.world.now();
        network.edit(|model| {
            model.put_membership(&member(ANNA, "Anna", None), now);
            model.put_company(&company(), now);
            model.put_membership(&member(BEN, "Ben", Some(COMPANY)), now);
        });
        network
    }

    async fn of_nobody(mappings: &[Value], platform_api: Value) -> Self {
        let mut model = Model::new(Limits::Off);
        model.add_client("client", "planted-platform-secret");
        let zone = "Europe/London".to_owned();
        model.put_location(&Location { id: "main".to_owned(), title: "Main".to_owned(), time_zone: zone });
        let spacebring = SpacebringServer::start(model, Arc::new(|| at(MORNING)), 0).await.unwrap();
        let mut document = document("spacebring", mappings);
        document["platform_api"] = platform_api;
        let platform_api = Some(spacebring.base_url().to_owned());
        Self { world: World::of(Setting { platform_api, ..Setting::of(document) }).await, spacebring }
    }

    fn put_room(&self, brivo_group: Option<u64>) {
        let (location, kind) = ("main".to_owned(), "meetingRoom".to_owned());
        self.edit(|model| model.put_resource(&Resource { id: ROOM.to_owned(), location, kind, brivo_group }));
    }

    fn edit(&self, change: impl FnOnce(&mut Model)) {
        self.spacebring.edit(|model, _| change(model));
    }

    fn put_subscription(&self, subscription: &Subscription) {
        let now = self.world.now();
        self.edit(|model| model.put_subscription(subscription, now));
    }
}

fn login() -> Value {
    json!({"client_id": "client", "client_secret": "planted-platform-secret"})
}

fn passes(amount: i64, expires: &str) -> Vec<DayPasses> {
    vec![DayPasses { amount, expires: Some(at(expires)), subscription: None }]
}

/// SPB-06, SPB-12, SPB-15, SPB-09, ALL-08: subscription, company, booking and day passes come by the lists; somebody who was deleted, of
/// which no hook tells, is out with the next read, and so is whose day passes are used up.
#[tokio::test]
async fn what_no_hook_tells_of_is_read() {
    let mut network = Network::open().await;
    network.put_subscription(&subscription("s1", "p1", ANNA));
    let of_company =
        Subscription { membership: None, company: Some(COMPANY.to_owned()), ..subscription("s2", "p1", ANNA) };
    network.put_subscription(&of_company);
    let now = network.world.now();
    network.edit(|model| {
        model.put_booking(&booking("b1", ROOM, ("09:00", "10:00")), now);
        model.put_day_passes(ANNA, passes(2, "2026-04-01T00:00:00Z"));
        model.put_day_passes(COMPANY, passes(1, "2026-04-01T00:00:00Z"));
    });

    let told = read(&mut network.world).await;
    assert_eq!((&told["trouble"], &told["under_way"]), (&Value::Null, &Value::Null), "{told}");
    assert_eq!((network.world.groups(ANNA), network.world.groups(BEN)), (vec![MEMBERS, DAYS], vec![MEMBERS, DAYS]));
    assert_eq!(network.world.groups_at("08:55", ANNA).await, [MEMBERS, ROOMS, DAYS]);

    network.world.new_calls();
    let again = read(&mut network.world).await;
    assert_eq!((&again["found"]["news"], &again["found"]["missing"]), (&json!(0), &json!(0)), "{again}");
    assert_eq!(network.world.new_writes(), [""; 0]);

    let now = network.world.now();
    network.edit(|model| {
        model.delete_membership(BEN, now);
        model.put_day_passes(ANNA, passes(0, "2026-04-01T00:00:00Z"));
    });
    read(&mut network.world).await;
    assert_eq!((network.world.groups(ANNA), network.world.groups(BEN)), (vec![MEMBERS, ROOMS], NONE.to_vec()));
}

/// SPB-11: an end to come is kept to the second; a subscription that was cancelled is on no list and over with the next read.
#[tokio::test]
async fn a_subscription_that_ends_or_was_cancelled_without_a_hook_is_over() {
    let mut network = Network::open().await;
    network.put_subscription(&Subscription { ends: Some(at("11:00")), ..subscription("s1", "p1", ANNA) });
    network.put_subscription(&subscription("s2", "p1", BEN));
    read(&mut network.world).await;
    assert_eq!((network.world.groups(ANNA), network.world.groups(BEN)), (vec![MEMBERS], vec![MEMBERS]));

    network.put_subscription(&Subscription { status: "canceled".to_owned(), ..subscription("s2", "p1", BEN) });
    network.world.run_until(at("09:01")).await;

    assert_eq!((network.world.groups(ANNA), network.world.groups(BEN)), (vec![MEMBERS], NONE.to_vec()));
    network.world.run_until(at("11:01")).await;
    assert_eq!(network.world.stays(ANNA, MEMBERS), ["08:00:00 to 11:00:00"]);
}

/// B3: a page of something else, a dropped connection and a network that is empty from one read to the next take nothing away.
#[tokio::test]
async fn an_empty_or_broken_answer_takes_nothing_away() {
    let mut network = Network::open().await;
    network.put_subscription(&subscription("s1", "p1", ANNA));
    read(&mut network.world).await;
    let whole = network.spacebring.read(Model::clone);

    network.edit(|model| model.inject(Trouble::Nonsense));
    let broken = read(&mut network.world).await;
    assert!(broken["trouble"]["error"].as_str().unwrap().contains("cannot be read"), "{broken}");
    network.world.run_until(at("08:03")).await;
    network.edit(|model| {
        *model = Model::new(Limits::Off);
        model.add_client("client", "planted-platform-secret");
    });
    let empty = read(&mut network.world).await;
    assert_eq!((&empty["waits_for_approval"], &empty["missing"]), (&json!(true), &json!(4)), "{empty}");
    assert_eq!(network.world.groups(ANNA), [MEMBERS]);

    network.edit(|model| *model = whole);
    let back = read(&mut network.world).await;
    assert_eq!((&back["waits_for_approval"], &back["found"]["missing"]), (&json!(false), &json!(0)), "{back}");
}
