//! Those who act in the simulated world beside the engine: platforms and operators.

use std::sync::Arc;

use domain::{AccountId, TenantId};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use reconcile::settings::{Leavers, apply, settle};
use runtime::{
    document::Document,
    tenants::{install, wake_everyone},
};
use state::Store as _;

use crate::{
    facts::{Fact, Subject, Version},
    process::Fleet,
    random::Random,
    readings,
    script::Script,
    sender::{Delivery, send},
    setting::{Mapping, Preset, account_name},
};

/// Lets a platform live until `until`.
pub(crate) async fn play(fleet: Arc<Fleet>, number: usize, mut script: Script, until: Timestamp) {
    let stage = Arc::clone(&fleet.stage);
    let Some((tenant, people)) =
        stage.world().operators.get(number).map(|operator| (operator.tenant.clone(), operator.people.clone()))
    else {
        return;
    };
    let mut sent = 0;
    for (subject, fact) in script.beginning(&tenant, &people) {
        tokio::time::sleep(std::time::Duration::from_millis(script.random.between(1, 2000).unsigned_abs())).await;
        say(&fleet, number, &mut sent, (subject, fact));
    }
    let length = until.duration_since(stage.now()).as_secs();
    let count = length / 3600 + script.random.between(5, 20);
    let mut times: Vec<i64> = (0..count).map(|_| script.random.between(0, length * 1000)).collect();
    // Some things happen one upon another, while the first is still being seen to.
    let bursts: Vec<i64> = times.iter().filter(|_| script.random.chance(200)).copied().collect();
    times.extend(bursts.iter().map(|time| time + script.random.between(0, 400)));
    times.sort_unstable();
    let begin = stage.now();
    for time in times {
        stage.sleep_until(begin + SignedDuration::from_millis(time)).await;
        let Some((tenant, truth)) =
            stage.world().operators.get(number).map(|operator| (operator.tenant.clone(), operator.truth.clone()))
        else {
            return;
        };
        if let Some(news) = script.next(&tenant, &truth, stage.now()) {
            say(&fleet, number, &mut sent, news);
        }
    }
}

/// Something has become true, and is sent.
fn say(fleet: &Arc<Fleet>, number: usize, sent: &mut u64, (subject, fact): (Subject, Fact)) {
    let mut time = fleet.stage.now();
    {
        let mut world = fleet.stage.world();
        let Some(operator) = world.operators.get_mut(number) else { return };
        if let Some(known) = operator.truth.0.get(&subject) {
            time = time.max(known.time + SignedDuration::from_millis(1));
        }
        operator.truth.learn(&subject, &Version { time, fact: fact.clone() });
    }
    *sent += 1;
    send(fleet, Delivery { tenant: number, first_number: *sent, news: vec![(subject, Version { time, fact })] });
}

/// An operator who notices within some minutes that an account has to be connected again, and who edits settings.
pub(crate) async fn operator(fleet: Arc<Fleet>, number: usize, mut random: Random, until: Timestamp) {
    let stage = Arc::clone(&fleet.stage);
    let edits = random.one_of([0, 0, 1, 2]);
    let length = until.duration_since(stage.now()).as_secs();
    let mut edit_at: Vec<i64> = (0..edits).map(|_| random.between(3600, length)).collect();
    edit_at.sort_unstable();
    let begin = stage.now();
    loop {
        tokio::time::sleep(std::time::Duration::from_mins(5)).await;
        let now = stage.now();
        if edit_at.first().is_some_and(|at| begin + SignedDuration::from_secs(*at) <= now) {
            edit_at.remove(0);
            edit_settings(&fleet, number, &mut random).await;
        }
        let Some((tenant, accounts)) =
            stage.world().operators.get(number).map(|it| (it.tenant.name.clone(), it.tenant.accounts.clone()))
        else {
            return;
        };
        for account in accounts {
            let id = AccountId::new(account_name(account));
            let record = stage.store.account(&TenantId::new(tenant.as_str()), &id).now_or_never();
            if record.and_then(Result::ok).is_some_and(|record| record.needs_reconnect) {
                stage.tell(None, format!("account {account} has to be connected again"));
                let wait = random.between(60, 3 * 3600);
                if let Some(account) = stage.world().accounts.get_mut(account) {
                    account.disconnected = true;
                }
                tokio::time::sleep(std::time::Duration::from_secs(wait.unsigned_abs())).await;
                // Somebody may have done so meanwhile.
                if stage.world().accounts.get(account).is_some_and(|account| account.disconnected) {
                    connect(&fleet, number, account).await;
                }
            }
        }
    }
}

