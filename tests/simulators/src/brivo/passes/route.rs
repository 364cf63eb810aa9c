//! Which request about passes and visitors means what.
//!
//! Source: apidocs.brivo.com (2025-11-25), sections Digital Invitation, Pass and Brivo Visitor; apidocs.brivo.com/access (2026-09-28)
//! for the wallet. What belongs to the holder's telephone, which has a token of its own, is refused.

use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::ids::UserId;
use crate::brivo::refusal;

/// What a request asks about passes, or changes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::brivo) enum PassOperation {
    Invite(UserId),
    ListInvitations(UserId),
    CancelInvitation(UserId),
    MobileAllotment,
    AllegionAllotment,
    ChangeWallets,
    CreateVisitor,
    DeleteVisitor(UserId),
    InviteVisitor(UserId),
    OfTheHolder,
}

impl PassOperation {
    pub(in crate::brivo) fn of(method: &str, segments: &[&str]) -> Option<Self> {
        let user = |segment: &str| segment.parse().ok().map(UserId);
        Some(match (method, segments) {
            ("POST", ["users", id, "credentials", "digital-invitations"]) => Self::Invite(user(id)?),
            ("GET", ["users", id, "credentials", "digital-invitations"]) => Self::ListInvitations(user(id)?),
            ("DELETE", ["users", id, "credentials", "digital-invitations"]) => Self::CancelInvitation(user(id)?),
            ("GET", ["credentials", "digital", "allotment"]) => Self::MobileAllotment,
            ("GET", ["credentials", "digital", "allegion-allotment"]) => Self::AllegionAllotment,
            ("POST", ["users", "credentials", "brivo-wallet-pass"]) => Self::ChangeWallets,
            ("POST", ["brivo-visitor", "create-and-assign-visitor-user"]) => Self::CreateVisitor,
            ("DELETE", ["brivo-visitor", id]) => Self::DeleteVisitor(user(id)?),
            ("POST", ["brivo-visitor", id, "credentials", "digital-invitation"]) => Self::InviteVisitor(user(id)?),
            ("GET", ["pass"] | ["users", "credentials", "digital"]) => Self::OfTheHolder,
            _ => return None,
        })
    }

    /// The members documented for the body.
    pub(in crate::brivo) fn documented(&self) -> &'static [&'static str] {
        match self {
            Self::Invite(_) => &["referenceId"],
            Self::ChangeWallets => &["bmpCredentials"],
            Self::CreateVisitor => &["user", "groupIds", "credentialType"],
            Self::ListInvitations(_)
            | Self::CancelInvitation(_)
            | Self::MobileAllotment
            | Self::AllegionAllotment
            | Self::DeleteVisitor(_)
            | Self::InviteVisitor(_)
            | Self::OfTheHolder => &[],
        }
    }
}

impl Account {
    pub(in crate::brivo) fn tend_passes(&mut self, operation: &PassOperation, ask: &Ask<'_>) -> Outcome {
        match *operation {
            PassOperation::Invite(user) => self.invite(user, ask),
            PassOperation::ListInvitations(user) => self.list_invitations(user, ask),
            PassOperation::CancelInvitation(user) => self.cancel_invitation(user, ask.now),
            PassOperation::MobileAllotment => Ok(self.mobile_allotment(ask.now)),
            PassOperation::AllegionAllotment => Ok(super::inviting::allotment(0, 0)),
            PassOperation::ChangeWallets => self.change_wallets(ask),
            PassOperation::CreateVisitor => self.create_visitor(ask),
            PassOperation::DeleteVisitor(user) => self.delete_visitor(user, ask.now),
            PassOperation::InviteVisitor(user) => self.invite_visitor_again(user, ask.now),
            PassOperation::OfTheHolder => Err(refusal::coded(403, "Access to the requested resource was denied")),
        }
    }
}
