//! A company: a team whose members say themselves that they are in it.

use std::collections::BTreeSet;

use domain::{LocationId, Subject, SubjectKind, TeamId, facts::Team, intake::What, tenant::Tenant};
use jiff::Timestamp;

use super::{entity::Piece, id, location::is_ours};
use crate::fields::{Fields, Read};

/// What of a company concerns doors.
pub(super) struct Company {
    id: TeamId,
    location: Option<LocationId>,
}

/// Reads a company.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Company> {
    let id_of_company = fields.required("id", id);
    let location = fields.optional("locationRef", id);
    Ok(Company { id: TeamId::new(id_of_company?), location: location?.map(LocationId::new) })
}

impl Company {
    pub(super) fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Team, self.id.as_str())
    }

    /// That there is such a company. It names nobody: the memberships of its people name it.
    pub(super) fn pieces(&self, tenant: &Tenant, as_of: Timestamp) -> Vec<Piece> {
        let subject = self.subject();
        if self.location.as_ref().is_some_and(|location| !is_ours(location, tenant, &subject)) {
            return Vec::new();
        }
        let team = Team { id: self.id.clone(), members: BTreeSet::new(), paying_member: None };
        vec![Piece { subject, as_of, what: What::Team(team) }]
    }
}
