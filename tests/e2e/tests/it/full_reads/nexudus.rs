//! Nexudus, of which nothing is told by hooks here unless a test says so.

use serde_json::{Value, json};
use simulators::nexudus::{Business, Contract, Entity, Model, Team, TimePass, Trouble};

use super::{post, read, standing};
use crate::{
    tenants::{self, PASSWORD, ROOM, USERNAME},
    world::{ANNA, BEN, NONE, Setting, World, at, customer},
};

const LOCATION: u64 = 1;
const PLAN: u64 = 555;
const DESK: u64 = 71;
const DAY: u64 = 88;

const MEETINGS: u64 = 501;
const MEMBERS: u64 = 502;
const OFFICE: u64 = 503;
const DAYS: u64 = 518;

/// The first of many customers; their contracts have the same ids.
const FIRST: u64 = 5000;

struct Space {
    world: World,
}

impl Space {
    async fn open() -> Self {
        Self::with(0, false).await
    }

    /// With so many customers, each with a contract of their own.
    async fn of(customers: u64) -> Self {
        Self::with(customers, false).await
    }

    async fn with(customers: u64, keeps_data: bool) -> Self {
        let space = Self { world: World::of(Setting { keeps_data, ..Setting::of(document()) }).await };
        space.edit(|model| {
            model.put_business(&Business { id: LOCATION, name: "Main".to_owned(), ..Business::default() }, at("07:00"));
        });
        for id in FIRST..FIRST + customers {
            space.put_contract_of_own(id);
        }
        space
    }

    fn edit(&self, change: impl FnOnce(&mut Model)) {
        self.world.nexudus.edit(|model, _| change(model));
    }

    fn put_contract(&self, contract: &Contract) {
        let now = self.world.now();
        self.edit(|model| model.put_contract(contract, now));
    }

    /// A customer and their contract, which have the same id.
    fn put_contract_of_own(&self, id: u64) {
        let now = self.world.now();
        let somebody = customer(id, &format!("Member {id}"), &format!("m{id}@example.com"));
        self.edit(|model| model.put_customer(&somebody, now));
        self.put_contract(&contract(id, id));
    }

    fn remove(&self, entity: Entity, id: u64) {
        self.edit(|model| model.remove(entity, id));
    }

    /// The calls that contain this, so far.
    fn asked(&self, part: &str) -> usize {
        self.world.nexudus.read(|model| model.calls().iter().filter(|call| call.path.contains(part)).count())
    }

    /// Which of the first so many customers have the plan's group.
    fn members(&self, count: u64) -> Vec<u64> {
        (0..count).filter(|number| self.world.groups(FIRST + number).contains(&MEMBERS)).collect()
    }
}

fn document() -> Value {
    let mut document = tenants::nexudus();
    let mapped =
        [("resource", ROOM, MEETINGS), ("plan", PLAN, MEMBERS), ("resource", DESK, OFFICE), ("pass", DAY, DAYS)];
    let mapped = mapped.map(|(kind, id, group)| json!({"kind": kind, "id": id.to_string(), "groups": [group]}));
    document["tenant"] = json!("harbour");
    document["mappings"] = json!(mapped);
    document["locations"][0]["id"] = json!(LOCATION.to_string());
    document["policy"] = json!({"profile_fields": ["first", "last", "email", "phone"]});
    document["platform_api"] = json!({"username": USERNAME, "password": PASSWORD, "lists": "read"});
    document
}

fn contract(id: u64, customer: u64) -> Contract {
    let start_date = "2026-03-01".parse().unwrap();
    let (issued_by_id, tariff_id) = (LOCATION, PLAN);
    Contract { id, coworker_id: customer, issued_by_id, tariff_id, start_date, active: true, desks: Vec::new() }
}

fn pass(id: u64, customer: u64) -> TimePass {
    TimePass { id, coworker_id: customer, business_id: LOCATION, time_pass_id: DAY, ..TimePass::default() }
}

