//! The entity `Coworker`, which is a customer: member, contact or company.

use domain::facts::MemberStatus;
use jiff::Timestamp;

use super::{id, truth};
use crate::{
    fields::{Fields, Read, text},
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
