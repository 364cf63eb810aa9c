//! The process that reads Brivo: at each full hour in some worlds, and after a tenant was put in all.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{approvals, bugs::Bug, chapters::Chapter, process::Fleet, random::Random};

/// How long the function may take, as in the template.
const TIMEOUT: Duration = Duration::from_mins(15);

const HOUR: i64 = 3600;

/// Starts a reading at each full hour, some of which are left out.
pub(crate) async fn hourly(fleet: Arc<Fleet>, mut random: Random) {
    let stage = Arc::clone(&fleet.stage);
    if !stage.chapters.has(Chapter::Readings) {
        return;
    }
    let left_out = random.one_of([0, 300, 600]);
    loop {
        let hour = stage.now().as_second().div_euclid(HOUR) + 1;
        stage.sleep_until(Timestamp::from_second(hour * HOUR).unwrap_or(Timestamp::MAX)).await;
        if random.chance(left_out) && stage.world().adversary.is_about(stage.now()) {
            let now = stage.now();
            stage.world().watch.unread_at = Some(now);
            stage.tell(None, "a reading is left out");
            continue;
        }
        tokio::spawn(read(Arc::clone(&fleet), None));
    }
}

/// One reading, of one tenant or of all. Answers what came of it, `None` if its process died.
pub(crate) async fn read(fleet: Arc<Fleet>, tenant: Option<String>) -> Option<Value> {
    let stage = Arc::clone(&fleet.stage);
    let worker = fleet.reader();
    stage.tell(None, format!("process {} reads Brivo", worker.process.name));
    stage.world().count_hand_edits(stage.now(), &stage.store);
    let until = stage.now() + SignedDuration::try_from(TIMEOUT).unwrap_or_default() - SignedDuration::from_secs(45);
    let services = worker.services.clone();
    let payload = tenant.map_or_else(|| json!({}), |tenant| json!({"tenant": tenant}));
    let work = async move { sync_members::handle(&services, payload, until).await };
    let answer = worker.does_within(TIMEOUT, work).await;
    let told = match &answer {
        None => "dies".to_owned(),
        Some(Err(error)) => format!("fails: {error}"),
        Some(Ok(summary)) => format!("ends: {summary}"),
    };
    if stage.has(Bug::UndoneUnasked) {
        approvals::approve_unasked(&fleet).await;
    }
    stage.tell(None, format!("the reading of process {} {told}", worker.process.name));
    answer.and_then(Result::ok)
}
