//! Wake-ups through the AWS SDK against an emulator of SQS and EventBridge Scheduler that nobody here wrote.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use aws_sdk_scheduler::{operation::get_schedule::GetScheduleOutput, types::ActionAfterCompletion};
use aws_sdk_sqs::{
    config::{Credentials, Region},
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use cloud::Emulator;
use domain::{
    MemberKey,
    wake::{ScheduleChange, WakePlan},
};
use jiff::{SignedDuration, Timestamp};
use runtime::{
    clock::{Clock, SystemClock},
    wakeups::{AwsWakeUps, ScheduleSettings, WakeError, WakeUp, WakeUps},
};

const REGION: &str = "eu-west-1";
const GROUP: &str = "latchwork";

/// A queue and a schedule group as the template makes them, and the wake-ups that use them.
struct Cloud {
    _emulator: Emulator,
    sqs: aws_sdk_sqs::Client,
    scheduler: aws_sdk_scheduler::Client,
    queue_url: String,
    wake_ups: AwsWakeUps,
}

impl Cloud {
    async fn start() -> Result<Self> {
        let emulator = Emulator::start()?;
        let (sqs, scheduler) = clients(&emulator);
        let queue = sqs.create_queue().queue_name("wake-ups").send().await?;
        let queue_url = queue.queue_url.context("a queue has an address")?;
        let asked = sqs.get_queue_attributes().queue_url(&queue_url).attribute_names(QueueAttributeName::QueueArn);
        let attributes = asked.send().await?.attributes.context("a queue has attributes")?;
        let queue_arn = attributes.get(&QueueAttributeName::QueueArn).context("a queue has an ARN")?.clone();
        scheduler.create_schedule_group().name(GROUP).send().await?;
        let role_arn = "arn:aws:iam::000000000000:role/member-schedules".to_owned();
        let settings = ScheduleSettings { group: GROUP.to_owned(), queue_arn, role_arn };
        let wake_ups = AwsWakeUps::new(sqs.clone(), &queue_url).with_schedules(scheduler.clone(), settings);
        Ok(Self { _emulator: emulator, sqs, scheduler, queue_url, wake_ups })
    }

    /// Takes what arrives within five seconds, ten messages at most.
    async fn receive(&self) -> Result<Vec<Message>> {
        let call = self.sqs.receive_message().queue_url(&self.queue_url).wait_time_seconds(5);
        let call = call.max_number_of_messages(10).message_system_attribute_names(MessageSystemAttributeName::All);
        Ok(call.send().await?.messages.unwrap_or_default())
    }

    /// Takes messages until `count` have arrived, one minute at most.
    async fn receive_all(&self, count: usize) -> Result<Vec<Message>> {
        let began = Instant::now();
        let mut messages = Vec::new();
        while messages.len() < count {
            ensure!(began.elapsed() < Duration::from_mins(1), "{} of {count} messages arrived", messages.len());
            messages.extend(self.receive().await?);
        }
        Ok(messages)
    }

    /// All schedules of the group.
    async fn schedules(&self) -> Result<Vec<GetScheduleOutput>> {
        let mut schedules = Vec::new();
        for summary in self.scheduler.list_schedules().group_name(GROUP).send().await?.schedules {
            let name = summary.name.context("a schedule has a name")?;
            schedules.push(self.scheduler.get_schedule().group_name(GROUP).name(name).send().await?);
        }
        Ok(schedules)
    }

    async fn arrange(&self, member: &MemberKey, schedule: ScheduleChange) -> Result<()> {
        let plan = WakePlan { message_at: None, schedule };
        Ok(self.wake_ups.arrange(member, plan, SystemClock.now()).await?)
    }
}

fn clients(emulator: &Emulator) -> (aws_sdk_sqs::Client, aws_sdk_scheduler::Client) {
    let sqs = aws_sdk_sqs::Config::builder()
        .region(Region::new(REGION))
        .credentials_provider(Credentials::for_tests())
        .endpoint_url(emulator.endpoint());
    let scheduler = aws_sdk_scheduler::Config::builder()
        .region(Region::new(REGION))
        .credentials_provider(Credentials::for_tests())
        .endpoint_url(emulator.endpoint());
    (aws_sdk_sqs::Client::from_conf(sqs.build()), aws_sdk_scheduler::Client::from_conf(scheduler.build()))
}

fn member(number: usize) -> MemberKey {
    MemberKey { tenant: "acme".into(), member: format!("m{number}").as_str().into() }
}

fn woken(message: &Message) -> Result<MemberKey> {
    Ok(WakeUp::parse(message.body.as_deref().context("a message has a body")?)?.0)
}

fn attribute(message: &Message, name: &MessageSystemAttributeName) -> Result<String> {
    let attributes = message.attributes.as_ref().context("a message has attributes")?;
    attributes.get(name).cloned().with_context(|| format!("there is no {}", name.as_str()))
}

#[tokio::test]
async fn a_delayed_message_arrives_at_its_instant_and_not_before() -> Result<()> {
    let cloud = Cloud::start().await?;
    let now = SystemClock.now();
    let plan = WakePlan { message_at: Some(now + SignedDuration::from_millis(2500)), schedule: ScheduleChange::Keep };

    cloud.wake_ups.arrange(&member(1), plan, now).await?;

    let messages = cloud.receive_all(1).await?;
    let received_ms = attribute(&messages[0], &MessageSystemAttributeName::ApproximateFirstReceiveTimestamp)?;
    let sent_ms = attribute(&messages[0], &MessageSystemAttributeName::SentTimestamp)?;
    let delay_ms = received_ms.parse::<i64>()? - sent_ms.parse::<i64>()?;
    assert!((2_900..10_000).contains(&delay_ms), "{delay_ms} ms");
    assert_eq!(woken(&messages[0])?, member(1));
    assert_eq!(attribute(&messages[0], &MessageSystemAttributeName::MessageGroupId)?, "acme");
    Ok(())
}

#[tokio::test]
async fn twenty_five_members_are_each_woken_once() -> Result<()> {
    let cloud = Cloud::start().await?;
    let members: Vec<MemberKey> = (0..25).map(member).collect();

    cloud.wake_ups.wake(&members, SystemClock.now()).await?;

    let messages = cloud.receive_all(25).await?;
    let keys = messages.iter().map(woken).collect::<Result<BTreeSet<_>>>()?;
    assert_eq!(messages.len(), 25);
    assert_eq!(keys, members.into_iter().collect());
    Ok(())
}

#[tokio::test]
async fn a_member_has_one_schedule_that_is_made_moved_and_deleted() -> Result<()> {
    let cloud = Cloud::start().await?;
    let (first, second): (Timestamp, Timestamp) = ("2099-01-01T10:00:00.7Z".parse()?, "2099-03-01T00:30:00Z".parse()?);

    cloud.arrange(&member(1), ScheduleChange::Put(first)).await?;
    let made = cloud.schedules().await?;
    cloud.arrange(&member(1), ScheduleChange::Put(second)).await?;
    cloud.arrange(&member(1), ScheduleChange::Keep).await?;
    let moved = cloud.schedules().await?;
    cloud.arrange(&member(2), ScheduleChange::Put(first)).await?;
    cloud.arrange(&member(1), ScheduleChange::Delete).await?;
    cloud.arrange(&member(1), ScheduleChange::Delete).await?;
    let left = cloud.schedules().await?;

    assert_eq!((made.len(), moved.len(), left.len()), (1, 1, 1));
    assert_eq!(made[0].name, moved[0].name);
    assert_ne!(made[0].name, left[0].name);
    assert_eq!(made[0].schedule_expression.as_deref(), Some("at(2099-01-01T10:00:00)"));
    assert_eq!(moved[0].schedule_expression.as_deref(), Some("at(2099-03-01T00:30:00)"));
    for schedule in [&made[0], &moved[0], &left[0]] {
        assert_eq!(schedule.schedule_expression_timezone.as_deref(), Some("UTC"));
        assert_eq!(schedule.action_after_completion, Some(ActionAfterCompletion::Delete));
    }
    let target = moved[0].target.as_ref().context("a schedule has a target")?;
    assert_eq!(WakeUp::parse(target.input.as_deref().context("the target has an input")?)?.0, member(1));
    Ok(())
}

/// The emulator looks at its schedules every ten seconds.
#[tokio::test]
async fn a_schedule_wakes_its_member_and_deletes_itself() -> Result<()> {
    let cloud = Cloud::start().await?;
    let at = SystemClock.now() + SignedDuration::from_secs(3);

    cloud.arrange(&member(1), ScheduleChange::Put(at)).await?;

    let messages = cloud.receive_all(1).await?;
    assert!(SystemClock.now() >= at);
    assert_eq!(woken(&messages[0])?, member(1));
    let began = Instant::now();
    while !cloud.schedules().await?.is_empty() {
        ensure!(began.elapsed() < Duration::from_mins(1), "the schedule does not delete itself");
    }
    Ok(())
}

#[tokio::test]
async fn a_queue_or_a_schedule_group_that_is_not_there_is_a_refusal() -> Result<()> {
    let emulator = Emulator::start()?;
    let (sqs, scheduler) = clients(&emulator);
    let settings =
        ScheduleSettings { group: "nowhere".to_owned(), queue_arn: "q".to_owned(), role_arn: "r".to_owned() };
    let wake_ups = AwsWakeUps::new(sqs, format!("{}/000000000000/nowhere", emulator.endpoint()))
        .with_schedules(scheduler, settings);
    let now = SystemClock.now();
    let plan = WakePlan { message_at: None, schedule: ScheduleChange::Put(now) };

    let no_queue = wake_ups.wake(&[member(1)], now).await.unwrap_err();
    let no_group = wake_ups.arrange(&member(1), plan, now).await.unwrap_err();

    assert!(matches!(no_queue, WakeError::Refused(_)), "{no_queue:?}");
    assert!(matches!(no_group, WakeError::Refused(_)), "{no_group:?}");
    Ok(())
}

#[tokio::test]
async fn an_aws_that_does_not_answer_is_unavailable() -> Result<()> {
    let emulator = Emulator::start()?;
    let (sqs, _) = clients(&emulator);
    let wake_ups = AwsWakeUps::new(sqs, format!("{}/000000000000/wake-ups", emulator.endpoint()));
    drop(emulator);

    let error = wake_ups.wake(&[member(1)], SystemClock.now()).await.unwrap_err();

    assert!(matches!(error, WakeError::Unavailable(_)), "{error:?}");
    Ok(())
}
