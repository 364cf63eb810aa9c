//! The binaries of the functions, run as AWS Lambda runs them, with the environment that the template gives them.
#![expect(clippy::indexing_slicing, reason = "a missing member of a JSON value reads as null, it does not panic")]

mod account;
mod binaries;
mod events;
mod kms;
mod lambda;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use jiff::{SignedDuration, Timestamp};
use runtime::{
    clock::{Clock, SystemClock},
    wakeups::WakeUp,
};
use serde_json::{Value, json};
use state::Store;

use account::{ADMIN_KEY, Account};
use events::{NAME, PATH_SECRET, SIGNING_SECRET, api, attribute, batch, booked, hook, in_base64, tenant};
use lambda::Lambda;

/// What the console says of a tenant document that was put.
fn installed(changed: bool) -> Value {
    json!({"tenant": "acme", "changed": changed, "warnings": [], "plan": null})
}

/// All functions in one account, and the tenant `acme`.
struct Stack {
    account: Account,
    receive_webhook: Lambda,
    reconcile_access: Lambda,
    serve_console: Lambda,
    sync_members: Lambda,
}

impl Stack {
    async fn start() -> Result<Self> {
        Self::with(&tenant()).await
    }

    async fn with(tenant: &Value) -> Result<Self> {
        let account = Account::new().await?;
        let mut stack = Self {
            receive_webhook: account.start("receive-webhook").await?,
            reconcile_access: account.start("reconcile-access").await?,
            serve_console: account.start("serve-console").await?,
            sync_members: account.start("sync-members").await?,
            account,
        };
        let put = stack.serve_console.call(api("PUT", "tenants/acme", ADMIN_KEY, Some(tenant))).await?;
        ensure!(put == (200, installed(true)), "{put:?}");
        Ok(stack)
    }

    /// Delivers a booking of `member` that starts after `wait`, and takes the message that wakes the member.
    async fn book(&mut self, member: &str, wait: SignedDuration) -> Result<(Timestamp, Message)> {
        let now = SystemClock.now();
        let starts = Timestamp::from_second((now + wait).as_second())?;
        let delivery = hook(PATH_SECRET, SIGNING_SECRET, &booked(member, starts, now));
        let (status, answer) = self.receive_webhook.call(delivery).await?;
        ensure!(status == 200, "{answer}");
        let message = self.account.receive(1).await?.pop().context("a message arrived")?;
        Ok((starts, message))
    }

    /// Hands messages to `reconcile-access`; answers the ids of those it could not finish.
    async fn reconcile(&mut self, messages: &[Message]) -> Result<Value> {
        self.trigger(batch(messages, &self.account.queue_arn)?).await
    }

    async fn trigger(&mut self, event: Value) -> Result<Value> {
        let answer = self.reconcile_access.invoke(event).await?;
        answer.map_err(|error| anyhow::anyhow!("reconcile-access failed: {error}"))
    }

    async fn access(&mut self, member: &str) -> Result<Value> {
        let path = format!("tenants/acme/members/{member}/access");
        let (status, access) = self.serve_console.call(api("GET", &path, ADMIN_KEY, None)).await?;
        ensure!(status == 200, "{access}");
        Ok(access)
    }
}

#[tokio::test]
async fn the_console_is_for_whoever_has_the_admin_key() -> Result<()> {
    let account = Account::new().await?;
    let mut console = account.start("serve-console").await?;

    let refused = console.call(api("PUT", "tenants/acme", "another-key", Some(&tenant()))).await?;
    let unknown = console.call(api("GET", "tenants/acme/status", ADMIN_KEY, None)).await?;
    let put = console.call(api("PUT", "tenants/acme", ADMIN_KEY, Some(&tenant()))).await?;
    let again = console.call(api("PUT", "tenants/acme", ADMIN_KEY, Some(&tenant()))).await?;
    let (status, told) = console.call(api("GET", "tenants/acme/status", ADMIN_KEY, None)).await?;

    assert_eq!((refused.0, unknown.0), (401, 404));
    assert_eq!(put, (200, installed(true)));
    assert_eq!(again, (200, installed(false)));
    assert_eq!((status, &told["platform"], &told["queue"]["overdue"]), (200, &json!("spacebring"), &json!(0)));
    let account = &told["accounts"][0];
    assert_eq!((&account["id"], &account["connected"]), (&json!("hq"), &json!(false)));
    assert_eq!((&account["needs_reconnect"], &account["sync"]["ended"]), (&json!(false), &Value::Null));
    Ok(())
}

