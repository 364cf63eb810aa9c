//! All credentials of an account but the PINs, which are their users' own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::card::Card;
use super::encoding;
use super::formats::{MOBILE_PASS, STANDARD_26_BIT};
use crate::brivo::ids::{CredentialId, UserId};

/// Apart from the numbers of users.
const FIRST_CREDENTIAL: u64 = 2_000_001;

/// The credentials by their ids.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::brivo) struct Vault {
    pub(in crate::brivo) cards: BTreeMap<CredentialId, Card>,
    made: u64,
}

impl Vault {
    pub(in crate::brivo) fn len(&self) -> usize {
        self.cards.len()
    }

    /// A number that no other credential has or had.
    pub(in crate::brivo) fn next_id(&mut self) -> CredentialId {
        self.made += 1;
        CredentialId(FIRST_CREDENTIAL + self.made - 1)
    }

    pub(in crate::brivo) fn insert(&mut self, card: Card) -> CredentialId {
        let id = self.next_id();
        self.cards.insert(id, card);
        id
    }

    /// The card that the account takes for the same as this one.
    pub(super) fn same_as(&self, card: &Card) -> Option<CredentialId> {
        self.cards.iter().find(|(_, known)| known.is_same(card)).map(|(id, _)| *id)
    }

    pub(in crate::brivo) fn find_26_bit(&self, facility_code: u8, card_number: u16) -> Option<CredentialId> {
        let bits = encoding::encode(facility_code, card_number);
        let is_it = |card: &Card| card.format == STANDARD_26_BIT && card.encoded.as_ref() == Some(&bits);
        self.cards.iter().find(|(_, card)| is_it(card)).map(|(id, _)| *id)
    }

    /// The card with these bits, whatever its format.
    pub(in crate::brivo) fn find_bits(&self, hex: &str) -> Option<CredentialId> {
        let has = |card: &Card| card.encoded.as_ref().is_some_and(|bits| bits.eq_ignore_ascii_case(hex));
        self.cards.iter().find(|(_, card)| has(card)).map(|(id, _)| *id)
    }

    pub(in crate::brivo) fn held_by(&self, user: UserId) -> impl Iterator<Item = (CredentialId, &Card)> {
        let held = move |card: &Card| card.holding.is_some_and(|holding| holding.user == user);
        self.cards.iter().filter(move |(_, card)| held(card)).map(|(id, card)| (*id, card))
    }

    /// Takes a credential from its holder: a pass is gone then, a card goes back to the bank.
    pub(in crate::brivo) fn release(&mut self, id: CredentialId) {
        if self.cards.get(&id).is_some_and(|card| card.format == MOBILE_PASS) {
            self.cards.remove(&id);
        } else if let Some(card) = self.cards.get_mut(&id) {
            card.holding = None;
        }
    }

    /// Takes all credentials from a holder.
    pub(in crate::brivo) fn release_all(&mut self, user: UserId) {
        let held: Vec<CredentialId> = self.held_by(user).map(|(id, _)| id).collect();
        for id in held {
            self.release(id);
        }
    }
}
