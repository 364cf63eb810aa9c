//! OfficeRnD, of which nothing is told by hooks here.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::officernd::{Entity, Limits, Model, OfficerndServer, Trouble};

use super::{post, read, standing};
use crate::{
    feed::document,
    world::{MORNING, Setting, World, at},
};

const OFFICE: &str = "5e9b84959a6d250158f3cdf8";
const PLAN: &str = "6842be293c80dc718b3ba300";
const FLOOR: &str = "6842be293c80dc718b3ba400";
const DESK: &str = "6842be293c80dc718b3ba401";
const ROOM: &str = "6842be293c80dc718b3ba402";
const VISITOR: &str = "6842be293c80dc718b3ba500";

const MEMBERS: u64 = 501;
const BUILDING: u64 = 502;
const FIRST_FLOOR: u64 = 503;
const MEETINGS: u64 = 511;
const DAYS: u64 = 518;

/// What a record has whose number is this.
fn id(kind: u8, number: usize) -> String {
    format!("{kind:04x}{number:020x}")
}

fn person(number: usize) -> String {
    id(1, number)
}

struct Space {
    world: World,
    officernd: OfficerndServer,
}

impl Space {
    /// With so many members, each of a company and a membership of their own.
    async fn of(members: usize) -> Self {
        Self::with(members, false).await
    }

    async fn with(members: usize, keeps_data: bool) -> Self {
        let mut model = Model::new("harbour", Limits::Off);
        model.add_application("client", "planted-platform-secret");
        // Five tokens may be asked for in a minute, which has to pass between calls.
        let calls = AtomicI64::new(0);
        let clock = move || at(MORNING) + SignedDuration::from_secs(15 * calls.fetch_add(1, Ordering::Relaxed));
        let officernd = OfficerndServer::start(model, Arc::new(clock), 0).await.unwrap();
        let mapped = [
            ("plan", PLAN, MEMBERS),
            ("location", OFFICE, BUILDING),
            ("floor", FLOOR, FIRST_FLOOR),
            ("resource", ROOM, MEETINGS),
            ("pass", "day", DAYS),
        ];
        let mappings = mapped.map(|(kind, id, group)| json!({"kind": kind, "id": id, "groups": [group]}));
        let mut document = document("officernd", &mappings);
        document["locations"][0]["id"] = json!(OFFICE);
        document["platform_api"] =
            json!({"organization": "harbour", "client_id": "client", "client_secret": "planted-platform-secret"});
        let platform_api = Some(officernd.identity_url());
        let world = World::of(Setting { keeps_data, platform_api, ..Setting::of(document) }).await;
        let space = Self { world, officernd };
        space.put(
            Entity::Resource,
            &json!({"_id": DESK, "name": "Desk 7", "type": "desk", "location": OFFICE, "floor": FLOOR}),
        );
        space.put(
            Entity::Resource,
            &json!({"_id": ROOM, "name": "Elm", "type": "room", "location": OFFICE, "floor": FLOOR}),
        );
        for number in 0..members {
            space.put_member(number);
        }
        space
    }

    fn put(&self, entity: Entity, record: &Value) {
        let now = self.world.now();
        self.officernd.edit(|model, _| model.put(entity, record, now));
    }

    fn remove(&self, entity: Entity, id: &str) {
        self.officernd.edit(|model, _| model.remove(entity, id));
    }

    fn put_member(&self, number: usize) {
        let (person, company) = (person(number), id(2, number));
        self.put(Entity::Company, &json!({"_id": company, "name": "Example Ltd"}));
        self.put(
            Entity::Member,
            &json!({"_id": person, "name": format!("Member {number}"), "company": company,
            "email": format!("m{number}@example.com"), "location": OFFICE, "status": "active"}),
        );
        self.put(
            Entity::Membership,
            &json!({"_id": id(3, number), "plan": PLAN, "company": company,
            "location": OFFICE, "status": "approved", "type": "month_to_month", "calculatedStatus": "active",
            "startDate": "2026-03-01T00:00:00.000Z"}),
        );
    }

