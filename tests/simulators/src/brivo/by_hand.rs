//! What an operator's staff does in Brivo's own pages: it enters the history like any other change, and no call shows it.

use jiff::Timestamp;

use super::history::Change;
use super::ids::{GroupId, UserId};
use super::model::Model;
use super::profile::{Email, PhoneNumber, Profile};
use super::user::User;

/// The label that the pages offer first is not known; nobody decides on it.
const LABEL: &str = "work";

impl Model {
    /// Deletes a group; its members leave it.
    pub fn remove_group(&mut self, id: GroupId, now: Timestamp) {
        self.state.account.drop_group(id, now);
    }

    /// Adds a user to a group or takes it out of one.
    pub fn change_by_hand(&mut self, user: UserId, group: GroupId, change: Change, now: Timestamp) {
        self.state.account.set_membership(user, group, change, now);
    }

    /// Creates a user with an e-mail address and without an external id.
    pub fn create_by_hand(&mut self, first_name: &str, last_name: &str, email: &str, now: Timestamp) -> UserId {
        let profile = Profile {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            emails: vec![Email { address: email.to_owned(), kind: LABEL.to_owned() }],
            ..Profile::default()
        };
        self.state.account.insert_user(User::new(profile, now), now)
    }

    /// Suspends a user.
    pub fn suspend_by_hand(&mut self, user: UserId, now: Timestamp) {
        self.state.account.set_suspended(user, true, now);
    }

    /// Takes the suspension of a user back.
    pub fn reinstate_by_hand(&mut self, user: UserId, now: Timestamp) {
        self.state.account.set_suspended(user, false, now);
    }

    /// Puts this telephone number in the place of all that a user has.
    pub fn write_phone_by_hand(&mut self, user: UserId, number: &str, now: Timestamp) {
        if let Some(user) = self.state.account.users.get_mut(&user) {
            let phone_numbers = vec![PhoneNumber { number: number.to_owned(), kind: LABEL.to_owned() }];
            user.rewrite(Profile { phone_numbers, ..user.profile.clone() }, now);
        }
    }

    /// Adds a telephone number and an e-mail address to those that a user has.
    pub fn add_contacts_by_hand(&mut self, user: UserId, (number, address): (&str, &str), now: Timestamp) {
        if let Some(user) = self.state.account.users.get_mut(&user) {
            let mut profile = user.profile.clone();
            profile.phone_numbers.push(PhoneNumber { number: number.to_owned(), kind: LABEL.to_owned() });
            profile.emails.push(Email { address: address.to_owned(), kind: LABEL.to_owned() });
            user.rewrite(profile, now);
        }
    }

    /// Puts this PIN in the place of the one a user has; no end.
    pub fn write_pin_by_hand(&mut self, user: UserId, pin: &str, now: Timestamp) {
        if let Some(user) = self.state.account.users.get_mut(&user) {
            user.rewrite(Profile { pin: Some(pin.to_owned()), ..user.profile.clone() }, now);
        }
    }

    /// Takes away the PIN that a user has.
    pub fn take_pin_by_hand(&mut self, user: UserId, now: Timestamp) {
        if let Some(user) = self.state.account.users.get_mut(&user) {
            user.rewrite(Profile { pin: None, ..user.profile.clone() }, now);
        }
    }

    /// Deletes a user; its memberships end and its external id is free again.
    pub fn delete_by_hand(&mut self, user: UserId, now: Timestamp) {
        self.state.account.remove_user(user, now);
    }
}
