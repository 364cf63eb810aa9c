//! Day passes: a balance by expiry, with no id of its own and of one kind only.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    LocationId, MemberId, Subject, SubjectKind, TeamId,
    facts::{Entitlement, Pass},
    intake::What,
};
use jiff::Timestamp;
use serde_json::Value;

use super::{client::Customer, entity::Piece, id};
use crate::{
    fields::{Fields, Read},
    moment::instant,
};

/// What a mapping calls the one kind of pass there is: `kind = "pass"`, `id = "day_pass"`. Without one, day passes give nothing.
const KIND: &str = "day_pass";

/// Reads a line of somebody's balance.
///
/// Source: Spacebring's `OpenAPI`, balance, 2026-08-20.
pub(super) fn read(fields: &mut Fields<'_, '_>, customer: &Customer, location: &LocationId) -> Read<Pass> {
    let remaining = fields.required("amount", count);
    let valid_until = fields.optional("expirationDate", instant);
    let subscription = fields.optional("subscriptionRef", id);
    let (remaining, valid_until, subscription) = (remaining?, valid_until?, subscription?);
    let (member, team): (Option<MemberId>, Option<TeamId>) = match customer {
        Customer::Member(member) => (Some(member.clone()), None),
        Customer::Company(company) => (None, Some(company.clone())),
    };
    let of = member.as_ref().map(MemberId::as_str).or(team.as_ref().map(TeamId::as_str)).unwrap_or_default();
    let until = valid_until.map_or_else(|| "-".to_owned(), |until| until.to_string());
    Ok(Pass {
        id: format!("{of}/{}/{until}", subscription.as_deref().unwrap_or("-")),
        pass: KIND.to_owned(),
        member,
        team,
        location: Some(location.clone()),
        remaining: Some(remaining),
        valid_from: None,
        valid_until,
        groups: None,
    })
}

/// A balance that is overdrawn is none.
fn count(value: &Value) -> Result<u32, String> {
    let count = value.as_i64().and_then(|count| u32::try_from(count.max(0)).ok());
    count.ok_or_else(|| "must be a whole number".to_owned())
}

/// Lines of the same origin and expiry as one pass.
pub(super) fn together(passes: Vec<Pass>) -> Vec<Pass> {
    let mut together: BTreeMap<String, Pass> = BTreeMap::new();
    for pass in passes {
        let more = pass.remaining;
        let known = together.entry(pass.id.clone()).or_insert(Pass { remaining: Some(0), ..pass });
        known.remaining = Some(known.remaining.unwrap_or(0).saturating_add(more.unwrap_or(0)));
    }
    together.into_values().collect()
}

/// The pass and who holds it.
pub(super) fn subjects(pass: &Pass) -> BTreeSet<Subject> {
    let member = pass.member.iter().map(|member| Subject::new(SubjectKind::Member, member.as_str()));
    let team = pass.team.iter().map(|team| Subject::new(SubjectKind::Team, team.as_str()));
    member.chain(team).chain([Subject::new(SubjectKind::Pass, &pass.id)]).collect()
}

/// What a pass tells at an instant.
pub(super) fn pieces(pass: &Pass, as_of: Timestamp) -> Vec<Piece> {
    let what = What::Entitlement(Entitlement::Pass(pass.clone()));
    vec![Piece { subject: Subject::new(SubjectKind::Pass, &pass.id), as_of, what }]
}