    fn put_booking(&self, number: usize, (from, to): (&str, &str), is_cancelled: bool) {
        self.put(
            Entity::Booking,
            &json!({"_id": id(4, number), "resource": ROOM, "location": OFFICE,
            "member": person(number), "company": id(2, number), "timezone": "Europe/London", "start": at(from),
            "end": at(to), "recurrence": {"rrule": null, "exdates": []}, "members": [], "visitors": [VISITOR],
            "isCancelled": is_cancelled, "isTentative": false, "title": "Standup"}),
        );
    }

    fn trouble(&self, trouble: Trouble, times: usize) {
        self.officernd.edit(|model, _| model.inject(trouble, times));
    }

    /// How often a list was asked for so far.
    fn asked(&self, list: &str) -> usize {
        let is_of = |path: &str| path.contains(&format!("/{list}?"));
        self.officernd.read(|model| model.calls().iter().filter(|call| is_of(&call.path)).count())
    }

    /// Who of the first so many has the plan's group.
    fn members(&self, count: usize) -> Vec<usize> {
        (0..count).filter(|number| self.world.groups(person(*number).as_str()).contains(&MEMBERS)).collect()
    }
}

/// ORD-07, ORD-08, ORD-11, ORD-13, ORD-15, ORD-20, ORD-25, ORD-28, ALL-08: all of it comes by the lists alone: plan, desk with its floor
/// and building, booking, a visitor whom only the list of visitors names, and a pass. A second read is no news to anybody.
#[tokio::test]
async fn everything_comes_by_the_lists_if_no_hook_tells_of_it() {
    let mut space = Space::of(2).await;
    space.put(
        Entity::Assignment,
        &json!({"_id": id(5, 0), "resource": DESK, "membership": id(3, 0), "startDate": "2026-03-01T00:00:00.000Z"}),
    );
    space.put(Entity::Visitor, &json!({"_id": VISITOR, "name": "Vera Visitor", "email": "vera@example.com"}));
    space.put(Entity::Pass, &json!({"_id": id(6, 1), "count": 2, "usedCount": 0, "intervalLength": "once", "member": person(1),
        "validFrom": "2026-03-01T00:00:00.000Z", "validTo": "2026-04-01T00:00:00.000Z", "location": OFFICE, "status": "valid"}));
    space.put_booking(1, ("09:00", "10:00"), false);

    let told = read(&mut space.world).await;

    assert_eq!((&told["trouble"], &told["under_way"]), (&Value::Null, &Value::Null), "{told}");
    assert_eq!(told["found"]["missing"], 0);
    assert_eq!(space.world.groups(person(0).as_str()), [MEMBERS, BUILDING, FIRST_FLOOR]);
    assert_eq!(space.world.groups(person(1).as_str()), [MEMBERS, DAYS]);
    space.world.run_until(at("08:55")).await;
    assert_eq!(space.world.groups(person(1).as_str()), [MEMBERS, MEETINGS, DAYS]);
    let guest = space.world.users().into_iter().find(|user| user["lastName"] == "Visitor").unwrap();
    let guest = guest["externalId"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
    assert_eq!(space.world.groups(guest.as_str()), [MEETINGS]);

    space.world.new_calls();
    let again = read(&mut space.world).await;
    assert_eq!((&again["found"]["news"], &again["found"]["missing"]), (&json!(0), &json!(0)), "{again}");
    assert_eq!(space.world.new_writes(), [""; 0]);
}

/// ORD-17: a desk opens and closes at its own time, though no hook tells of an assignment and only a whole read lists it.
#[tokio::test]
async fn a_desk_opens_and_closes_on_time_between_two_whole_reads() {
    let mut space = Space::of(2).await;
    space.put(
        Entity::Assignment,
        &json!({"_id": id(5, 0), "resource": DESK, "membership": id(3, 0),
        "startDate": at("09:30"), "endDate": at("10:30")}),
    );
    space.put(
        Entity::Assignment,
        &json!({"_id": id(5, 1), "resource": DESK, "membership": id(3, 0),
        "startDate": at("10:40"), "endDate": null}),
    );
    read(&mut space.world).await;

    space.world.run_until(at("11:10")).await;

    assert_eq!(space.world.stays(person(0).as_str(), FIRST_FLOOR), ["09:30:00 to 10:30:00", "10:40:00 to"],);
}

/// B3: resources or assignments that are not listed take no desk away from many, and a single one goes with the next whole read.
#[tokio::test]
async fn desks_that_a_list_lacks_wait_for_approval_or_stay() {
    let mut space = Space::of(12).await;
    for number in 0..12 {
        space.put(
            Entity::Assignment,
            &json!({"_id": id(5, number), "resource": DESK, "membership": id(3, number),
            "startDate": "2026-03-01T00:00:00.000Z"}),
        );
    }
    let with_desks = |space: &Space| -> usize {
        (0..12).filter(|number| space.world.groups(person(*number).as_str()).contains(&FIRST_FLOOR)).count()
    };
    read(&mut space.world).await;
    assert_eq!(with_desks(&space), 12);

    let kept = space.officernd.read(Model::clone);
    space.remove(Entity::Resource, DESK);
    let told = read(&mut space.world).await;
    assert_eq!((&told["found"]["unreadable"], &told["found"]["missing"]), (&json!(12), &json!(0)), "{told}");
    assert_eq!(with_desks(&space), 12);

    space.officernd.edit(|model, _| *model = kept);
    for number in 0..12 {
        space.remove(Entity::Assignment, &id(5, number));
    }
    let none = read(&mut space.world).await;
    assert_eq!((&none["waits_for_approval"], &none["missing"]), (&json!(true), &json!(12)), "{none}");
    assert_eq!(with_desks(&space), 12);

    for number in 1..12 {
        space.put(
            Entity::Assignment,
            &json!({"_id": id(5, number), "resource": DESK, "membership": id(3, number),
            "startDate": "2026-03-01T00:00:00.000Z"}),
        );
    }
    read(&mut space.world).await;
    assert_eq!(with_desks(&space), 11, "so few are believed");
}

/// ALL-08, B6: the hourly read asks for what changed only, and finds what no hook told within the hour.
#[tokio::test]
async fn what_no_hook_told_is_found_within_the_hour() {
    let mut space = Space::of(60).await;
    space.put_booking(1, ("10:30", "12:00"), false);
    read(&mut space.world).await;
    let asked = space.asked("members");
    space.world.run_until(at("08:40")).await;
    space.put_booking(1, ("10:30", "12:00"), true);
    space.put_member(60);

    space.world.run_until(at("11:10")).await;

    assert_eq!(space.world.stays(person(1).as_str(), MEETINGS), [""; 0]);
    assert_eq!(space.members(61).len(), 61);
    assert_eq!(space.asked("members"), asked + 3, "one page of two, each hour");
}

/// B2, B3, B4, B14: a third missing from a read takes nothing away; what ends by time ends; a read that lists it again ends the matter,
/// and somebody's approval of just this list takes it away.
#[tokio::test]
async fn a_third_missing_from_a_read_waits_for_approval_or_for_a_whole_read() {
    let mut space = Space::of(30).await;
    space.put_booking(1, ("08:30", "09:00"), false);
    read(&mut space.world).await;
    assert_eq!(space.members(30).len(), 30);

    space.world.run_until(at("08:02")).await;
    for number in 0..10 {
        space.remove(Entity::Membership, &id(3, number));
    }
    let short = read(&mut space.world).await;
    assert_eq!((&short["waits_for_approval"], &short["missing"]), (&json!(true), &json!(10)), "{short}");
    assert!(space.world.stderr().contains("so much is missing from what the platform lists"));
    assert_eq!(space.members(30).len(), 30);
    space.world.run_until(at("09:30")).await;
    assert_eq!(space.world.groups(person(1).as_str()), [MEMBERS], "the booking is over");

    for number in 5..10 {
        space.put_member(number);
    }
    let better = read(&mut space.world).await;
    assert_eq!((&better["waits_for_approval"], &better["missing"]), (&json!(false), &Value::Null), "{better}");
    assert_eq!(space.members(30), (5..30).collect::<Vec<_>>(), "so few are believed");

    space.world.run_until(at("09:40")).await;
    for number in 5..15 {
        space.remove(Entity::Membership, &id(3, number));
    }
    let waits = read(&mut space.world).await;
    let (status, refused) = post(&space.world, "full-read/apply", &json!({"hash": short["hash"]})).await;
    assert_eq!((status, &refused["full_read"]["hash"]), (409, &waits["hash"]), "{refused}");
    let (status, given) = post(&space.world, "full-read/apply", &json!({"hash": waits["hash"]})).await;
    assert_eq!((status, &given["missing"]), (200, &Value::Null), "{given}");
    space.world.take_turns().await;
    assert_eq!(space.members(30), (15..30).collect::<Vec<_>>());
    let (status, _) = post(&space.world, "full-read/apply", &json!({"hash": waits["hash"]})).await;
    assert_eq!(status, 409, "nothing waits any more");
}

/// B3: what was missing once and is listed again has access again within the hour, though it has not changed since long before.
#[tokio::test]
async fn who_was_missing_for_one_read_comes_back_with_the_next() {
    let mut space = Space::of(12).await;
    read(&mut space.world).await;
    let kept = space.officernd.read(Model::clone);
    space.world.run_until(at("08:30")).await;
    space.remove(Entity::Membership, &id(3, 4));
    read(&mut space.world).await;
    assert_eq!(space.members(12).len(), 11);

    space.world.run_until(at("08:35")).await;
    space.officernd.edit(|model, _| *model = kept);
    space.world.run_until(at("09:45")).await;

    assert_eq!(space.members(12).len(), 12);
}

/// B14: an approval takes away what the list named and the platform does not list, and nobody whom a read lists again meanwhile.
#[tokio::test]
async fn an_approval_takes_nothing_away_that_is_listed_again() {
    let mut space = Space::of(30).await;
    read(&mut space.world).await;
    let kept = space.officernd.read(Model::clone);
    space.world.run_until(at("08:02")).await;
    for number in 0..10 {
        space.remove(Entity::Membership, &id(3, number));
    }
    let waits = read(&mut space.world).await;
    assert_eq!(waits["missing"], 10, "{waits}");
    let first = standing(&space.world).await["first"].clone();
    assert_eq!((&first[0], first.as_array().unwrap().len()), (&json!(format!("membership/{}", id(3, 0))), 10));

    space.officernd.edit(|model, _| *model = kept);
    space.remove(Entity::Membership, &id(3, 9));
    // A token, resources, visitors, members, companies, memberships and the desks of each are given; then nothing is.
    space.officernd.edit(|model, _| model.inject_after(6 + 29, Trouble::Status(503), 4));
    let cut = read(&mut space.world).await;
    assert_eq!(cut["under_way"]["listed"], 30 + 30 + 29, "{cut}");
    let (status, given) = post(&space.world, "full-read/apply", &json!({"hash": waits["hash"]})).await;
    assert_eq!(status, 200, "{given}");
    space.world.take_turns().await;

    assert_eq!(space.members(30).len(), 29);
}

/// B6: after other settings everything is read again within the hour, since what did not change at the platform counts otherwise.
#[tokio::test]
async fn other_settings_count_for_what_has_not_changed() {
    let mut space = Space::of(2).await;
    space.put(
        Entity::Assignment,
        &json!({"_id": id(5, 0), "resource": DESK, "membership": id(3, 0), "startDate": "2026-03-01T00:00:00.000Z"}),
    );
    let all = space.world.document["mappings"].take();
    space.world.document["mappings"] = json!([all[0]]);
    space.world.put_tenant().await;
    read(&mut space.world).await;
    assert_eq!(space.world.groups(person(0).as_str()), [MEMBERS]);

    space.world.run_until(at("08:20")).await;
    space.world.document["mappings"] = all;
    space.world.put_tenant().await;
    space.world.run_until(at("09:45")).await;

    assert_eq!(space.world.groups(person(0).as_str()), [MEMBERS, BUILDING, FIRST_FLOOR]);
}

/// B3, ALL-09: a list that breaks off, a refused login and an empty answer take nothing away, and are told; the read goes on where it was,
/// after a restart as well, and asks for no page twice.
#[tokio::test]
async fn a_read_that_breaks_off_goes_on_where_it_was() {
    let mut space = Space::with(120, true).await;
    let before = space.asked("members");
    read(&mut space.world).await;
    assert_eq!(space.asked("members"), before + 3);

    space.world.restart();
    space.world.run_until(at("08:10")).await;
    for number in 0..6 {
        space.remove(Entity::Membership, &id(3, number));
    }
    // A token, resources, visitors and two pages of members are given; then nothing is, four tries long.
    space.officernd.edit(|model, _| model.inject_after(5, Trouble::Status(503), 4));
    let cut = read(&mut space.world).await;
    assert!(cut["trouble"]["error"].as_str().unwrap().contains("out of order"), "{cut}");
    assert_eq!(cut["under_way"]["listed"], 100);
    assert_eq!(space.members(120).len(), 120);
    let asked = space.asked("members");

    space.world.restart();
    space.trouble(Trouble::Status(401), 1);
    let refused = read(&mut space.world).await;
    assert!(refused["trouble"]["error"].as_str().unwrap().contains("refused our login"), "{refused}");
    let ended = read(&mut space.world).await;

    assert_eq!((&ended["trouble"], &ended["found"]["missing"]), (&Value::Null, &json!(6)), "{ended}");
    assert_eq!(space.asked("members"), asked + 1, "only the third page was left");
    assert_eq!(space.members(120).len(), 114);
}

/// B6, ALL-08: how far what reads know lies behind is told, and one alarm is raised once none has come to its end for a day.
#[tokio::test]
async fn how_far_reads_lie_behind_is_told_and_a_day_of_it_alarms_once() {
    let mut space = Space::of(1).await;
    let never = standing(&space.world).await;
    read(&mut space.world).await;
    let fresh = standing(&space.world).await;
    assert_eq!((&never["seconds_behind"], &never["late"]), (&Value::Null, &json!(false)), "{never}");
    // A minute, and the seconds for which the reader rested.
    let behind = fresh["seconds_behind"].as_i64().unwrap();
    assert!((60..180).contains(&behind), "{fresh}");
    assert_eq!(fresh["whole_seconds_behind"], behind);

    space.trouble(Trouble::Status(401), 1000);
    space.world.run_until(at("2026-03-03T11:30:00Z")).await;

    let (_, status) = space.world.bundle.api("/tenants/harbour/status").await;
    let told = &status["full_read"];
    let behind = told["seconds_behind"].as_i64().unwrap();
    assert!((24 * 3600..29 * 3600).contains(&behind), "{told}");
    assert_eq!(told["late"], true, "{told}");
    assert_eq!(space.world.stderr().matches("not read to its end any more").count(), 1);
}

/// B12, B3: a record that cannot be read keeps nobody else out, and is not taken for gone.
#[tokio::test]
async fn a_record_that_cannot_be_read_is_told_and_not_taken_for_gone() {
    let mut space = Space::of(6).await;
    read(&mut space.world).await;
    space.put(Entity::Membership, &json!({"_id": id(3, 2), "company": id(2, 2), "status": "approved"}));
    space.put_member(6);

    let told = read(&mut space.world).await;

    assert_eq!((&told["found"]["unreadable"], &told["found"]["missing"]), (&json!(1), &json!(0)), "{told}");
    assert!(told["found"]["faults"][0].as_str().unwrap().starts_with("results[2]"), "{told}");
    assert_eq!(space.members(7).len(), 7);
    assert_eq!(standing(&space.world).await["found"], told["found"]);
}

/// ORD-17: an office is somebody's from the midnight on which it is assigned, until that after its last day, though nothing changes at the
/// platform then and the whole read of the day is far off.
#[tokio::test]
async fn an_assignment_begins_and_ends_by_itself() {
    let mut space = Space::of(2).await;
    for (number, starts, ends) in [(0, "2026-03-03", Value::Null), (1, "2026-03-01", json!("2026-03-02T00:00:00.000Z"))]
    {
        space.put(
            Entity::Assignment,
            &json!({"_id": id(5, number), "resource": DESK, "membership": id(3, number),
                "startDate": format!("{starts}T00:00:00.000Z"), "endDate": ends}),
        );
    }
    read(&mut space.world).await;
    let all = [MEMBERS, BUILDING, FIRST_FLOOR];

    space.world.run_until(at("23:50")).await;
    assert_eq!(space.world.groups(person(0).as_str()), [MEMBERS]);
    assert_eq!(space.world.groups(person(1).as_str()), all);
    space.world.run_until(at("2026-03-03T01:30:00Z")).await;
    assert_eq!(space.world.groups(person(0).as_str()), all, "{}", standing(&space.world).await);
    assert_eq!(space.world.groups(person(1).as_str()), [MEMBERS]);
}
