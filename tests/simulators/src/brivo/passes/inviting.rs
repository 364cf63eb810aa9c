//! The operations on invitations.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Digital Invitation; that a pass needs an address on the profile is said by
//! support.brivo.com. Assumed: pending invitations and redeemed passes count as assigned; without passes left, or without the
//! feature, the answer is the one documented for wallet passes; cancelling what was redeemed finds nothing.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::invitation::{Invitation, Status};
use crate::brivo::account::Account;
use crate::brivo::administrators::Feature;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::credentials::MOBILE_PASS;
use crate::brivo::filter::{self, Condition, Operator};
use crate::brivo::ids::UserId;
use crate::brivo::paging::Page;
use crate::brivo::refusal;
use crate::message::Response;

const LANGUAGES: [&str; 6] = ["en", "fr", "es", "nl", "de", "sv"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewInvitation {
    reference_id: String,
}

pub(super) fn allotment(allotted: u64, assigned: usize) -> Response {
    Response::json(200, &json!({"allotted": allotted, "assigned": assigned}))
}

/// No pass is left, or the account has none at all.
pub(super) fn no_passes() -> Response {
    refusal::coded(412, "You don't have any Brivo Wallet Passes available.")
}

impl Account {
    pub(super) fn invite(&mut self, user: UserId, ask: &Ask<'_>) -> Outcome {
        let has_address = !self.user(user)?.profile.emails.is_empty();
        let NewInvitation { reference_id } = ask.body()?;
        let nfc_enabled = ask.flag("nfcEnabled")?;
        ask.flag("sendInvitationEmail")?;
        let is_language = ask.query.get("language").is_none_or(|language| LANGUAGES.contains(&language.as_str()));
        if reference_id.is_empty() || !is_language || !has_address {
            return Err(refusal::invalid_criteria());
        }
        if nfc_enabled && !self.has(Feature::WalletPass) {
            return Err(no_passes());
        }
        let id = self.open_invitation(user, reference_id, nfc_enabled, ask.now)?;
        self.invitation_view(id, ask.now)
    }

    /// A new invitation for a user who has none open.
    pub(super) fn open_invitation(
        &mut self,
        user: UserId,
        reference_id: String,
        nfc_enabled: bool,
        now: Timestamp,
    ) -> Result<u64, Response> {
        if self.passes.pending_of(user, now).is_some() {
            let message =
                "There is already a pending invitation for the cardHolder. No new invitation will be generated";
            return Err(refusal::coded(409, message));
        }
        let is_left = self.passes_assigned(now) < usize::try_from(self.passes.mobile_allotted()).unwrap_or(usize::MAX);
        if !is_left || !self.has(Feature::MobilePass) {
            return Err(no_passes());
        }
        let access_code = self.random.uuid().to_uppercase().chars().take(8).collect();
        let credential = self.vault.next_id();
        let invitation =
            Invitation { user, reference_id, credential, access_code, created: now, nfc_enabled, end: None };
        Ok(self.passes.insert(invitation))
    }

    pub(super) fn list_invitations(&self, user: UserId, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        self.user(user)?;
        let wanted = wanted(&filter::read(&ask.query)?)?;
        let of_user = self.passes.invitations.iter().filter(|(_, invitation)| invitation.user == user);
        let is_wanted = |one: &Invitation| wanted.is_none_or(|status| one.status(ask.now) == status);
        Ok(page.of(of_user.filter(|(_, one)| is_wanted(one)).map(|(id, one)| one.row(*id, ask.now)).collect()))
    }

    pub(super) fn cancel_invitation(&mut self, user: UserId, now: Timestamp) -> Outcome {
        self.user(user)?;
        let id = self.passes.cancel(user, now).ok_or_else(not_found)?;
        self.invitation_view(id, now)
    }

    pub(super) fn mobile_allotment(&self, now: Timestamp) -> Response {
        allotment(self.passes.mobile_allotted(), self.passes_assigned(now))
    }

    fn passes_assigned(&self, now: Timestamp) -> usize {
        let redeemed = self.vault.cards.values().filter(|card| card.format == MOBILE_PASS).count();
        self.passes.pending(now).count() + redeemed
    }

    fn invitation_view(&self, id: u64, now: Timestamp) -> Outcome {
        let invitation = self.passes.invitations.get(&id).ok_or_else(not_found)?;
        let view: Value = invitation.view(id, now);
        Ok(Response::json(200, &view))
    }
}

/// The status asked for, `None` for all; without a filter the pending ones.
fn wanted(conditions: &[Condition]) -> Result<Option<Status>, Response> {
    let [condition] = conditions else {
        return if conditions.is_empty() { Ok(Some(Status::Pending)) } else { Err(invalid_status()) };
    };
    match (condition.field.as_str(), condition.operator, condition.values.as_slice()) {
        ("status", Operator::Eq, [status]) => match status.to_lowercase().as_str() {
            "pending" => Ok(Some(Status::Pending)),
            "redeemed" => Ok(Some(Status::Redeemed)),
            "expired" => Ok(Some(Status::Expired)),
            "cancelled" => Ok(Some(Status::Cancelled)),
            "all" => Ok(None),
            _ => Err(invalid_status()),
        },
        _ => Err(invalid_status()),
    }
}

fn invalid_status() -> Response {
    refusal::coded(400, "Invalid status provided")
}

fn not_found() -> Response {
    refusal::coded(404, "Digital invitation not found")
}
