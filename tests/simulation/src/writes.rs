//! What every call to Brivo is held against before and after it: INV-3, INV-4, INV-5, INV-8, INV-9, INV-10 and the token rule.
#![expect(clippy::indexing_slicing, reason = "a JSON value answers null for what it lacks")]

use std::collections::BTreeSet;

use domain::{AccountId, GroupId, MemberId, MemberKey, TenantId};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use simulators::{
    brivo::{Host, UserId},
    message::Answer,
};
use state::{AuditOutcome, AuditRecord, Store as _};

use crate::{
    oracle::Window,
    setting::{Leaving, account_name},
    stage::{Operator, Stage, World},
    transport::Call,
};

/// For how long a run may go by what was true when it began: calls that hang, waits, and clocks that are off.
const STALE: SignedDuration = SignedDuration::from_secs(120);

/// How far off clocks may be, and some calls.
pub(crate) const OFF: SignedDuration = SignedDuration::from_secs(8);

/// How long before access begins somebody may be invited to a mobile pass, and some minutes of lead and of clocks.
const INVITED_AHEAD: SignedDuration = SignedDuration::from_hours(25);

/// A write to Brivo, understood.
enum Write {
    Create,
    Groups { user: UserId, add: BTreeSet<u64>, remove: BTreeSet<u64> },
    Patch { user: UserId },
    Replace { user: UserId },
    Suspend { user: UserId, on: bool },
    Delete { user: UserId },
    Invite { user: UserId },
    TakeBack { user: UserId },
    Other,
}

impl Write {
    /// `None` for a call that only reads.
    fn of(call: &Call) -> Option<Self> {
        if call.host == Host::Auth || call.request.method == "GET" {
            return None;
        }
        let path = call.request.path.trim_start_matches("/v1/api/");
        let segments: Vec<&str> = path.split('/').collect();
        let user = |id: &str| id.parse().map(UserId);
        Some(match (call.request.method.as_str(), segments.as_slice()) {
            ("POST", ["users"]) => Self::Create,
            ("POST", ["users", id, "groups"]) => {
                let body = call.body();
                let list = |name: &str| -> BTreeSet<u64> {
                    body[name].as_array().into_iter().flatten().filter_map(serde_json::Value::as_u64).collect()
                };
                let (add, remove) = (list("addGroups"), list("removeGroups"));
                user(id).map_or(Self::Other, |user| Self::Groups { user, add, remove })
            }
            ("PATCH", ["users", id]) => user(id).map_or(Self::Other, |user| Self::Patch { user }),
            ("PUT", ["users", id]) => user(id).map_or(Self::Other, |user| Self::Replace { user }),
            ("DELETE", ["users", id]) => user(id).map_or(Self::Other, |user| Self::Delete { user }),
            ("PUT", ["users", id, "suspended"]) => {
                let on = call.body()["suspended"].as_bool().unwrap_or(true);
                user(id).map_or(Self::Other, |user| Self::Suspend { user, on })
            }
            ("POST", ["users", id, "credentials", "digital-invitations"]) => {
                user(id).map_or(Self::Other, |user| Self::Invite { user })
            }
            ("DELETE", ["users", id, "credentials", "digital-invitations"]) => {
                user(id).map_or(Self::Other, |user| Self::TakeBack { user })
            }
            _ => Self::Other,
        })
    }

    fn user(&self) -> Option<UserId> {
        match self {
            Self::Groups { user, .. }
            | Self::Patch { user }
            | Self::Replace { user }
            | Self::Suspend { user, .. }
            | Self::Delete { user }
            | Self::Invite { user }
            | Self::TakeBack { user } => Some(*user),
            Self::Create | Self::Other => None,
        }
    }
}

/// Whether a call changes anything in Brivo.
pub(crate) fn is_write(call: &Call) -> bool {
    Write::of(call).is_some()
}

