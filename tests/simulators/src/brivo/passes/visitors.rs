//! Visitors: users for a time, made with their groups and their credential in one call.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Brivo Visitor. Assumed: a visitor is a user like any other; its addresses are
//! numbered from one; a group that is not there is 404.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::history::Change;
use crate::brivo::ids::{GroupId, UserId};
use crate::brivo::profile::{Email, Profile, whole_second};
use crate::brivo::refusal;
use crate::brivo::user::User;
use crate::message::Response;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewVisitor {
    user: Visitor,
    #[serde(default)]
    group_ids: BTreeSet<GroupId>,
    #[serde(default)]
    credential_type: CredentialKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Visitor {
    first_name: String,
    effective_from: Timestamp,
    effective_to: Timestamp,
    emails: Vec<Email>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum CredentialKind {
    #[default]
    Pin,
    MobilePass,
}

impl Account {
    pub(super) fn create_visitor(&mut self, ask: &Ask<'_>) -> Outcome {
        let NewVisitor { user, group_ids, credential_type } = ask.body()?;
        let address = user.emails.first().map(|email| email.address.clone());
        let address = address.ok_or_else(refusal::invalid_criteria)?;
        for group in &group_ids {
            self.group(*group)?;
        }
        let profile = Profile {
            first_name: user.first_name,
            last_name: format!("({})", self.staff.identity(ask.administrator).1),
            pin: Some(self.random_pin()),
            effective_from: Some(whole_second(user.effective_from)),
            effective_to: Some(whole_second(user.effective_to)),
            emails: user.emails,
            ..Profile::default()
        };
        let id = self.insert_user(User { claimed: true, ..User::new(profile, ask.now) }, ask.now);
        self.passes.visitors.insert(id);
        if credential_type == CredentialKind::MobilePass
            && let Err(refusal) = self.open_invitation(id, address, false, ask.now)
        {
            self.remove_user(id, ask.now);
            return Err(refusal);
        }
        for group in group_ids {
            self.set_membership(id, group, Change::Joined, ask.now);
        }
        Ok(Response::json(200, &self.visitor_view(id)?))
    }

    pub(super) fn delete_visitor(&mut self, id: UserId, now: Timestamp) -> Outcome {
        self.check_visitor(id)?;
        self.remove_user(id, now);
        Ok(Response::empty(204))
    }

    /// The invitation that was open is replaced.
    pub(super) fn invite_visitor_again(&mut self, id: UserId, now: Timestamp) -> Outcome {
        self.check_visitor(id)?;
        let address = self.user(id)?.profile.emails.first().map(|email| email.address.clone());
        self.passes.cancel(id, now);
        self.open_invitation(id, address.unwrap_or_default(), false, now)?;
        Ok(Response::empty(204))
    }

    fn check_visitor(&self, id: UserId) -> Result<(), Response> {
        if self.passes.visitors.contains(&id) { Ok(()) } else { Err(refusal::user_not_found()) }
    }

    /// Six digits that nobody has.
    fn random_pin(&mut self) -> String {
        loop {
            let pin = format!("{:06}", self.random.next() % 1_000_000);
            let profile = Profile { pin: Some(pin.clone()), ..Profile::default() };
            if self.check_pin(&profile, None).is_ok() {
                return pin;
            }
        }
    }

    fn visitor_view(&self, id: UserId) -> Result<Value, Response> {
        let mut view = self.user(id)?.created_view(id);
        if let Some(members) = view.as_object_mut() {
            members.insert("identityType".to_owned(), json!("Visitor"));
        }
        let emails = view.get_mut("emails").and_then(Value::as_array_mut).into_iter().flatten();
        for (email, number) in emails.filter_map(Value::as_object_mut).zip(1..) {
            email.insert("id".to_owned(), json!(number));
        }
        Ok(view)
    }
}
