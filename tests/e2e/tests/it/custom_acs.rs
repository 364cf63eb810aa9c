//! Nexudus' Custom ACS: it asks which groups there are, and tells whole sets of them.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::nexudus::{Entity, Team};

use crate::{
    answers::refused,
    bundle::answer,
    deliveries::accepted,
    tenants::{self, PATH_SECRET, ROOM, SECOND_SIGNING_SECRET, SIGNING_SECRET, resource},
    world::{ANNA, BEN, NONE, Setting, World, at},
};

const LOCATION: u64 = 101;
const CAFE: u64 = 501;
const OFFICE: u64 = 503;

/// One location, two groups that Nexudus may give, one that a room of ours gives.
async fn world() -> World {
    let mut document = tenants::nexudus();
    document["locations"][0]["id"] = json!(LOCATION.to_string());
    document["managed_groups"] = json!([CAFE, OFFICE]);
    document["mappings"] = json!([resource(ROOM, &[502])]);
    World::of(Setting::of(document)).await
}

fn path() -> String {
    format!("/hooks/nexudus/acme/{PATH_SECRET}/custom-acs")
}

/// A message as it is documented, not sent yet: what the customer is to have, true of then.
fn message(world: &World, customer: u64, time: &str, groups: &[(u64, Option<&str>)]) -> RequestBuilder {
    let ids: Vec<String> = groups.iter().map(|(group, _)| group.to_string()).collect();
    let ends = groups.iter().filter_map(|(group, until)| Some((group, (*until)?)));
    let schedule: Vec<Value> =
        ends.map(|(group, until)| json!({"group": group.to_string(), "expires_on": at(until)})).collect();
    let sent = json!({
        "time": at(time),
        "business": {"id": LOCATION, "name": "Main", "uniqueId": "d4cb499b-ec2c-4208-ae9f-3699ed4e210e"},
        "coworker": {"id": customer, "email": "anna@example.com", "accessPincode": "11546"},
        "groups": ids,
        "schedule": schedule,
    });
    world.bundle.post(&path()).body(sent.to_string())
}

async fn tell(world: &World, customer: u64, time: &str, groups: &[(u64, Option<&str>)]) {
    accepted(message(world, customer, time, groups).bearer_auth(SIGNING_SECRET)).await;
    world.settle().await;
}

/// NEX-08, NEX-17: each group until its own end, to the second; what a message leaves out is over, and a late one changes nothing.
#[tokio::test]
async fn a_customer_has_the_groups_of_the_last_message() {
    let mut world = world().await;

    tell(&world, ANNA, "08:00", &[(CAFE, Some("10:00")), (OFFICE, None)]).await;
    assert_eq!(world.groups(ANNA), [CAFE, OFFICE]);
    assert_eq!(world.profile(ANNA).first_name, "Anna", "the message names no name, Nexudus' API does");
    world.run_until(at("11:00")).await;
    assert_eq!(world.stays(ANNA, CAFE), ["08:00:00 to 10:00:00"]);

    tell(&world, ANNA, "11:00", &[(CAFE, Some("12:00"))]).await;
    assert_eq!(world.groups(ANNA), [CAFE]);
    tell(&world, ANNA, "10:59", &[(OFFICE, None)]).await;
    assert_eq!(world.groups(ANNA), [CAFE], "it was overtaken");

    tell(&world, ANNA, "11:01", &[]).await;
    assert_eq!(world.groups(ANNA), NONE);
    tell(&world, ANNA, "11:00", &[(CAFE, None)]).await;
    assert_eq!(world.groups(ANNA), NONE, "it was overtaken");
}

/// INV-3: a booking that a hook told of is a reason of its own.
#[tokio::test]
async fn what_hooks_tell_counts_beside_it() {
    let mut world = world().await;
    tell(&world, ANNA, "08:00", &[(CAFE, Some("10:30"))]).await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    assert_eq!(world.groups_at("10:00", ANNA).await, [CAFE, 502]);

    tell(&world, ANNA, "10:01", &[]).await;
    assert_eq!(world.groups(ANNA), [502]);
}

