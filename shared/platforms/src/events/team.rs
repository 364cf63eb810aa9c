//! `coworking.team.upserted`: who belongs to a team, as a whole.

use domain::facts::Team;

use crate::{
    fields::{Fields, Read},
    ids::{member, team},
};

/// Reads a team.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<Team> {
    let id = data.required("id", team);
    let members = match data.list("members", member) {
        Ok(Some(members)) => Ok(members.into_iter().collect()),
        // An absent list could mean that nothing changed or that nobody is left; the sender has to say.
        Ok(None) => Err(data.note("members", "is missing; list the ids of all members, none if there is none")),
        Err(noted) => Err(noted),
    };
    let paying_member = data.optional("paying_member", member);
    Ok(Team { id: id?, members: members?, paying_member: paying_member? })
}
