//! An operator who looks at what waits for approval, and approves it after some minutes or hours, or not at all.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::TenantId;
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use reconcile::drift::{Approval, Passed, approve, passed};
use simulators::brivo::UserId;
use state::Store as _;

use crate::{chapters::Chapter, process::Fleet, random::Random, setting::account_name, stage::World};

/// How often the operator looks.
const EVERY: Duration = Duration::from_mins(10);

/// How long undoing may take while the operator waits.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// Approves lists of hand edits that are to be undone, each once, until `until`.
pub(crate) async fn give(fleet: Arc<Fleet>, number: usize, mut random: Random, until: Timestamp) {
    let stage = Arc::clone(&fleet.stage);
    if !stage.chapters.has(Chapter::Readings) {
        return;
    }
    let mut decided: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
    loop {
        tokio::time::sleep(EVERY).await;
        if stage.now() >= until {
            return;
        }
        let Some(name) = stage.world().operators.get(number).map(|it| it.tenant.name.clone()) else { return };
        let record = stage.store.tenant(&TenantId::new(name.as_str())).now_or_never();
        let Some(record) = record.and_then(Result::ok).flatten() else { continue };
        let Ok(waiting) = passed(&fleet.office(), &record).await else { continue };
        let Some(hash) = waiting.hash() else { continue };
        let now = stage.now();
        let at = *decided.entry(hash.clone()).or_insert_with(|| {
            let wait = SignedDuration::from_mins(random.between(0, 6 * 60));
            random.chance(750).then(|| now + wait)
        });
        if at.is_none_or(|at| at > now) {
            continue;
        }
        stage.tell(None, "undoing hand edits is approved");
        stage.world().approve(&waiting, now, false);
        // Approving reads Brivo once more, and undoes whatever else there is if that is few.
        stage.world().count_hand_edits(now, &stage.store);
        let worker = fleet.console();
        let services = worker.services.clone();
        let work = async move { approve(&services, &record, &hash, now + PATIENCE).await };
        let answer = worker.does_within(Duration::from_mins(15), work).await;
        if matches!(answer, Some(Ok(Approval::Given(_)))) {
            stage.world().approve(&waiting, stage.now(), true);
        }
        stage.look();
    }
}

/// For a planted bug: approves whatever waits, and tells nobody.
pub(crate) async fn approve_unasked(fleet: &Fleet) {
    let office = fleet.office();
    let tenants: Vec<TenantId> =
        fleet.stage.world().operators.iter().map(|it| TenantId::new(it.tenant.name.as_str())).collect();
    for tenant in tenants {
        let record = fleet.stage.store.tenant(&tenant).now_or_never().and_then(Result::ok).flatten();
        let Some(record) = record else { continue };
        let Ok(waiting) = passed(&office, &record).await else { continue };
        if let Some(hash) = waiting.hash() {
            let _ = approve(&office, &record, &hash, fleet.stage.now() + PATIENCE).await;
        }
    }
}

impl World {
    /// What this list names may be undone from now on, and once the approval is `given` it has to be.
    fn approve(&mut self, list: &Passed, now: Timestamp, given: bool) {
        for (index, account) in self.accounts.iter_mut().enumerate() {
            let of_account = list.staged().filter(|(id, _)| id.as_str() == account_name(index));
            let who = of_account.flat_map(|(_, staged)| &staged.who);
            let places = who.flat_map(|(group, users)| users.iter().map(|user| (*user, *group)));
            for (user, group) in places {
                let place = (UserId(user.0.unsigned_abs()), group.0.unsigned_abs());
                if let Some(edit) = account.put_by_hand.get_mut(&place) {
                    _ = edit.allowed.get_or_insert(now);
                    edit.asked = true;
                    edit.approved = edit.approved.or(given.then_some(now));
                }
            }
        }
    }
}
