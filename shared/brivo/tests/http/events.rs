//! What happened at doors, page by page back in time.

use brivo::{ActionId, ActorId, BrivoError, EventId, EventOutcome, EventQuery, EventTime, SiteId};
use domain::{BrivoUserId, DoorId};
use jiff::Timestamp;

use crate::fake::{Fake, reply, token};

/// Source: Brivo API, `GET /events/access`, 2026-09-28; the second entry is the same as somebody's entry without a name,
/// the third has what the documents say may be missing left out.
const EVENTS: &str = r#"{"data":[
    {"uuid":"049e1ca7-592a-4249-8f8c-ebcdc8e28594",
     "securityAction":{"securityActionId":5064,"action":"Administrator Pulse Output","exception":false},
     "actor":{"id":912347,"name":"QA Admin"},
     "eventObject":{"id":408023598,"name":"Door 1","deviceType":{"id":1,"name":"Door"}},
     "site":{"id":7833522,"siteName":"Home base"},
     "occurred":"2024-04-17T08:52:39.724Z","processed":"2024-04-17T08:52:39.726Z",
     "eventData":{"actorName":"QA Admin","objectName":"Door 1","actionAllowed":false,"objectTypeId":2}},
    {"uuid":"b","securityAction":{"securityActionId":2004,"action":"Open","exception":false},
     "actor":{"id":10457058},"eventObject":{"id":408023598},"occurred":"2024-04-17T08:50:00Z"},
    {"uuid":"c","securityAction":{"securityActionId":5012},"occurred":"2024-04-17T08:49:00Z"}
],"pageSize":20}"#;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn query(by: EventTime, site: Option<SiteId>) -> EventQuery {
    EventQuery { by, after: at("2024-04-17T00:00:00Z"), before: at("2024-04-17T09:00:00Z"), site }
}

#[tokio::test]
async fn an_event_tells_who_did_what_where_and_when() {
    let brivo = Fake::answering(|_| reply(200, EVENTS)).await;

    let page = brivo.client().access_events(&token(), &query(EventTime::Occurred, None), None).await.unwrap();

    let pulse = &page.events[0];
    assert_eq!((&pulse.id, pulse.action), (&EventId("049e1ca7-592a-4249-8f8c-ebcdc8e28594".into()), ActionId(5064)));
    assert_eq!(
        (pulse.actor, pulse.object, pulse.site),
        (Some(ActorId(912_347)), Some(DoorId(408_023_598)), Some(SiteId(7_833_522)))
    );
    assert_eq!(pulse.occurred_at, at("2024-04-17T08:52:39.724Z"));
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn only_attempts_at_doors_have_an_outcome_and_a_user() {
    let brivo = Fake::answering(|_| reply(200, EVENTS)).await;

    let page = brivo.client().access_events(&token(), &query(EventTime::Occurred, None), None).await.unwrap();

    let told: Vec<_> = page.events.iter().map(|event| (event.outcome(), event.user())).collect();
    assert_eq!(
        told,
        [
            (None, None),
            (Some(EventOutcome::Granted), Some(BrivoUserId(10_457_058))),
            (Some(EventOutcome::Denied), None)
        ]
    );
}

#[tokio::test]
async fn the_next_page_begins_at_the_oldest_instant_of_a_full_one() {
    let brivo = Fake::answering(|_| {
        let row = |n: usize| {
            let (occurred, processed) = (100 - n, 200 + n);
            format!(
                r#"{{"uuid":"{n}","securityAction":{{"securityActionId":2004}},
                    "occurred":"2024-04-17T08:00:00.{occurred:03}Z","processed":"2024-04-17T08:00:01.{processed}Z"}}"#
            )
        };
        reply(200, format!(r#"{{"data":[{}],"pageSize":100}}"#, (0..100).map(row).collect::<Vec<_>>().join(",")))
    })
    .await;
    let client = brivo.client();

    let occurred = query(EventTime::Occurred, None);
    let page = client.access_events(&token(), &occurred, None).await.unwrap();
    client.access_events(&token(), &occurred, page.next).await.unwrap();
    let processed = client.access_events(&token(), &query(EventTime::Processed, None), None).await.unwrap();

    assert_eq!(page.next, Some(at("2024-04-17T08:00:00.001Z")));
    assert_eq!(processed.next, Some(at("2024-04-17T08:00:01.200Z")));
    assert!(brivo.lines()[1].ends_with("&pageSize=100&offset=2024-04-17T08%3A00%3A00.001Z"), "{:?}", brivo.lines());
}

#[tokio::test]
async fn the_filter_names_one_instant_with_both_bounds_and_the_site() {
    let brivo = Fake::answering(|_| reply(200, r#"{"data":[],"pageSize":100}"#)).await;

    let asked = query(EventTime::Processed, Some(SiteId(5)));
    brivo.client().access_events(&token(), &asked, None).await.unwrap();

    let filter = "processed__gt%3A2024-04-17T00%3A00%3A00Z%3Bprocessed__lt%3A2024-04-17T09%3A00%3A00Z%3Bsite__eq%3A5";
    assert_eq!(brivo.lines(), [format!("GET /v1/api/events/access?filter={filter}&pageSize=100")]);
    assert_eq!(brivo.seen()[0].header("api-key"), "the-key");
}

/// Empty members are left out, so that a day without events may show no list.
#[tokio::test]
async fn a_page_without_events_is_the_last() {
    for body in [r#"{"data":[],"pageSize":100}"#, r#"{"pageSize":100}"#] {
        let brivo = Fake::answering(move |_| reply(200, body)).await;

        let page = brivo.client().access_events(&token(), &query(EventTime::Occurred, None), None).await.unwrap();

        assert_eq!((page.events.len(), page.next), (0, None));
    }
}

#[tokio::test]
async fn an_answer_without_a_list_is_not_taken_for_no_events() {
    let brivo = Fake::answering(|_| reply(200, "{}")).await;

    let outcome = brivo.client().access_events(&token(), &query(EventTime::Occurred, None), None).await;

    assert!(matches!(outcome, Err(BrivoError::Unreadable { expected: "list of events" })));
}
