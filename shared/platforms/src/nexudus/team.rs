//! The entity `Team`.

use std::collections::BTreeSet;

use domain::{MemberId, TeamId, facts};
use jiff::Timestamp;

use super::{id, id_or_none};
use crate::{
    fields::{Fields, Read},
    moment::instant_in_utc,
};

/// What of a team concerns doors.
pub(super) struct Team {
    pub(super) team: facts::Team,
    pub(super) updated_on: Timestamp,
}

/// Reads a team. Its members have to be there: rows of lists leave them out, and then nobody would be left.
///
/// Source: Nexudus' models (`Team`); `TeamMembers` of ids as public code reads them from a hook; 2026-11.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Team> {
    let id_of_team = fields.required("Id", id);
    let paying_member = fields.optional("PayingMemberId", id_or_none);
    let members = match fields.list("TeamMembers", id) {
        Ok(Some(members)) => Ok(members.into_iter().map(MemberId::new).collect::<BTreeSet<_>>()),
        Ok(None) => Err(fields.note("TeamMembers", "is missing; it must be a list of ids")),
        Err(noted) => Err(noted),
    };
    let updated_on = fields.required("UpdatedOn", instant_in_utc);
    let paying_member = paying_member?.flatten().map(MemberId::new);
    Ok(Team {
        team: facts::Team { id: TeamId::new(id_of_team?), members: members?, paying_member },
        updated_on: updated_on?,
    })
}
