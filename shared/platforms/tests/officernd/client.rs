//! Our client against the served OfficeRnD: tokens, pages, limits and trouble.

use std::time::Duration;

use platforms::{
    PlatformError,
    officernd::{
        Kind,
        client::{Ask, EVENT_TYPES, Login, Occupied},
    },
};
use serde_json::json;
use simulators::officernd::{Entity, Limits, Trouble};

use crate::bench::{ANN, Bench, DESK, LONDON, MEMBERSHIP, login};

fn tokens_asked(bench: &Bench) -> usize {
    bench.officernd.read(|model| model.calls().iter().filter(|call| call.path == "/oauth/token").count())
}

#[tokio::test]
async fn one_token_serves_many_calls_and_is_renewed_when_it_is_refused() {
    let bench = Bench::start().await;
    for _ in 0..3 {
        bench.client.members(&Ask::default()).await.unwrap();
    }
    assert_eq!(tokens_asked(&bench), 1);

    bench.clock.advance(3_600);
    bench.client.members(&Ask::default()).await.unwrap();
    bench.officernd.edit(|model, _| model.revoke_tokens());
    bench.client.clone().members(&Ask::default()).await.unwrap();

    assert_eq!(tokens_asked(&bench), 3);
}

#[tokio::test]
async fn a_wrong_login_or_a_missing_scope_needs_a_person() {
    let bench = Bench::start().await;
    for login in [
        Login { client_secret: "wrong".into(), ..login() },
        Login { scopes: String::new(), ..login() },
        Login { scopes: "flex.space.bookings.read".to_owned(), ..login() },
        Login { organization: "..".to_owned(), ..login() },
    ] {
        let refused = bench.client_with(&login).members(&Ask::default()).await.unwrap_err();

        assert!(matches!(refused, PlatformError::Refused), "{refused:?}");
        assert!(!format!("{refused:?} {login:?}").contains("sesame"));
    }
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_each_row_once() {
    let bench = Bench::start().await;
    for number in 0..120 {
        let member = json!({"_id": format!("{number:024x}"), "name": "Somebody", "status": "former"});
        bench.put(Entity::Member, &member);
    }

    let (mut ask, mut ids, mut sizes) = (Ask::default(), Vec::new(), Vec::new());
    loop {
        let page = bench.client.members(&ask).await.unwrap();
        assert!(page.faults.is_empty() && page.rest.is_none());
        sizes.push(page.rows.len());
        ids.extend(page.rows.iter().map(|row| row.id().to_owned()));
        match page.next {
            Some(next) => ask.after = Some(next),
            None => break,
        }
    }

    assert_eq!(sizes, [50, 50, 21]);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 121);
}