fn team(members: &[u64]) -> Team {
    Team { id: 9, business_id: LOCATION, paying_member_id: Some(ANNA), team_members: members.to_vec() }
}

/// NEX-11, NEX-17, NEX-18, NEX-30, NEX-33, ALL-08: plan and office, which only the contract itself names, for the whole team of whoever
/// pays, a booking and a pass come by the lists alone. A second read is no news to anybody.
#[tokio::test]
async fn everything_comes_by_the_lists_if_no_hook_tells_of_it() {
    let mut space = Space::of(1).await;
    space.put_contract(&Contract { desks: vec![DESK], ..contract(1, ANNA) });
    let now = space.world.now();
    space.edit(|model| {
        model.put_team(&team(&[ANNA, BEN]), now);
        model.put_time_pass(&pass(4, FIRST), now);
    });
    space.world.put_booking(900, ROOM, Some(FIRST), ("09:00", "10:00"));

    let told = read(&mut space.world).await;

    assert_eq!((&told["trouble"], &told["under_way"]), (&Value::Null, &Value::Null), "{told}");
    assert_eq!((&told["found"]["missing"], &told["found"]["unreadable"]), (&json!(0), &json!(0)), "{told}");
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![MEMBERS, OFFICE], vec![MEMBERS, OFFICE]));
    assert_eq!(space.world.groups(FIRST), [MEMBERS, DAYS]);
    space.world.run_until(at("10:30")).await;
    assert_eq!(space.world.stays(FIRST, MEETINGS), ["08:50:00 to 10:15:00"]);

    space.world.new_calls();
    let again = read(&mut space.world).await;
    assert_eq!((&again["found"]["news"], &again["found"]["missing"]), (&json!(0), &json!(0)), "{again}");
    assert_eq!(space.world.new_writes(), [""; 0]);
}

/// What a hook told is no news to a read.
#[tokio::test]
async fn hooks_and_lists_tell_the_same() {
    let mut space = Space::open().await;
    read(&mut space.world).await;
    space.put_contract(&contract(1, ANNA));
    let now = space.world.now();
    space.edit(|model| model.put_team(&team(&[ANNA, BEN]), now));
    let told = [("CoworkerContractCreate", Entity::CoworkerContract, 1), ("TeamCreated", Entity::Team, 9)];
    for (action, entity, id) in told {
        let body = space.world.body(entity, id);
        space.world.deliver(action, &body).await;
    }
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![MEMBERS], vec![MEMBERS]));

    let told = read(&mut space.world).await;

    assert_eq!((&told["found"]["news"], &told["found"]["missing"]), (&json!(0), &json!(0)), "{told}");
}

/// NEX-22, NEX-35, NEX-36, B6: within the hour it is found that a contract was cancelled, that somebody joined a team, and a new telephone
/// number, which only the record itself tells.
#[tokio::test]
async fn what_no_hook_told_is_found_within_the_hour() {
    let mut space = Space::open().await;
    space.put_contract(&contract(1, ANNA));
    space.put_contract(&contract(2, BEN));
    let now = space.world.now();
    space.edit(|model| model.put_team(&team(&[ANNA]), now));
    space.put_contract_of_own(FIRST);
    space.put_contract(&Contract { tariff_id: 556, ..contract(FIRST, FIRST) });
    read(&mut space.world).await;
    assert_eq!((space.world.groups(BEN), space.world.groups(FIRST)), (vec![MEMBERS], vec![]));
    let lists = space.asked("/billing/coworkercontracts?");

    space.world.run_until(at("08:40")).await;
    let now = space.world.now();
    space.put_contract(&Contract { active: false, ..contract(2, BEN) });
    space.edit(|model| {
        model.put_team(&team(&[ANNA, FIRST]), now);
        let anna = customer(ANNA, "Anna Planted-Nameson", "anna.planted@example.com");
        let mobile_phone = Some("+44 7700 900123".to_owned());
        model.put_customer(&simulators::nexudus::Customer { mobile_phone, ..anna }, now);
    });
    space.world.run_until(at("09:30")).await;

    assert_eq!((space.world.groups(BEN), space.world.groups(FIRST)), (NONE.to_vec(), vec![MEMBERS]));
    assert_eq!(space.world.profile(ANNA).phone_numbers[0].number, "+44 7700 900123");
    assert!(space.asked("/billing/coworkercontracts?") > lists);
    let whole = space.asked("/billing/coworkercontracts?page=1&size=100&orderBy=Id&dir=1&");
    assert_eq!(whole, space.asked("from_CoworkerContract_UpdatedOn="), "only what changed is asked for each hour");
}

