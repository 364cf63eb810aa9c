//! Invitations to a mobile pass, and how many passes there are.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use super::instant;
use crate::{CredentialId, InvitationId};

/// An invitation to a mobile pass; printed, neither the address nor the pass code shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Brivo's id.
    pub id: InvitationId,
    /// The address that the member enters as pass id.
    #[serde(default, rename = "referenceId")]
    pub address: Option<SecretString>,
    /// The pass once it is redeemed; lists may leave it out, so that it is to be kept from the answer that made it.
    #[serde(default, rename = "credentialId")]
    pub credential: Option<CredentialId>,
    /// What the member enters as pass code; eight letters and digits in the samples.
    #[serde(default, rename = "accessCode")]
    pub pass_code: Option<SecretString>,
    /// Since when it is; `None` if Brivo names no instant, here and below.
    #[serde(default, rename = "created", deserialize_with = "instant")]
    pub created_at: Option<Timestamp>,
    /// When it expires; 72 hours after the making in the samples.
    #[serde(default, rename = "expiration", deserialize_with = "instant")]
    pub expires_at: Option<Timestamp>,
    /// When it was cancelled.
    #[serde(default, rename = "cancelDate", deserialize_with = "instant")]
    pub cancelled_at: Option<Timestamp>,
    /// What became of it.
    pub status: InvitationStatus,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// It waits for the member.
    Pending,
    /// The member has the pass; cancelling does nothing any more, the credential is to be unassigned.
    Redeemed,
    /// Nobody redeemed it in time.
    Expired,
    /// Somebody cancelled it.
    Cancelled,
    /// A word that is not documented.
    Unknown,
}

impl<'de> Deserialize<'de> for InvitationStatus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(from)?.to_ascii_uppercase().as_str() {
            "PENDING" => Self::Pending,
            "REDEEMED" => Self::Redeemed,
            "EXPIRED" => Self::Expired,
            "CANCELLED" => Self::Cancelled,
            _ => Self::Unknown,
        })
    }
}

/// Which invitations to list; pending ones are what Brivo lists by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvitationFilter {
    /// Those that wait for the member: one at most.
    #[default]
    Pending,
    /// Those that became passes.
    Redeemed,
    /// Those that nobody redeemed in time.
    Expired,
    /// Those that somebody cancelled.
    Cancelled,
    /// All of them.
    All,
}

impl InvitationFilter {
    pub(crate) fn query(self) -> &'static str {
        match self {
            Self::Pending => "status__eq:pending",
            Self::Redeemed => "status__eq:redeemed",
            Self::Expired => "status__eq:expired",
            Self::Cancelled => "status__eq:cancelled",
            Self::All => "status__eq:all",
        }
    }
}

/// Who brings pass id and pass code to the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Brivo sends an e-mail in that language.
    ByBrivo(Language),
    /// Nobody but the caller: Brivo sends nothing.
    ByUs,
}

/// The languages of Brivo's e-mail. Source: Brivo API, digital invitations, 2026-09-28.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, Brivo's default.
    #[default]
    English,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Dutch.
    Dutch,
    /// German.
    German,
    /// Swedish.
    Swedish,
}

impl Language {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Dutch => "nl",
            Self::German => "de",
            Self::Swedish => "sv",
        }
    }
}

/// What came of asking for an invitation.
#[derive(Debug)]
pub enum Invited {
    /// It is made and waits for the member.
    Made(Box<Invitation>),
    /// One waits already: nothing was made and nothing sent. List it, or cancel it and ask again for a new code and e-mail.
    AlreadyPending,
    /// The account has no pass left, or none at all: an operator has to buy some or take one back.
    NoPassLeft {
        /// What Brivo wrote.
        message: Option<String>,
    },
}

/// The body of an invitation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationBody<'a> {
    pub(crate) reference_id: &'a str,
}

/// How many mobile passes the account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PassAllotment {
    /// All of them.
    pub allotted: u64,
    /// Those in use; whether a pending invitation counts is not documented.
    pub assigned: u64,
}

impl PassAllotment {
    /// How many there are to give.
    pub fn left(&self) -> u64 {
        self.allotted.saturating_sub(self.assigned)
    }
}