#[tokio::test]
async fn a_delivery_is_taken_in_once_and_wakes_its_member() -> Result<()> {
    let mut stack = Stack::start().await?;
    let now = SystemClock.now();
    let body = booked("m1", now + SignedDuration::from_mins(20), now);

    let stranger = stack.receive_webhook.call(hook("another-path-secret", SIGNING_SECRET, &body)).await?;
    let unsigned = stack.receive_webhook.call(hook(PATH_SECRET, "another-token", &body)).await?;
    let first = stack.receive_webhook.call(hook(PATH_SECRET, SIGNING_SECRET, &body)).await?;
    let second = stack.receive_webhook.call(hook(PATH_SECRET, SIGNING_SECRET, &body)).await?;
    let woken = stack.account.receive(1).await?;

    assert_eq!((stranger.0, unsigned.0), (401, 401));
    assert_eq!(first, (200, json!({"accepted": 2, "repeated": 0, "unused": []})));
    assert_eq!(second, (200, json!({"accepted": 0, "repeated": 2, "unused": []})));
    let wake_up = WakeUp::parse(woken[0].body.as_deref().unwrap())?;
    assert_eq!((wake_up.0.tenant.as_str(), wake_up.0.member.as_str()), ("acme", "m1"));
    assert_eq!(attribute(&woken[0], &MessageSystemAttributeName::MessageGroupId).as_deref(), Some("acme"));
    assert_eq!((woken.len(), stack.account.waiting_messages().await?), (1, (0, 0)));
    Ok(())
}

#[tokio::test]
async fn a_delivery_in_base64_is_the_same_delivery() -> Result<()> {
    let mut stack = Stack::start().await?;
    let now = SystemClock.now();
    let delivery = hook(PATH_SECRET, SIGNING_SECRET, &booked("m1", now + SignedDuration::from_mins(20), now));

    let encoded = stack.receive_webhook.call(in_base64(delivery.clone())).await?;
    let plain = stack.receive_webhook.call(delivery).await?;

    assert_eq!(encoded, (200, json!({"accepted": 2, "repeated": 0, "unused": []})));
    assert_eq!(plain, (200, json!({"accepted": 0, "repeated": 2, "unused": []})));
    Ok(())
}

/// API Gateway decodes the path that it hands over.
#[tokio::test]
async fn a_member_is_found_whatever_letters_its_id_has() -> Result<()> {
    let mut stack = Stack::start().await?;
    let member = "ü 7@planted.example";
    stack.book(member, SignedDuration::from_mins(20)).await?;

    let access = stack.access(member).await?;

    assert_eq!(access["member"], member);
    Ok(())
}

