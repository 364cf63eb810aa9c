//! The operations on the credentials of one user.
//!
//! Source: apidocs.brivo.com (2025-11-25), "Assign credential to user", and apidocs.brivo.com/access (2026-09-28), "Revoke
//! credentials". Assumed: a card of somebody else is "not valid"; so is a time that ends before it begins; revoking answers without
//! a body and takes the PIN too; a PIN is taken like a card; a pass that is taken is gone.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::card::Holding;
use super::formats;
use crate::brivo::account::Account;
use crate::brivo::administrators::ACCOUNT;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::ids::{CredentialId, UserId};
use crate::brivo::profile::{Profile, whole_second};
use crate::brivo::{dates, paging, refusal};
use crate::message::Response;

/// A PIN has an id too; how Brivo numbers them is not known.
const FIRST_PIN: u64 = 10_000_000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dates {
    effective_from: Option<String>,
    effective_to: Option<String>,
}

impl Account {
    pub(super) fn list_credentials_of(&self, user: UserId) -> Outcome {
        let pin = pin_view(user, &self.user(user)?.profile);
        let held = self.vault.held_by(user).map(|(id, card)| card.held_view(id));
        let rows: Vec<Value> = held.chain(pin).collect();
        Ok(paging::whole(&rows))
    }

    pub(super) fn assign(&mut self, user: UserId, id: CredentialId, ask: &Ask<'_>) -> Outcome {
        self.user(user)?;
        let current = self.card(id)?.holding;
        if current.is_some_and(|holding| holding.user != user) {
            return Err(not_valid());
        }
        let Dates { effective_from, effective_to } = ask.optional_body()?;
        let (begin, end) = (instant(effective_from.as_deref())?, instant(effective_to.as_deref())?);
        let holding = match (current, begin, end) {
            (Some(current), None, None) => current,
            (current, begin, effective_to) => {
                let earlier = current.map_or_else(|| whole_second(ask.now), |current| current.effective_from);
                Holding { user, effective_from: begin.unwrap_or(earlier), effective_to }
            }
        };
        if holding.effective_to.is_some_and(|end| end <= holding.effective_from) {
            return Err(not_valid());
        }
        if let Some(card) = self.vault.cards.get_mut(&id) {
            card.holding = Some(holding);
        }
        Ok(Response::empty(204))
    }

    pub(super) fn unassign(&mut self, user: UserId, id: CredentialId, ask: &Ask<'_>) -> Outcome {
        if id == pin_id(user) && self.user(user)?.profile.pin.is_some() {
            self.take_pin(user, ask);
            return Ok(Response::empty(204));
        }
        self.user(user)?;
        if self.card(id)?.holding.is_none_or(|holding| holding.user != user) {
            return Err(refusal::coded(404, "The requested resource was not found."));
        }
        self.vault.release(id);
        Ok(Response::empty(204))
    }

    pub(super) fn revoke_credentials(&mut self, user: UserId, ask: &Ask<'_>) -> Outcome {
        if !self.user(user)?.suspended {
            return Err(refusal::invalid_criteria());
        }
        self.take_pin(user, ask);
        self.vault.release_all(user);
        self.passes.cancel(user, ask.now);
        Ok(Response::empty(200))
    }

    fn take_pin(&mut self, id: UserId, ask: &Ask<'_>) {
        if let Some(user) = self.users.get_mut(&id).filter(|user| user.profile.pin.is_some()) {
            let profile = user.profile.clone();
            user.rewrite(Profile { pin: None, effective_from: None, effective_to: None, ..profile }, ask.now);
        }
    }
}

/// The id of the credential that a user's PIN is.
pub(in crate::brivo) fn pin_id(user: UserId) -> CredentialId {
    CredentialId(FIRST_PIN + user.0)
}

/// The PIN in the list of its user: digits for bits, and neither fields nor a printed number.
fn pin_view(user: UserId, profile: &Profile) -> Option<Value> {
    let mut view = Map::new();
    view.insert("id".to_owned(), json!(pin_id(user)));
    view.insert("accountId".to_owned(), json!(ACCOUNT));
    view.insert("credentialFormat".to_owned(), formats::reference(formats::PIN));
    view.insert("encodedCredential".to_owned(), json!(profile.pin.as_ref()?));
    view.insert("fieldValues".to_owned(), json!([]));
    view.insert("size".to_owned(), json!(0));
    let dates = [("effectiveFrom", profile.effective_from), ("effectiveTo", profile.effective_to)];
    view.extend(dates.into_iter().filter_map(|(name, date)| Some((name.to_owned(), json!(date?)))));
    Some(Value::Object(view))
}

fn instant(text: Option<&str>) -> Result<Option<jiff::Timestamp>, Response> {
    text.map(|text| dates::read(text).ok_or_else(refusal::invalid_criteria)).transpose()
}

fn not_valid() -> Response {
    refusal::coded(400, "Credential not valid")
}
