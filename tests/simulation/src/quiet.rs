//! Once nothing goes wrong any more: ledger, Brivo and what should be agree, and nothing is left to write. INV-7.

use std::{collections::BTreeSet, sync::Arc};

use domain::{AccountId, MemberId, MemberKey, TenantId};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use state::{AuditOutcome, AuditRecord, Store as _};

use crate::{
    chapters::Chapter,
    facts::Fact,
    oracle::Window,
    people::connect,
    process::{Fleet, LEASE},
    readings,
    sender::full_pass,
    setting::{Leaving, Preset, account_name},
    stage::{Operator, Stage},
};

/// How long the end of all trouble may take: two visibility times of the queue, and the sender's repeats.
const SETTLING: SignedDuration = SignedDuration::from_mins(20);

/// How long nobody's access may change around the last looks.
const STILL: SignedDuration = SignedDuration::from_mins(4);

/// How long before a booking starts its user is looked at: a user that staff deleted is made again then.
const READY_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// Lets everything settle and holds it against the rules.
pub(crate) async fn settle(fleet: &Arc<Fleet>) {
    let stage = &fleet.stage;
    stage.tell(None, "nothing goes wrong from now on");
    pass(stage, SETTLING).await;
    connect_the_lost(fleet).await;
    pass(stage, SETTLING).await;
    let tenants = stage.world().operators.len();
    for tenant in 0..tenants {
        full_pass(fleet, tenant, 900_000).await;
    }
    read(fleet).await;
    pass(stage, STILL).await;
    wait_for_stillness(fleet).await;
    // Whoever was one of a crowd may have a reason by now, and the others may be few enough to be taken out.
    read(fleet).await;
    wait_for_stillness(fleet).await;
    agree(stage);

    let before = writes(stage);
    for (tenant, person) in everybody(stage) {
        let key = MemberKey { tenant: TenantId::new(tenant), member: MemberId::new(person) };
        fleet.queue.send(&key, stage.now());
    }
    for tenant in 0..tenants {
        full_pass(fleet, tenant, 900_001).await;
    }
    read(fleet).await;
    pass(stage, STILL).await;
    if writes(stage) != before {
        stage.fail("INV-7", None, format!("{} writes although everything agreed", writes(stage) - before));
    }
    agree(stage);
}

/// An operator who has not noticed yet that an account was lost does so now; answers whether there was one.
async fn connect_the_lost(fleet: &Arc<Fleet>) -> bool {
    let lost: Vec<(usize, usize)> = {
        let world = fleet.stage.world();
        let lost = world.accounts.iter().enumerate().filter(|(_, account)| account.disconnected);
        lost.map(|(index, account)| (account.tenant, index)).collect()
    };
    for (tenant, account) in &lost {
        connect(fleet, *tenant, *account).await;
    }
    !lost.is_empty()
}

/// A last reading, where there were others.
async fn read(fleet: &Arc<Fleet>) {
    if fleet.stage.chapters.has(Chapter::Readings) {
        readings::read(Arc::clone(fleet), None).await;
    }
}

async fn pass(stage: &Stage, time: SignedDuration) {
    stage.sleep_until(stage.now() + time).await;
}

/// Waits until no window opens or closes for a while, and nobody is due, be it for the daily look. A refresh token that died
/// with its process long ago may be found out only by then.
async fn wait_for_stillness(fleet: &Arc<Fleet>) {
    let stage = &fleet.stage;
    for _ in 0..200 {
        if connect_the_lost(fleet).await {
            pass(stage, SETTLING).await;
        }
        let now = stage.now();
        let mut edges = edges(stage);
        let due = stage.store.due(now + STILL + STILL, 1000).now_or_never().and_then(Result::ok).unwrap_or_default();
        edges.extend(due.into_iter().map(|(due, _)| due));
        let near = |edge: &&Timestamp| **edge > now - STILL && **edge < now + STILL + STILL;
        let Some(edge) = edges.iter().rev().find(near) else { return };
        stage.sleep_until(*edge + STILL).await;
    }
}

/// When windows open and close, and when the engine looks whether the user is there for one.
fn edges(stage: &Stage) -> BTreeSet<Timestamp> {
    let world = stage.world();
    let of = |operator: &Operator| -> Vec<Timestamp> {
        let all = operator.people.iter().filter_map(|person| world.windows_of(&operator.key(person)));
        let ready = |window: &Window| window.from.checked_add(operator.tenant.lead - READY_BEFORE).ok();
        all.flatten().flat_map(|window| [Some(window.from), window.until, ready(window)]).flatten().collect()
    };
    world.operators.iter().flat_map(of).collect()
}

fn everybody(stage: &Stage) -> Vec<(String, String)> {
    let world = stage.world();
    let of = |operator: &Operator| -> Vec<(String, String)> {
        operator.people.iter().map(|person| (operator.tenant.name.clone(), person.clone())).collect()
    };
    world.operators.iter().flat_map(of).collect()
}

fn writes(stage: &Stage) -> usize {
    stage.world().accounts.iter().map(|account| account.writes).sum()
}

