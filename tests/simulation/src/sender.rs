//! The platform's side of a webhook: sent late, twice, or not at all, and repeated until it is acknowledged.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use domain::{TenantId, intake::EventKey};
use futures::FutureExt as _;
use http::Request;
use jiff::SignedDuration;
use serde_json::Value;
use state::Store as _;
use tower::ServiceExt as _;

use crate::{
    adversary::Trouble,
    facts::{Subject, Version, event},
    process::Fleet,
    setting::PATH_SECRET,
};

/// News of one tenant on its way.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) tenant: usize,
    pub(crate) first_number: u64,
    pub(crate) news: Vec<(Subject, Version)>,
}

/// Sends news as the network and the sender's own troubles have it.
pub(crate) fn send(fleet: &Arc<Fleet>, delivery: Delivery) {
    let stage = &fleet.stage;
    if stage.befalls_sender(Trouble::HookLost) {
        return stage.tell(None, format!("a webhook is lost: {}", told(&delivery)));
    }
    let mut wait = stage.between(0, 1500);
    if stage.befalls_sender(Trouble::HookLate) {
        wait += stage.between(1000, 600_000);
    }
    if stage.befalls_sender(Trouble::HookTwice) {
        let again = wait + stage.between(0, 120_000);
        tokio::spawn(repeat(Arc::clone(fleet), delivery.clone(), again));
    }
    tokio::spawn(repeat(Arc::clone(fleet), delivery, wait));
}

/// Sends news until they are acknowledged.
pub(crate) async fn repeat(fleet: Arc<Fleet>, delivery: Delivery, wait: i64) {
    let stage = Arc::clone(&fleet.stage);
    tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
    doubt(&fleet, &delivery);
    loop {
        match attempt(&fleet, &delivery).await {
            Some(200) if !stage.befalls_sender(Trouble::HookAnswerLost) => break,
            Some(status @ (400 | 401 | 404 | 413)) => {
                return stage.fail("INV-6", None, format!("a webhook is refused with {status}: {}", told(&delivery)));
            }
            Some(_) | None => {}
        }
        tokio::time::sleep(Duration::from_millis(stage.between(2000, 20_000).unsigned_abs())).await;
    }
    acknowledge(&fleet, &delivery);
}

/// From the first attempt on, the news may be known.
fn doubt(fleet: &Fleet, delivery: &Delivery) {
    let now = fleet.stage.now();
    let mut world = fleet.stage.world();
    let Some(operator) = world.operators.get_mut(delivery.tenant) else { return };
    if operator.in_doubt.learn_all(&delivery.news) {
        world.facts_changed(delivery.tenant, now);
    }
}

fn acknowledge(fleet: &Fleet, delivery: &Delivery) {
    let stage = &fleet.stage;
    let now = stage.now();
    {
        let mut world = stage.world();
        let Some(operator) = world.operators.get_mut(delivery.tenant) else { return };
        if operator.acknowledged.learn_all(&delivery.news) {
            world.facts_changed(delivery.tenant, now);
        }
    }
    stage.tell(None, format!("acknowledged: {}", told(delivery)));
    is_durable(fleet, delivery);
    stage.look();
}

/// The status of one attempt, `None` if no answer came.
async fn attempt(fleet: &Fleet, delivery: &Delivery) -> Option<u16> {
    let tenant = tenant(fleet, delivery.tenant);
    let numbered = (delivery.first_number..).zip(&delivery.news);
    let mut events: Vec<Value> =
        numbered.map(|(number, (subject, version))| event(&tenant, number, subject, version)).collect();
    let body = match events.as_mut_slice() {
        [one] => one.take(),
        _ => Value::Array(events),
    };
    let request = Request::post(format!("/hooks/events/{tenant}/{PATH_SECRET}"))
        .header("authorization", "Bearer signing")
        .body(Body::from(body.to_string()))
        .ok()?;
    let worker = fleet.webhooks();
    let answer = worker.does(worker.webhooks().oneshot(request)).await?;
    answer.ok().map(|answer| answer.status().as_u16())
}

/// INV-6: what is acknowledged is durable by then.
fn is_durable(fleet: &Fleet, delivery: &Delivery) {
    let tenant = tenant(fleet, delivery.tenant);
    let last = delivery.first_number + u64::try_from(delivery.news.len()).unwrap_or(0);
    let keys: Vec<EventKey> =
        (delivery.first_number..last).map(|id| EventKey { source: tenant.clone(), id: format!("e{id}") }).collect();
    let recall = fleet.stage.store.recall(&TenantId::new(tenant.as_str()), &keys, &[].into(), None).now_or_never();
    if recall.and_then(Result::ok).is_none_or(|recall| recall.seen.len() < keys.len()) {
        fleet.stage.fail("INV-6", None, format!("acknowledged and not stored: {}", told(delivery)));
    }
}

/// Sends everything the platform knows, as it does from time to time, so that lost webhooks do no lasting harm.
pub(crate) async fn full_passes(fleet: Arc<Fleet>, tenant: usize, every: SignedDuration) {
    let every = Duration::try_from(every).unwrap_or(Duration::from_hours(1));
    for pass in 1.. {
        tokio::time::sleep(every).await;
        full_pass(&fleet, tenant, pass).await;
    }
}

/// One full pass.
pub(crate) async fn full_pass(fleet: &Arc<Fleet>, tenant: usize, pass: u64) {
    let truth = fleet.stage.world().operators.get(tenant).map(|operator| operator.truth.clone());
    let news: Vec<_> = truth.into_iter().flat_map(|truth| truth.0).collect();
    if !news.is_empty() {
        repeat(Arc::clone(fleet), Delivery { tenant, first_number: pass * 1_000_000, news }, 0).await;
    }
}

fn tenant(fleet: &Fleet, number: usize) -> String {
    fleet.stage.world().operators.get(number).map(|operator| operator.tenant.name.clone()).unwrap_or_default()
}

fn told(delivery: &Delivery) -> String {
    match delivery.news.as_slice() {
        [(subject, version)] => format!("{subject} as of {}: {:?}", version.time, version.fact),
        news => format!("{} subjects", news.len()),
    }
}
