//! Contracts and teams of Nexudus, told by its own hooks.

use serde_json::{Value, json};

use crate::{
    feed::{but, plan},
    tenants,
    world::{ANNA, BEN, NONE, Setting, World, at},
};

const PLAN: u64 = 502;
const OFFICE: u64 = 503;

/// Plan 555 gives group 502, the office 71 gives 503.
async fn operator() -> World {
    let mut document = tenants::nexudus();
    document["mappings"] = json!([plan("555", &[PLAN]), tenants::resource(71, &[OFFICE])]);
    World::of(Setting::of(document)).await
}

/// A contract of Anna's, changed just now.
fn contract(world: &World, changes: &Value) -> String {
    let documented = include_str!("../../../fixtures/nexudus/rest_coworkercontract.json");
    let contract: Value = serde_json::from_str(documented).unwrap();
    let own = json!({"CoworkerId": ANNA, "CoworkerFullName": "Anna Planted-Nameson", "UpdatedOn": world.now()});
    json!([but(but(contract, &own), changes)]).to_string()
}

fn team(world: &World, members: &[u64], payer: u64) -> String {
    let documented = include_str!("../../../fixtures/nexudus/webhook_TeamUpdated.json");
    let team: Value = serde_json::from_str(documented).unwrap();
    let own = json!({"TeamMembers": members, "PayingMemberId": payer, "UpdatedOn": world.now()});
    json!([but(team[0].clone(), &own)]).to_string()
}

/// NEX-30, NEX-36: plan and office from the contract's hook on; cancelled for a day, to the end of that day.
#[tokio::test]
async fn a_contract_gives_plan_and_office_until_the_end_of_its_last_day() {
    let mut world = operator().await;

    let office = json!({"FloorPlanDeskIds": "71"});
    world.deliver("CoworkerContractCreate", &contract(&world, &office)).await;
    assert_eq!(world.groups(ANNA), [PLAN, OFFICE]);

    world.run_until(at("09:00")).await;
    let cancelled =
        json!({"FloorPlanDeskIds": "71", "Cancelled": true, "CancellationDateLocal": "2026-03-02T00:00:00"});
    world.deliver("CoworkerContractCancel", &contract(&world, &cancelled)).await;
    assert_eq!(world.groups_at("2026-03-02T23:59:59Z", ANNA).await, [PLAN, OFFICE]);
    assert_eq!(world.groups_at("2026-03-03T00:00:05Z", ANNA).await, NONE);
}

/// NEX-31, NEX-32: a future contract begins at midnight of its first day, without another hook.
#[tokio::test]
async fn a_future_contract_begins_on_its_first_day() {
    let mut world = operator().await;

    let future = json!({"StartDate": "2026-03-03T00:00:00Z", "StartDateLocal": "2026-03-03T00:00:00"});
    world.deliver("CoworkerContractCreate", &contract(&world, &future)).await;

    assert_eq!(world.groups_at("2026-03-02T23:59:59Z", ANNA).await, NONE);
    assert_eq!(world.groups_at("2026-03-03T00:00:05Z", ANNA).await, [PLAN]);
}

/// NEX-33 to NEX-35: what the paying member's contract gives, everyone in the team has, as long as they are in it.
#[tokio::test]
async fn the_team_of_the_paying_member_has_it_too() {
    let mut world = operator().await;
    let ben = world.body(simulators::nexudus::Entity::Coworker, BEN);
    world.deliver("CoworkerCreate", &ben).await;
    world.deliver("CoworkerContractCreate", &contract(&world, &json!({}))).await;

    world.deliver("TeamCreated", &team(&world, &[ANNA, BEN], BEN)).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![PLAN], vec![]), "Ben pays and holds nothing");

    world.run_until(at("09:00")).await;
    world.deliver("TeamUpdated", &team(&world, &[ANNA, BEN], ANNA)).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![PLAN], vec![PLAN]));

    world.run_until(at("09:30")).await;
    world.deliver("TeamUpdated", &team(&world, &[ANNA], ANNA)).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![PLAN], vec![]));
}

/// ALL-07: a hook with something missing is refused by name and grants nothing; the older of two counts for nothing.
#[tokio::test]
async fn a_contract_that_cannot_be_read_or_is_old_changes_nothing() {
    let mut world = operator().await;
    let older = contract(&world, &json!({}));
    world.run_until(at("09:00")).await;
    let inactive = contract(&world, &json!({"Active": false}));
    world.deliver("CoworkerContractUpdate", &inactive).await;

    world.deliver("CoworkerContractCreate", &older).await;
    assert_eq!(world.groups(ANNA), NONE);

    let mut faulty: Value = serde_json::from_str(&older).unwrap();
    faulty[0].as_object_mut().unwrap().remove("TariffId");
    let request = crate::deliveries::nexudus(&world.bundle, &world.tenant, "60", &faulty.to_string());
    let (status, told) = crate::bundle::answer(request).await;
    assert_eq!(status, 400);
    assert!(told.to_string().contains("[0].TariffId: is missing"), "{told}");
}