#[tokio::test]
async fn trouble_with_brivo_is_told_and_tried_again() -> Result<()> {
    let mut stack = Stack::start().await?;
    let (_, message) = stack.book("m1", SignedDuration::from_mins(20)).await?;
    let before = stack.access("m1").await?;

    let failures = stack.reconcile(&[message]).await?;

    assert_eq!(failures, json!({"batchItemFailures": []}));
    let after = stack.access("m1").await?;
    assert_eq!(before["last_error"], Value::Null);
    assert_eq!(after["last_error"], "account hq: the brivo account has to be connected again");
    assert_eq!(after["groups"][0]["group"], 501);
    assert_eq!((&after["groups"][0]["due"], &after["groups"][0]["held"]), (&json!(true), &json!(false)), "{after}");
    assert_eq!(stack.account.waiting_messages().await?, (0, 1));
    assert_eq!(stack.account.schedules().await?.len(), 0);
    let now = SystemClock.now();
    let ten_minutes_later = now + SignedDuration::from_mins(10);
    let due = stack.account.store.due(ten_minutes_later, 10).await?;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].1.member.as_str(), "m1");
    assert!(due[0].0 > now, "{due:?}");
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_no_wake_up_is_reported_and_holds_up_no_other() -> Result<()> {
    let mut stack = Stack::start().await?;
    let (_, sound) = stack.book("m1", SignedDuration::from_mins(20)).await?;
    let malformed = Message::builder().message_id("malformed").receipt_handle("h").body("{\"tenant\":7}").build();

    let failures = stack.reconcile(&[malformed, sound]).await?;

    assert_eq!(failures, json!({"batchItemFailures": [{"itemIdentifier": "malformed"}]}));
    assert!(stack.access("m1").await?["last_error"].is_string());
    Ok(())
}

/// A member counts as late after a few seconds; until then the sweep leaves it to its message.
#[tokio::test]
async fn a_member_whose_message_was_lost_is_found_by_the_sweep() -> Result<()> {
    let mut stack = Stack::start().await?;
    let nobody = stack.trigger(json!({"sweep": true})).await?;
    stack.book("m1", SignedDuration::from_mins(20)).await?;

    let began = Instant::now();
    let mut swept = nobody.clone();
    while swept == nobody {
        ensure!(began.elapsed() < Duration::from_mins(1), "the sweep does not find the member");
        swept = stack.trigger(json!({"sweep": true})).await?;
    }

    assert_eq!(nobody, json!({"members": 0, "failed": 0}));
    assert_eq!(swept, json!({"members": 1, "failed": 0}));
    assert!(stack.access("m1").await?["last_error"].is_string());
    Ok(())
}

#[tokio::test]
async fn a_change_hours_ahead_is_scheduled_a_minute_early() -> Result<()> {
    let mut document = tenant();
    // Nothing to do before the window opens, so nothing to try again before.
    document["policy"] = json!({"create_ahead": "PT0S"});
    let mut stack = Stack::with(&document).await?;
    let (starts, message) = stack.book("m1", SignedDuration::from_hours(5)).await?;

    let failures = stack.reconcile(&[message]).await?;

    assert_eq!(failures, json!({"batchItemFailures": []}));
    let schedules = stack.account.schedules().await?;
    let fires = (starts - SignedDuration::from_mins(31)).strftime("at(%Y-%m-%dT%H:%M:%S)").to_string();
    assert_eq!(schedules.len(), 1);
    assert_eq!(schedules[0].schedule_expression.as_deref(), Some(fires.as_str()));
    assert_eq!(schedules[0].schedule_expression_timezone.as_deref(), Some("UTC"));
    let target = schedules[0].target.as_ref().context("a schedule has a target")?;
    assert_eq!(target.arn, stack.account.queue_arn);
    let settings = stack.account.settings("reconcile-access")?;
    assert_eq!(target.role_arn, settings["LATCHWORK_SCHEDULE_ROLE_ARN"]);
    assert_eq!(WakeUp::parse(target.input.as_deref().unwrap())?.0.member.as_str(), "m1");
    assert_eq!(stack.account.waiting_messages().await?, (0, 0));
    let access = stack.access("m1").await?;
    assert_eq!((&access["last_error"], &access["groups"][0]["due"]), (&Value::Null, &json!(false)), "{access}");
    Ok(())
}

