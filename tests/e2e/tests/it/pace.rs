//! ALL-06: one API key for everybody, and never more calls than it has.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::brivo::{Host, Misbehaviour, Model, Options, Times};

use crate::{
    feed::{but, document, member, membership, now, plan, world_of},
    tenants::{CLIENT_SECRET, ROOM},
    world::{ANNA, BEN, NONE, Setting, World, at},
};

const GROUPS: (&str, &str) = ("POST", "/users/*/groups");

async fn pace(world: &World) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body["accounts"][0]["pace"].clone()
}

/// ALL-06: whoever is told that the quota is spent is told so for everybody; an hour later one tries again.
#[tokio::test]
async fn a_spent_quota_stops_everybody_with_one_call_until_it_is_raised() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, ROOM, BEN, ("10:00", "11:02")).await;
    world.run_until(at("11:00")).await;
    world.all_new_calls();

    world.fault(GROUPS, Misbehaviour::OverRate { retry_after_seconds: 3 * 3600 }, Times::Always);
    world.run_until(at("12:14")).await;

    let calls = world.all_new_calls();
    assert_eq!(
        calls.iter().filter(|call| *call != "token").collect::<Vec<_>>(),
        ["change groups"],
        "the readings wait too"
    );
    let told = pace(&world).await;
    assert_eq!(told["stopped_until"], json!("2026-03-02T14:15:00Z"), "{told}");
    let ben = world.access(BEN).await;
    assert_eq!(ben["waits_for_pace_until"], json!("2026-03-02T12:15:00Z"), "{ben}");
    assert!(ben["last_error"].as_str().unwrap().contains("quota"), "{ben}");
    assert_eq!(world.stderr().matches("call quota of a brivo api key is spent").count(), 1);

    world.run_until(at("13:14")).await;
    let tries = world.all_new_calls();
    assert_eq!(tries.iter().filter(|call| *call != "token").count(), 1, "{tries:?}");
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.run_until(at("13:16")).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (NONE.to_vec(), NONE.to_vec()));
    assert_eq!(pace(&world).await["stopped_until"], Value::Null);
    assert_eq!(world.access(BEN).await["last_error"], Value::Null);
}

/// ALL-06: far more than the rate takes at one instant drains without one refusal, and everybody can see when it is their turn.
#[tokio::test]
async fn a_crowd_is_let_in_at_the_rate_of_the_key_and_nobody_is_refused() {
    let brivo = Options { requests_per_second: Some(25), ..Options::default() };
    let document = document("spacebring", &[plan("office", &[501])]);
    let mut world = World::of(Setting { brivo, ..Setting::of(document) }).await;
    let crowd = 1000..1060;
    let people =
        crowd.clone().map(|id| now(&world, "member.upserted", member(id, "A Person", &format!("{id}@example.com"))));
    let people: Vec<Value> = people.collect();
    world.tell(&people).await;
    world.run_until(world.now() + SignedDuration::from_mins(2)).await;
    let before = world.brivo.calls().len();
    let start = world.now();

    let memberships =
        crowd.clone().map(|id| now(&world, "membership.upserted", membership(&format!("s{id}"), "office", id)));
    let memberships: Vec<Value> = memberships.collect();
    world.tell(&memberships).await;
    let told = pace(&world).await;
    let waiting: Vec<Value> = {
        let mut all = Vec::new();
        for id in crowd.clone() {
            all.push(world.access(id).await["waits_for_pace_until"].clone());
        }
        all.retain(|until| !until.is_null());
        all
    };
    world.run_until(start + SignedDuration::from_secs(60)).await;

    assert!(crowd.clone().all(|id| world.groups(id) == [501]));
    assert!(told["seconds_behind"].as_u64().unwrap() > 3, "{told}");
    assert!(waiting.len() > 40, "{waiting:?}");
    let calls = world.brivo.calls();
    let calls: Vec<_> = calls[before..].iter().filter(|call| call.host == Host::Api).collect();
    assert!(calls.iter().all(|call| call.status.is_some_and(|status| status < 300 || status == 404)), "{calls:?}");
    for pair in calls.windows(106) {
        assert!(pair[105].at.duration_since(pair[0].at) > SignedDuration::from_secs(5));
    }
    assert!(pace(&world).await["calls_this_month"].as_u64().unwrap() >= u64::try_from(calls.len()).unwrap());
    assert_eq!(pace(&world).await["seconds_behind"], json!(0));
}

