//! Teams over the canonical feed.

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    bundle::answer,
    deliveries::{event, events},
    tenants,
    world::{Setting, World},
};

/// All of them write to the same record of a team nobody heard of before.
#[tokio::test]
async fn fifty_members_who_join_one_team_at_once_are_all_taken_in() {
    let mut document = tenants::with_platform("harbour", "spacebring", "Europe/London");
    document["mappings"] = json!([{"kind": "plan", "id": "p1", "groups": [502]}]);
    let world = World::of(Setting::of(document)).await;
    let mut deliveries = JoinSet::new();

    for member in 1..=50_u64 {
        let (id, name) = (member.to_string(), format!("Member {member}"));
        let data = json!({"id": id, "full_name": name, "status": "active", "teams": ["t1"]});
        let body = json!([event(&format!("join {member}"), "member.upserted", world.now(), data)]).to_string();
        deliveries.spawn(answer(events(&world.bundle, &world.tenant, &body, world.now())));
    }

    for (status, body) in deliveries.join_all().await {
        assert_eq!(status, 200, "{body}");
    }
    let membership =
        json!({"id": "s1", "plan": "p1", "team": "t1", "starts": "2026-03-01T00:00:00Z", "status": "active"});
    world.tell(&[event("plan of t1", "membership.upserted", world.now(), membership)]).await;
    for member in 1..=50 {
        assert_eq!(world.groups(member), [502], "member {member}");
    }
}