/// Judges a call that is about to be made.
pub(crate) fn before(stage: &Stage, call: &Call) {
    token_is_durable(stage, call);
    let Some(write) = Write::of(call) else { return };
    let person = person(stage, call, &write);
    let Some(person) = person else {
        return stage.fail(
            "INV-4",
            None,
            format!("{} {} is about nobody of ours", call.request.method, call.request.path),
        );
    };
    tell(stage, call, &person);
    let owner = {
        let world = stage.world();
        let tenant = world.accounts.get(call.account).map(|account| account.tenant);
        tenant.and_then(|tenant| world.operators.get(tenant)).map(|operator| operator.tenant.name.clone())
    };
    if owner.as_deref() != person.split_once(':').map(|(tenant, _)| tenant) {
        stage.fail("INV-9", Some(&person), "written to another tenant's account");
    }
    match &write {
        Write::Groups { user, add, remove } => {
            let taken_for_ours = groups_read_back(stage, call.account, &person);
            let wrong = {
                let world = stage.world();
                takes_what_is_not_ours(&world, call.account, *user, &(remove - &taken_for_ours))
                    .or_else(|| has_no_reason(&world, &person, add, remove, stage.now()))
            };
            if let Some((invariant, what)) = wrong {
                stage.fail(invariant, Some(&person), what);
            }
        }
        Write::Replace { .. } | Write::Other => {
            stage.fail("INV-4", Some(&person), format!("{} {}", call.request.method, call.request.path));
        }
        Write::Suspend { .. } | Write::Delete { .. } => {
            let wrong = is_no_leaving(&stage.world(), call.account, &person, &write, stage.now());
            if let Some((invariant, what)) = wrong {
                stage.fail(invariant, Some(&person), what);
            }
        }
        Write::Invite { user } => {
            let wrong = is_no_inviting(&stage.world(), call.account, (&person, *user), stage.now());
            if let Some((invariant, what)) = wrong {
                stage.fail(invariant, Some(&person), what);
            }
        }
        Write::Create | Write::Patch { .. } | Write::TakeBack { .. } => {}
    }
    is_audited(stage, call, &write, &person);
}

/// Learns from a call that was made.
pub(crate) fn after(stage: &Stage, call: &Call, answer: &Answer) {
    let now = stage.now();
    let mut world = stage.world();
    let Some(account) = world.accounts.get_mut(call.account) else { return };
    if let (Host::Auth, Answer::Response(response)) = (call.host, answer)
        && let Some(token) = response.body_json()["access_token"].as_str()
    {
        let owner = account.tenant;
        let generation =
            world.operators.get(owner).map_or(0, |it| stored_generation(stage, &it.tenant.name, call.account));
        if let Some(account) = world.accounts.get_mut(call.account) {
            account.given_at.insert(token.to_owned(), generation);
        }
        return;
    }
    let refused = matches!(answer, Answer::Response(response) if matches!(response.status, 400 | 401));
    if call.host == Host::Auth && refused && !account.disconnected {
        // The token died: a process took it to its grave, or its answer was lost twice. A person has to connect it again.
        account.disconnected = true;
        if !world.watch.had_trouble() {
            let what = "the connection was lost though nothing went wrong".to_owned();
            world.fail(crate::stage::Failure { invariant: "TOKEN", what, person: None, at: now });
        }
        return;
    }
    let Some(write) = Write::of(call) else { return };
    // What Brivo does not know any more is asked for again now and then, and a deletion falls due by time alone.
    let unknown = matches!(answer, Answer::Response(response) if response.status == 404);
    account.writes += usize::from(!unknown && !matches!(write, Write::Delete { .. }));
    if let Write::Groups { user, add, remove } = &write {
        // All of it or nothing: what shows of a change that was not made was there before.
        let is_made = add.iter().all(|group| account.is_in(*user, *group))
            && !remove.iter().any(|group| account.is_in(*user, *group));
        for group in add.union(remove).filter(|_| is_made) {
            if add.contains(group) {
                account.ours.insert((*user, *group));
            } else {
                account.ours.remove(&(*user, *group));
            }
            account.put_by_hand.remove(&(*user, *group));
            account.taken_by_hand.remove(&(*user, *group));
        }
    }
    if let Write::Delete { user } = &write {
        account.ours.retain(|(whose, _)| whose != user);
        // A reading under way may find fewer hand edits than when it began.
        world.count_hand_edits(now, &stage.store);
    }
    let Some(account) = world.accounts.get(call.account) else { return };
    if let Some(finding) = account.model.violations().first() {
        let what = format!("a careless call: {finding}");
        let invariant = if finding.contains("refresh") { "TOKEN" } else { "INV-5" };
        world.fail(crate::stage::Failure { invariant, what, person: None, at: now });
    }
}

fn stored_generation(stage: &Stage, tenant: &str, account: usize) -> u64 {
    let (tenant, account) = (TenantId::new(tenant), AccountId::new(account_name(account)));
    let record = stage.store.account(&tenant, &account).now_or_never().and_then(Result::ok).unwrap_or_default();
    record.tokens.map_or(0, |tokens| tokens.generation)
}

/// A rotated refresh token is durable before the access token that came with it is used.
fn token_is_durable(stage: &Stage, call: &Call) {
    let token = call.request.header("authorization").and_then(|value| value.strip_prefix("bearer "));
    let (given_at, tenant) = {
        let world = stage.world();
        let Some(account) = world.accounts.get(call.account) else { return };
        let given_at = token.and_then(|token| account.given_at.get(token).copied());
        (given_at, world.operators.get(account.tenant).map(|operator| operator.tenant.name.clone()))
    };
    let (Some(given_at), Some(tenant)) = (given_at, tenant) else { return };
    if stored_generation(stage, &tenant, call.account) <= given_at {
        stage.fail("TOKEN", None, "an access token is used before the refresh token that came with it is stored");
    }
}

