//! The operations on the credentials of the account, whoever holds them.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Credential; 201 at creation and the text of the 404 are recorded (2017-09-13).
//! Assumed: a card that somebody holds can be deleted, and what does not fit its format is refused with 400.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::card::Card;
use super::encoding;
use super::formats::{self, Format, MOBILE_PASS, STANDARD_26_BIT, UNKNOWN};
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::filter::{self, Condition};
use crate::brivo::ids::CredentialId;
use crate::brivo::paging::{self, Page};
use crate::brivo::refusal;
use crate::message::Response;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCard {
    credential_format: Reference,
    reference_id: Option<String>,
    #[serde(default)]
    field_values: Vec<FieldValue>,
    encoded_credential: Option<String>,
    size: Option<u64>,
}

#[derive(Deserialize)]
struct Reference {
    id: u64,
}

#[derive(Deserialize)]
struct FieldValue {
    id: u64,
    value: Value,
}

pub(super) fn list_formats() -> Response {
    paging::whole(&formats::rows())
}

impl Account {
    pub(super) fn list_credentials(&self, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        let conditions = filter::read_texts(&ask.query, &["status", "reference_id", "facility_code"])?;
        let mut rows = Vec::new();
        for (id, card) in &self.vault.cards {
            let fits: Vec<bool> = conditions.iter().map(|condition| fits(condition, card)).collect::<Result<_, _>>()?;
            if fits.into_iter().all(|fits| fits) {
                rows.push(card.view(*id));
            }
        }
        Ok(page.of(rows))
    }

    pub(super) fn create_credential(&mut self, ask: &Ask<'_>) -> Outcome {
        let card = ask.body::<NewCard>()?.card().ok_or_else(refusal::invalid_criteria)?;
        if self.vault.same_as(&card).is_some() {
            return Err(refusal::coded(400, "Duplicate Credential found"));
        }
        let view = |id| card.created_view(id);
        let response = |id| Response::json(ask.options.credential_made_status, &view(id));
        let id = self.vault.insert(card.clone());
        Ok(response(id))
    }

    pub(super) fn read_credential(&self, id: CredentialId) -> Outcome {
        Ok(Response::json(200, &self.card(id)?.view(id)))
    }

    pub(super) fn delete_credential(&mut self, id: CredentialId) -> Outcome {
        self.card(id)?;
        self.vault.cards.remove(&id);
        Ok(Response::empty(204))
    }

    pub(super) fn read_holder(&self, id: CredentialId) -> Outcome {
        let holding = self.card(id)?.holding.ok_or_else(|| refusal::coded(404, "User not found"))?;
        Ok(Response::json(200, &self.user(holding.user)?.holder_view(holding.user)))
    }

    pub(in crate::brivo) fn card(&self, id: CredentialId) -> Result<&Card, Response> {
        let message = || format!("No credential could be retrieved for credential id: {id}");
        self.vault.cards.get(&id).ok_or_else(|| refusal::coded(404, &message()))
    }
}

impl NewCard {
    /// The card it describes; `None` if its format does not allow it. The bits win over the fields.
    fn card(self) -> Option<Card> {
        let format = formats::find(self.credential_format.id).filter(|format| format.id != MOBILE_PASS)?;
        let (fields, encoded) = match self.encoded_credential {
            Some(hex) => from_bits(format, &hex, self.size)?,
            None => from_fields(format, &self.field_values)?,
        };
        Some(Card {
            format: format.id,
            reference_id: self.reference_id,
            fields,
            encoded,
            size: self.size.or(format.size),
            holding: None,
        })
    }
}

type Parts = (BTreeMap<u64, String>, Option<String>);

fn from_bits(format: &Format, hex: &str, size: Option<u64>) -> Option<Parts> {
    let hex = hex.to_ascii_lowercase();
    let is_hex = !hex.is_empty() && hex.chars().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || (format.id == UNKNOWN && size.is_none()) {
        return None;
    }
    let fields = if format.id == STANDARD_26_BIT {
        let (facility_code, card_number) = encoding::decode(&hex)?;
        BTreeMap::from([(1, card_number.to_string()), (2, facility_code.to_string())])
    } else {
        BTreeMap::new()
    };
    Some((fields, Some(hex)))
}

fn from_fields(format: &Format, given: &[FieldValue]) -> Option<Parts> {
    let fields: BTreeMap<u64, String> =
        given.iter().map(|field| Some((field.id, number_in(&field.value)?))).collect::<Option<_>>()?;
    let wanted: Vec<u64> = format.fields.iter().map(|(id, _)| *id).collect();
    if fields.is_empty() || !fields.keys().copied().eq(wanted) {
        return None;
    }
    let encoded = if format.id == STANDARD_26_BIT {
        Some(encoding::encode(fields.get(&2)?.parse().ok()?, fields.get(&1)?.parse().ok()?))
    } else {
        None
    };
    Some((fields, encoded))
}

/// A number that was written as a text or as a number, without leading zeros.
fn number_in(value: &Value) -> Option<String> {
    let number = match value {
        Value::String(text) => text.parse::<u64>().ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.as_u64(),
    };
    number.map(|number| number.to_string())
}

fn fits(condition: &Condition, card: &Card) -> Result<bool, Response> {
    Ok(match (condition.field.as_str(), condition.values.as_slice()) {
        ("status", [status]) => match status.as_str() {
            "assigned" => card.holding.is_some(),
            "unassigned" => card.holding.is_none(),
            _ => return Err(refusal::invalid_criteria()),
        },
        ("reference_id", _) => card.reference_id.as_deref().is_some_and(|text| condition.is_in(text)),
        ("facility_code", _) => card.field("facility_code").is_some_and(|text| condition.is_in(text)),
        _ => return Err(refusal::invalid_criteria()),
    })
}
