//! `coworking.member.upserted`: a merge, field by field.

use std::collections::BTreeSet;

use domain::{
    GroupId, Subject,
    facts::{Change, MemberPatch, MemberStatus},
};

use secrecy::SecretString;

use crate::{
    address::{address_change, address_subject},
    fields::{Fields, Read, id, text, word},
    ids::{group, team, team_subject},
};

/// What is said of a person.
pub(crate) struct Told {
    /// All but a new access code.
    pub(super) patch: MemberPatch,
    /// The access code, in clear: it goes into the patch once it is sealed.
    pub(super) access_code: Option<SecretString>,
}

/// Reads what is said of a person.
///
/// An access code can be any text or a whole number: whether it is one that Brivo takes is Brivo's to say, and a bad one is to
/// keep nothing else from being told.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<Told> {
    let first_name = data.change("first_name", |data| data.optional("first_name", text));
    let last_name = data.change("last_name", |data| data.optional("last_name", text));
    let full_name = data.change("full_name", |data| data.optional("full_name", text));
    let email = data.change("email", |data| data.optional("email", text));
    let phone = data.change("phone", |data| data.optional("phone", text));
    let access_code = data.change("access_code", |data| data.optional("access_code", id));
    let status =
        data.required("status", word(&[("active", MemberStatus::Active), ("inactive", MemberStatus::Inactive)]));
    let teams = data.change("teams", |data| Ok(data.list("teams", team)?.map(BTreeSet::from_iter)));
    let door_access = data.change("door_access", |data| match data.object("door_access")? {
        Some(mut chosen) => groups(&mut chosen),
        None => Ok(None),
    });
    let email = email?;
    let (access_code, forgets_code) = match access_code? {
        Change::Set(code) => (Some(SecretString::from(code.trim())), Change::Keep),
        Change::Clear => (None, Change::Clear),
        Change::Keep => (None, Change::Keep),
    };
    let patch = MemberPatch {
        first_name: first_name?,
        last_name: last_name?,
        full_name: full_name?,
        address: address_change(&email),
        email,
        phone: phone?,
        access_code: forgets_code,
        status: Change::Set(status?),
        teams: teams?,
        door_access: door_access?,
        fetch_details: false,
        details_fetched: false,
    };
    Ok(Told { patch, access_code })
}

fn groups(chosen: &mut Fields<'_, '_>) -> Read<Option<BTreeSet<GroupId>>> {
    if chosen.names("groups") {
        Ok(chosen.list("groups", group)?.map(BTreeSet::from_iter))
    } else {
        Err(chosen.note("groups", "is missing; give a list of group numbers, empty for none"))
    }
}

/// The teams that the person is said to be in, and the address that is said to be the person's.
pub(super) fn subjects(patch: &MemberPatch) -> BTreeSet<Subject> {
    let mut subjects = BTreeSet::new();
    if let Change::Set(teams) = &patch.teams {
        subjects.extend(teams.iter().map(team_subject));
    }
    if let Change::Set(address) = &patch.address {
        subjects.insert(address_subject(address));
    }
    subjects
}
