//! Which request about credentials means what.
//!
//! Source: apidocs.brivo.com (2025-11-25), sections Credential and User. Cards for licence plates and faces are not simulated: their
//! formats are not public.

use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::ids::{CredentialId, UserId};

/// What a request asks about credentials, or changes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::brivo) enum CredentialOperation {
    ListFormats,
    List,
    Create,
    Read(CredentialId),
    Delete(CredentialId),
    ReadHolder(CredentialId),
    ListOf(UserId),
    Assign(UserId, CredentialId),
    Unassign(UserId, CredentialId),
    Revoke(UserId),
}

impl CredentialOperation {
    pub(in crate::brivo) fn of(method: &str, segments: &[&str]) -> Option<Self> {
        let number = |segment: &str| segment.parse::<u64>().ok();
        let credential = |segment| number(segment).map(CredentialId);
        let user = |segment| number(segment).map(UserId);
        Some(match (method, segments) {
            ("GET", ["credentials", "formats"]) => Self::ListFormats,
            ("GET", ["credentials"]) => Self::List,
            ("POST", ["credentials"]) => Self::Create,
            ("GET", ["credentials", id]) => Self::Read(credential(id)?),
            ("DELETE", ["credentials", id]) => Self::Delete(credential(id)?),
            ("GET", ["credentials", id, "user"]) => Self::ReadHolder(credential(id)?),
            ("GET", ["users", id, "credentials"]) => Self::ListOf(user(id)?),
            ("PUT", ["users", id, "credentials", held]) => Self::Assign(user(id)?, credential(held)?),
            ("DELETE", ["users", id, "credentials", held]) => Self::Unassign(user(id)?, credential(held)?),
            ("POST", ["users", id, "revoke-credentials"]) => Self::Revoke(user(id)?),
            _ => return None,
        })
    }

    /// The members documented for the body.
    pub(in crate::brivo) fn documented(&self) -> &'static [&'static str] {
        match self {
            Self::Create => &[
                "credentialFormat",
                "referenceId",
                "fieldValues",
                "encodedCredential",
                "size",
                "credentialUsedWithOfflineLocks",
            ],
            Self::Assign(..) => &["effectiveFrom", "effectiveTo"],
            Self::ListFormats
            | Self::List
            | Self::Read(_)
            | Self::Delete(_)
            | Self::ReadHolder(_)
            | Self::ListOf(_)
            | Self::Unassign(..)
            | Self::Revoke(_) => &[],
        }
    }
}

impl Account {
    pub(in crate::brivo) fn tend_credentials(&mut self, operation: &CredentialOperation, ask: &Ask<'_>) -> Outcome {
        match *operation {
            CredentialOperation::ListFormats => Ok(super::bank::list_formats()),
            CredentialOperation::List => self.list_credentials(ask),
            CredentialOperation::Create => self.create_credential(ask),
            CredentialOperation::Read(id) => self.read_credential(id),
            CredentialOperation::Delete(id) => self.delete_credential(id),
            CredentialOperation::ReadHolder(id) => self.read_holder(id),
            CredentialOperation::ListOf(user) => self.list_credentials_of(user),
            CredentialOperation::Assign(user, id) => self.assign(user, id, ask),
            CredentialOperation::Unassign(user, id) => self.unassign(user, id, ask),
            CredentialOperation::Revoke(user) => self.revoke_credentials(user, ask),
        }
    }
}