/// NEX-12 to NEX-16: one of two passes used leaves the other; the last one used ends it within the hour, and one that expires at its
/// instant. No list but a whole one would tell that a pass was taken back.
#[tokio::test]
async fn passes_last_until_used_or_expired() {
    let mut space = Space::open().await;
    let now = space.world.now();
    space.edit(|model| {
        model.put_time_pass(&pass(1, ANNA), now);
        model.put_time_pass(&pass(2, ANNA), now);
        model.put_time_pass(&TimePass { expire_date: Some(at("12:00")), ..pass(3, BEN) }, now);
    });
    read(&mut space.world).await;
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![DAYS], vec![DAYS]));

    let now = space.world.now();
    space.edit(|model| model.put_time_pass(&TimePass { used: true, ..pass(1, ANNA) }, now));
    space.world.run_until(at("09:30")).await;
    assert_eq!(space.world.groups(ANNA), [DAYS]);

    let now = space.world.now();
    space.edit(|model| model.put_time_pass(&TimePass { used: true, ..pass(2, ANNA) }, now));
    let told = read(&mut space.world).await;
    assert_eq!(told["found"]["missing"], 0, "{told}");
    assert_eq!(space.world.groups(ANNA), NONE);
    space.world.run_until(at("12:01")).await;
    assert_eq!(space.world.stays(BEN, DAYS), ["08:00:00 to 12:00:00"]);
}

/// B2, B3, B4, B14: what is gone from the lists ends; a third of it gone waits for approval or for a read that lists it again.
#[tokio::test]
async fn what_is_gone_from_a_list_is_over_but_a_third_of_it_waits() {
    let mut space = Space::of(30).await;
    space.world.put_booking(900, ROOM, Some(ANNA), ("09:00", "10:00"));
    space.world.put_booking(901, ROOM, Some(BEN), ("09:00", "10:00"));
    read(&mut space.world).await;
    assert_eq!(space.members(30).len(), 30);

    space.world.run_until(at("08:05")).await;
    space.remove(Entity::CoworkerContract, FIRST);
    space.remove(Entity::Booking, 900);
    let told = read(&mut space.world).await;
    assert_eq!((&told["waits_for_approval"], &told["found"]["missing"]), (&json!(false), &json!(2)), "{told}");
    assert_eq!(space.members(30), (1..30).collect::<Vec<_>>());
    space.world.run_until(at("09:30")).await;
    assert_eq!(space.world.stays(ANNA, MEETINGS), [""; 0]);
    assert_eq!(space.world.stays(BEN, MEETINGS), ["08:50:00 to"]);

    for number in 1..11 {
        space.remove(Entity::CoworkerContract, FIRST + number);
    }
    let short = read(&mut space.world).await;
    assert_eq!((&short["waits_for_approval"], &short["missing"]), (&json!(true), &json!(10)), "{short}");
    assert!(space.world.stderr().contains("so much is missing from what the platform lists"));
    assert_eq!(space.members(30), (1..30).collect::<Vec<_>>());

    for number in 6..11 {
        space.put_contract_of_own(FIRST + number);
    }
    let better = read(&mut space.world).await;
    assert_eq!((&better["waits_for_approval"], &better["missing"]), (&json!(false), &Value::Null), "{better}");
    assert_eq!(space.members(30), (6..30).collect::<Vec<_>>(), "so few are believed");

    space.world.run_until(at("09:45")).await;
    for number in 6..16 {
        space.remove(Entity::CoworkerContract, FIRST + number);
    }
    let waits = read(&mut space.world).await;
    let (status, given) = post(&space.world, "full-read/apply", &json!({"hash": waits["hash"]})).await;
    assert_eq!((status, &given["missing"]), (200, &Value::Null), "{given}");
    space.world.take_turns().await;
    assert_eq!(space.members(30), (16..30).collect::<Vec<_>>());
}

