//! What a pass over an account costs, and that it goes on wherever its process died.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use brivo::{Answer, NoAnswer, Transport};
use jiff::{SignedDuration, Timestamp};
use reconcile::drift::sync_all;
use requests::{Bench, Request};
use reqwest::{Method, RequestBuilder};
use runtime::Services;
use simulators::brivo::{Email, Profile};
use tokio::sync::Notify;

fn start() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

/// Members who are in the three groups of a room, and users of whom nobody ever told us.
async fn world(members: usize, others: usize) -> Bench {
    let bench = Bench::start(start()).await.unwrap();
    let hour = (start(), start() + SignedDuration::from_hours(1));
    for number in 0..members {
        // Nobody waits for a turn.
        bench.set_clock(start() + SignedDuration::from_secs(i64::try_from(number).unwrap()));
        let member = format!("m{number}");
        bench.tell_of_member(&member, start()).await.unwrap();
        bench.tell_of_booking(&format!("b{number}"), &member, start(), hour).await.unwrap();
        bench.reconcile(&member).await.unwrap();
    }
    let add_users = |model: &mut simulators::brivo::Model, now| {
        for number in 0..others {
            let address = Email { address: format!("u{number}@example.com"), kind: "work".to_owned() };
            let first_name = format!("Example {number}");
            let emails = vec![address];
            model.add_user(Profile { first_name, last_name: "User".to_owned(), emails, ..Profile::default() }, now);
        }
    };
    bench.brivo.edit(add_users).unwrap();
    bench
}

/// A whole pass; `true` if it came to its end.
async fn pass(services: &Services) -> bool {
    let until = start() + SignedDuration::from_hours(1);
    let summary = sync_all(services, &["acme".into()], until).await.unwrap();
    summary.whole == 1
}

fn count(requests: &[Request], is_one: impl Fn(&Request) -> bool) -> usize {
    requests.iter().filter(|request| is_one(request)).count()
}

/// 250 users are three pages, 120 in each of three groups six; the groups themselves are one.
#[tokio::test]
async fn a_pass_that_finds_nothing_takes_its_pages_and_writes_nothing() {
    let bench = world(120, 130).await;
    assert!(pass(&bench.services).await);
    bench.recorder.take();
    let before = bench.brivo.calls().len();

    assert!(pass(&bench.services).await);

    let calls = bench.brivo.calls().split_off(before);
    assert_eq!(calls.len(), 3 + 6 + 1, "{calls:?}");
    assert!(calls.iter().all(|call| call.method == "GET"), "{calls:?}");
    let requests = bench.recorder.take();
    assert_eq!(count(&requests, |it| matches!(it, Request::Transact(_))), 0, "nobody is written anew");
    // The turn of each call, which is counted once more by a clock that stands still, the further pages of each group, and how
    // the pass ended.
    let writes = count(&requests, Request::is_write);
    assert!(writes <= 7 + 7 + 3 + 1, "{writes}");
    // Every user's addresses are three, every ledger two; the roster is eight, once more at its end.
    assert!(requests.len() - writes <= 3 + 2 + 16 + 8, "{}", requests.len() - writes);
    assert!(bench.brivo.violations().is_empty());
}

/// A network on which the process dies with a call, before it is made.
#[derive(Debug)]
struct Deadly {
    http: reqwest::Client,
    left: AtomicUsize,
    died: Notify,
}

#[async_trait]
impl Transport for Deadly {
    fn request(&self, verb: Method, url: String) -> RequestBuilder {
        self.http.request(verb, url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        Transport::send(&self.http, request).await
    }
}

/// 1,150 users are 12 pages, 20 members in each of three groups three, the groups one.
#[tokio::test]
async fn a_pass_goes_on_wherever_its_process_died() {
    let whole = 12 + 3 + 1;
    let bench = world(20, 1130).await;
    for calls in 0..whole {
        let before = bench.brivo.calls().len();
        let left = AtomicUsize::new(calls);
        let network = Arc::new(Deadly { http: brivo::http_client().unwrap(), left, died: Notify::new() });
        let services = bench.cold_over(Arc::clone(&network) as Arc<dyn Transport>);
        tokio::select! {
            whole = pass(&services) => assert!(!whole, "the process was to die"),
            () = network.died.notified() => {}
        }

        assert!(pass(&bench.cold().unwrap()).await);

        let made = bench.brivo.calls().len() - before;
        assert!(made >= whole && made < whole + 10 + 4, "died after {calls} calls; {made} in all");
        assert!(bench.brivo.violations().is_empty());
    }
}
