//! The entity `Coworker`, which is a customer: member, contact or company.

use domain::facts::{Change, MemberPatch, MemberStatus};
use jiff::Timestamp;

use super::{id, truth};
use crate::{
    Proof,
    address::address_change,
    fields::{Fields, Read, set_or_clear, text},
    moment::instant_in_utc,
};

/// What of a customer concerns doors. Blank texts are none.
pub(super) struct Coworker {
    pub(super) id: String,
    /// When it last changed; hooks may leave it out.
    pub(super) updated_on: Option<Timestamp>,
    pub(super) full_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) status: Option<MemberStatus>,
}

/// Reads a customer.
///
/// Source: developers.nexudus.com/rest-api/spaces/get-coworkers-by-id, 2026-11.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Coworker> {
    let id = fields.required("Id", id);
    let updated_on = fields.optional("UpdatedOn", instant_in_utc);
    let full_name = optional_text(fields, "FullName");
    let email = optional_text(fields, "Email");
    let phone = optional_text(fields, "MobilePhone");
    let active = fields.optional("Active", truth);
    Ok(Coworker {
        id: id?,
        updated_on: updated_on?,
        full_name: full_name?,
        email: email?,
        phone: phone?,
        status: active?.map(|active| if active { MemberStatus::Active } else { MemberStatus::Inactive }),
    })
}

/// A text that is not blank.
pub(super) fn optional_text(fields: &mut Fields<'_, '_>, name: &str) -> Read<Option<String>> {
    Ok(fields.optional(name, text)?.filter(|text| !text.trim().is_empty()))
}

impl Coworker {
    /// What a hook or a row of a list tells of a customer.
    ///
    /// Nexudus leaves fields out of both, so what is missing or `null` stays as it was; the details, if they are asked for,
    /// bring the rest. A missing `Active` stays as it was for the same reason, and whoever was never said to be
    /// active is not. `Active` is taken under every proof: nobody can exchange letters of `false`.
    pub(super) fn patch(&self, proof: Proof) -> MemberPatch {
        let email = believed(self.email.as_deref(), proof);
        MemberPatch {
            full_name: believed(self.full_name.as_deref(), proof),
            address: address_change(&email),
            email,
            phone: believed(self.phone.as_deref(), proof),
            status: self.status.map_or(Change::Keep, Change::Set),
            ..MemberPatch::default()
        }
    }

    /// What a customer tells who was asked for alone: every field is set or cleared.
    pub(super) fn details(&self) -> MemberPatch {
        let email = set_or_clear(self.email.clone());
        MemberPatch {
            full_name: set_or_clear(self.full_name.clone()),
            address: address_change(&email),
            email,
            phone: set_or_clear(self.phone.clone()),
            status: self.status.map_or(Change::Keep, Change::Set),
            details_fetched: true,
            ..MemberPatch::default()
        }
    }
}

/// What to make of a text of the sender.
pub(super) fn believed(text: Option<&str>, proof: Proof) -> Change<String> {
    text.filter(|text| proof.covers(text)).map_or(Change::Keep, |text| Change::Set(text.to_owned()))
}