/// Ledger, Brivo and what should be are the same, but for what staff did by hand.
fn agree(stage: &Stage) {
    let now = stage.now();
    let differences = stage.world().differences(now);
    if !differences.is_empty() {
        let person = differences.first().and_then(|text| text.split(' ').next()).map(str::to_owned);
        return stage.fail("INV-7", person.as_deref(), differences.join("; "));
    }
    for (tenant, person) in everybody(stage) {
        let key = format!("{tenant}:{person}");
        let member = MemberKey { tenant: TenantId::new(tenant), member: MemberId::new(person) };
        let items = stage.store.member(&member).now_or_never().and_then(Result::ok).unwrap_or_default();
        let wrong = ledger_disagrees(stage, &key, &items.ledger)
            .or_else(|| profile_disagrees(stage, &key))
            .or_else(|| standing_disagrees(stage, &key));
        if let Some(what) = wrong {
            return stage.fail("INV-7", Some(&key), what);
        }
        let audit = stage.store.audit(&member, None, 10_000).now_or_never().and_then(Result::ok).unwrap_or_default();
        // A run may be under way at this very moment.
        let is_open = |record: &&AuditRecord| record.outcome == AuditOutcome::Begun && record.at + LEASE < now;
        if let Some(open) = audit.iter().find(is_open) {
            return stage.fail("INV-10", Some(&key), format!("audit record {} was never closed", open.id));
        }
    }
}

fn ledger_disagrees(stage: &Stage, key: &str, ledger: &domain::ledger::Ledger) -> Option<String> {
    let world = stage.world();
    let (tenant, _) = key.split_once(':')?;
    let operator = world.operators.iter().find(|operator| operator.tenant.name == tenant)?;
    for index in &operator.tenant.accounts {
        let account = world.accounts.get(*index)?;
        let user = account.model.user_by_external_id(key);
        if user.is_none() && account.deleted.contains_key(key) {
            continue;
        }
        let by_hand = |group: &u64| {
            account.gone.contains(group)
                || user.is_some_and(|user| {
                    account.put_by_hand.contains_key(&(user, *group))
                        || account.taken_by_hand.contains_key(&(user, *group))
                })
        };
        let known = ledger.accounts.get(&AccountId::new(account_name(*index)));
        let known = known.map(|ledger| ledger.groups.clone()).unwrap_or_default();
        let known: BTreeSet<u64> = known.iter().map(|group| group.0.unsigned_abs()).filter(|it| !by_hand(it)).collect();
        let managed = operator.tenant.managed();
        let ours = |group: &u64| managed.contains(group) && !by_hand(group);
        let shown: BTreeSet<u64> = account.groups_of(key).into_iter().filter(ours).collect();
        if known != shown {
            return Some(format!("the ledger of account {index} has groups {known:?}, Brivo shows {shown:?}"));
        }
    }
    None
}

/// Who left is suspended or deleted, where the policy says so, and nobody else is.
fn standing_disagrees(stage: &Stage, key: &str) -> Option<String> {
    let now = stage.now();
    let world = stage.world();
    let (tenant, _) = key.split_once(':')?;
    let operator = world.operators.iter().find(|operator| operator.tenant.name == tenant)?;
    let windows = world.windows_of(key)?;
    operator.tenant.accounts.iter().find_map(|index| {
        let account = world.accounts.get(*index)?;
        let user = account.model.user_by_external_id(key)?;
        let stands = |it: &Window| it.account == *index && it.until.is_none_or(|until| until > now);
        let has_reason = windows.iter().any(stands);
        let is_barred = account.is_barred(user);
        match operator.tenant.leaving {
            Leaving::Keep if is_barred => Some("is suspended against the policy".to_owned()),
            Leaving::Suspend if is_barred == has_reason && !account.suspended_by_hand.contains(&user) => {
                Some(format!("suspended: {is_barred}, reasons: {has_reason}"))
            }
            Leaving::Delete if !has_reason && operator.has_been_gone(windows, now) => {
                Some("has left and is not deleted".to_owned())
            }
            Leaving::Keep | Leaving::Suspend | Leaving::Delete => None,
        }
    })
}

impl Operator {
    /// Whether somebody without a reason left so long ago that the user is deleted by now.
    fn has_been_gone(&self, windows: &[Window], now: Timestamp) -> bool {
        let left_at = windows.iter().filter_map(|window| window.until).chain([self.changed_at, self.settings_at]).max();
        self.tenant.delete_after.is_zero() || left_at.is_some_and(|at| at + self.tenant.delete_after + STILL < now)
    }
}

/// Edits of a person reach Brivo where the preset says so.
fn profile_disagrees(stage: &Stage, key: &str) -> Option<String> {
    let world = stage.world();
    let (tenant, person) = key.split_once(':')?;
    let operator = world.operators.iter().find(|operator| operator.tenant.name == tenant)?;
    match operator.tenant.preset {
        Preset::Deskworks | Preset::Nexudus | Preset::Spacebring => {}
        Preset::Coworks | Preset::Officernd => return None,
    }
    let Some(Fact::Member(member)) = operator.truth.fact(&format!("member/{person}")) else { return None };
    let wanted = format!("{person}.{}@example.com", member.edition);
    let addresses = operator.tenant.accounts.iter().filter_map(|index| {
        let account = world.accounts.get(*index)?;
        let profile = account.model.profile_of(account.model.user_by_external_id(key)?)?;
        Some(profile.emails.iter().map(|email| email.address.clone()).collect::<Vec<_>>())
    });
    addresses
        .into_iter()
        .find(|known| *known != [wanted.clone()])
        .map(|known| format!("e-mail {known:?}, not {wanted}"))
}
