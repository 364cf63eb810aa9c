//! Who has access, why, until when, and what was written for it.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{
    AccountId, MemberId, MemberKey, TenantId,
    access::{Nearness, desired, next_change},
    case::preview,
    credentials::{Credentials, PassState},
    explain::objections,
    facts::Guest,
    ledger::{AccountLedger, Suspension},
    policy::ProfileField,
    profile::Profile,
    reasons::Reason,
    tenant::{Region, Tenant},
};
use jiff::Timestamp;
use reconcile::{Gathered, Outcome, Shown, gather, reconcile_on_demand, shown};
use runtime::Services;
use serde::Deserialize;
use serde_json::{Value, json};
use state::StoreError;

use crate::{Console, response::Failure};

/// Audit records of a page.
const PAGE: usize = 50;

#[derive(Debug, Deserialize)]
pub(crate) struct AccessQuery {
    /// Whether Brivo is asked what it shows, which costs calls.
    #[serde(default)]
    live: bool,
}

/// `GET …/members/{member}/access?live=true`.
pub(crate) async fn access(
    State(console): State<Console>,
    Path((tenant, member)): Path<(TenantId, MemberId)>,
    Query(query): Query<AccessQuery>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let member = MemberKey { tenant, member };
    let gathered = known(services, &member).await?;
    let now = services.clock.now();
    let shown = if query.live { Some(shown(services, &gathered).await) } else { None };
    let notices = notices(services, &member, &gathered).await?;
    Ok(Json(report(&member, &gathered, &notices, shown.as_ref(), now)))
}

/// `POST …/members/{member}/sync`: brings one member in step at once, and tells step by step what came of it: what was written and
/// why, what is left to be written, and the member's access then.
///
/// It does not wait for the next try after a failure. Where the platform can be asked for one member, it is asked first.
pub(crate) async fn sync(
    State(console): State<Console>,
    Path((tenant, member)): Path<(TenantId, MemberId)>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let member = MemberKey { tenant, member };
    known(services, &member).await?;
    let before = services.store.audit(&member, None, 1).await?.pop().map(|record| record.id);
    let outcome = reconcile_on_demand(services, &member).await?;
    let gathered = known(services, &member).await?;
    let audit = services.store.audit(&member, None, PAGE).await?;
    let mut written: Vec<_> = audit.into_iter().take_while(|record| Some(&record.id) != before.as_ref()).collect();
    written.reverse();
    let now = services.clock.now();
    let left = preview(&gathered.rules, &gathered.facts, &gathered.ledger, &member.external_id(), now);
    let notices = notices(services, &member, &gathered).await?;
    Ok(Json(json!({
        "member": member.member,
        "finished": outcome == Outcome::Settled,
        "written": written,
        "left": left,
        "access": report(&member, &gathered, &notices, None, now),
    })))
}

/// What is known of a member, if anything is.
async fn known(services: &Services, member: &MemberKey) -> Result<Gathered, Failure> {
    let gathered = gather(services, member).await?.ok_or(Failure::NotFound("tenant"))?;
    let facts = &gathered.facts;
    if facts.member.is_none() && facts.entitlements.is_empty() && gathered.ledger.accounts.is_empty() {
        return Err(Failure::NotFound("member"));
    }
    Ok(gathered)
}

/// What an operator has to know who wonders why somebody has no access.
async fn notices(services: &Services, member: &MemberKey, gathered: &Gathered) -> Result<Vec<String>, StoreError> {
    let mut notices = gathered.notices();
    if !gathered.tenant.tenant.enabled {
        notices.push(
            "this tenant is switched off: nobody is given access until its document says enabled; what ends is taken away"
                .to_owned(),
        );
    }
    let address = gathered.facts.member.as_ref().filter(|it| it.guest.is_none()).and_then(|it| it.address.get());
    if let Some(address) = address {
        let guest = MemberKey { tenant: member.tenant.clone(), member: address.guest() };
        let named = services.store.member(&guest).await?.member;
        if named.is_some_and(|named| named.guest == Some(Guest::Disputed)) {
            notices.push(
                "another member has the same e-mail address, so bookings that name only the address count for neither"
                    .to_owned(),
            );
        }
    }
    Ok(notices)
}