#[tokio::test]
async fn only_what_changed_since_is_read() {
    let bench = Bench::start().await;
    bench.clock.advance(60);
    let since = bench.clock.now();
    bench.put(Entity::Member, &json!({"_id": "later", "name": "Somebody", "status": "lead"}));

    let ask = Ask { modified_since: Some(since - jiff::SignedDuration::from_secs(1)), after: None };
    let page = bench.client.members(&ask).await.unwrap();

    assert_eq!(page.rows.iter().map(platforms::officernd::Entity::id).collect::<Vec<_>>(), ["later"]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_hides_no_other() {
    let bench = Bench::start().await;
    bench.put(Entity::Member, &json!({"_id": "0", "name": "Nobody Knows"}));

    let page = bench.client.members(&Ask::default()).await.unwrap();

    assert_eq!(page.rows.iter().map(platforms::officernd::Entity::id).collect::<Vec<_>>(), [ANN]);
    assert_eq!(page.faults.len(), 1);
    assert!(
        page.faults[0].starts_with("results[0].status: is missing") && !page.faults[0].contains("Knows"),
        "{page:?}"
    );
}

#[tokio::test]
async fn places_and_desks_are_read() {
    let bench = Bench::start().await;
    let ask = Ask::default();

    let location = bench.client.locations(&ask).await.unwrap().rows.remove(0);
    assert_eq!((location.id.as_str(), location.time_zone.as_deref()), (LONDON, Some("Europe/London")));
    let floor = bench.client.floors(&ask).await.unwrap().rows.remove(0);
    assert_eq!((floor.id.as_str(), floor.location), ("floor-1", Some(LONDON.into())));
    let desk = bench.client.resources(&ask).await.unwrap().rows.remove(0);
    assert_eq!((desk.id.as_str(), desk.floor.as_deref(), desk.kind.as_deref()), (DESK, Some("floor-1"), Some("desk")));
    assert_eq!(bench.client.visitors(&ask).await.unwrap().rows.len(), 1);
    for (of, count) in [
        (Occupied::Through(MEMBERSHIP), 1),
        (Occupied::Resource(DESK), 1),
        (Occupied::Through("other"), 0),
        (Occupied::Resource("room-1"), 0),
    ] {
        assert_eq!(bench.client.assignments(of, &ask).await.unwrap().rows.len(), count, "{of:?}");
    }
}

#[tokio::test]
async fn one_thing_is_read_by_its_id_whatever_that_looks_like() {
    let bench = Bench::start().await;

    assert_eq!(bench.client.one(Kind::Member, ANN).await.unwrap().unwrap().id(), ANN);
    for id in ["", "nobody", "a/b", "?x=1"] {
        assert!(bench.client.one(Kind::Member, id).await.unwrap().is_none(), "{id}");
    }
    let paths: Vec<String> = bench.officernd.read(|model| model.calls().iter().map(|call| call.path.clone()).collect());
    assert!(
        paths
            .iter()
            .all(|path| path == "/oauth/token" || path.starts_with("/api/v2/organizations/example-space/members/"))
    );
}

#[tokio::test]
async fn the_client_is_told_to_rest_before_it_is_refused() {
    let bench = Bench::with(Limits::Of { minute: 2, day: 3 }).await;
    let rests = async |count: usize| {
        let mut rests = Vec::new();
        for _ in 0..count {
            rests.push(bench.client.members(&Ask::default()).await.map(|page| page.rest));
        }
        rests
    };

    let first = rests(3).await;
    assert!(matches!(first[0], Ok(None)));
    assert!(matches!(first[1], Ok(Some(rest)) if rest == Duration::from_mins(1)), "{first:?}");
    let throttled = first[2].as_ref().unwrap_err();
    assert_eq!((throttled.is_transient(), throttled.retry_after()), (true, Some(Duration::from_secs(30))));

    bench.clock.advance(60);
    assert!(matches!(rests(1).await[0], Ok(Some(rest)) if rest == Duration::from_hours(1)));
}

#[tokio::test]
async fn trouble_is_told_by_what_can_be_done_about_it() {
    let bench = Bench::start().await;
    bench.client.members(&Ask::default()).await.unwrap();
    for (trouble, is_transient) in [
        (Trouble::Throttled, true),
        (Trouble::Status(503), true),
        (Trouble::Status(500), true),
        (Trouble::Dropped, true),
        (Trouble::Status(404), false),
        (Trouble::Status(403), false),
    ] {
        bench.officernd.edit(|model, _| model.inject(trouble, 1));

        let error = bench.client.members(&Ask::default()).await.unwrap_err();

        assert_eq!(error.is_transient(), is_transient, "{trouble:?}");
    }
    // A wrong slug is answered like an outage.
    let elsewhere = bench.client_with(&Login { organization: "other".to_owned(), ..login() });
    let error = elsewhere.members(&Ask::default()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Unavailable(None)));
}

#[tokio::test]
async fn a_webhook_is_registered_for_all_that_is_read_and_found_again() {
    let bench = Bench::start().await;
    assert!(bench.client.webhooks().await.unwrap().is_empty());

    let made =
        bench.client.register_webhook(&"https://door.example.com/hooks/officernd/acme/planted".into()).await.unwrap();

    let found = bench.client.webhooks().await.unwrap().remove(0);
    assert_eq!((found.id.as_str(), found.enabled), (made.id.as_str(), true));
    assert_eq!(found.event_types, EVENT_TYPES);
    assert!(!format!("{found:?} {made:?}").contains("planted"));
}
