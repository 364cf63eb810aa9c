//! One member brought in step at once, for whoever stands beside the person.

use serde_json::{Value, json};
use simulators::brivo::{ErrorBody, Misbehaviour, Times};

use crate::{
    bundle::{ADMIN_KEY, answer},
    tenants::ROOM,
    world::{ANNA, BEN, World, customer},
};

async fn sync(world: &World, member: u64) -> Value {
    let (status, body) = asked(world, member).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn asked(world: &World, member: u64) -> (u16, Value) {
    let post = world.bundle.post(&format!("/api/v1/tenants/{}/members/{member}/sync", world.tenant));
    answer(post.bearer_auth(ADMIN_KEY).json(&json!({}))).await
}

/// B5, B13: nobody waits for the next try, and every step is told with its reason.
#[tokio::test]
async fn one_member_is_brought_in_step_at_once_and_every_step_is_told() {
    let mut world = World::start().await;
    let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Json };
    world.fault(("POST", "/users/*/groups"), down, Times::Always);
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;

    let told = sync(&world, ANNA).await;
    assert_eq!(told["finished"], true);
    assert!(told["written"].as_array().unwrap().iter().all(|write| write["outcome"] == "failed"), "{told}");
    assert_eq!(told["left"].as_array().unwrap().len(), 1, "{told}");
    assert!(told["access"]["last_error"].is_string(), "{told}");

    world.brivo.edit(|model, _| model.clear_faults()).unwrap();
    world.new_calls();
    let told = sync(&world, ANNA).await;
    assert_eq!(world.groups(ANNA), [501]);
    assert_eq!(world.new_writes(), ["change groups"]);
    let [written] = told["written"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&written["added"], &written["outcome"]), (&json!([501]), &json!("done")));
    assert_eq!(written["because"].as_array().unwrap().len(), 1, "{written}");
    assert_eq!((&told["left"], &told["access"]["last_error"]), (&json!([]), &Value::Null));

    let told = sync(&world, ANNA).await;
    assert_eq!((&told["written"], &told["left"]), (&json!([]), &json!([])));
    assert_eq!(world.new_writes(), [""; 0]);
}

/// B5: what no webhook told is asked for, where the platform can be asked for one person.
#[tokio::test]
async fn the_platform_is_asked_for_the_member_who_is_brought_in_step() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    let renamed = customer(ANNA, "Anna Planted-Newname", "anna@planted.example");
    world.nexudus.edit(|model, now| model.put_customer(&renamed, now));
    world.new_calls();

    sync(&world, ANNA).await;

    assert_eq!(world.users()[0]["lastName"], "Planted-Newname");
    let read = |world: &World| {
        let is_of_her = |path: &str| path.ends_with(&format!("/coworkers/{ANNA}"));
        world.nexudus.read(|model| model.calls().iter().filter(|call| is_of_her(&call.path)).count())
    };
    let before = read(&world);
    sync(&world, ANNA).await;
    assert_eq!(read(&world), before + 1, "once for each time somebody wants it");

    let (status, body) = asked(&world, BEN).await;
    assert_eq!((status, &body["error"]), (404, &json!("there is no such member")));
}