/// All that is known of a member's access at `now`.
fn report(member: &MemberKey, gathered: &Gathered, notices: &[String], shown: Option<&Shown>, now: Timestamp) -> Value {
    let reasons = gathered.reasons(&gathered.ledger);
    let ledger = &gathered.ledger;
    let user = ledger.accounts.iter().find(|(_, account)| account.user.is_some());
    let refused = objections(&gathered.rules, &gathered.facts, now);
    let refused = refused.into_iter().map(|objection| json!({"fact": objection.fact, "because": objection.because}));
    let accounts = ledger.accounts.iter().map(|(id, account)| {
        let has_reason = desired(&reasons, id, now).nearness > Nearness::None;
        of_account(gathered, shown, (id, account), (has_reason, now))
    });
    json!({
        "now": now,
        "member": member.member,
        "brivo_user_id": user.and_then(|(_, account)| account.user),
        "brivo_url": user.and_then(|(id, account)| url(gathered.rules.tenant(), id, account)),
        "suspended": user.is_some_and(|(_, account)| account.suspension != Suspension::None),
        "groups": groups(gathered, &reasons, shown, now),
        "gives_nothing": refused.collect::<Vec<_>>(),
        "next_change": next_change(&reasons, now),
        "waits_for_pace_until": ledger.accounts.values().filter_map(|account| waits_until(account, now)).max(),
        "accounts": accounts.collect::<Vec<_>>(),
        "profile_differs": profile_differs(gathered),
        "notices": notices,
        "last_error": ledger.last_error,
    })
}

/// What is known of the person in one Brivo account.
fn of_account(
    gathered: &Gathered,
    shown: Option<&Shown>,
    (id, account): (&AccountId, &AccountLedger),
    (has_reason, now): (bool, Timestamp),
) -> Value {
    let suspended_by = match account.suspension {
        Suspension::None => None,
        Suspension::Ours => Some("us"),
        Suspension::Others => Some("others"),
    };
    let mut told = json!({
        "account": id,
        "brivo_user_id": account.user,
        "brivo_url": url(gathered.rules.tenant(), id, account),
        "suspended_by": suspended_by,
        "no_reason_since": account.left.map(|left| left.at),
        "delete_at": account.left.and_then(|left| left.delete_at),
        "foreign_groups": account.foreign_groups,
        "waits_for_pace_until": waits_until(account, now),
        "by_hand": {"added": account.by_hand.added, "taken": account.by_hand.taken},
        "credentials": credentials(&account.credentials, has_reason),
    });
    if let (Some(shown), Some(told)) = (shown.and_then(|shown| shown.get(id)), told.as_object_mut()) {
        let shown = match shown {
            Ok(user) => json!({"groups": user.groups, "suspended": user.suspended}),
            Err(error) => json!({"error": error}),
        };
        told.insert("brivo_shows".to_owned(), shown);
    }
    told
}

/// What opens doors for the person, as far as it is ours or known; no code and no address. Nobody waits for a credential without a
/// reason to be inside.
fn credentials(known: &Credentials, has_reason: bool) -> Value {
    let pass = &known.pass;
    let (expires_at, told) = match &pass.state {
        PassState::Pending(invitation) => (invitation.expires_at, Some(invitation.told)),
        PassState::None
        | PassState::Claimed { .. }
        | PassState::Cancelled
        | PassState::Expired
        | PassState::OutOfStock { .. }
        | PassState::Refused { .. } => (None, None),
    };
    let access_code = match (&known.their_pin, &known.pin, &known.refused_pin) {
        (Some(_), _, _) => "not_ours",
        (None, _, Some(_)) => "refused",
        (None, Some(_), None) => "sent",
        (None, None, None) => "none",
    };
    json!({
        "waits_for": known.waits_for().filter(|_| has_reason),
        "access_code": access_code,
        "pass": {"state": pass.state.word(), "invited_at": pass.invited_at, "expires_at": expires_at, "told": told},
    })
}

/// Until when the person waits because others call Brivo with the same API key, as far as can be told.
fn waits_until(account: &AccountLedger, now: Timestamp) -> Option<Timestamp> {
    account.turn.map(|turn| turn.expected_at()).filter(|until| *until > now)
}

/// Where the user's page is in Brivo's web interface.
pub(crate) fn url(tenant: &Tenant, account: &AccountId, ledger: &AccountLedger) -> Option<String> {
    let known = tenant.accounts.iter().find(|known| known.id == *account)?;
    Some(format!("{}/users/{}", web_interface(known.region), ledger.user?))
}

/// Where people look at Brivo. Unverified: Brivo documents no address of a user's page.
fn web_interface(region: Region) -> &'static str {
    match region {
        Region::Us => "https://access.brivo.com",
        Region::Eu => "https://access.eu.brivo.com",
    }
}

