//! What happens on the telephone, which is no call of the API: redeeming an invitation; and how many passes there may be.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::invitation::{End, Status};
use crate::brivo::credentials::Card;
use crate::brivo::ids::{CredentialId, UserId};
use crate::brivo::model::Model;
use crate::brivo::profile::whole_second;

/// Why an invitation cannot be redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unredeemed {
    /// No invitation has this pass id and pass code.
    Unknown,
    /// It was redeemed before.
    Used,
    /// Its 72 hours are over.
    Expired,
    /// It was taken back.
    Cancelled,
}

impl Model {
    /// Redeems an invitation with the pass id, which is its reference id, and the pass code: the user holds a pass from now on.
    ///
    /// # Errors
    ///
    /// When there is nothing to redeem.
    pub fn redeem(
        &mut self,
        reference_id: &str,
        access_code: &str,
        now: Timestamp,
    ) -> Result<CredentialId, Unredeemed> {
        let account = &mut self.state.account;
        let mut invitations = account.passes.invitations.values_mut();
        let invitation = invitations
            .find(|one| one.reference_id == reference_id && one.access_code == access_code)
            .ok_or(Unredeemed::Unknown)?;
        match invitation.status(now) {
            Status::Pending => {}
            Status::Redeemed => return Err(Unredeemed::Used),
            Status::Expired => return Err(Unredeemed::Expired),
            Status::Cancelled => return Err(Unredeemed::Cancelled),
        }
        invitation.end = Some(End::Redeemed);
        let pass = Card::pass(&invitation.reference_id, invitation.user, whole_second(now));
        let id = invitation.credential;
        account.vault.cards.insert(id, pass);
        Ok(id)
    }

    /// Gives a user a mobile pass that was claimed before we came.
    pub fn give_pass_by_hand(&mut self, user: UserId, reference_id: &str, now: Timestamp) -> CredentialId {
        self.state.account.vault.insert(Card::pass(reference_id, user, whole_second(now)))
    }

    /// Takes away the cards and passes that a user has.
    pub fn take_cards_by_hand(&mut self, user: UserId) {
        self.state.account.vault.release_all(user);
    }

    /// Sets how many mobile passes and how many wallet passes the account may give; 100 and none if never said.
    pub fn allot_passes(&mut self, mobile: u64, wallet: u64) {
        let passes = &mut self.state.account.passes;
        passes.mobile_allotted = Some(mobile);
        passes.wallet_allotted = wallet;
    }
}
