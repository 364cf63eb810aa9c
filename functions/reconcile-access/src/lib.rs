//! Grants and revokes: wake-ups from the queue, and the sweep that finds whoever was not woken. Both only reconcile.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{MemberKey, wake::CLOCKS_APART};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use reconcile::{Outcome, reconcile, wake_at};
use runtime::{Services, wakeups::WakeUp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use state::StoreError;

/// How many members are looked at side by side: they wait for Brivo, not for us.
const SIDE_BY_SIDE: usize = 8;

/// How late a member has to be for the sweep: the fast path has had its time.
const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// The most members of one sweep, so that it ends well before the next; the most overdue come first.
const MOST_SWEPT: usize = 500;

/// What starts this function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Trigger {
    /// Wake-ups.
    Queue(SqsEvent),
    /// The clock, every minute.
    Clock {
        /// Always true.
        #[serde(rename = "sweep")]
        _sweep: bool,
    },
}

/// What a sweep did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Members that were late and are looked at now.
    pub members: usize,
    /// Of these, those whose run could not be ended; they are late still.
    pub failed: usize,
}

/// Handles whatever starts this function.
///
/// # Errors
/// If the trigger is unknown, or the due index cannot be read.
pub async fn handle(services: &Services, payload: Value) -> Result<Value, lambda_runtime::Error> {
    match serde_json::from_value(payload)? {
        Trigger::Queue(event) => Ok(serde_json::to_value(handle_batch(services, event).await)?),
        Trigger::Clock { .. } => Ok(serde_json::to_value(sweep(services).await?)?),
    }
}

/// Looks at every member named in a batch. A message whose run could not be ended is reported, and comes again.
pub async fn handle_batch(services: &Services, event: SqsEvent) -> SqsBatchResponse {
    let outcomes = stream::iter(event.records).map(|message| async move {
        let id = message.message_id.clone().unwrap_or_default();
        (id, handle_message(services, &message).await)
    });
    let failed =
        outcomes.buffer_unordered(SIDE_BY_SIDE).filter_map(|(id, ended)| async move { (!ended).then_some(id) });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect()
        .await;
    response
}

/// Whether the message has done its work.
async fn handle_message(services: &Services, message: &SqsMessage) -> bool {
    let Ok(wake_up) = WakeUp::parse(message.body.as_deref().unwrap_or_default()) else {
        tracing::error!("a queue message is no wake-up");
        return false;
    };
    look_at(services, &wake_up.0).await.is_some()
}

/// Looks at whoever is late, the most overdue first.
///
/// # Errors
/// If the due index cannot be read.
pub async fn sweep(services: &Services) -> Result<Swept, StoreError> {
    let now = services.clock.now();
    let late = services.store.due(now.saturating_sub(GRACE).unwrap_or(now), MOST_SWEPT).await?;
    let members = late.len();
    let looks = stream::iter(late).map(|(_, member)| async move {
        let outcome = look_at(services, &member).await?;
        if let Outcome::Busy { until } = outcome {
            // Whoever has the member may be dead; the lease is to have run out by everybody's clock.
            wake_at(services, &member, until.saturating_add(CLOCKS_APART).unwrap_or(until), now).await;
        }
        Some(outcome)
    });
    let failed =
        looks.buffer_unordered(SIDE_BY_SIDE).filter(|outcome| std::future::ready(outcome.is_none())).count().await;
    if members > 0 {
        tracing::warn!(members, failed, "found members late");
    }
    Ok(Swept { members, failed })
}

async fn look_at(services: &Services, member: &MemberKey) -> Option<Outcome> {
    let looked = reconcile(services, member).await;
    looked.inspect_err(|error| tracing::error!(member.id = %member, error = %error, "a run could not be ended")).ok()
}