/// B3: a business error with 200, a page of something else, a login that lost its rights, and an account that is empty from one read to
/// the next take nothing away.
#[tokio::test]
async fn an_empty_or_broken_answer_takes_nothing_away() {
    let mut space = Space::of(12).await;
    read(&mut space.world).await;
    let whole = space.world.nexudus.read(Model::clone);
    for (trouble, told) in [
        (Trouble::Declined, "declined the request"),
        (Trouble::Nonsense, "Records: is missing"),
        (Trouble::Status(401), "refused our login"),
    ] {
        // The first page of locations, and of the list that it came to, and of the one after that.
        for after in [0, 2, 3] {
            space.edit(|model| model.inject_after(after, trouble, 1));
            let broken = read(&mut space.world).await;
            assert!(broken["trouble"]["error"].as_str().unwrap().contains(told), "{trouble:?} {after}: {broken}");
        }
    }
    for id in FIRST..FIRST + 12 {
        space.remove(Entity::CoworkerContract, id);
        space.remove(Entity::Coworker, id);
    }
    let empty = read(&mut space.world).await;
    assert_eq!((&empty["trouble"], &empty["waits_for_approval"]), (&Value::Null, &json!(true)), "{empty}");
    assert_eq!(space.members(12).len(), 12);

    space.edit(|model| *model = whole);
    let back = read(&mut space.world).await;
    assert_eq!((&back["waits_for_approval"], &back["found"]["missing"]), (&json!(false), &json!(0)), "{back}");
    assert_eq!(space.members(12).len(), 12);
}

/// B3: a location that the login no longer sees would take all that is there with it.
#[tokio::test]
async fn a_login_that_sees_too_little_reads_nothing() {
    let mut space = Space::of(3).await;
    read(&mut space.world).await;
    space.remove(Entity::Business, LOCATION);
    for id in FIRST..FIRST + 3 {
        space.remove(Entity::CoworkerContract, id);
    }

    let blind = read(&mut space.world).await;

    assert!(blind["trouble"]["error"].as_str().unwrap().contains("the login sees no location \"1\""), "{blind}");
    assert_eq!(space.members(3).len(), 3);
}

/// ALL-09: 409 with `Retry-After` is waited for, as often as it comes within a minute; a read that is cut off goes on where it was, after
/// a restart as well.
#[tokio::test]
async fn throttling_is_outlasted_and_a_read_that_breaks_off_goes_on() {
    let mut space = Space::with(120, true).await;
    space.edit(|model| model.inject_after(3, Trouble::Throttled, 60));
    let told = read(&mut space.world).await;
    assert_eq!((&told["trouble"], &told["found"]["missing"]), (&Value::Null, &json!(0)), "{told}");
    space.world.run_until(at("08:10")).await;
    assert_eq!(space.members(120).len(), 120);

    space.remove(Entity::CoworkerContract, FIRST);
    // Locations, resources and the first page of customers are given.
    space.edit(|model| model.inject_after(3, Trouble::Throttled, 1000));
    let cut = read(&mut space.world).await;
    assert!(cut["trouble"]["error"].as_str().unwrap().contains("slow down"), "{cut}");
    assert_eq!(cut["under_way"]["listed"], 100, "{cut}");
    assert_eq!(space.members(120).len(), 120);

    space.edit(Model::clear_troubles);
    space.world.restart();
    let firsts = space.asked("/spaces/coworkers?page=1&size=100");
    let ended = read(&mut space.world).await;
    assert_eq!((&ended["trouble"], &ended["found"]["missing"]), (&Value::Null, &json!(1)), "{ended}");
    assert_eq!(space.asked("/spaces/coworkers?page=1&size=100"), firsts, "the first page was read before");
    assert_eq!(space.members(120).len(), 119);
}

