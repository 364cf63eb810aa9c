//! Who has access, why, until when, and what was written for it.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{
    MemberId, MemberKey, TenantId,
    access::{desired, next_change},
    policy::ProfileField,
    profile::Profile,
    reasons::{Path as Through, Reason},
    tenant::Region,
};
use jiff::Timestamp;
use reconcile::{Gathered, gather};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::{Console, response::Failure};

/// Audit records of a page.
const PAGE: usize = 50;

/// `GET …/members/{member}/access`.
pub(crate) async fn access(
    State(console): State<Console>,
    Path((tenant, member)): Path<(TenantId, MemberId)>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let member = MemberKey { tenant, member };
    let gathered = gather(services, &member).await?.ok_or(Failure::NotFound("tenant"))?;
    let facts = &gathered.facts;
    if facts.member.is_none() && facts.entitlements.is_empty() && gathered.ledger.accounts.is_empty() {
        return Err(Failure::NotFound("member"));
    }
    Ok(Json(report(&member, &gathered, services.clock.now())))
}

/// All that is known of a member's access at `now`.
fn report(member: &MemberKey, gathered: &Gathered, now: Timestamp) -> Value {
    let reasons = gathered.reasons();
    let tenant = &gathered.tenant.tenant;
    let ledger = &gathered.ledger;
    let user = ledger.accounts.iter().find_map(|(id, account)| Some((id, account.user?)));
    let url = user.and_then(|(id, user)| {
        let region = tenant.accounts.iter().find(|account| account.id == *id)?.region;
        Some(format!("{}/users/{user}", web_interface(region)))
    });
    json!({
        "now": now,
        "member": member.member,
        "brivo_user_id": user.map(|(_, user)| user),
        "brivo_url": url,
        "suspended": false,
        "groups": groups(gathered, &reasons, now),
        "next_change": next_change(&reasons, now),
        "profile_differs": profile_differs(gathered),
        "last_error": ledger.last_error,
    })
}

/// Where people look at Brivo. Unverified: Brivo documents no address of a user's page.
fn web_interface(region: Region) -> &'static str {
    match region {
        Region::Us => "https://access.brivo.com",
        Region::Eu => "https://access.eu.brivo.com",
    }
}

fn groups(gathered: &Gathered, reasons: &[Reason], now: Timestamp) -> Vec<Value> {
    let current: Vec<&Reason> = reasons.iter().filter(|reason| !reason.window.is_over(now)).collect();
    let held =
        gathered.ledger.accounts.iter().flat_map(|(id, account)| account.groups.iter().map(move |group| (id, *group)));
    let wanted = current.iter().flat_map(|reason| reason.groups.iter().map(|group| (&reason.account, *group)));
    let all: BTreeSet<_> = held.clone().chain(wanted).collect();
    let held: BTreeSet<_> = held.collect();
    all.into_iter()
        .map(|(account, group)| {
            let due = desired(reasons, account, now).groups.contains_key(&group);
            let why = current.iter().filter(|reason| reason.account == *account && reason.groups.contains(&group));
            let why: Vec<Value> = why.map(|reason| told(reason)).collect();
            json!({"group": group, "due": due, "held": held.contains(&(account, group)), "reasons": why})
        })
        .collect()
}

fn told(reason: &Reason) -> Value {
    let path = match &reason.path {
        Through::Own => "own".to_owned(),
        Through::Team(team) => format!("team/{team}"),
    };
    let from = Some(reason.window.from).filter(|from| *from > Timestamp::MIN);
    json!({"fact": reason.fact, "path": path, "mapping": reason.mapping, "from": from, "until": reason.window.until})
}

/// The fields of ours that Brivo was last sent otherwise.
fn profile_differs(gathered: &Gathered) -> BTreeSet<ProfileField> {
    let fields = gathered.tenant.tenant.policy_for(None, None).profile_fields;
    let Some(profile) = gathered.facts.member.as_ref().and_then(|member| Profile::of(member, &fields)) else {
        return BTreeSet::new();
    };
    let sent = gathered.ledger.accounts.values().filter_map(|account| account.profile.as_ref());
    sent.flat_map(|sent| profile.differs_from(sent, &fields)).collect()
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