/// Stores a tenant with a refresh token for each of its accounts.
pub(crate) async fn connect_all(fleet: &Arc<Fleet>, number: usize) {
    let tokens: Vec<(usize, String)> = {
        let now = fleet.stage.now();
        let mut world = fleet.stage.world();
        let accounts = world.accounts.iter_mut().enumerate().filter(|(_, account)| account.tenant == number);
        accounts.map(|(index, account)| (index, account.model.issue_refresh_token("client", now))).collect()
    };
    put(fleet, number, &tokens).await;
}

/// Puts the document with a new refresh token.
pub(crate) async fn connect(fleet: &Arc<Fleet>, number: usize, account: usize) {
    let stage = &fleet.stage;
    let now = stage.now();
    let token = {
        let mut world = stage.world();
        let Some(account) = world.accounts.get_mut(account) else { return };
        account.model.issue_refresh_token("client", now)
    };
    put(fleet, number, &[(account, token)]).await;
    stage.tell(None, format!("account {account} is connected again"));
    if let Some(account) = stage.world().accounts.get_mut(account) {
        account.disconnected = false;
        account.back_at = Some(stage.now());
    }
    stage.look();
}

/// Changes what a plan or a room gives, or how long before a booking access begins.
async fn edit_settings(fleet: &Arc<Fleet>, number: usize, random: &mut Random) {
    let stage = &fleet.stage;
    {
        let mut world = stage.world();
        let Some(operator) = world.operators.get_mut(number) else { return };
        // A run may see them as soon as they are stored, which is before everything else of the change is done.
        operator.changed_at = stage.now();
        if random.chance(300) {
            operator.tenant.lead = SignedDuration::from_mins(random.one_of([0, 5, 20]));
        } else {
            let throw = usize::try_from(random.next() % 64).unwrap_or(0);
            // R29: what a plan gave when a subscription was first seen goes on under Spacebring; only others are edited there.
            let copied = operator.tenant.preset == Preset::Spacebring;
            let mut editable: Vec<&mut Mapping> =
                operator.tenant.mappings.iter_mut().filter(|mapping| !copied || mapping.kind != "plan").collect();
            let count = editable.len().max(1);
            if let Some(mapping) = editable.get_mut(throw % count) {
                let base = mapping.groups.first().map_or(100, |group| group / 100 * 100);
                mapping.groups = [base + random.next() % 6 + 1].into();
            }
        }
    }
    put(fleet, number, &[]).await;
    stage.tell(None, "settings are changed");
    if let Some(operator) = stage.world().operators.get_mut(number) {
        operator.settings_at = stage.now();
    }
    stage.world().facts_changed(number, stage.now());
    stage.look();
}

/// Stores the document as it is now and has everybody looked at, as the console's function does.
pub(crate) async fn put(fleet: &Arc<Fleet>, number: usize, tokens: &[(usize, String)]) {
    let stage = &fleet.stage;
    let Some(tenant) = stage.world().operators.get(number).map(|operator| operator.tenant.clone()) else { return };
    let document = match Document::from_json(tenant.document(tokens).to_string().as_bytes()) {
        Ok(document) => document,
        Err(faulty) => return stage.fail("SETTING", None, faulty.to_string()),
    };
    if let Err(error) = install(&*stage.store, &stage.sealer, &document).await {
        return stage.fail("SETTING", None, error.to_string());
    }
    let id = TenantId::new(tenant.name.as_str());
    let office = fleet.office();
    match settle(&office, &id).await {
        Ok(None) => {}
        // So many would lose a group that the operator has to approve, and does.
        Ok(Some(plan)) => {
            if let Err(error) = apply(&office, &id, &plan.hash, Leavers::Later).await {
                return stage.fail("SETTING", None, error.to_string());
            }
            stage.tell(None, "a change of settings is approved");
        }
        Err(error) => return stage.fail("SETTING", None, error.to_string()),
    }
    if let Err(error) = wake_everyone(&office, &id).await {
        stage.fail("SETTING", None, error.to_string());
    }
    tokio::spawn(readings::read(Arc::clone(fleet), Some(tenant.name)));
}