fn groups(gathered: &Gathered, reasons: &[Reason<'_>], shown: Option<&Shown>, now: Timestamp) -> Vec<Value> {
    let current: Vec<&Reason<'_>> = reasons.iter().filter(|reason| !reason.window.is_over(now)).collect();
    let held = gathered
        .ledger
        .accounts
        .iter()
        .flat_map(|(id, account)| account.groups.difference(&account.by_hand.taken).map(move |group| (id, *group)));
    let wanted = current.iter().flat_map(|reason| reason.groups.iter().map(|group| (reason.account, *group)));
    let ours = gathered.ledger.accounts.iter().flat_map(|(id, account)| account.groups.iter().map(move |it| (id, *it)));
    let all: BTreeSet<_> = ours.chain(wanted).collect();
    let held: BTreeSet<_> = held.collect();
    all.into_iter()
        .map(|(account, group)| {
            let due = desired(reasons, account, now).groups.contains_key(&group);
            let why = current.iter().filter(|reason| reason.account == account && reason.groups.contains(&group));
            let why: Vec<Value> = why.map(|reason| told(reason)).collect();
            let mut row = json!({
                "group": group,
                "due": due,
                "held": held.contains(&(account, group)),
                "managed": gathered.rules.managed().contains(&group),
                "account": account,
                "reasons": why,
            });
            if let (Some(Ok(user)), Some(row)) = (shown.and_then(|shown| shown.get(account)), row.as_object_mut()) {
                row.insert("in_brivo".to_owned(), json!(user.groups.contains(&group)));
            }
            row
        })
        .collect()
}

fn told(reason: &Reason<'_>) -> Value {
    // What an upload tells without a start has stood since 1970.
    let from = Some(reason.window.from).filter(|from| *from > Timestamp::UNIX_EPOCH);
    let mut told = json!({
        "fact": reason.fact.subject(),
        "path": reason.path.to_string(),
        "mapping": reason.gives.to_string(),
        "from": from,
        "until": reason.window.until,
    });
    if let (true, Some(told)) = (reason.held_back, told.as_object_mut()) {
        told.insert("waits_for_approval".to_owned(), json!(true));
    }
    told
}

/// The fields of ours that Brivo was last sent otherwise.
fn profile_differs(gathered: &Gathered) -> BTreeSet<ProfileField> {
    let Some(member) = &gathered.facts.member else { return BTreeSet::new() };
    let sent = gathered.ledger.accounts.iter().filter_map(|(id, account)| Some((id, account.profile.as_ref()?)));
    sent.flat_map(|(id, sent)| {
        let fields = &gathered.rules.account_policy(id).profile_fields;
        Profile::of(member, fields).map(|profile| profile.differs_from(sent, fields)).unwrap_or_default()
    })
    .collect()
}

#[derive(Debug, Deserialize)]
pub(crate) struct AuditPage {
    before: Option<String>,
}

/// `GET …/members/{member}/audit?before=ID`: newest first.
pub(crate) async fn audit(
    State(console): State<Console>,
    Path((tenant, member)): Path<(TenantId, MemberId)>,
    Query(page): Query<AuditPage>,
) -> Result<Json<Value>, Failure> {
    let member = MemberKey { tenant, member };
    let records = console.services.store.audit(&member, page.before.as_deref(), PAGE).await?;
    let next = (records.len() == PAGE).then(|| records.last().map(|record| record.id.clone())).flatten();
    Ok(Json(json!({"records": records, "next_before": next})))
}

#[cfg(test)]
mod tests {
    use domain::BrivoUserId;

    use super::*;

    /// CWK-17, CWK-18: the user's page where the account is, as soon as there is a user.
    #[test]
    fn a_user_is_shown_in_the_web_interface_of_its_region() {
        let document = json!({"tenant": "acme", "platform": "coworks",
            "accounts": [{"id": "us", "region": "us"}, {"id": "eu", "region": "eu"}]});
        let tenant: Tenant = serde_json::from_value(document).unwrap();
        let synced = AccountLedger { user: Some(BrivoUserId(7)), ..AccountLedger::default() };
        let shown = |account: &str, ledger| url(&tenant, &account.into(), ledger);

        assert_eq!(shown("us", &synced).as_deref(), Some("https://access.brivo.com/users/7"));
        assert_eq!(shown("eu", &synced).as_deref(), Some("https://access.eu.brivo.com/users/7"));
        assert_eq!(shown("us", &AccountLedger::default()), None);
    }
}
