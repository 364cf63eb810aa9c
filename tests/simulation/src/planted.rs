//! Planted bugs that make of a call to Brivo another one, or of its answer.
#![expect(clippy::indexing_slicing, reason = "a JSON value answers null for what it lacks")]

use brivo::Answer;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::message::{self, Response};

use crate::{
    bugs::Bug,
    process::Process,
    stage::Stage,
    transport::{Call, answered},
};

/// What a planted bug makes of an answer.
pub(crate) fn afterwards(process: &Process, call: &Call, answer: message::Answer) -> message::Answer {
    let message::Answer::Response(response) = answer else { return answer };
    let lists =
        call.request.method == "GET" && ["/users", "/groups"].iter().any(|end| call.request.path.ends_with(end));
    if !(process.stage.has(Bug::HalfReading) && process.reads && lists && response.status == 200) {
        return message::Answer::Response(response);
    }
    let mut body: Value = response.body_json();
    if let Some(rows) = body["data"].as_array_mut() {
        rows.truncate(rows.len() / 2);
    }
    message::Answer::Response(Response::json(200, &body))
}

/// What a planted bug makes of a call: another one, or an answer of its own.
pub(crate) fn instead(stage: &Stage, call: &mut Call) -> Option<Answer> {
    let method = call.request.method.clone();
    let path = call.request.path.clone();
    match stage.bug? {
        Bug::PutForPatch if method == "PATCH" => "PUT".clone_into(&mut call.request.method),
        Bug::CreateWithoutLookUp if path.ends_with("/external") => return Some(answered(Response::empty(404))),
        Bug::SetsGroups if method == "POST" && path.ends_with("/groups") => {
            let mut body = call.body();
            let user = path.rsplit('/').nth(1).and_then(|id| id.parse().ok()).map(simulators::brivo::UserId)?;
            let world = stage.world();
            let account = world.accounts.get(call.account)?;
            let held = account.groups_of(&account.person(user)?);
            let added = body["addGroups"].as_array().cloned().unwrap_or_default();
            let foreign = held.into_iter().filter(|group| group % 100 >= crate::setting::FIRST_FOREIGN);
            let mut removed = body["removeGroups"].as_array().cloned().unwrap_or_default();
            removed.extend(foreign.map(|group| json!(group)).filter(|group| !added.contains(group)));
            body["removeGroups"] = json!(removed);
            call.request.body = body.to_string().into_bytes();
        }
        Bug::DropsHeld if method == "POST" && path.ends_with("/groups") => drop_held(stage, call)?,
        Bug::BreakerHoldsDueRemovals if method == "POST" && path.ends_with("/groups") => {
            let removes = call.body()["removeGroups"].as_array().is_some_and(|groups| !groups.is_empty());
            let since = stage.now() - SignedDuration::from_hours(6);
            let world = stage.world();
            let history = world.accounts.get(call.account)?.model.history();
            let left = |it: &&simulators::brivo::MembershipChange| {
                it.change == simulators::brivo::Change::Left && it.at > since
            };
            if removes && history.iter().filter(left).count() >= 3 {
                return Some(answered(Response::empty(503)));
            }
        }
        Bug::EdgeTriggeredRevoke
        | Bug::NoLease
        | Bug::AckBeforeStore
        | Bug::NoDueMark
        | Bug::PutForPatch
        | Bug::CreateWithoutLookUp
        | Bug::BreakerHoldsDueRemovals
        | Bug::DropsHeld
        | Bug::LocalTime
        | Bug::NoIntent
        | Bug::NoAudit
        | Bug::TokenNotStored
        | Bug::NoClaim
        | Bug::SetsGroups
        | Bug::ArrivalOrder
        | Bug::StaleSettings
        | Bug::NoSweep
        | Bug::LostUpdate
        | Bug::HalfReading
        | Bug::UndoneUnasked
        | Bug::GivesUp
        | Bug::DeletesAtOnce
        | Bug::ComesAtOnce => {}
    }
    None
}

/// Makes room for what is added by taking away what is held.
fn drop_held(stage: &Stage, call: &mut Call) -> Option<()> {
    let mut body = call.body();
    let user = call.request.path.rsplit('/').nth(1).and_then(|id| id.parse().ok()).map(simulators::brivo::UserId)?;
    let world = stage.world();
    let account = world.accounts.get(call.account)?;
    let held = account.groups_of(&account.person(user)?);
    let added = body["addGroups"].as_array().map_or(0, Vec::len);
    let ours = held.iter().filter(|group| account.ours.contains(&(user, **group)));
    let too_many = (held.len() + added).saturating_sub(15);
    if added > 0 && too_many > 0 {
        body["removeGroups"] = json!(ours.take(too_many).collect::<Vec<_>>());
        call.request.body = body.to_string().into_bytes();
    }
    Some(())
}
