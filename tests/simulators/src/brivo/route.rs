//! Which request means what: the documented paths and verbs.
//!
//! Source: apidocs.brivo.com (2025-11-25), sections User, Group, Administrator, Authentication.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::administrators::Administration;
use super::credentials::CredentialOperation;
use super::events::EventOperation;
use super::group_changes::GroupChange;
use super::ids::{GroupId, UserId};
use super::passes::PassOperation;
use super::places::PlaceOperation;
use crate::message::Request;

/// The two hosts of Brivo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// Gives out tokens.
    Auth,
    /// Answers everything else, under `/v1/api`.
    Api,
}

/// Where every path of the api host starts.
pub(super) const API_PREFIX: &str = "/v1/api";

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Authorize,
    Token,
    Account(Operation),
}

/// What a request asks of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    ListUsers,
    CreateUser,
    FindUser(String),
    ReadUser(UserId),
    ReplaceUser(UserId),
    ChangeUser(UserId),
    DeleteUser(UserId),
    ReadSuspension(UserId),
    ChangeSuspension(UserId),
    ListGroupsOfUser(UserId),
    ChangeGroupsOfUser(UserId),
    ListGroups,
    ReadGroup(GroupId),
    ListUsersOfGroup(GroupId),
    AddMember(GroupId, UserId),
    RemoveMember(GroupId, UserId),
    Group(GroupChange),
    Administration(Administration),
    Place(PlaceOperation),
    Credential(CredentialOperation),
    Pass(PassOperation),
    Event(EventOperation),
}

impl Route {
    /// `None` for a path or verb Brivo does not document, or that is not simulated.
    pub(super) fn of(host: Host, request: &Request) -> Option<Self> {
        match host {
            Host::Auth => match (request.method.as_str(), request.path.as_str()) {
                ("GET" | "POST", "/oauth/authorize") => Some(Self::Authorize),
                ("POST", "/oauth/token") => Some(Self::Token),
                _ => None,
            },
            Host::Api => Operation::of(request).map(Self::Account),
        }
    }
}

impl Operation {
    fn of(request: &Request) -> Option<Self> {
        let path = request.path.strip_prefix(API_PREFIX)?.strip_prefix('/')?;
        let segments: Vec<&str> = path.split('/').collect();
        Some(match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["users"]) => Self::ListUsers,
            ("POST", ["users"]) => Self::CreateUser,
            ("GET", ["users", external_id, "external"]) => Self::FindUser(decoded(external_id)?),
            ("GET", ["users", id]) => Self::ReadUser(user(id)?),
            ("PUT", ["users", id]) => Self::ReplaceUser(user(id)?),
            ("PATCH", ["users", id]) => Self::ChangeUser(user(id)?),
            ("DELETE", ["users", id]) => Self::DeleteUser(user(id)?),
            ("GET", ["users", id, "suspended"]) => Self::ReadSuspension(user(id)?),
            ("PUT", ["users", id, "suspended"]) => Self::ChangeSuspension(user(id)?),
            ("GET", ["users", id, "groups"]) => Self::ListGroupsOfUser(user(id)?),
            ("POST", ["users", id, "groups"]) => Self::ChangeGroupsOfUser(user(id)?),
            ("GET", ["groups"]) => Self::ListGroups,
            ("GET", ["groups", id]) => Self::ReadGroup(group(id)?),
            ("GET", ["groups", id, "users"]) => Self::ListUsersOfGroup(group(id)?),
            ("PUT", ["groups", id, "users", member]) => Self::AddMember(group(id)?, user(member)?),
            ("DELETE", ["groups", id, "users", member]) => Self::RemoveMember(group(id)?, user(member)?),
            (method, segments) => return Self::beside(method, segments),
        })
    }

    /// The operations of which users and their memberships are no part.
    fn beside(method: &str, segments: &[&str]) -> Option<Self> {
        None.or_else(|| GroupChange::of(method, segments).map(Self::Group))
            .or_else(|| Administration::of(method, segments).map(Self::Administration))
            .or_else(|| PlaceOperation::of(method, segments).map(Self::Place))
            .or_else(|| CredentialOperation::of(method, segments).map(Self::Credential))
            .or_else(|| PassOperation::of(method, segments).map(Self::Pass))
            .or_else(|| EventOperation::of(method, segments).map(Self::Event))
    }
}

fn user(segment: &str) -> Option<UserId> {
    segment.parse().ok().map(UserId)
}

fn group(segment: &str) -> Option<GroupId> {
    segment.parse().ok().map(GroupId)
}

fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}