/// ALL-06, INV-2: whoever waits for a turn in a second account keeps it, though nothing is to be done there before the platform was
/// asked.
#[tokio::test]
async fn a_crowd_with_users_in_two_accounts_comes_to_its_end() {
    let token = "planted-token-of-the-east";
    let at_place = |place: &str, group: u64| but(plan("office", &[group]), &json!({"location": place}));
    let mut document = document("spacebring", &[at_place("main", 501), at_place("east", 502)]);
    let mut east = document["accounts"][0].clone();
    for (name, value) in
        [("id", "east"), ("refresh_token", token), ("client_id", "east"), ("api_key", "planted-key-of-the-east")]
    {
        east[name] = json!(value);
    }
    document["accounts"].as_array_mut().unwrap().push(east);
    let east = json!({"id": "east", "name": "East", "time_zone": "Europe/London", "account": "east"});
    document["locations"].as_array_mut().unwrap().push(east);
    let mut world = world_of(document).await;
    let consent = |model: &mut Model, now| {
        model.add_application("east", CLIENT_SECRET, "planted-key-of-the-east");
        model.accept_refresh_token("east", token, now);
    };
    world.brivo.edit(consent).unwrap();
    world.put_tenant().await;

    // Half of them are in the east alone, so that the others' turns there come later than those in the main account.
    let (crowd, in_both) = (1000..1040, 1020);
    let start = json!({"starts": "2026-03-04T08:00:00Z"});
    let mut events = Vec::new();
    for id in crowd.clone() {
        events.push(now(&world, "member.upserted", member(id, "A Person", &format!("{id}@example.com"))));
        for place in ["east", "main"].into_iter().take(if id < in_both { 1 } else { 2 }) {
            let there = but(membership(&format!("{place}{id}"), "office", id), &json!({"location": place}));
            events.push(now(&world, "membership.upserted", but(there, &start)));
        }
    }
    world.tell(&events).await;
    world.run_until(world.now() + SignedDuration::from_mins(3)).await;

    for id in crowd {
        let access = world.access(id).await;
        let users: Vec<_> =
            access["accounts"].as_array().unwrap().iter().map(|it| it["brivo_user_id"].is_i64()).collect();
        assert_eq!(users, vec![true; if id < in_both { 1 } else { 2 }], "{access}");
        assert_eq!(access["waits_for_pace_until"], Value::Null, "{access}");
    }
    let (_, status) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    assert_eq!(status["queue"]["overdue"], 0, "{status}");
}

/// ALL-06: most of a month's calls being made is told once, and stops nobody.
#[tokio::test]
async fn a_budget_that_is_nearly_spent_is_told_once_and_stops_nobody() {
    let mut document = document("spacebring", &[plan("office", &[501])]);
    document["accounts"][0]["budget"] = json!(10);
    let world = world_of(document).await;

    for id in [ANNA, BEN] {
        world.tell(&[now(&world, "member.upserted", member(id, "A Person", &format!("{id}@example.com")))]).await;
        world.tell(&[now(&world, "membership.upserted", membership(&format!("s{id}"), "office", id))]).await;
    }
    let mut world = world;
    world.run_until(world.now() + SignedDuration::from_secs(120 * 60)).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![501], vec![501]));
    assert_eq!(pace(&world).await["budget"], json!(10));
    assert_eq!(world.stderr().matches("most of the month's calls").count(), 1);
}
