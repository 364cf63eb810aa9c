//! Lists of many pages, read while others write.

use std::sync::atomic::{AtomicUsize, Ordering};

use brivo::BrivoError;
use domain::GroupId;

use crate::fake::{Fake, Reply, Seen, reply, token};

/// The page a request asks for, of groups `1..=count`, shifted by one place per write.
fn page(seen: &Seen, count: usize, shift: usize) -> Reply {
    let offset: usize = seen.path.split("offset=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
    let last = count.min(offset + 100);
    let data: Vec<_> = (offset + 1..=last).map(|number| format!("{{\"id\":{}}}", number + shift)).collect();
    reply(200, format!("{{\"data\":[{}],\"offset\":{offset},\"pageSize\":100,\"count\":{count}}}", data.join(",")))
}

#[tokio::test]
async fn a_list_is_read_to_its_end_by_the_hundred() {
    let brivo = Fake::answering(|seen| page(seen, 250, 0)).await;

    let groups = brivo.client().all_groups(&token()).await.unwrap();

    assert_eq!(groups.len(), 250);
    assert_eq!(
        brivo.lines(),
        ["0", "100", "200"].map(|offset| format!("GET /v1/api/groups?offset={offset}&pageSize=100"))
    );
}

#[tokio::test]
async fn a_list_whose_length_changes_on_the_way_is_read_again() {
    let calls = AtomicUsize::new(0);
    let brivo = Fake::answering(move |seen| {
        let count = if calls.fetch_add(1, Ordering::Relaxed) == 0 { 150 } else { 149 };
        page(seen, count, 0)
    })
    .await;

    let members = brivo.client().members_of(&token(), GroupId(7)).await.unwrap();

    assert_eq!(members.len(), 149);
    assert_eq!(brivo.seen().len(), 4);
}

#[tokio::test]
async fn a_list_that_shifts_by_one_is_read_again_although_its_length_is_the_same() {
    let calls = AtomicUsize::new(0);
    let brivo = Fake::answering(move |seen| {
        let shift = usize::from(calls.fetch_add(1, Ordering::Relaxed) == 0);
        page(seen, 150, shift)
    })
    .await;

    let groups = brivo.client().all_groups(&token()).await.unwrap();

    assert_eq!(groups.first().map(|group| group.id), Some(GroupId(1)));
    assert_eq!(groups.len(), 150);
}

#[tokio::test]
async fn a_list_that_never_settles_is_an_error_and_not_half_a_list() {
    let calls = AtomicUsize::new(0);
    let brivo = Fake::answering(move |seen| page(seen, 150 + calls.fetch_add(1, Ordering::Relaxed), 0)).await;

    let error = brivo.client().all_groups(&token()).await.unwrap_err();

    assert!(matches!(error, BrivoError::Unsettled), "{error:?}");
    assert!(error.is_transient() && !error.outcome_unknown());
    assert_eq!(brivo.seen().len(), 6);
}

#[tokio::test]
async fn without_a_total_the_first_short_page_is_the_last() {
    let brivo = Fake::answering(|_| reply(200, r#"{"data":[{"id":1},{"id":2}]}"#)).await;

    assert_eq!(brivo.client().all_groups(&token()).await.unwrap().len(), 2);
    assert_eq!(brivo.seen().len(), 1);
}
