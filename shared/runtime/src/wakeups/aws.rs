//! Wake-ups by Amazon SQS and EventBridge Scheduler.

mod schedules;

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_sqs::{
    error::{ProvideErrorMetadata, SdkError},
    types::{BatchResultErrorEntry, SendMessageBatchRequestEntry},
};
use domain::{
    MemberKey,
    wake::{LONGEST_DELAY, ScheduleChange, WakePlan},
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

pub use schedules::ScheduleSettings;

use self::schedules::Schedules;
use super::{Cause, WakeError, WakeUp, WakeUps};

/// How many messages one call may send.
///
/// Source: Amazon SQS API reference, `SendMessageBatch`, 2026-11.
const BATCH: usize = 10;

/// How many calls are made side by side: a team of thousands is woken within a second or two, well before whoever sent the
/// webhook gives up.
const SIDE_BY_SIDE: usize = 16;

/// A queue that can delay messages and, where given, a schedule group for what is further away.
#[derive(Debug)]
pub struct AwsWakeUps {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    schedules: Option<Schedules>,
}

impl AwsWakeUps {
    /// Sends to this queue and makes no schedules: enough to wake members at once or within fifteen minutes.
    pub fn new(sqs: aws_sdk_sqs::Client, queue_url: impl Into<String>) -> Self {
        Self { sqs, queue_url: queue_url.into(), schedules: None }
    }

    /// Makes schedules too.
    #[must_use]
    pub fn with_schedules(self, scheduler: aws_sdk_scheduler::Client, settings: ScheduleSettings) -> Self {
        Self { schedules: Some(Schedules::new(scheduler, settings)), ..self }
    }

    /// Sends a message for each member; begins no more calls after one that failed.
    async fn send(&self, members: &[MemberKey], delay_s: i32) -> Result<(), WakeError> {
        let batches: Vec<_> = members.chunks(BATCH).map(|batch| self.send_batch(batch, delay_s)).collect();
        let answers: Vec<_> = stream::iter(batches).buffer_unordered(SIDE_BY_SIDE).try_collect().await?;
        let failed = answers.concat();
        if failed.is_empty() { Ok(()) } else { Err(partly_failed(&failed, members.len())) }
    }

    /// Sends the messages of one call; answers those that were not taken.
    async fn send_batch(&self, batch: &[MemberKey], delay_s: i32) -> Result<Vec<BatchResultErrorEntry>, WakeError> {
        let entries = batch.iter().zip(0_u32..).map(|(member, place)| entry(place, member, delay_s));
        let entries = entries.collect::<Result<_, _>>().map_err(refused)?;
        let call = self.sqs.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
        Ok(call.send().await.map_err(wake_error)?.failed)
    }
}

#[async_trait]
impl WakeUps for AwsWakeUps {
    async fn wake(&self, members: &[MemberKey], _now: Timestamp) -> Result<(), WakeError> {
        self.send(members, 0).await
    }

    async fn arrange(&self, member: &MemberKey, plan: WakePlan, now: Timestamp) -> Result<(), WakeError> {
        if let Some(at) = plan.message_at {
            self.send(std::slice::from_ref(member), delay_s(at.duration_since(now))).await?;
        }
        match (plan.schedule, &self.schedules) {
            (ScheduleChange::Keep, _) => Ok(()),
            (ScheduleChange::Put(at), Some(schedules)) => schedules.put(member, at).await,
            (ScheduleChange::Delete, Some(schedules)) => schedules.delete(member).await,
            (ScheduleChange::Put(_) | ScheduleChange::Delete, None) => Err(WakeError::NoSchedules),
        }
    }
}

fn entry(place: u32, member: &MemberKey, delay_s: i32) -> Result<SendMessageBatchRequestEntry, Cause> {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(WakeUp(member.clone()).body())
        // On a standard queue the group only keeps a loud tenant from delaying the others.
        .message_group_id(member.tenant.as_str())
        .delay_seconds(delay_s);
    Ok(entry.build()?)
}

/// Whole seconds of delay, never too early; what is further away than a message can wait comes at its longest delay.
fn delay_s(wait: SignedDuration) -> i32 {
    let wait = wait.clamp(SignedDuration::ZERO, LONGEST_DELAY);
    let started_second = i32::from(wait.subsec_nanos() > 0);
    i32::try_from(wait.as_secs()).unwrap_or(0).saturating_add(started_second)
}

/// One error for the messages of a batch that were not taken; it can be repeated unless all of them are our fault.
fn partly_failed(failed: &[BatchResultErrorEntry], sent: usize) -> WakeError {
    let codes: BTreeSet<&str> = failed.iter().map(|entry| entry.code.as_str()).collect();
    let text = format!("{} of {sent} messages were not taken: {codes:?}", failed.len());
    if failed.iter().all(|entry| entry.sender_fault) { refused(text) } else { WakeError::Unavailable(text.into()) }
}

/// Tells what may pass by itself from a refusal.
fn wake_error<E>(error: SdkError<E>) -> WakeError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    // Some of these come with a status that otherwise blames the caller.
    let passing = ["Throttl", "TooManyRequests", "Conflict"];
    let may_pass = error.code().is_some_and(|code| passing.iter().any(|word| code.contains(word)));
    let is_refused = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
    let is_our_fault = is_refused || matches!(error, SdkError::ConstructionFailure(_));
    if is_our_fault && !may_pass { refused(error) } else { WakeError::Unavailable(error.into()) }
}

