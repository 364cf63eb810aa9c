//! Who would be taken on, told before it happens.

use serde_json::{Value, json};
use simulators::brivo::{ErrorBody, Fault, Match, Misbehaviour, Model, Profile, Times, UserId};

use super::pass;
use crate::{
    feed::{booking, document, document_with, member, tell, world_of},
    tenants::{self, ROOM},
    world::{Setting, World},
};

const ONE: u64 = 1;
const NONE: u64 = 2;
const SHARING: u64 = 3;
const ALSO_SHARING: u64 = 4;
const SEVERAL: u64 = 5;
const ANOTHERS: u64 = 6;
const ANOTHER_TENANTS: u64 = 7;
const WITHOUT_ADDRESS: u64 = 8;

fn address(member: u64) -> String {
    let member = if member == ALSO_SHARING { SHARING } else { member };
    format!("planted{member}@people.example")
}

/// The members, and those in Brivo who have their addresses, some of them in capitals.
async fn tell_everyone(world: &World) -> Vec<UserId> {
    let made = |member: u64| {
        world.brivo.edit(|model, now| model.create_by_hand("A.", "B.", &address(member).to_uppercase(), now))
    };
    let mut users: Vec<UserId> =
        [ONE, SHARING, SEVERAL, SEVERAL].into_iter().map(|member| made(member).unwrap()).collect();
    for (member, reference) in [(ANOTHERS, "payroll-9"), (ANOTHER_TENANTS, "harbour2:7")] {
        let of_hand = made(member).unwrap();
        let marked = |model: &mut Model, now| {
            let profile = model.profile_of(of_hand).unwrap().clone();
            model.delete_by_hand(of_hand, now);
            model.add_user(Profile { external_id: Some(reference.to_owned()), ..profile }, now)
        };
        users.push(world.brivo.edit(marked).unwrap());
    }
    for id in ONE..WITHOUT_ADDRESS {
        tell(world, "member.upserted", member(id, &format!("Member {id}"), &address(id))).await;
    }
    let nobody = json!({"id": WITHOUT_ADDRESS.to_string(), "full_name": "Member", "status": "active"});
    tell(world, "member.upserted", nobody).await;
    users
}

async fn listed(world: &World, query: &str) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/adoption{query}", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// Of each member what is found and what follows.
fn outlooks(answer: &Value) -> Vec<(u64, &str, &str)> {
    let of = |row: &'_ Value| row["member"].as_str().unwrap().parse().unwrap();
    let rows = answer["members"].as_array().unwrap().iter();
    rows.map(|row| (of(row), row["found"].as_str().unwrap(), row["then"].as_str().unwrap())).collect()
}

/// CWK-26, R28, D5, D6: everyone without a user is listed with who has the address in Brivo and what follows; nothing is asked of Brivo
/// and nothing written, and no name or address is given away.
#[tokio::test]
async fn who_would_be_taken_on_is_told_before_it_happens() {
    let mut world = world_of(document("spacebring", &[tenants::resource(ROOM, &[501])])).await;
    let users = tell_everyone(&world).await;
    pass(&world).await;
    world.all_new_calls();

    let told = listed(&world, "").await;

    assert_eq!(world.all_new_calls(), [""; 0]);
    assert_eq!(
        outlooks(&told),
        [
            (ONE, "one", "taken_on"),
            (NONE, "none", "made"),
            (SHARING, "shared_address", "made"),
            (ALSO_SHARING, "shared_address", "made"),
            (SEVERAL, "several", "left_to_staff"),
            (ANOTHERS, "anothers", "left_to_staff"),
            (ANOTHER_TENANTS, "anothers", "left_to_staff"),
            (WITHOUT_ADDRESS, "no_address", "made"),
        ]
    );
    let ids = |at: usize| told["members"][at]["brivo_user_ids"].clone();
    assert_eq!((ids(0), ids(1), ids(2)), (json!([users[0].0]), json!([]), json!([])));
    assert_eq!((ids(4), ids(5)), (json!([users[2].0, users[3].0]), json!([users[4].0])));
    let account = &told["accounts"][0];
    assert_eq!((&account["adopt"], &account["users"]), (&json!("exact_email"), &json!(6)));
    assert_eq!(account["users_read_at"], "2026-03-02T08:00:00Z");
    assert_eq!(account["on_this_page"]["then"], json!({"made": 4, "taken_on": 1, "left_to_staff": 3}));
    assert_eq!(told["next_after"], Value::Null);
    assert!(!told.to_string().contains("planted") && !told.to_string().contains("Member"), "{told}");
}

