//! Somebody as Spacebring shows them, in a membership of theirs or beside what they booked.

use domain::{
    AddressId,
    facts::{Change, MemberPatch},
    intake::Contact,
};

use crate::{
    address::{address_change, address_of},
    fields::{Fields, Read, text},
};

/// What is told of somebody. Blank texts are none.
///
/// People may hide their address and their number, which then are `null`: so nothing that is missing is gone.
///
/// Source: Spacebring's `OpenAPI`, user, "visibility controlled by user settings", 2026-11.
#[derive(Default)]
pub(super) struct Person {
    name: Option<String>,
    surname: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

/// Reads somebody.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Person> {
    let name = optional_text(fields, "name");
    let surname = optional_text(fields, "surname");
    let email = optional_text(fields, "email");
    let phone = optional_text(fields, "phoneNumber");
    Ok(Person { name: name?, surname: surname?, email: email?, phone: phone? })
}

/// Reads somebody who may be missing from what they belong to.
pub(super) fn optional(fields: &mut Fields<'_, '_>, name: &str) -> Read<Person> {
    match fields.object(name)? {
        Some(mut person) => read(&mut person),
        None => Ok(Person::default()),
    }
}

fn optional_text(fields: &mut Fields<'_, '_>, name: &str) -> Read<Option<String>> {
    let text = fields.optional(name, text)?.map(|text| text.trim().to_owned());
    Ok(text.filter(|text| !text.is_empty()))
}

impl Person {
    /// Name and addresses, and nothing on whether the person is a member.
    ///
    /// Where one of the two names is blank, the other is the whole name, so that it is split without loss.
    pub(super) fn patch(&self) -> MemberPatch {
        let (first_name, last_name, full_name) = match (&self.name, &self.surname) {
            (Some(name), Some(surname)) => (Change::Set(name.clone()), Change::Set(surname.clone()), Change::Clear),
            (Some(whole), None) | (None, Some(whole)) => (Change::Clear, Change::Clear, Change::Set(whole.clone())),
            (None, None) => (Change::Keep, Change::Keep, Change::Keep),
        };
        let email = set_or_keep(self.email.as_ref());
        MemberPatch {
            first_name,
            last_name,
            full_name,
            address: address_change(&email),
            email,
            phone: set_or_keep(self.phone.as_ref()),
            ..MemberPatch::default()
        }
    }

    /// By which address the person is known, and whom to write to there.
    pub(super) fn contact(&self) -> Option<(AddressId, Contact)> {
        let email = self.email.as_ref().filter(|email| email.contains('@') && !email.contains(char::is_whitespace))?;
        let names: Vec<&str> = [&self.name, &self.surname].into_iter().flatten().map(String::as_str).collect();
        let name = Some(names.join(" ")).filter(|name| !name.is_empty());
        Some((address_of(email)?, Contact { name, email: email.clone() }))
    }

    /// The digest of the person's address.
    pub(super) fn address(&self) -> Option<AddressId> {
        self.email.as_deref().and_then(address_of)
    }
}

fn set_or_keep(text: Option<&String>) -> Change<String> {
    text.map_or(Change::Keep, |text| Change::Set(text.clone()))
}
