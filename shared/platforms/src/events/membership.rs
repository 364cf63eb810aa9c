//! `coworking.membership.upserted`: a contract, plan subscription or recurring billing, as a whole.

use std::collections::BTreeSet;

use domain::{
    MemberId, TeamId,
    facts::{AssignedResource, MembershipStatus, Origin},
};

use crate::{
    fields::{Fields, Read, id, text, word},
    ids::{group, location, member, team},
    moment::moment,
    unplaced::UnplacedMembership,
};

const STATUSES: [(&str, MembershipStatus); 3] = [
    ("active", MembershipStatus::Active),
    ("cancelled", MembershipStatus::Cancelled),
    ("paused", MembershipStatus::Paused),
];

const ORIGINS: [(&str, Origin); 2] = [("staff", Origin::Staff), ("public_signup", Origin::PublicSignup)];

/// Reads a membership.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<UnplacedMembership> {
    let id_of_membership = data.required("id", id);
    let plan = data.required("plan", id);
    let holder = holder(data);
    let location = data.optional("location", location);
    let starts = data.required("starts", moment);
    let ends = data.optional("ends", moment);
    let status = data.required("status", word(&STATUSES));
    let resources = data.objects("resources", resource);
    let groups = data.list("groups", group);
    let products = data.list("products", id);
    let origin = data.optional("origin", word(&ORIGINS));
    let (member, team) = holder?;
    Ok(UnplacedMembership {
        id: id_of_membership?,
        plan: plan?,
        member,
        team,
        location: location?,
        starts: starts?,
        ends: ends?,
        status: status?,
        resources: resources?.unwrap_or_default(),
        groups: groups?.map(BTreeSet::from_iter),
        products: products?.unwrap_or_default().into_iter().collect(),
        origin: origin?,
    })
}

/// Reads who holds it: a member, a team or both.
pub(super) fn holder(data: &mut Fields<'_, '_>) -> Read<(Option<MemberId>, Option<TeamId>)> {
    let member = data.optional("member", member);
    let team = data.optional("team", team);
    match (member?, team?) {
        (None, None) => Err(data.note("member", "is missing, and so is team; say who holds it")),
        holder => Ok(holder),
    }
}

fn resource(fields: &mut Fields<'_, '_>) -> Read<AssignedResource> {
    let id_of_resource = fields.required("id", id);
    let floor = fields.optional("floor", text);
    let location = fields.optional("location", location);
    Ok(AssignedResource { id: id_of_resource?, floor: floor?, location: location? })
}