/// Every tenant is found without being named; trouble with an account is told, and the next pass is made all the same.
#[tokio::test]
async fn the_full_read_goes_over_every_tenant() -> Result<()> {
    let mut stack = Stack::start().await?;

    let all = stack.sync_members.invoke(json!({})).await?;
    let one = stack.sync_members.invoke(json!({"tenant": "acme"})).await?;
    let none = stack.sync_members.invoke(json!({"tenant": "nobody"})).await?;

    let no_platform = json!({"ended": 0, "unfinished": 0, "failed": 0});
    let of_accounts = |failed: u8| Ok(json!({"whole": 0, "unfinished": 0, "failed": failed, "platforms": no_platform}));
    assert_eq!(all, of_accounts(1));
    assert_eq!(one, of_accounts(1));
    assert_eq!(none, of_accounts(0));
    let (status, told) = stack.serve_console.call(api("GET", "tenants/acme/status", ADMIN_KEY, None)).await?;
    assert_eq!(status, 200, "{told}");
    let sync = &told["accounts"][0]["sync"];
    assert_eq!(
        (&sync["finished"], &sync["trouble"]),
        (&json!(false), &json!("the brivo account has to be connected again"))
    );
    Ok(())
}

#[tokio::test]
async fn an_event_of_no_known_kind_fails_alone() -> Result<()> {
    let mut stack = Stack::start().await?;

    let unknown = stack.reconcile_access.invoke(json!({"source": "aws.s3"})).await?;
    let known = stack.trigger(json!({"sweep": true})).await?;

    assert!(unknown.is_err(), "{unknown:?}");
    assert_eq!(known, json!({"members": 0, "failed": 0}));
    Ok(())
}

#[tokio::test]
async fn a_process_opens_the_data_key_once() -> Result<()> {
    let mut stack = Stack::start().await?;

    for member in ["m1", "m2"] {
        let (_, message) = stack.book(member, SignedDuration::from_mins(20)).await?;
        stack.reconcile(&[message]).await?;
    }

    // One for each of the processes.
    assert_eq!(stack.account.kms.operations(), ["TrentService.Decrypt"; 4]);
    Ok(())
}

#[tokio::test]
async fn logs_are_json_lines_without_names_addresses_or_secrets() -> Result<()> {
    let mut stack = Stack::start().await?;
    let now = SystemClock.now();
    let stranger = hook("another-path-secret", SIGNING_SECRET, &booked("m1", now, now));
    stack.receive_webhook.call(stranger).await?;
    let (_, message) = stack.book("m1", SignedDuration::from_mins(20)).await?;
    let malformed = Message::builder().message_id("malformed").receipt_handle("h").body("{\"tenant\":7}").build();
    stack.reconcile(&[malformed, message]).await?;
    stack.access("m1").await?;

    stack.sync_members.invoke(json!({})).await?.map_err(|error| anyhow::anyhow!("{error}"))?;

    for (function, said_something) in [
        (&stack.receive_webhook, true),
        (&stack.reconcile_access, true),
        (&stack.serve_console, false),
        (&stack.sync_members, true),
    ] {
        let log = function.log()?;
        assert!(!said_something || !log.is_empty());
        for line in log.lines() {
            let line: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
        }
        for secret in ["planted", "another-path-secret", "wJalrXUtnFEMI", "Anna", NAME] {
            assert!(!log.contains(secret), "{secret} is in {log}");
        }
    }
    Ok(())
}

/// Without its schedule group a function only makes no schedules; each other setting it is given it cannot do without.
#[tokio::test]
async fn a_function_that_lacks_a_setting_names_it_and_does_not_start() -> Result<()> {
    let account = Account::new().await?;
    for function in ["receive-webhook", "reconcile-access", "serve-console", "sync-members"] {
        let settings = account.settings(function)?;
        let is_optional = |name: &str| matches!(name, "LATCHWORK_SCHEDULE_GROUP" | "LATCHWORK_BRIVO_API_KEY");
        for lacking in settings.keys().filter(|name| !is_optional(name)) {
            let mut fewer = settings.clone();
            fewer.remove(lacking);

            let mut process = account.start_with(function, &fewer).await?;

            assert!(!process.ends().await?.success(), "{function} without {lacking}");
            assert!(process.log()?.contains(lacking), "{function} without {lacking}: {}", process.log()?);
        }
    }
    Ok(())
}
