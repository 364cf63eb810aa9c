//! One-time schedules of EventBridge Scheduler, one per member.

use std::fmt::Write;

use aws_lc_rs::digest;
use aws_sdk_scheduler::{
    Client,
    operation::{
        create_schedule::CreateScheduleError, delete_schedule::DeleteScheduleError,
        update_schedule::UpdateScheduleError,
    },
    types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target},
};
use domain::MemberKey;
use jiff::Timestamp;

use super::{refused, wake_error};
use crate::wakeups::{WakeError, WakeUp};

/// Where schedules are made and what they do.
#[derive(Clone, Debug)]
pub struct ScheduleSettings {
    /// The schedule group.
    pub group: String,
    /// The queue that a schedule sends to.
    pub queue_arn: String,
    /// The role with which a schedule sends.
    pub role_arn: String,
}

#[derive(Debug)]
pub(super) struct Schedules {
    client: Client,
    settings: ScheduleSettings,
}

impl Schedules {
    pub(super) fn new(client: Client, settings: ScheduleSettings) -> Self {
        Self { client, settings }
    }

    /// Moves the member's schedule to `at`, or makes it.
    pub(super) async fn put(&self, member: &MemberKey, at: Timestamp) -> Result<(), WakeError> {
        let (name, at) = (schedule_name(member), at_expression(at));
        let target = self.target(member)?;
        // The second update is for a schedule that somebody else made in between.
        let is_put = self.update(&name, &at, &target).await?
            || self.create(&name, &at, &target).await?
            || self.update(&name, &at, &target).await?;
        if is_put { Ok(()) } else { Err(WakeError::Unavailable("the schedule comes and goes".into())) }
    }

    /// Takes the member's schedule away, if there is one.
    pub(super) async fn delete(&self, member: &MemberKey) -> Result<(), WakeError> {
        let call = self.client.delete_schedule().name(schedule_name(member)).group_name(&self.settings.group);
        match call.send().await {
            Err(error)
                if error.as_service_error().is_some_and(DeleteScheduleError::is_resource_not_found_exception) =>
            {
                Ok(())
            }
            deleted => deleted.map(drop).map_err(wake_error),
        }
    }

    /// Replaces a schedule, which takes every value anew; answers whether it was there.
    async fn update(&self, name: &str, at: &str, target: &Target) -> Result<bool, WakeError> {
        let call = self
            .client
            .update_schedule()
            .name(name)
            .group_name(&self.settings.group)
            .schedule_expression(at)
            .schedule_expression_timezone("UTC")
            .flexible_time_window(to_the_minute()?)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target.clone());
        match call.send().await {
            Err(error)
                if error.as_service_error().is_some_and(UpdateScheduleError::is_resource_not_found_exception) =>
            {
                Ok(false)
            }
            updated => updated.map(|_| true).map_err(wake_error),
        }
    }

    /// Makes a schedule; answers whether there was none before.
    async fn create(&self, name: &str, at: &str, target: &Target) -> Result<bool, WakeError> {
        let call = self
            .client
            .create_schedule()
            .name(name)
            .group_name(&self.settings.group)
            .schedule_expression(at)
            .schedule_expression_timezone("UTC")
            .flexible_time_window(to_the_minute()?)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target.clone());
        match call.send().await {
            Err(error) if error.as_service_error().is_some_and(CreateScheduleError::is_conflict_exception) => Ok(false),
            created => created.map(|_| true).map_err(wake_error),
        }
    }

    /// Sends the wake-up to the queue. Without a message group: Scheduler knows one for FIFO queues only.
    fn target(&self, member: &MemberKey) -> Result<Target, WakeError> {
        let target = Target::builder().arn(&self.settings.queue_arn).role_arn(&self.settings.role_arn);
        target.input(WakeUp(member.clone()).body()).build().map_err(refused)
    }
}

/// Always the same for a member, and within the 64 characters that a name may have.
fn schedule_name(member: &MemberKey) -> String {
    let mut place = digest::Context::new(&digest::SHA256);
    for part in [member.tenant.as_str(), member.member.as_str()] {
        place.update(&(part.len() as u64).to_be_bytes());
        place.update(part.as_bytes());
    }
    let mut name = String::new();
    for byte in place.finish().as_ref() {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// The second in which `at` lies; a part of a second is cut off, so the schedule is never late by it.
fn at_expression(at: Timestamp) -> String {
    at.strftime("at(%Y-%m-%dT%H:%M:%S)").to_string()
}

fn to_the_minute() -> Result<FlexibleTimeWindow, WakeError> {
    FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(tenant: &str, member: &str) -> String {
        schedule_name(&MemberKey { tenant: tenant.into(), member: member.into() })
    }

    #[test]
    fn a_name_is_64_hex_digits_and_belongs_to_one_member() {
        assert_eq!(name("acme", "m1"), name("acme", "m1"));
        assert_eq!(name("acme", "m1").len(), 64);
        assert!(name("acme", "m/1 ü").bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(name("acme", "m1"), name("acmem", "1"));
    }

    #[test]
    fn an_instant_is_written_in_utc_to_the_second() {
        let at = "2026-11-21T23:59:59.999+01:00".parse().unwrap();

        assert_eq!(at_expression(at), "at(2026-11-21T22:59:59)");
    }
}
