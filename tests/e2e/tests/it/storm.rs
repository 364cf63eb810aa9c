//! A day on which a fifth of all calls goes wrong and the bundle is killed now and then.

use jiff::{SignedDuration, Timestamp};
use simulators::brivo::{Change, ErrorBody, Fault, GroupId, Match, Misbehaviour, Times};

use crate::{
    tenants::{OTHER_ROOM, ROOM, SHARING_ROOM},
    world::{ANNA, BEN, NONE, Setting, World, at},
};

/// The latest a membership may follow its window while every fault is a single one (INV-1, INV-2).
const BOUND: SignedDuration = SignedDuration::from_secs(60);

/// Numbers that look random and repeat with the seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A booking as it stands: its number, room, customer, start and end in minutes after 08:00.
type Plan = (u64, u64, u64, u64, u64);

fn minute(minute: u64) -> Timestamp {
    at("08:00") + SignedDuration::from_secs(60 * i64::try_from(minute).unwrap())
}

fn let_loose(world: &World, seed: u64) {
    let everything = [
        Misbehaviour::ServerError { status: 503, body: ErrorBody::Json },
        Misbehaviour::AppliedThenError { status: 502 },
        Misbehaviour::AppliedThenDropped,
        Misbehaviour::Teapot,
        Misbehaviour::TooMany,
        Misbehaviour::HtmlBody,
        Misbehaviour::EmptyBody,
        Misbehaviour::TokenRefused,
    ];
    for (number, what) in (seed..).zip(everything) {
        let on = Match { path: "/users/**".to_owned(), ..Match::default() };
        world.brivo.inject(Fault { on, what, times: Times::Percent { percent: 3, seed: number } }).unwrap();
    }
    let on = Match::call("POST", "/oauth/token");
    for (number, what) in [(1, Misbehaviour::AppliedThenDropped), (2, Misbehaviour::TooMany)] {
        let times = Times::Percent { percent: 10, seed: seed + number };
        world.brivo.inject(Fault { on: on.clone(), what, times }).unwrap();
    }
}

/// Each instant at which a member joined or left a group has an edge of a booking's window, as it stood then, just before.
fn check(world: &World, bookings: &[Plan]) {
    for (member, group) in [ANNA, BEN].into_iter().flat_map(|member| [501, 502, 503].map(|group| (member, group))) {
        let gives = |room| match group {
            501 => room == ROOM || room == SHARING_ROOM,
            502 => room == OTHER_ROOM,
            _ => room == SHARING_ROOM,
        };
        let windows: Vec<(Timestamp, Timestamp)> = bookings
            .iter()
            .filter(|(_, room, customer, ..)| gives(*room) && *customer == member)
            .map(|(.., from, to)| {
                (minute(*from) - SignedDuration::from_mins(10), minute(*to) + SignedDuration::from_mins(15))
            })
            .collect();
        let open = |instant: Timestamp| windows.iter().any(|(from, until)| *from <= instant && instant < *until);
        let external_id = world.external_id(member);
        let history = world
            .brivo
            .history()
            .into_iter()
            .filter(|change| change.group == GroupId(group) && change.external_id.as_deref() == Some(&external_id));
        let changes: Vec<(Timestamp, bool)> =
            history.map(|change| (change.at, change.change == Change::Joined)).collect();
        // Looked at every ten seconds: what is shown was right at some instant within the bound.
        for step in 0..3600 {
            let now = at("08:00") + SignedDuration::from_secs(10 * step);
            let shown = changes.iter().rev().find(|(changed, _)| *changed <= now).is_some_and(|(_, joined)| *joined);
            let recently = [now, now - BOUND, now - BOUND / 2].map(open);
            assert!(
                recently.contains(&shown),
                "member {member}, group {group} at {now}: shown {shown}; windows {windows:?}; changes {changes:?}"
            );
        }
    }
}

async fn survive(seed: u64) {
    let mut world = World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await;
    let mut dice = Dice(seed);
    let_loose(&world, seed);
    let rooms = [ROOM, OTHER_ROOM, SHARING_ROOM];
    let mut bookings: Vec<Plan> = Vec::new();

    // All is told before it opens, so that what is shown can be judged by the last word.
    for id in 1..=10 {
        let from = 30 + dice.throw(400);
        let room = rooms[usize::try_from(dice.throw(3)).unwrap()];
        let customer = [ANNA, BEN][usize::try_from(dice.throw(2)).unwrap()];
        bookings.push((id, room, customer, from, from + 1 + dice.throw(90)));
    }
    for (id, room, customer, from, to) in bookings.clone() {
        let moved = (minute(from + 5).to_string(), minute(to + 25).to_string());
        world.book(id, room, customer, (&moved.0, &moved.1)).await;
        world.book(id, room, customer, (&minute(from).to_string(), &minute(to).to_string())).await;
        if dice.throw(5) == 0 {
            world.restart();
        }
    }
    for hour in 0..9 {
        world.run_until(minute(60 * hour + dice.throw(60))).await;
        if dice.throw(2) == 0 {
            world.restart();
        }
    }
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("18:30")).await;

    check(&world, &bookings);
    for member in [ANNA, BEN] {
        assert_eq!(world.groups(member), NONE, "seed {seed}");
    }
}

/// INV-1, INV-2, INV-5, INV-7.
#[tokio::test]
async fn a_day_of_faults_and_kills_keeps_everyone_within_a_minute_of_their_windows() {
    survive(1).await;
}
