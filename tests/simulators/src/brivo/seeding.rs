//! Preparing a model: what Brivo's staff, an operator or a bad day would have put there.

use jiff::Timestamp;

use super::application::ApplicationKind;
use super::fault::Fault;
use super::group_changes::GroupMaker;
use super::ids::{GroupId, UserId};
use super::model::Model;
use super::profile::Profile;
use super::staff::AdministratorKind;
use super::token::Origin;
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

    /// Says by which way administrators let the application in; until then either way works.
    pub fn set_application_kind(&mut self, client_id: &str, kind: ApplicationKind) {
        if let Some(application) = self.state.authority.applications.get_mut(client_id) {
            application.kind = kind;
        }
    }

    /// Disables an api-key, as whoever sold it can.
    pub fn disable_key(&mut self, api_key: &str) {
        self.state.authority.api_keys.remove(api_key);
    }

    /// Registers an administrator, who may do everything, for the log-in page and the password grant.
    pub fn add_administrator(&mut self, administrator_id: &str, password: &str) {
        let administrators = &mut self.state.authority.administrators;
        administrators.insert(administrator_id.to_owned(), password.to_owned());
        self.set_administrator_kind(administrator_id, AdministratorKind::Senior);
    }

    /// Says what the administrator may do at all.
    pub fn set_administrator_kind(&mut self, administrator_id: &str, kind: AdministratorKind) {
        self.state.account.staff.put(administrator_id, kind);
    }

    /// Names the account.
    pub fn name_account(&mut self, name: &str) {
        self.state.account.name = Some(name.to_owned());
    }

    /// Makes it another account for whoever looks from outside: another id and another name.
    pub fn become_account(&mut self, id: u64, name: &str) {
        self.state.account.number = Some(id);
        self.name_account(name);
    }

    /// Switches mobile passes on or off for the account.
    pub fn offer_mobile_passes(&mut self, offered: bool) {
        self.state.account.lacks_mobile_passes = !offered;
    }

    /// Gives out a refresh token, as after an administrator's consent.
    pub fn issue_refresh_token(&mut self, client_id: &str, now: Timestamp) -> String {
        self.state.authority.issue(client_id, Origin::default(), now)
    }

    /// Takes `token` for a refresh token given out now, unless it is already known.
    pub fn accept_refresh_token(&mut self, client_id: &str, token: &str, now: Timestamp) {
        self.state.authority.accept(client_id, token, now);
    }

    /// Adds or renames a group.
    pub fn add_group(&mut self, id: GroupId, name: &str) {
        self.state.account.groups.insert(id, name.to_owned());
    }

    /// Takes the group for one that Brivo made for a multifamily site and does not delete.
    pub fn mark_multifamily(&mut self, group: GroupId) {
        self.state.account.group_settings.entry(group).or_default().maker = GroupMaker::Brivo;
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
