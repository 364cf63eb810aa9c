//! What it costs to read events once more, and what it brings back.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{MemberKey, Subject, SubjectKind, intake::SameInstant};
use jiff::{SignedDuration, Timestamp};
use reconcile::replay::{Asked, Replayed, replay};
use requests::{Bench, TABLE};
use state::keys;

fn start() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn minute(minute: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minute)
}

async fn replayed(bench: &Bench, asked: Asked) -> Replayed {
    let record = bench.services.store.tenant(&"acme".into()).await.unwrap().unwrap();
    bench.recorder.take();
    replay(&bench.services, &record, &asked).await.unwrap()
}

fn everything() -> Asked {
    let (since, before, until) = (start(), minute(600), Timestamp::MAX);
    Asked { since, before, after: None, source: None, hook: None, same_instant: SameInstant::Known, until }
}

/// A person with a booking that was told twice.
async fn told() -> Bench {
    let bench = Bench::start(start()).await.unwrap();
    bench.tell_of_member("m1", start()).await.unwrap();
    for at in [0, 4] {
        bench.tell_of_booking("b1", "m1", minute(at), (minute(60 + at), minute(120 + at))).await.unwrap();
    }
    bench
}

/// INV-7: a replay of what is known takes a read of each shard, one of the events and one of the records, and writes nothing.
#[tokio::test]
async fn a_replay_of_what_is_known_writes_nothing_and_wakes_nobody() {
    let bench = told().await;
    let sends = bench.sends();

    let replayed = replayed(&bench, everything()).await;

    assert_eq!((replayed.events, replayed.news, replayed.next), (3, 0, None));
    let requests = bench.recorder.take();
    assert!(requests.len() <= usize::from(keys::SHARDS) + 2, "{requests:?}");
    assert!(!requests.iter().any(requests::Request::is_write), "{requests:?}");
    assert_eq!(bench.sends(), sends);
}

/// Whatever was lost of the facts is back as it was, by its newest news.
#[tokio::test]
async fn what_was_lost_is_known_again() {
    let bench = told().await;
    let key = MemberKey { tenant: "acme".into(), member: "m1".into() };
    let before = bench.services.store.member(&key).await.unwrap();
    let booking = Subject::new(SubjectKind::Booking, "b1");
    for (pk, sk) in [("M#acme#m1", "member"), ("M#acme#m1", "fact#booking/b1"), ("S#acme#booking/b1", "record")] {
        let item = |text: &str| AttributeValue::S(text.to_owned());
        let lost = bench.uncounted.delete_item().table_name(TABLE).key("pk", item(pk)).key("sk", item(sk));
        lost.send().await.unwrap();
    }
    assert_eq!(bench.services.store.member(&key).await.unwrap().entitlements, []);
    assert_eq!(keys::record(&key.tenant, &booking).pk, "S#acme#booking/b1");
    let sends = bench.sends();

    let first = replayed(&bench, everything()).await;
    let second = replayed(&bench, everything()).await;

    let after = bench.services.store.member(&key).await.unwrap();
    assert_eq!((after.member, after.entitlements), (before.member, before.entitlements));
    assert_eq!((first.events, second.events, second.news), (3, 3, 0));
    assert!(first.news >= 3 && bench.sends() > sends, "{first:?}");
}

/// A call reads no more than some hundred events, and the next goes on where it ended.
#[tokio::test]
async fn many_events_take_several_calls() {
    let bench = Bench::start(start()).await.unwrap();
    for number in 0..120 {
        let events: Vec<String> = (0..5)
            .map(|part| {
                let id = number * 5 + part;
                format!(
                    r#"{{"specversion":"1.0","id":"e{id}","source":"bench","type":"coworking.member.upserted","subject":"member/m{id}",
                        "time":"{}","data":{{"id":"m{id}","full_name":"Example Person","status":"active"}}}}"#,
                    start()
                )
            })
            .collect();
        bench.deliver(&format!("[{}]", events.join(","))).await.unwrap();
    }

    let first = replayed(&bench, everything()).await;
    let second = replayed(&bench, Asked { after: first.next.clone(), ..everything() }).await;

    assert_eq!((first.events, second.events), (500, 100));
    assert!(first.next.is_some() && second.next.is_none());
    let late = replayed(&bench, Asked { until: start(), ..everything() }).await;
    assert!(late.events <= 25 && late.next.is_some(), "{late:?}");
}