/// CWK-26: what was told is what happens, and whoever has a user by then is on the list no more.
#[tokio::test]
async fn what_was_told_is_what_happens() {
    let mut world = world_of(document("spacebring", &[tenants::resource(ROOM, &[501])])).await;
    let users = tell_everyone(&world).await;
    pass(&world).await;
    let told = listed(&world, "").await;
    let before = world.users().len();

    for id in ONE..=WITHOUT_ADDRESS {
        tell(&world, "booking.upserted", booking(&format!("b{id}"), ROOM, id, ("08:00", "11:00"))).await;
    }
    world.take_turns().await;

    let made = outlooks(&told).iter().filter(|(_, _, then)| *then == "made").count();
    assert_eq!((world.user(ONE), world.users().len()), (Some(users[0]), before + made));
    let left = listed(&world, "").await;
    let who: Vec<u64> = outlooks(&left).iter().map(|(member, _, _)| *member).collect();
    assert_eq!(who, [SEVERAL, ANOTHERS, ANOTHER_TENANTS]);
    assert_eq!((&told["members"][4]["has_reason"], &left["members"][0]["has_reason"]), (&json!(false), &json!(true)));
    world.new_writes();
    pass(&world).await;
    assert_eq!((world.new_writes(), listed(&world, "").await["members"].clone()), (vec![], left["members"].clone()));
}

/// CWK-26: the list comes page by page, each of a bounded size.
#[tokio::test]
async fn the_list_comes_in_pages() {
    let world = world_of(document("spacebring", &[tenants::resource(ROOM, &[501])])).await;
    tell_everyone(&world).await;
    pass(&world).await;

    let (mut seen, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = listed(&world, &query).await;
        assert!(page["members_looked_at"].as_u64().unwrap() <= 3, "{page}");
        seen.extend(outlooks(&page).iter().map(|(member, _, _)| *member));
        let Some(next) = page["next_after"].as_str() else { break };
        query = format!("?limit=3&after={next}");
    }

    assert_eq!(seen, (ONE..=WITHOUT_ADDRESS).collect::<Vec<_>>());
    assert_eq!(listed(&world, "?limit=0").await["members_looked_at"], 1);
    let (status, _) = world.bundle.api("/tenants/nobody/adoption").await;
    assert_eq!(status, 404);
}

/// R28: where nobody is taken on, everyone is made, whoever has the address.
#[tokio::test]
async fn where_the_policy_is_never_everyone_is_made() {
    let rooms = [tenants::resource(ROOM, &[501])];
    let world = world_of(document_with("spacebring", &rooms, json!({"adopt": "never"}))).await;
    tell_everyone(&world).await;
    pass(&world).await;

    let told = listed(&world, "").await;

    assert_eq!(told["accounts"][0]["on_this_page"]["then"], json!({"made": 8}));
    assert_eq!(outlooks(&told)[0], (ONE, "one", "made"));
}

/// R28: before Brivo's users were read there is no telling.
#[tokio::test]
async fn before_the_first_reading_there_is_no_telling() {
    let lists_nobody = |brivo: &simulators::brivo::BrivoServer| {
        let what = Misbehaviour::ServerError { status: 503, body: ErrorBody::Html };
        brivo.inject(Fault { on: Match::call("GET", "/users"), what, times: Times::Always }).unwrap();
    };
    let document = document("spacebring", &[tenants::resource(ROOM, &[501])]);
    let world = World::of(Setting { before: lists_nobody, ..Setting::of(document) }).await;
    tell_everyone(&world).await;

    let told = listed(&world, "").await;

    assert_eq!(outlooks(&told)[..2], [(ONE, "unread", "waits"), (NONE, "unread", "waits")]);
    assert_eq!(told["accounts"][0]["users_read_at"], Value::Null);
    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    pass(&world).await;
    assert_eq!(outlooks(&listed(&world, "").await)[0], (ONE, "one", "taken_on"));
}
