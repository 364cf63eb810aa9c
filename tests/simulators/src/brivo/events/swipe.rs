//! What happens at a door: somebody presents something, and it opens or not.
//!
//! Source: the ids of the actions are documented or seen by public clients: 2004 a successful access, 5012 an unknown credential,
//! 5017 a user who is not enabled, 5018 one who is known and may not pass. Assumed: the texts of all but 2004; a card that nobody
//! holds is unknown; doors know of every change at once; schedules other than 24x7 always hold too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::event::{Action, Actor, Event, Place};
use crate::brivo::account::Account;
use crate::brivo::ask::Ask;
use crate::brivo::ids::{AccessPointId, CredentialId, UserId};
use crate::brivo::model::Model;

/// What is held before a reader or typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presented {
    /// A 26-bit card.
    Card {
        /// Its facility code.
        facility_code: u8,
        /// Its number.
        card_number: u16,
    },
    /// A card of any format, by its bits.
    Bits {
        /// The bits in hexadecimal.
        hex: String,
        /// How many there are.
        length: u64,
    },
    /// A credential of the account, such as a pass.
    Credential(CredentialId),
    /// A PIN.
    Pin(String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Swipe {
    /// The event's id.
    pub uuid: String,
    /// What the event says was done; 2004 is the one that opened the door.
    pub security_action_id: u64,
}

/// Whom a credential stands for, and whether it is in force.
struct Found {
    user: UserId,
    credential: CredentialId,
    in_force: bool,
}

impl Model {
    /// Presents something at a door; `None` if there is no such door.
    pub fn swipe(&mut self, door: AccessPointId, presented: &Presented, now: Timestamp) -> Option<Swipe> {
        self.state.account.swipe(door, presented, now)
    }
}

impl Account {
    fn swipe(&mut self, door: AccessPointId, presented: &Presented, now: Timestamp) -> Option<Swipe> {
        let place = self.place(door)?;
        let found = self.find_holder(presented, now);
        let user = found.as_ref().and_then(|found| self.users.get(&found.user));
        let (id, name) = match (&found, user) {
            (Some(found), Some(user)) if user.suspended || !found.in_force => (5017, "Failed Access: User Not Enabled"),
            (Some(_), Some(user)) if self.premises.admits(&user.groups, door) => (2004, "Open"),
            (Some(_), Some(_)) => (5018, "Failed Access: Unauthorized Attempt"),
            (Some(_) | None, _) => (5012, "Failed Access: Unknown Credential"),
        };
        let actor = found.as_ref().zip(user).map(|(found, user)| Actor {
            id: found.user.0,
            name: format!("{} {}", user.profile.first_name, user.profile.last_name),
            email: user.profile.emails.first().map(|email| email.address.clone()),
            is_user: true,
        });
        let details = match &found {
            Some(found) => known(found.credential),
            None => unknown(presented),
        };
        let uuid = self.random.uuid();
        let action = Action { id, name: name.to_owned(), exception: id != 2004 };
        self.journal.record(Event {
            uuid: uuid.clone(),
            action,
            actor,
            place: Some(place),
            subject: None,
            occurred: now,
            processed: now,
            details,
        });
        Some(Swipe { uuid, security_action_id: id })
    }

    /// An administrator opened a door from afar.
    pub(in crate::brivo) fn note_pulse(&mut self, door: AccessPointId, ask: &Ask<'_>) {
        let (id, name) = self.staff.identity(ask.administrator);
        let actor = Actor { id, name: name.to_owned(), email: None, is_user: false };
        let uuid = self.random.uuid();
        let place = self.place(door);
        self.journal.record(Event {
            uuid,
            action: Action { id: 5064, name: "Administrator Pulse Output".to_owned(), exception: false },
            actor: Some(actor),
            place,
            subject: None,
            occurred: ask.now,
            processed: ask.now,
            details: Map::new(),
        });
    }

    fn place(&self, door: AccessPointId) -> Option<Place> {
        let access_point = self.premises.access_points.get(&door)?;
        Some(Place {
            door,
            door_name: access_point.name.clone(),
            site: access_point.site,
            site_name: self.premises.site_name(access_point.site).to_owned(),
        })
    }

    fn find_holder(&self, presented: &Presented, now: Timestamp) -> Option<Found> {
        let credential = match presented {
            Presented::Card { facility_code, card_number } => self.vault.find_26_bit(*facility_code, *card_number)?,
            Presented::Bits { hex, .. } => self.vault.find_bits(hex)?,
            Presented::Credential(id) => *id,
            Presented::Pin(pin) => return self.find_pin(pin, now),
        };
        let holding = self.vault.cards.get(&credential)?.holding?;
        Some(Found { user: holding.user, credential, in_force: holding.is_in_force(now) })
    }

    fn find_pin(&self, pin: &str, now: Timestamp) -> Option<Found> {
        let (id, user) = self.users.iter().find(|(_, user)| user.profile.pin.as_deref() == Some(pin))?;
        let profile = &user.profile;
        let has_begun = profile.effective_from.is_none_or(|begin| begin <= now);
        let in_force = has_begun && profile.effective_to.is_none_or(|end| now < end);
        Some(Found { user: *id, credential: crate::brivo::credentials::pin_id(*id), in_force })
    }
}

fn known(credential: CredentialId) -> Map<String, Value> {
    let mut details = Map::new();
    details.insert("actorUserTypeId".to_owned(), json!(1));
    details.insert("credentialObjectId".to_owned(), json!(credential));
    details.insert("credentials".to_owned(), json!([{"id": credential, "disabled": false}]));
    details
}

/// What a reader saw that nobody holds; a PIN is not repeated.
fn unknown(presented: &Presented) -> Map<String, Value> {
    let (hex, length) = match presented {
        Presented::Card { facility_code, card_number } => {
            (crate::brivo::credentials::encode_26_bit(*facility_code, *card_number), 26)
        }
        Presented::Bits { hex, length } => (hex.to_ascii_lowercase(), *length),
        Presented::Credential(_) | Presented::Pin(_) => return Map::new(),
    };
    let mut details = Map::new();
    details.insert("credentials".to_owned(), json!([{"id": 0, "disabled": false, "reference_id": hex}]));
    details.insert("unknownWeigand".to_owned(), json!(hex));
    details.insert("credentialBitLength".to_owned(), json!(length));
    details.insert("failedConversion".to_owned(), json!(false));
    details
}
