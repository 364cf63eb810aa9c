//! The journal of what administrators did, once somebody reads it.
//!
//! Source: apidocs.brivo.com (2025-11-25) says of 4001 to 4004 that they name a group; that the first two are joining and leaving it
//! is assumed. The ids for users made, suspended, reinstated and deleted are not public: those here lie beyond all that are known, so
//! that nobody can rely on them. Who did it is always the administrator nobody in particular stands for.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::event::{Action, Actor, Event, Subject};
use crate::brivo::account::Account;
use crate::brivo::history::{Change, Standing};
use crate::brivo::ids::{GroupId, UserId};
use crate::brivo::model::Model;

impl Model {
    /// Writes changes of users and memberships into the audit journal from now on, as any subscription to it does.
    pub fn keep_audit(&mut self) {
        self.state.account.journal.keeps_audit = true;
    }
}

impl Account {
    pub(in crate::brivo) fn audit_membership(&mut self, user: UserId, group: GroupId, change: Change, at: Timestamp) {
        if !self.journal.keeps_audit {
            return;
        }
        let mut details = Map::new();
        details.insert("userGroupObjectId".to_owned(), json!(group));
        let name = self.groups.get(&group).cloned().unwrap_or_default();
        details.insert("userGroupName".to_owned(), json!(name));
        let (id, name) = match change {
            Change::Joined => (4001, "User Added to Group"),
            Change::Left => (4002, "User Removed from Group"),
        };
        self.audit(user, (id, name), details, at);
    }

    pub(in crate::brivo) fn audit_standing(&mut self, user: UserId, standing: Standing, at: Timestamp) {
        let action = match standing {
            Standing::Created => (9001, "User Created"),
            Standing::Suspended => (9002, "User Suspended"),
            Standing::Reinstated => (9003, "User Reinstated"),
            Standing::Deleted => (9004, "User Deleted"),
        };
        if self.journal.keeps_audit {
            self.audit(user, action, Map::new(), at);
        }
    }

    fn audit(&mut self, user: UserId, (id, name): (u64, &str), details: Map<String, Value>, at: Timestamp) {
        let (administrator, administrator_name) = self.staff.identity(None);
        let actor = Actor { id: administrator, name: administrator_name.to_owned(), email: None, is_user: false };
        let profile = self.users.get(&user).map(|user| &user.profile);
        let named = profile.map(|profile| format!("{} {}", profile.first_name, profile.last_name));
        let subject = Subject { kind: "user".to_owned(), id: user.0, name: named.unwrap_or_default() };
        let uuid = self.random.uuid();
        self.journal.record(Event {
            uuid,
            action: Action { id, name: name.to_owned(), exception: false },
            actor: Some(actor),
            place: None,
            subject: Some(subject),
            occurred: at,
            processed: at,
            details,
        });
    }
}
