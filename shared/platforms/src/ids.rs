//! The ids that facts refer to, and the subjects of their records.

use domain::{GroupId, LocationId, MemberId, Subject, SubjectKind, TeamId};
use serde_json::Value;

use crate::fields::{digits, id};

/// Reads a member's id.
pub(crate) fn member(value: &Value) -> Result<MemberId, String> {
    id(value).map(MemberId::new)
}

/// Reads a team's id.
pub(crate) fn team(value: &Value) -> Result<TeamId, String> {
    id(value).map(TeamId::new)
}

/// Reads a location's id.
pub(crate) fn location(value: &Value) -> Result<LocationId, String> {
    id(value).map(LocationId::new)
}

/// Reads the number of a Brivo group, which may stand in a text.
pub(crate) fn group(value: &Value) -> Result<GroupId, String> {
    let text = value.as_number().and_then(digits).or_else(|| value.as_str().map(str::to_owned));
    let number = text.and_then(|text| text.parse().ok());
    number.map(GroupId).ok_or_else(|| "must be the number of a Brivo group".to_owned())
}

/// The subject of a member.
pub(crate) fn member_subject(member: &MemberId) -> Subject {
    Subject::new(SubjectKind::Member, member.as_str())
}

/// The subject of a team.
pub(crate) fn team_subject(team: &TeamId) -> Subject {
    Subject::new(SubjectKind::Team, team.as_str())
}

/// The subjects of a member and a team that hold something.
pub(crate) fn holders(member: Option<&MemberId>, team: Option<&TeamId>) -> impl Iterator<Item = Subject> {
    member.map(member_subject).into_iter().chain(team.map(team_subject))
}