fn person(stage: &Stage, call: &Call, write: &Write) -> Option<String> {
    let world = stage.world();
    let account = world.accounts.get(call.account)?;
    match write.user() {
        // Who is given another reference goes on as that person.
        Some(user) => {
            let told = call.body()["externalId"].as_str().map(str::to_owned);
            let known = account.person(user).or_else(|| account.deleted_users.get(&user).cloned());
            told.or(known).or_else(|| stranger(&world, call.account, write))
        }
        None => call.body()["externalId"].as_str().map(str::to_owned),
    }
}

/// A user without a reference is taken out of groups at most; we keep such users under a name of their own.
fn stranger(world: &World, index: usize, write: &Write) -> Option<String> {
    let tenant = &world.operators.get(world.accounts.get(index)?.tenant)?.tenant.name;
    match write {
        Write::Groups { user, add, .. } if add.is_empty() => {
            Some(format!("{tenant}:brivo:{}:{}", account_name(index), user.0))
        }
        Write::Groups { .. }
        | Write::Create
        | Write::Patch { .. }
        | Write::Replace { .. }
        | Write::Suspend { .. }
        | Write::Delete { .. }
        | Write::Invite { .. }
        | Write::TakeBack { .. }
        | Write::Other => None,
    }
}

fn tell(stage: &Stage, call: &Call, person: &str) {
    let body = call.body();
    let groups = |name: &str| body.get(name).filter(|list| list.as_array().is_some_and(|list| !list.is_empty()));
    let mut text = format!("{} {}", call.request.method, call.request.path.trim_start_matches("/v1/api"));
    for (sign, list) in [("+", groups("addGroups")), ("-", groups("removeGroups"))] {
        if let Some(list) = list {
            text.extend([" ", sign, &list.to_string()]);
        }
    }
    stage.tell(Some(person), text);
}

/// INV-10: an open audit record says what is about to be written.
fn is_audited(stage: &Stage, call: &Call, write: &Write, person: &str) {
    let ids = |groups: &BTreeSet<u64>| -> BTreeSet<GroupId> {
        groups.iter().filter_map(|group| i64::try_from(*group).ok()).map(GroupId).collect()
    };
    let none = BTreeSet::new();
    let (add, remove) = match write {
        Write::Groups { add, remove, .. } => (add, remove),
        Write::Create
        | Write::Patch { .. }
        | Write::Replace { .. }
        | Write::Suspend { .. }
        | Write::Delete { .. }
        | Write::Invite { .. }
        | Write::TakeBack { .. }
        | Write::Other => (&none, &none),
    };
    let account = AccountId::new(account_name(call.account));
    let told = records(stage, person, 50).iter().any(|record| {
        let same = record.account == account && record.added == ids(add) && record.removed == ids(remove);
        same && record.outcome == AuditOutcome::Begun && !record.because.is_empty()
    });
    if !told {
        stage.fail("INV-10", Some(person), "a write without an audit record that was begun before it");
    }
}

/// Groups that we were about to put the person in when a process died, and that Brivo showed afterwards. Had staff just put
/// the person there, nobody could tell it from our own call.
fn groups_read_back(stage: &Stage, account: usize, person: &str) -> BTreeSet<u64> {
    let account = AccountId::new(account_name(account));
    let done = records(stage, person, 10_000).into_iter().filter(|record| record.outcome == AuditOutcome::Done);
    let added = done.filter(|record| record.account == account).flat_map(|record| record.added);
    added.map(|group| group.0.unsigned_abs()).collect()
}

fn records(stage: &Stage, person: &str, limit: usize) -> Vec<AuditRecord> {
    let Some((tenant, member)) = person.split_once(':') else { return Vec::new() };
    let key = MemberKey { tenant: TenantId::new(tenant), member: MemberId::new(member) };
    stage.store.audit(&key, None, limit).now_or_never().and_then(Result::ok).unwrap_or_default()
}

/// INV-4: only what we put may be taken away.
fn takes_what_is_not_ours(
    world: &World,
    account: usize,
    user: UserId,
    remove: &BTreeSet<u64>,
) -> Option<(&'static str, String)> {
    let account = world.accounts.get(account)?;
    let mut foreign = remove.iter().map(|group| (user, *group)).filter(|place| !account.ours.contains(place));
    foreign.find_map(
        |place| {
            if account.is_in(place.0, place.1) { world.is_not_to_be_undone(account, place) } else { None }
        },
    )
}

