//! Those who administer the account.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Administrator.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The id of the administrator behind tokens that nobody in particular consented to.
pub(super) const NOBODY_IN_PARTICULAR: u64 = 5001;

/// Those who may log in, beside the one nobody in particular stands for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Staff {
    kinds: BTreeMap<String, (u64, AdministratorKind)>,
}

/// What an administrator may do at all, as `identityType` says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AdministratorKind {
    /// Everything in the account.
    #[default]
    Senior,
    /// What its roles allow.
    Assistant,
    /// Everything in several accounts.
    Master,
    /// What a dealer may for its customers.
    Dealer,
}

impl Staff {
    /// Takes an administrator in; a known one becomes of this kind.
    pub(super) fn put(&mut self, username: &str, kind: AdministratorKind) {
        let next = NOBODY_IN_PARTICULAR + 1 + self.kinds.len() as u64;
        self.kinds.entry(username.to_owned()).or_insert((next, kind)).1 = kind;
    }

    pub(super) fn count(&self) -> usize {
        self.kinds.len() + 1
    }

    /// The id and the name of the administrator behind a token.
    pub(super) fn identity(&self, username: Option<&str>) -> (u64, &str) {
        let known = username.and_then(|username| self.kinds.get_key_value(username));
        known.map_or((NOBODY_IN_PARTICULAR, "simulated-admin"), |(name, (id, _))| (*id, name))
    }

    pub(super) fn kind(&self, username: Option<&str>) -> AdministratorKind {
        username.and_then(|username| self.kinds.get(username)).map_or(AdministratorKind::Senior, |(_, kind)| *kind)
    }

    pub(super) fn username(&self, id: u64) -> Option<&str> {
        self.kinds.iter().find(|(_, (own, _))| *own == id).map(|(username, _)| username.as_str())
    }

    /// What is said about an administrator; names and addresses are made up.
    pub(super) fn view(&self, username: Option<&str>) -> Value {
        let (id, name) = self.identity(username);
        json!({
            "id": id,
            "username": name,
            "firstName": "Simulated",
            "lastName": "Administrator",
            "identityType": self.kind(username),
            "email": "admin@example.com",
            "timezone": "US/Eastern",
            "canCreateAdmins": true,
        })
    }
}
