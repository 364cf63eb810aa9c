//! One credential and the shapes in which Brivo shows it.
//!
//! Source: recorded 2017-09-13 and documented 2025-11-25. The shapes differ: a field has its plain name where the card is made and
//! a long one in lists, and in a user's list its id is called `credentialFieldId`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::formats;
use crate::brivo::administrators::ACCOUNT;
use crate::brivo::ids::{CredentialId, UserId};

/// A credential as the account keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::brivo) struct Card {
    pub(in crate::brivo) format: u64,
    pub(super) reference_id: Option<String>,
    /// Value by the id of the field.
    pub(super) fields: BTreeMap<u64, String>,
    /// The bits in hexadecimal, lower case; `None` where the format's encoding is not public and the client gave none.
    pub(super) encoded: Option<String>,
    pub(super) size: Option<u64>,
    pub(in crate::brivo) holding: Option<Holding>,
}

/// Who holds a credential, and when it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::brivo) struct Holding {
    pub(in crate::brivo) user: UserId,
    pub(super) effective_from: Timestamp,
    pub(super) effective_to: Option<Timestamp>,
}

impl Holding {
    pub(super) fn from(user: UserId, effective_from: Timestamp) -> Self {
        Self { user, effective_from, effective_to: None }
    }

    pub(in crate::brivo) fn is_in_force(&self, now: Timestamp) -> bool {
        self.effective_from <= now && self.effective_to.is_none_or(|end| now < end)
    }
}

impl Card {
    /// A pass that its holder has just taken.
    pub(in crate::brivo) fn pass(reference_id: &str, holder: UserId, now: Timestamp) -> Self {
        Self {
            format: formats::MOBILE_PASS,
            reference_id: Some(reference_id.to_owned()),
            holding: Some(Holding::from(holder, now)),
            ..Self::default()
        }
    }

    /// As given back by the call that made it.
    pub(super) fn created_view(&self, id: CredentialId) -> Value {
        Value::Object(self.members(id, "id", ""))
    }

    /// As shown by itself and in the listing of all credentials.
    pub(super) fn view(&self, id: CredentialId) -> Value {
        Value::Object(self.members(id, "id", "acs.cards.format."))
    }

    /// As shown in the list of its holder.
    pub(super) fn held_view(&self, id: CredentialId) -> Value {
        let mut members = self.members(id, "credentialFieldId", "acs.cards.format.");
        if let Some(holding) = self.holding {
            members.insert("effectiveFrom".to_owned(), json!(holding.effective_from));
            if let Some(end) = holding.effective_to {
                members.insert("effectiveTo".to_owned(), json!(end));
            }
        }
        Value::Object(members)
    }

    /// Whether the account takes both for one card.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same_fields = !self.fields.is_empty() && self.fields == other.fields;
        let same_bits = self.encoded.is_some() && self.encoded == other.encoded;
        self.format == other.format && (same_fields || same_bits)
    }

    /// The value of the field of that name, if the format has one.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let named = |(id, _): &(&u64, &String)| formats::field_name(self.format, **id) == name;
        self.fields.iter().find(named).map(|(_, value)| value.as_str())
    }

    fn members(&self, id: CredentialId, key: &str, prefix: &str) -> Map<String, Value> {
        let field = |(field, value): (&u64, &String)| {
            let name = formats::field_name(self.format, *field);
            json!({key: field, "name": format!("{prefix}{name}"), "value": value})
        };
        let fields: Vec<Value> = self.fields.iter().map(field).collect();
        let mut members = Map::new();
        members.insert("id".to_owned(), json!(id));
        members.insert("accountId".to_owned(), json!(ACCOUNT));
        members.insert("credentialFormat".to_owned(), formats::reference(self.format));
        members.insert("fieldValues".to_owned(), json!(fields));
        let optional = [
            ("referenceId", self.reference_id.as_ref().map(|text| json!(text))),
            ("encodedCredential", self.encoded.as_ref().map(|text| json!(text))),
            ("size", self.size.map(|size| json!(size))),
        ];
        let given = optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        members.extend(given);
        members
    }
}
