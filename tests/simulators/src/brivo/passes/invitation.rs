//! An invitation to take a pass.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Digital Invitation; 72 hours lie between the dates of every sample.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::brivo::dates;
use crate::brivo::ids::{CredentialId, UserId};

/// How long an invitation can be redeemed.
pub(super) const LIFE: SignedDuration = SignedDuration::from_hours(72);

/// An invitation as the account keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Invitation {
    pub(super) user: UserId,
    pub(super) reference_id: String,
    /// The credential that redeeming makes.
    pub(super) credential: CredentialId,
    pub(super) access_code: String,
    pub(super) created: Timestamp,
    pub(super) nfc_enabled: bool,
    pub(super) end: Option<End>,
}

/// What ended an invitation before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Redeemed,
    Cancelled(Timestamp),
}

/// What an invitation is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Status {
    Pending,
    Redeemed,
    Expired,
    Cancelled,
}

impl Invitation {
    pub(super) fn status(&self, now: Timestamp) -> Status {
        match self.end {
            Some(End::Redeemed) => Status::Redeemed,
            Some(End::Cancelled(_)) => Status::Cancelled,
            None if now < self.created + LIFE => Status::Pending,
            None => Status::Expired,
        }
    }

    /// As a row of the listing, which the documents show without the credential's id.
    pub(super) fn row(&self, id: u64, now: Timestamp) -> Value {
        let mut view = json!({
            "id": id,
            "referenceId": self.reference_id,
            "accessCode": self.access_code,
            "created": dates::with_thousandths(self.created),
            "expiration": dates::with_thousandths(self.created + LIFE),
            "status": self.status(now),
            "nfcEnabled": self.nfc_enabled,
        });
        if let (Some(End::Cancelled(at)), Some(members)) = (self.end, view.as_object_mut()) {
            members.insert("cancelDate".to_owned(), json!(dates::with_thousandths(at)));
        }
        view
    }

    /// As given back by the calls about this one invitation.
    pub(super) fn view(&self, id: u64, now: Timestamp) -> Value {
        let mut view = self.row(id, now);
        if let Some(members) = view.as_object_mut() {
            members.insert("credentialId".to_owned(), json!(self.credential));
        }
        view
    }
}