/// INV-4 and INV-8: only who has no reason any more is suspended or deleted, as the policy says, and only our own suspension
/// is lifted.
fn is_no_leaving(
    world: &World,
    account: usize,
    person: &str,
    write: &Write,
    now: Timestamp,
) -> Option<(&'static str, String)> {
    let (tenant, _) = person.split_once(':')?;
    let operator = world.operators.iter().find(|operator| operator.tenant.name == tenant)?;
    let (allowed, what) = match write {
        Write::Suspend { user, on: false } => {
            let theirs = world.accounts.get(account)?.suspended_by_hand.contains(user);
            return theirs.then(|| ("INV-4", "lifts a suspension that is not ours".to_owned()));
        }
        Write::Suspend { .. } => (operator.tenant.leaving == Leaving::Suspend, "suspends"),
        Write::Delete { .. } => (operator.tenant.leaving == Leaving::Delete, "deletes"),
        Write::Create
        | Write::Groups { .. }
        | Write::Patch { .. }
        | Write::Replace { .. }
        | Write::Invite { .. }
        | Write::TakeBack { .. }
        | Write::Other => return None,
    };
    if !allowed {
        return Some(("INV-8", format!("{what} a user against the policy")));
    }
    if now.duration_since(operator.changed_at) < STALE {
        return None;
    }
    let stands = |window: &&Window| window.account == account && window.until.is_none_or(|until| until > now + OFF);
    if let (Write::Delete { .. }, Some(until)) = (write, left_lately(operator, world.windows_of(person)?, account, now))
    {
        return Some(("INV-8", format!("deletes a user whose last reason ended only at {until}")));
    }
    let reason = world.windows_of(person)?.iter().find(stands)?;
    Some(("INV-8", format!("{what} a user who has a reason for group {} from {}", reason.group, reason.from)))
}

/// X13, INV-10: only who has a reason, near enough, and no pass is invited to one.
fn is_no_inviting(
    world: &World,
    account: usize,
    (person, user): (&str, UserId),
    now: Timestamp,
) -> Option<(&'static str, String)> {
    let (tenant, _) = person.split_once(':')?;
    let operator = world.operators.iter().find(|operator| operator.tenant.name == tenant)?;
    if world.accounts.get(account)?.has_pass(user) {
        return Some(("X13", "invites somebody who has a mobile pass".to_owned()));
    }
    if now.duration_since(operator.changed_at) < STALE {
        return None;
    }
    let is_near = |window: &Window| {
        let near = window.from.saturating_sub(INVITED_AHEAD).unwrap_or(Timestamp::MIN) <= now;
        window.account == account && near && window.until.is_none_or(|until| until + STALE >= now)
    };
    let has_reason = world.windows_of(person)?.iter().any(is_near);
    (!has_reason).then(|| ("INV-10", "invites somebody who is not expected".to_owned()))
}

/// The end of a reason that was so lately that the user is not to be deleted yet.
fn left_lately(operator: &Operator, windows: &[Window], account: usize, now: Timestamp) -> Option<Timestamp> {
    let ends = windows.iter().filter(|window| window.account == account).filter_map(|window| window.until);
    let last = ends.filter(|until| *until <= now).max()?;
    (last > operator.changed_at && last + operator.tenant.delete_after > now + OFF).then_some(last)
}

/// INV-3 and INV-10: what is added has a reason now, and what is taken away has none. A run that began a while ago may still
/// go by what was true then.
fn has_no_reason(
    world: &World,
    person: &str,
    add: &BTreeSet<u64>,
    remove: &BTreeSet<u64>,
    now: Timestamp,
) -> Option<(&'static str, String)> {
    let (tenant, _) = person.split_once(':')?;
    let operator = world.operators.iter().find(|operator| operator.tenant.name == tenant)?;
    if now.duration_since(operator.changed_at) < STALE {
        return None;
    }
    let windows = world.windows_of(person)?;
    let touches = |window: &&Window| window.from <= now + OFF && window.until.is_none_or(|until| until + STALE >= now);
    let covers = |window: &&Window| window.from + STALE <= now && window.until.is_none_or(|until| until >= now + OFF);
    let groundless = add.iter().find(|group| !windows.iter().filter(|it| it.group == **group).any(|it| touches(&it)));
    if let Some(group) = groundless {
        return Some(("INV-10", format!("adds group {group} without a reason")));
    }
    let needed = remove.iter().find(|group| windows.iter().filter(|it| it.group == **group).any(|it| covers(&it)));
    needed.map(|group| ("INV-3", format!("takes away group {group}, for which there is a reason")))
}
