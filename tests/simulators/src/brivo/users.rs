//! The operations on users.
//!
//! Source: apidocs.brivo.com (2025-11-25), section User. Creation answers 200, as documented and
//! recorded. How a second use of an external id is refused is not known; 400 is assumed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Account;
use super::ask::Ask;
use super::filter::{self, Condition, Operator};
use super::ids::UserId;
use super::paging::Page;
use super::profile::Profile;
use super::refusal;
use super::user::User;
use crate::message::Response;

type Outcome = Result<Response, Response>;

impl Account {
    pub(super) fn list_users(&self, query: &BTreeMap<String, String>) -> Outcome {
        let page = Page::read(query)?;
        let tests: Vec<Test> = filter::read(query)?.into_iter().map(test).collect::<Result<_, _>>()?;
        let mut found: Vec<(&UserId, &User)> =
            self.users.iter().filter(|(id, user)| tests.iter().all(|test| test.passes(**id, user))).collect();
        found.sort_by_key(|&(id, user)| user.sort_key(*id));
        Ok(page.of_many(&found, |(id, user)| user.row(**id)))
    }

    pub(super) fn create_user(&mut self, body: &[u8], now: Timestamp) -> Outcome {
        let profile = Profile::from_body(body).ok_or_else(refusal::invalid_criteria)?;
        self.check_external_id(&profile, None)?;
        self.check_pin(&profile, None)?;
        let id = self.insert_user(User { claimed: true, ..User::new(profile, now) }, now);
        Ok(Response::json(200, &self.user(id)?.created_view(id)))
    }

    pub(super) fn find_user(&self, external_id: &str) -> Outcome {
        let id = self.user_by_external_id(external_id).ok_or_else(refusal::user_not_found)?;
        self.read_user(id)
    }

    pub(super) fn read_user(&self, id: UserId) -> Outcome {
        Ok(Response::json(200, &self.user(id)?.view(id)))
    }

    pub(super) fn replace_user(&mut self, id: UserId, body: &[u8], now: Timestamp) -> Outcome {
        self.user(id)?;
        self.rewrite_user(id, Profile::from_body(body), now)?;
        self.claim_if_named(id, body)
    }

    pub(super) fn change_user(&mut self, id: UserId, ask: &Ask<'_>) -> Outcome {
        let before = &self.user(id)?.profile;
        let mut profile = before.changed_by(ask.raw_body());
        if let Some(profile) = profile.as_mut().filter(|profile| !ask.options.null_clears_pin && profile.pin.is_none())
        {
            profile.pin.clone_from(&before.pin);
        }
        self.rewrite_user(id, profile, ask.now)?;
        self.claim_if_named(id, ask.raw_body())
    }

    pub(super) fn delete_user(&mut self, id: UserId, now: Timestamp) -> Outcome {
        self.user(id)?;
        self.remove_user(id, now);
        Ok(Response::empty(204))
    }

    pub(super) fn read_suspension(&self, id: UserId) -> Outcome {
        Ok(suspension(id, self.user(id)?))
    }

    pub(super) fn change_suspension(&mut self, id: UserId, body: &[u8], now: Timestamp) -> Outcome {
        self.user(id)?;
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let suspended = body.get("suspended").and_then(Value::as_bool).ok_or_else(refusal::invalid_criteria)?;
        self.set_suspended(id, suspended, now);
        self.read_suspension(id)
    }

    pub(super) fn user(&self, id: UserId) -> Result<&User, Response> {
        self.users.get(&id).ok_or_else(refusal::user_not_found)
    }

    fn user_mut(&mut self, id: UserId) -> Result<&mut User, Response> {
        self.users.get_mut(&id).ok_or_else(refusal::user_not_found)
    }

    fn rewrite_user(&mut self, id: UserId, profile: Option<Profile>, now: Timestamp) -> Result<(), Response> {
        let profile = profile.ok_or_else(refusal::invalid_criteria)?;
        self.check_external_id(&profile, Some(id))?;
        self.check_pin(&profile, Some(id))?;
        self.user_mut(id)?.rewrite(profile, now);
        Ok(())
    }

    /// Whoever the client gave its external id is the client's from then on.
    fn claim_if_named(&mut self, id: UserId, body: &[u8]) -> Outcome {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let user = self.user_mut(id)?;
        user.claimed |= user.profile.external_id.is_some() && body.get("externalId").is_some();
        self.read_user(id)
    }

    fn check_external_id(&self, profile: &Profile, own: Option<UserId>) -> Result<(), Response> {
        let holder = profile.external_id.as_deref().and_then(|external_id| self.user_by_external_id(external_id));
        if holder.is_some() && holder != own {
            return Err(refusal::invalid_criteria());
        }
        Ok(())
    }
}

fn suspension(id: UserId, user: &User) -> Response {
    Response::json(200, &json!({"id": id, "suspended": user.suspended}))
}

/// One condition of a filter on users, understood.
enum Test {
    OneOf(Vec<UserId>),
    NoneOf(Vec<UserId>),
    FirstName(Vec<String>),
    LastName(Vec<String>),
    Active,
    Suspended,
    Unaffiliated,
    Nobody,
}

impl Test {
    fn passes(&self, id: UserId, user: &User) -> bool {
        match self {
            Self::OneOf(ids) => ids.contains(&id),
            Self::NoneOf(ids) => !ids.contains(&id),
            Self::FirstName(parts) => filter::contains_any(&user.profile.first_name, parts),
            Self::LastName(parts) => filter::contains_any(&user.profile.last_name, parts),
            Self::Active => !user.suspended,
            Self::Suspended => user.suspended,
            Self::Unaffiliated => user.groups.is_empty(),
            Self::Nobody => false,
        }
    }
}

/// `deleted` is deprecated and finds nobody; what makes a user unaffiliated is assumed.
fn test(condition: Condition) -> Result<Test, Response> {
    let Condition { field, operator, values } = condition;
    match (field.as_str(), operator, values.as_slice()) {
        ("id", Operator::Eq, values) => user_ids(values).map(Test::OneOf),
        ("id", Operator::Ne, values) => user_ids(values).map(Test::NoneOf),
        ("firstname", Operator::Eq, _) => Ok(Test::FirstName(values)),
        ("lastname", Operator::Eq, _) => Ok(Test::LastName(values)),
        ("user_status", Operator::Eq, [status]) => match status.as_str() {
            "active" => Ok(Test::Active),
            "suspended" => Ok(Test::Suspended),
            "unaffiliated" => Ok(Test::Unaffiliated),
            "deleted" => Ok(Test::Nobody),
            _ => Err(refusal::invalid_criteria()),
        },
        ("id" | "firstname" | "lastname" | "user_status", _, _) => Err(refusal::coded(400, "Invalid filter operator")),
        _ => Err(refusal::invalid_criteria()),
    }
}

fn user_ids(values: &[String]) -> Result<Vec<UserId>, Response> {
    let id = |value: &String| value.parse().map(UserId).map_err(|_| refusal::invalid_criteria());
    values.iter().map(id).collect()
}