/// NEX-33: Nexudus tells a set of everybody, so that a set of whoever pays for a team is nobody else's.
#[tokio::test]
async fn a_set_is_not_shared_with_the_team() {
    let world = world().await;
    let team = Team { id: 9, business_id: LOCATION, paying_member_id: Some(ANNA), team_members: vec![ANNA, BEN] };
    world.nexudus.edit(|model, now| model.put_team(&team, now));
    world.deliver("TeamCreated", &world.body(Entity::Team, 9)).await;

    tell(&world, ANNA, "08:00", &[(OFFICE, None)]).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![OFFICE], NONE.to_vec()));
}

/// INV-4, R1: groups that the document does not name are not touched, and `access` tells why there are fewer.
#[tokio::test]
async fn a_group_that_is_not_managed_is_not_given() {
    let world = world().await;

    tell(&world, ANNA, "08:00", &[(CAFE, None), (511, None)]).await;

    assert_eq!(world.groups(ANNA), [CAFE]);
    let access = world.access(ANNA).await;
    assert!(access["last_error"].as_str().unwrap().contains("not managed: 511"), "{access}");
    assert_eq!(access["groups"][0]["reasons"][0]["mapping"], "the platform's own rules", "{access}");
}

/// CWK-05, NEX-04: what operators can choose from in Nexudus is what has an effect, by the names that Brivo has.
#[tokio::test]
async fn nexudus_is_told_which_groups_there_are() {
    let mut world = world().await;
    world.document["managed_groups"] = json!([CAFE, OFFICE, 999]);
    world.put_tenant().await;
    let told = |name: &dyn Fn(u64) -> Value| -> Value {
        [CAFE, 502, OFFICE].map(|group| json!({"id": group.to_string(), "name": name(group)})).into_iter().collect()
    };
    let (_, before) = answer(world.bundle.get(&path()).bearer_auth(SIGNING_SECRET)).await;
    assert_eq!(before[0], json!({"id": "501", "name": "Brivo group 501"}), "nobody has read the names yet");
    world.run_until(at("09:01")).await;
    let ask = || world.bundle.get(&path()).header("X-Nexudus-Business-UniqueId", "d4cb499b");
    let shown = |group: u64| world.brivo_shows(&format!("groups/{group}"))["name"].clone();

    let (status, groups) = answer(ask().bearer_auth(SECOND_SIGNING_SECRET)).await;

    assert_eq!((status, groups), (200, told(&shown)), "999 is none of Brivo's");
    for request in [ask(), ask().bearer_auth("another"), ask().bearer_auth(PATH_SECRET)] {
        refused(request, 401).await;
    }
    refused(world.bundle.get("/hooks/nexudus/acme/another/custom-acs").bearer_auth(SIGNING_SECRET), 401).await;
    refused(world.bundle.get("/hooks/nexudus/nobody/another/custom-acs").bearer_auth(SIGNING_SECRET), 401).await;
    let elsewhere = format!("/hooks/nexudus/acme/{PATH_SECRET}/BookingCreate");
    refused(world.bundle.get(&elsewhere).bearer_auth(SIGNING_SECRET), 404).await;
}

/// ALL-07.
#[tokio::test]
async fn a_message_without_the_token_has_no_effect() {
    let mut world = world().await;
    let sent = || message(&world, ANNA, "08:00", &[(CAFE, None)]);

    refused(sent(), 401).await;
    refused(sent().bearer_auth("another"), 401).await;
    refused(sent().bearer_auth(SIGNING_SECRET).body("{}"), 400).await;
    world.settle().await;

    assert_eq!((world.groups(ANNA), world.new_writes()), (NONE.to_vec(), vec![]));
}
