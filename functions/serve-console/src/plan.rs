//! What would be written, to be looked at before it is; and the approval of a change of settings.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{MemberId, MemberKey, TenantId, adoption::unlooked, case::preview, rules::Rulebook};
use reconcile::{
    drift::{passed, unread},
    gather,
    settings::{Applied, Leavers, TenantPlan, apply as apply_plan, tenant_plan},
};
use runtime::tenants::wake_everyone;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Console, response::Failure};

/// `GET …/members/{member}/plan`: what would be written for one member now.
pub(crate) async fn of_member(
    State(console): State<Console>,
    Path((tenant, member)): Path<(TenantId, MemberId)>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let member = MemberKey { tenant, member };
    let gathered = gather(services, &member).await?.ok_or(Failure::NotFound("tenant"))?;
    let now = services.clock.now();
    let steps = preview(&gathered.rules, &gathered.facts, &gathered.ledger, &member.external_id(), now);
    let mut notices = unread(&passed(services, &gathered.tenant).await?, &gathered.tenant);
    notices.extend(unlooked(&gathered.rules, &steps).map(str::to_owned));
    Ok(Json(json!({"now": now, "member": member.member, "writes": steps, "notices": notices})))
}

/// To whom a policy for leaving applies: `later`, who leave from now on, or `all`, who have left already as well.
#[derive(Debug, Deserialize)]
pub(crate) struct PlanQuery {
    #[serde(default)]
    leavers: Leavers,
}

/// `GET /api/v1/tenants/{tenant}/plan`: what would be written for everyone if the settings took effect now.
pub(crate) async fn of_tenant(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Query(query): Query<PlanQuery>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let plan = tenant_plan(services, &tenant, query.leavers).await?.ok_or(Failure::NotFound("tenant"))?;
    let mut notices = unread(&passed(services, &record).await?, &record);
    notices.extend(unlooked(&Rulebook::new(&record.tenant), plan.steps.values().flatten()).map(str::to_owned));
    let mut told = told(&plan);
    if let (false, Some(told)) = (notices.is_empty(), told.as_object_mut()) {
        told.insert("notices".to_owned(), json!(notices));
    }
    Ok(Json(told))
}

/// Which plan is to be applied.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    hash: String,
    #[serde(default)]
    leavers: Leavers,
}

/// `POST /api/v1/tenants/{tenant}/plan/apply` with `{"hash": "…"}`: lets the settings take effect.
pub(crate) async fn apply(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Json(chosen): Json<Chosen>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    match apply_plan(services, &tenant, &chosen.hash, chosen.leavers).await?.ok_or(Failure::NotFound("tenant"))? {
        Applied::Done => {
            tracing::info!(tenant.id = %tenant, "a plan was applied");
            wake_everyone(services, &tenant).await?;
            Ok(Json(json!({"tenant": tenant, "applied": true})))
        }
        Applied::Moved(plan) => Err(Failure::Moved(json!({
            "error": "the state moved since this plan was made: look at the plan as it is now",
            "plan": told(&plan),
        }))),
    }
}

/// A plan as people and scripts read it.
pub(crate) fn told(plan: &TenantPlan) -> Value {
    json!({
        "waits_for_approval": plan.waits,
        "hash": plan.hash,
        "people": plan.people,
        "writes": plan.steps,
        "losses": {"people": plan.losses.people(), "groups": plan.losses.groups(), "who": plan.losses.who()},
    })
}