/// B12, B3: a record that cannot be read keeps nobody else out and is not taken for gone; one without an id may be any of its kind.
#[tokio::test]
async fn a_record_that_cannot_be_read_is_told_and_not_taken_for_gone() {
    let mut space = Space::of(6).await;
    read(&mut space.world).await;
    let now = space.world.now();
    space.edit(|model| {
        model.set(Entity::CoworkerContract, FIRST + 2, ("TariffId", json!({"planted": "nonsense"})), now);
    });
    space.put_contract_of_own(FIRST + 6);

    let told = read(&mut space.world).await;
    assert_eq!((&told["found"]["unreadable"], &told["found"]["missing"]), (&json!(1), &json!(0)), "{told}");
    assert!(told["found"]["faults"][0].as_str().unwrap().contains("TariffId: must be an id"), "{told}");
    assert_eq!(space.members(7).len(), 7);
    assert_eq!(standing(&space.world).await["found"], told["found"]);

    space.edit(|model| model.set(Entity::CoworkerContract, FIRST + 2, ("Id", Value::Null), now));
    space.remove(Entity::CoworkerContract, FIRST + 3);
    let lost = read(&mut space.world).await;
    assert_eq!((&lost["found"]["unreadable"], &lost["found"]["missing"]), (&json!(1), &json!(0)), "{lost}");
    assert!(space.world.stderr().contains("records were listed that do not tell what they are"));
    assert_eq!(space.members(7).len(), 7);
    assert!(!space.world.stderr().contains("planted\": \"nonsense"));
}

/// A login that may only ask for single customers is no reason to read lists but that of the hooks, nor an error each hour.
#[tokio::test]
async fn lists_are_read_only_if_the_document_says_so() {
    let mut world = World::start().await;
    let (status, body) =
        super::answer(world.bundle.post("/api/v1/tenants/acme/sync").bearer_auth(super::ADMIN_KEY)).await;
    assert_eq!((status, &body["platform"]), (200, &Value::Null), "{body}");
    world.run_until(at("09:30")).await;
    let asked = world.nexudus.read(|model| model.calls().iter().map(|call| call.path.clone()).collect::<Vec<_>>());
    assert!(asked.iter().all(|path| path.starts_with("/api/sys/webhooks")), "only the hooks are looked at: {asked:?}");
}

/// NEX-11, NEX-14, INV-1: no hook tells of passes, but one tells that something about a customer's access has changed; then the passes that
/// changed of late are asked for at once, and not only with the next read.
#[tokio::test]
async fn a_pass_that_was_bought_or_used_up_counts_with_the_hook_that_says_so() {
    let mut space = Space::of(1).await;
    read(&mut space.world).await;
    let now = space.world.now();
    space.edit(|model| model.put_time_pass(&pass(4, FIRST), now));
    let body = || space.world.body(Entity::Coworker, FIRST);
    space.world.deliver("AccessControlUpdate", &body()).await;
    assert_eq!(space.world.groups(FIRST), [MEMBERS, DAYS]);

    space.world.step(at("08:20")).await;
    let now = space.world.now();
    space.edit(|model| model.put_time_pass(&TimePass { used: true, ..pass(4, FIRST) }, now));
    space.world.deliver("AccessControlUpdate", &body()).await;
    assert_eq!(space.world.groups(FIRST), [MEMBERS]);
}
