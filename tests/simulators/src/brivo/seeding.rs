//! Preparing a model: what Brivo's staff, an operator or a bad day would have put there.

use jiff::Timestamp;

use super::fault::Fault;
use super::ids::{GroupId, UserId};
use super::model::Model;
use super::profile::Profile;
use super::user::User;

impl Model {
    /// Registers an application and an api-key for it; a known application gets this secret.
    pub fn add_application(&mut self, client_id: &str, client_secret: &str, api_key: &str) {
        let authority = &mut self.state.authority;
        let application = authority.applications.entry(client_id.to_owned()).or_default();
        client_secret.clone_into(&mut application.secret);
        authority.api_keys.insert(api_key.to_owned());
    }

    /// Registers where the consent page sends the browser back to.
    pub fn set_redirect_uri(&mut self, client_id: &str, redirect_uri: &str) {
        if let Some(application) = self.state.authority.applications.get_mut(client_id) {
            application.redirect_uri = Some(redirect_uri.to_owned());
        }
    }

    /// Registers an administrator for the password grant.
    pub fn add_administrator(&mut self, administrator_id: &str, password: &str) {
        let administrators = &mut self.state.authority.administrators;
        administrators.insert(administrator_id.to_owned(), password.to_owned());
    }

    /// Gives out a refresh token, as after an administrator's consent.
    pub fn issue_refresh_token(&mut self, client_id: &str, now: Timestamp) -> String {
        self.state.authority.issue(client_id, now)
    }

    /// Takes `token` for a refresh token given out now, unless it is already known.
    pub fn accept_refresh_token(&mut self, client_id: &str, token: &str, now: Timestamp) {
        self.state.authority.accept(client_id, token, now);
    }

    /// Adds or renames a group.
    pub fn add_group(&mut self, id: GroupId, name: &str) {
        self.state.account.groups.insert(id, name.to_owned());
    }

    /// Keeps the user out of the group from now on, as if its credentials were in a group linked to it: each call that would
    /// add it is refused with 400. Whoever is a member stays one.
    pub fn link_group(&mut self, group: GroupId, user: UserId) {
        self.state.account.linked.insert((group, user));
    }

    /// Lets the user into the group again.
    pub fn unlink_group(&mut self, group: GroupId, user: UserId) {
        self.state.account.linked.remove(&(group, user));
    }

    /// Adds a user without groups; to strict mode it is not the client's, whatever its external id.
    pub fn add_user(&mut self, profile: Profile, now: Timestamp) -> UserId {
        self.state.account.insert_user(User::new(profile, now), now)
    }

    /// Orders a fault; earlier ones strike first.
    pub fn inject(&mut self, fault: Fault) {
        self.state.faults.push(fault);
    }

    /// Forgets all faults.
    pub fn clear_faults(&mut self) {
        self.state.faults.clear();
    }
}
