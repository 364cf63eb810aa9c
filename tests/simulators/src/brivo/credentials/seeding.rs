//! Preparing a model: the cards that an operator's staff entered and gave out.

use jiff::Timestamp;

use super::card::{Card, Holding};
use super::encoding;
use super::formats::STANDARD_26_BIT;
use crate::brivo::ids::{CredentialId, UserId};
use crate::brivo::model::Model;
use crate::brivo::profile::whole_second;

impl Model {
    /// Puts a 26-bit card in the bank, its number printed on it; one that is already there stays as it is.
    pub fn add_card(&mut self, facility_code: u8, card_number: u16) -> CredentialId {
        let card = Card {
            format: STANDARD_26_BIT,
            reference_id: Some(card_number.to_string()),
            fields: [(1, card_number.to_string()), (2, facility_code.to_string())].into(),
            encoded: Some(encoding::encode(facility_code, card_number)),
            size: Some(26),
            holding: None,
        };
        let vault = &mut self.state.account.vault;
        vault.same_as(&card).unwrap_or_else(|| vault.insert(card))
    }

    /// Gives a card to a user, whoever held it before.
    pub fn assign_by_hand(&mut self, user: UserId, card: CredentialId, now: Timestamp) {
        if let Some(card) = self.state.account.vault.cards.get_mut(&card) {
            card.holding = Some(Holding::from(user, whole_second(now)));
        }
    }

    /// Who holds a card.
    pub fn holder_of(&self, card: CredentialId) -> Option<UserId> {
        Some(self.state.account.vault.cards.get(&card)?.holding?.user)
    }
}
