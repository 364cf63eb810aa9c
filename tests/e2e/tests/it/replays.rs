//! Webhooks that are read once more.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::nexudus::Entity;

use crate::{
    bundle::{ADMIN_KEY, Answer, answer},
    feed::{booking, but, document, member, membership, plan, tell, world_of},
    tenants::{self, OTHER_ROOM, ROOM},
    world::{ANNA, BEN, MORNING, World, at},
};

async fn try_replay(world: &World, asked: &Value) -> Answer {
    let post = world.bundle.post(&format!("/api/v1/tenants/{}/replay", world.tenant));
    answer(post.bearer_auth(ADMIN_KEY).json(asked)).await
}

/// A replay to its end, and what follows from it.
async fn replay(world: &World, asked: &Value) -> Value {
    let (status, body) = try_replay(world, &but(json!({"since": MORNING}), asked)).await;
    assert_eq!((status, &body["finished"]), (200, &json!(true)), "{body}");
    world.settle().await;
    body
}

/// A morning of Nexudus: bookings made, moved, handed on and cancelled, and customers told of without a time.
async fn morning(world: &mut World) {
    world.book(1, ROOM, ANNA, ("08:30", "11:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("10:00", "11:00")).await;
    world.run_until(at("08:30")).await;
    world.book(1, OTHER_ROOM, ANNA, ("08:30", "12:00")).await;
    world.book(3, ROOM, BEN, ("09:00", "10:00")).await;
    world.cancel(3).await;
    let timeless =
        json!([{"Id": ANNA, "FullName": "Anna Nameson", "Email": "anna@planted.example", "Active": true}]).to_string();
    world.deliver("CoworkerUpdate", &timeless).await;
    let ben = world.body(Entity::Coworker, BEN);
    world.deliver("CoworkerUpdate", &ben).await;
    world.deliver("ResourceUpdate", r#"{"Id": 1}"#).await;
    world.run_until(at("09:15")).await;
}

/// INV-7: whatever part of the history is read once more, however often, nothing is written, and nothing is news.
#[tokio::test]
async fn any_prefix_or_the_whole_history_once_more_writes_nothing() {
    let mut world = World::start().await;
    morning(&mut world).await;
    world.new_writes();
    let groups = (world.groups(ANNA), world.groups(BEN));

    for until in ["08:00:01", "08:30:01", "09:15", "10:00"] {
        for same_instant in ["known", "anew"] {
            let told = replay(&world, &json!({"until": at(until), "same_instant": same_instant})).await;
            assert_eq!((&told["unreadable"], &told["not_kept"]), (&json!(0), &json!(0)), "{told}");
            assert!(told["events"].as_u64() >= Some(2), "{told}");
            if same_instant == "known" {
                assert_eq!(told["news"], 0, "{told}");
            }
        }
    }

    assert_eq!(world.new_writes(), [""; 0]);
    assert_eq!((world.groups(ANNA), world.groups(BEN)), groups);
    // What its sender repeats is known as before.
    let body = world.body(Entity::Booking, 1);
    let repeat = crate::deliveries::nexudus(&world.bundle, "acme", "BookingUpdate", &body);
    assert_eq!(crate::deliveries::accepted(repeat).await["repeated"], 1);
}

/// Only what came by one hook, or from one sender.
#[tokio::test]
async fn what_came_by_one_hook_alone_is_read_once_more() {
    let mut world = World::start().await;
    morning(&mut world).await;

    let all = replay(&world, &json!({})).await["events"].as_u64().unwrap();
    let by_hook = replay(&world, &json!({"hook": "nexudus/BookingDelete"})).await;
    let by_sender = replay(&world, &json!({"source": "nexudus/CoworkerUpdate"})).await;

    assert_eq!((&by_hook["events"], &by_hook["passed_over"]), (&json!(1), &json!(all - 1)));
    assert_eq!((&by_sender["events"], &by_sender["passed_over"]), (&json!(2), &json!(all - 2)));
    let (status, told) = try_replay(&world, &json!({"since": at("12:00"), "until": at("11:00")})).await;
    assert_eq!((status, told["error"].as_str().unwrap()), (400, "since has to come before until"));
}

/// A wrong time zone was mended: what was told before is read by the right one, as of when it was told.
#[tokio::test]
async fn what_was_misread_is_read_anew_by_the_settings_of_today() {
    let mut world = world_of(document("coworks", &[plan("p1", &[501])])).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    let day = but(membership("s1", "p1", ANNA), &json!({"ends": "2026-03-02"}));
    tell(&world, "membership.upserted", day).await;
    let ends = |access: &Value| access["groups"][0]["reasons"][0]["until"].clone();
    assert_eq!(ends(&world.access(ANNA).await), "2026-03-03T00:00:00Z");
    world.document["locations"][0]["time_zone"] = json!("Asia/Tokyo");
    world.put_tenant().await;
    world.run_until(at("08:05")).await;

    assert_eq!(replay(&world, &json!({})).await["news"], 0);
    assert_eq!(ends(&world.access(ANNA).await), "2026-03-03T00:00:00Z");
    let told = replay(&world, &json!({"same_instant": "anew"})).await;

    assert_eq!((&told["events"], &told["news"]), (&json!(2), &json!(1)));
    assert_eq!(ends(&world.access(ANNA).await), "2026-03-02T15:00:00Z");
    assert_eq!(replay(&world, &json!({"same_instant": "anew"})).await["news"], 0);
}

/// DWK-20: codes were never kept, so a replay neither changes nor clears one; what it answers and logs names nobody.
#[tokio::test]
async fn access_codes_stay_as_they_are() {
    let mut world = world_of(document("deskworks", &[tenants::resource(ROOM, &[501])])).await;
    let with_code =
        |code: Value| but(member(ANNA, "Anna Planted", "anna@planted.example"), &json!({"access_code": code}));
    tell(&world, "member.upserted", with_code(json!("471108"))).await;
    tell(&world, "booking.upserted", booking("b1", ROOM, ANNA, ("08:00", "11:00"))).await;
    world.run_until(at("08:01")).await;
    tell(&world, "member.upserted", with_code(Value::Null)).await;
    world.run_until(at("08:02")).await;
    tell(&world, "member.upserted", with_code(json!("471109"))).await;
    world.run_until(at("08:03")).await;
    let told = |access: &Value| access["accounts"][0]["credentials"]["access_code"].clone();
    assert_eq!(told(&world.access(ANNA).await), "sent");
    world.new_writes();

    for same_instant in ["known", "anew"] {
        let told = replay(&world, &json!({"since": "2026-03-01T00:00:00Z", "same_instant": same_instant})).await;
        assert_eq!(told["events"], 4);
        assert!(!told.to_string().contains("lanted") && !told.to_string().contains("4711"), "{told}");
    }

    assert_eq!(world.new_writes(), [""; 0]);
    assert_eq!(told(&world.access(ANNA).await), "sent");
    assert!(!world.stderr().contains("withheld"));
}

/// Events are kept over a restart, and a replay goes on in calls of a bounded size.
#[tokio::test]
async fn a_replay_goes_on_where_the_call_before_has_ended() {
    let mut world = world_of(document("spacebring", &[tenants::resource(ROOM, &[501])])).await;
    for batch in 0..6_u64 {
        let people = (0..100).map(|number| 1000 + batch * 100 + number);
        let events: Vec<Value> = people
            .map(|id| crate::feed::now(&world, "member.upserted", member(id, "Member", &format!("m{id}@example.com"))))
            .collect();
        world.tell(&events).await;
        world.set_clock(world.now() + SignedDuration::from_mins(1));
        world.step(world.now()).await;
    }
    world.new_writes();
    let asked = json!({"since": MORNING, "until": world.now()});

    let (_, first) = try_replay(&world, &asked).await;
    assert_eq!((&first["finished"], &first["events"]), (&json!(false), &json!(500)), "{first}");
    let (_, rest) = try_replay(&world, &but(asked, &json!({"after": first["next"]}))).await;

    assert_eq!((&rest["finished"], &rest["events"]), (&json!(true), &json!(100)), "{rest}");
    assert_eq!((&first["news"], &rest["news"]), (&json!(0), &json!(0)));
    world.settle().await;
    assert_eq!(world.new_writes(), [""; 0]);
}