fn refused(cause: impl Into<Cause>) -> WakeError {
    WakeError::Refused(cause.into())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_sqs::config::{Credentials, Region, SharedHttpClient, retry::RetryConfig};
    use aws_smithy_http_client::test_util::infallible_client_fn;
    use serde_json::{Value, json};

    use super::*;

    const NO_SUCH_SCHEDULE: &str = "ResourceNotFoundException";

    /// What AWS was asked: HTTP method and body.
    #[derive(Clone, Default)]
    struct Calls(Arc<Mutex<Vec<(String, Value)>>>);

    impl Calls {
        fn methods(&self) -> Vec<String> {
            self.0.lock().unwrap().iter().map(|(method, _)| method.clone()).collect()
        }

        fn bodies(&self) -> Vec<Value> {
            self.0.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
        }
    }

    /// Wake-ups on an AWS that answers by a rule, and what it was asked.
    fn on_aws(answer: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static) -> (AwsWakeUps, Calls) {
        let calls = Calls::default();
        let heard = calls.clone();
        let http = infallible_client_fn(move |request| {
            let method = request.method().as_str().to_owned();
            let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap_or(Value::Null);
            let (status, answer) = answer(&method, &body);
            heard.0.lock().unwrap().push((method, body));
            http::Response::builder().status(status).body(answer.to_string()).unwrap()
        });
        (wake_ups(http), calls)
    }

    fn wake_ups(http: SharedHttpClient) -> AwsWakeUps {
        let sqs = aws_sdk_sqs::Config::builder()
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(http.clone());
        let scheduler = aws_sdk_scheduler::Config::builder()
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(http);
        let settings = ScheduleSettings { group: "g".to_owned(), queue_arn: "q".to_owned(), role_arn: "r".to_owned() };
        AwsWakeUps::new(aws_sdk_sqs::Client::from_conf(sqs.build()), "https://sqs.example/wake-ups")
            .with_schedules(aws_sdk_scheduler::Client::from_conf(scheduler.build()), settings)
    }

    fn members(count: usize) -> Vec<MemberKey> {
        let key = |n: usize| MemberKey { tenant: "acme".into(), member: format!("m{n}").as_str().into() };
        (0..count).map(key).collect()
    }

    fn sent(_: &str, _: &Value) -> (u16, Value) {
        (200, json!({"Successful": [], "Failed": []}))
    }

    fn error(code: &str) -> Value {
        json!({"__type": code, "message": ""})
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn schedule(change: ScheduleChange) -> WakePlan {
        WakePlan { message_at: None, schedule: change }
    }

    async fn put(wake_ups: &AwsWakeUps) -> Result<(), WakeError> {
        wake_ups.arrange(&members(1)[0], schedule(ScheduleChange::Put(at(5000))), at(0)).await
    }

    #[tokio::test]
    async fn one_member_costs_one_request_and_ten_share_one() {
        for (count, batches) in [(0, vec![]), (1, vec![1]), (10, vec![10]), (25, vec![10, 10, 5])] {
            let (wake_ups, calls) = on_aws(sent);

            wake_ups.wake(&members(count), at(0)).await.unwrap();

            let bodies = calls.bodies();
            let sizes: Vec<usize> = bodies.iter().map(|body| body["Entries"].as_array().unwrap().len()).collect();
            assert_eq!(sizes, batches);
        }
    }

    #[tokio::test]
    async fn a_team_of_thousands_is_woken_to_the_last_member() {
        let (wake_ups, calls) = on_aws(sent);

        wake_ups.wake(&members(5000), at(0)).await.unwrap();

        let bodies = calls.bodies();
        let entries = bodies.iter().flat_map(|body| body["Entries"].as_array().unwrap());
        let woken: BTreeSet<_> =
            entries.map(|entry| WakeUp::parse(entry["MessageBody"].as_str().unwrap()).unwrap().0).collect();
        assert_eq!((bodies.len(), woken), (500, members(5000).into_iter().collect()));
    }

    #[tokio::test]
    async fn a_queue_that_fails_is_soon_left_alone() {
        let (wake_ups, calls) = on_aws(|_, _| (503, error("ServiceUnavailable")));

        wake_ups.wake(&members(5000), at(0)).await.unwrap_err();

        assert!(calls.bodies().len() <= SIDE_BY_SIDE, "{}", calls.bodies().len());
    }

    #[tokio::test]
    async fn a_message_waits_until_its_instant_in_the_group_of_its_tenant() {
        let (wake_ups, calls) = on_aws(sent);
        let plan = WakePlan { message_at: Some(at(100)), schedule: ScheduleChange::Keep };

        wake_ups.arrange(&members(1)[0], plan, at(40)).await.unwrap();

        let entry = &calls.bodies()[0]["Entries"][0];
        assert_eq!(entry["DelaySeconds"], 60);
        assert_eq!(entry["MessageGroupId"], "acme");
        assert_eq!(WakeUp::parse(entry["MessageBody"].as_str().unwrap()).unwrap().0, members(1)[0]);
    }

    #[test]
    fn a_delay_is_rounded_up_and_kept_within_what_the_queue_takes() {
        let delays_ms =
            [(-5_000, 0), (0, 0), (1, 1), (1_000, 1), (1_001, 2), (899_999, 900), (900_000, 900), (900_001, 900)];

        for (wait_ms, delay) in delays_ms {
            assert_eq!(delay_s(SignedDuration::from_millis(wait_ms)), delay, "{wait_ms} ms");
        }
        assert_eq!(delay_s(SignedDuration::MAX), 900);
    }

    #[tokio::test]
    async fn a_batch_taken_in_part_is_an_error_after_the_others_were_sent() {
        for (is_our_fault, may_pass) in [(false, true), (true, false)] {
            let failed = json!([{"Id": "0", "Code": "InternalError", "SenderFault": is_our_fault}]);
            let (wake_ups, calls) = on_aws(move |_, _| (200, json!({"Successful": [], "Failed": failed})));

            let error = wake_ups.wake(&members(20), at(0)).await.unwrap_err();

            assert_eq!(calls.bodies().len(), 2);
            assert_eq!(matches!(error, WakeError::Unavailable(_)), may_pass);
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(cause, "2 of 20 messages were not taken: {\"InternalError\"}");
        }
    }

    #[tokio::test]
    async fn what_may_pass_is_told_from_a_refusal() {
        let answers = [
            (500, "InternalFailure", true),
            (503, "ServiceUnavailable", true),
            (400, "ThrottlingException", true),
            (403, "RequestThrottled", true),
            (403, "AccessDeniedException", false),
            (400, "QueueDoesNotExist", false),
        ];

        for (status, code, may_pass) in answers {
            let (wake_ups, _) = on_aws(move |_, _| (status, error(code)));
            let error = wake_ups.wake(&members(1), at(0)).await.unwrap_err();
            assert_eq!(matches!(error, WakeError::Unavailable(_)), may_pass, "{code}: {error:?}");
        }
    }

    #[tokio::test]
    async fn a_schedule_that_stands_is_moved_by_one_request() {
        let (wake_ups, calls) = on_aws(|_, _| (200, json!({"ScheduleArn": "a"})));

        put(&wake_ups).await.unwrap();

        assert_eq!(calls.methods(), ["PUT"]);
        let body = &calls.bodies()[0];
        assert_eq!(body["ScheduleExpression"], "at(1970-01-01T01:23:20)");
        assert_eq!(body["ScheduleExpressionTimezone"], "UTC");
        assert_eq!(body["FlexibleTimeWindow"], json!({"Mode": "OFF"}));
        assert_eq!(body["ActionAfterCompletion"], "DELETE");
        assert_eq!(body["GroupName"], "g");
        assert_eq!(body["Target"], json!({"Arn": "q", "RoleArn": "r", "Input": WakeUp(members(1)[0].clone()).body()}));
    }

    #[tokio::test]
    async fn a_schedule_that_is_not_there_is_made_with_the_same_values() {
        let (wake_ups, calls) = on_aws(|method, _| match method {
            "PUT" => (404, error(NO_SUCH_SCHEDULE)),
            _ => (200, json!({"ScheduleArn": "a"})),
        });

        put(&wake_ups).await.unwrap();

        assert_eq!(calls.methods(), ["PUT", "POST"]);
        let mut bodies = calls.bodies();
        // Each request has its own token against doubling.
        for body in &mut bodies {
            body["ClientToken"].take();
        }
        assert_eq!(bodies[0], bodies[1]);
    }

    #[tokio::test]
    async fn a_schedule_that_somebody_made_in_between_is_moved() {
        let asked = Mutex::new(0);
        let (wake_ups, calls) = on_aws(move |method, _| {
            *asked.lock().unwrap() += 1;
            match (method, *asked.lock().unwrap()) {
                ("PUT", 1) => (404, error(NO_SUCH_SCHEDULE)),
                ("POST", _) => (409, error("ConflictException")),
                _ => (200, json!({"ScheduleArn": "a"})),
            }
        });

        put(&wake_ups).await.unwrap();

        assert_eq!(calls.methods(), ["PUT", "POST", "PUT"]);
    }

    #[tokio::test]
    async fn a_schedule_that_others_change_at_once_may_be_tried_again() {
        let (contested, _) = on_aws(|_, _| (409, error("ConflictException")));
        let (flickering, _) = on_aws(|method, _| match method {
            "PUT" => (404, error(NO_SUCH_SCHEDULE)),
            _ => (409, error("ConflictException")),
        });

        for wake_ups in [contested, flickering] {
            assert!(matches!(put(&wake_ups).await.unwrap_err(), WakeError::Unavailable(_)));
        }
    }

    #[tokio::test]
    async fn a_schedule_group_that_is_not_there_is_a_refusal() {
        let (wake_ups, _) = on_aws(|_, _| (404, error(NO_SUCH_SCHEDULE)));

        assert!(matches!(put(&wake_ups).await.unwrap_err(), WakeError::Refused(_)));
    }

    #[tokio::test]
    async fn deleting_what_is_not_there_is_done() {
        let (wake_ups, calls) = on_aws(|_, _| (404, error(NO_SUCH_SCHEDULE)));

        wake_ups.arrange(&members(1)[0], schedule(ScheduleChange::Delete), at(0)).await.unwrap();

        assert_eq!(calls.methods(), ["DELETE"]);
    }

    #[tokio::test]
    async fn without_settings_for_schedules_only_messages_are_arranged() {
        let (wake_ups, _) = on_aws(sent);
        let wake_ups = AwsWakeUps { schedules: None, ..wake_ups };
        let plan = WakePlan { message_at: Some(at(10)), schedule: ScheduleChange::Keep };

        wake_ups.arrange(&members(1)[0], plan, at(0)).await.unwrap();

        assert!(matches!(put(&wake_ups).await.unwrap_err(), WakeError::NoSchedules));
    }
}
