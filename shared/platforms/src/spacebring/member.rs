//! A membership: somebody at one location.

use std::collections::BTreeSet;

use domain::{
    LocationId, Subject, SubjectKind, TeamId,
    facts::{Change, MemberPatch, MemberStatus},
    intake::What,
    tenant::Tenant,
};
use jiff::Timestamp;

use super::{
    entity::Piece,
    id,
    location::is_ours,
    person::{self, Person},
};
use crate::{
    address::address_subject,
    fields::{Fields, Read, word},
    moment::instant,
};

/// What of a membership concerns doors.
pub(super) struct Membership {
    pub(super) id: String,
    location: Option<LocationId>,
    company: Option<TeamId>,
    status: MemberStatus,
    person: Person,
    created_on: Timestamp,
    invited_on: Option<Timestamp>,
    deleted_on: Option<Timestamp>,
}

/// Somebody who was a member, as the list of deleted memberships shows them.
pub(super) struct Left {
    pub(super) subject: Subject,
    deleted_on: Option<Timestamp>,
}

/// Whether somebody is one of the operator's members, or only buys something now and then.
#[derive(Clone, Copy)]
enum Type {
    Member,
    Nonmember,
}

const TYPES: [(&str, Type); 2] = [("member", Type::Member), ("nonmember", Type::Nonmember)];

/// A membership that was asked for and not approved yet gives nothing.
const STATUSES: [(&str, MemberStatus); 2] = [("approved", MemberStatus::Active), ("requested", MemberStatus::Inactive)];

/// Reads a membership. `status` has to be there, unless it is a nonmember's.
///
/// A nonmember is nobody whom the operator approves of: what they book was confirmed to them, and SPB-16 gives it to them.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Membership> {
    let id_of_membership = fields.required("id", id);
    let location = fields.optional("locationRef", id);
    let company = fields.optional("companyRef", id);
    let kind = fields.optional("type", word(&TYPES));
    let status = match kind {
        Ok(Some(Type::Nonmember)) => Ok(MemberStatus::Active),
        Ok(Some(Type::Member) | None) | Err(_) => fields.required("status", word(&STATUSES)),
    };
    let person = person::optional(fields, "user");
    let created_on = fields.required("createDate", instant);
    let invited_on = fields.optional("invitationDate", instant);
    let deleted_on = fields.optional("deleteDate", instant);
    kind?;
    Ok(Membership {
        id: id_of_membership?,
        location: location?.map(LocationId::new),
        company: company?.map(TeamId::new),
        status: status?,
        person: person?,
        created_on: created_on?,
        invited_on: invited_on?,
        deleted_on: deleted_on?,
    })
}

/// Reads a deleted membership. That it is in the list says it all.
pub(super) fn read_deleted(fields: &mut Fields<'_, '_>) -> Read<Left> {
    let id_of_membership = fields.required("id", id);
    let deleted_on = fields.optional("deleteDate", instant);
    Ok(Left { subject: Subject::new(SubjectKind::Member, id_of_membership?), deleted_on: deleted_on? })
}

impl Left {
    pub(super) fn piece(&self, as_of: Timestamp) -> Piece {
        let as_of = self.deleted_on.map_or(as_of, |deleted_on| deleted_on.min(as_of));
        Piece { subject: self.subject.clone(), as_of, what: What::Removed }
    }
}

impl Membership {
    fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Member, &self.id)
    }

    /// The person, the company they are in, and their address.
    pub(super) fn subjects(&self) -> BTreeSet<Subject> {
        let company = self.company.iter().map(|company| Subject::new(SubjectKind::Team, company.as_str()));
        let address = self.person.address().map(|address| address_subject(&address));
        company.chain(address).chain([self.subject()]).collect()
    }

    /// The last instant at which something happened to it, as far as it tells.
    pub(super) fn changed_on(&self) -> Timestamp {
        [self.invited_on, self.deleted_on].into_iter().flatten().fold(self.created_on, Timestamp::max)
    }

    /// What it tells at an instant. Somebody at a location without Brivo is not told of: they are nobody's guest here.
    pub(super) fn pieces(&self, tenant: &Tenant, as_of: Timestamp) -> Vec<Piece> {
        let subject = self.subject();
        if self.location.as_ref().is_some_and(|location| !is_ours(location, tenant, &subject)) {
            return Vec::new();
        }
        match self.deleted_on {
            Some(deleted_on) => vec![Piece { subject, as_of: deleted_on.min(as_of), what: What::Removed }],
            None => vec![Piece { subject, as_of, what: What::Member(self.patch()) }],
        }
    }

    /// A membership always tells its company: without one, the person is in none.
    fn patch(&self) -> MemberPatch {
        MemberPatch {
            status: Change::Set(self.status),
            teams: Change::Set(self.company.iter().cloned().collect()),
            ..self.person.patch()
        }
    }
}
