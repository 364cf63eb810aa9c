//! The reader of OfficeRnD, call by call: what it says of desks, as of when, and what it leaves to be found missing.

use std::collections::BTreeMap;

use domain::{
    Subject,
    full_read::{Extent, Mark, true_of},
    intake::What,
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;
use platforms::{Asked, PlatformError, Portion, Reader};
use secrecy::SecretString;
use serde_json::json;
use simulators::officernd::Entity;

use crate::bench::{Bench, DESK, LONDON, MEMBERSHIP};

/// What a read told, and of what it says nothing though it may be there.
#[derive(Debug, Default)]
struct Read {
    news: Vec<(String, Timestamp, bool)>,
    unread: Vec<Subject>,
    faults: Vec<String>,
}

impl Read {
    /// Whether something is told to be there, or gone, and as of when.
    fn of(&self, subject: &str) -> Option<(Timestamp, bool)> {
        self.news.iter().find(|(told, ..)| told == subject).map(|(_, as_of, is_there)| (*as_of, *is_there))
    }
}

fn tenant() -> Tenant {
    let locations = json!([{"id": LONDON, "time_zone": "Europe/London", "account": "hq"}]);
    let mappings = json!([{"kind": "location", "id": LONDON, "groups": [1]}]);
    let document = json!({"tenant": "acme", "platform": "officernd", "locations": locations, "mappings": mappings});
    serde_json::from_value(document).unwrap()
}

fn reader(bench: &Bench) -> Reader {
    let settings = [("organization", "example-space"), ("client_id", "app-1")];
    let settings: BTreeMap<_, _> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let secret = |_: &str| Ok::<_, ()>(Some(SecretString::from("open sesame")));
    let base = bench.officernd.identity_url();
    Reader::connect(Platform::Officernd, bench.http.clone(), Some(&base), &settings, secret).unwrap().unwrap()
}

/// Reads to the end, an hour passing after each call: every hour somebody else may have told us something.
async fn read(bench: &Bench, extent: Extent) -> Result<Read, PlatformError> {
    let (tenant, mut reader, mut mark) = (tenant(), reader(bench), Mark::default());
    let (began, mut read) = (bench.clock.now(), Read::default());
    loop {
        let asked = Asked { tenant: &tenant, extent, began, now: bench.clock.now(), mark: &mark };
        let Portion { news, unread, faults, next, .. } = reader.read(&asked).await?;
        let told = news.into_iter().map(|it| (it.subject.to_string(), it.as_of, it.what != What::Removed));
        read.news.extend(told);
        read.unread.extend(unread);
        read.faults.extend(faults);
        bench.clock.advance(3600);
        match next {
            Some(next) => mark = next,
            None => return Ok(read),
        }
    }
}

fn membership() -> String {
    format!("membership/{MEMBERSHIP}")
}

fn desks() -> String {
    format!("membership/{MEMBERSHIP}_desks")
}

/// Whatever a hook told while the desks of a page were asked for is newer than the page.
#[tokio::test]
async fn a_page_is_true_of_when_it_was_asked_for_however_long_its_desks_take() {
    let bench = Bench::start().await;
    bench.clock.advance(600);
    let before = bench.clock.now();

    let read = read(&bench, Extent::Whole).await.unwrap();

    // Resources, visitors, members and companies are asked for before it, its desks after it.
    let asked_at = before + jiff::SignedDuration::from_hours(4);
    assert_eq!(read.of(&membership()), Some((true_of(asked_at), true)));
    assert_eq!(read.of(&desks()), Some((true_of(asked_at), true)));
}

/// B3: desks of which nothing is listed any more are judged with whatever is missing; of a membership that changed they are gone.
#[tokio::test]
async fn desks_that_are_not_listed_are_left_to_be_found_missing() {
    let bench = Bench::start().await;
    bench.officernd.edit(|model, _| model.remove(Entity::Assignment, "assignment-1"));

    let whole = read(&bench, Extent::Whole).await.unwrap();
    let since = read(&bench, Extent::Since(Timestamp::UNIX_EPOCH)).await.unwrap();

    assert_eq!((whole.of(&desks()), whole.unread.as_slice()), (None, [].as_slice()));
    assert!(whole.of(&membership()).is_some());
    assert_eq!(since.of(&desks()).map(|(_, is_there)| is_there), Some(false));
}

/// B3, B12: a desk that is on no list of resources may be anywhere; the membership keeps what it had, and that is told.
#[tokio::test]
async fn a_desk_that_is_on_no_list_takes_nothing_away() {
    let bench = Bench::start().await;
    bench.officernd.edit(|model, _| model.remove(Entity::Resource, DESK));

    for extent in [Extent::Whole, Extent::Since(Timestamp::UNIX_EPOCH)] {
        let read = read(&bench, extent).await.unwrap();

        assert_eq!(read.of(&desks()), None, "{extent:?}");
        assert_eq!(read.unread.iter().map(ToString::to_string).collect::<Vec<_>>(), [desks()]);
        assert!(read.faults.iter().any(|fault| fault.ends_with("resource: is on no list of resources")), "{read:?}");
        assert!(read.of(&membership()).is_some());
    }
}

/// B3.
#[tokio::test]
async fn an_empty_list_of_resources_is_no_list_where_desks_count() {
    let bench = Bench::start().await;
    for id in [DESK, "room-1"] {
        bench.officernd.edit(|model, _| model.remove(Entity::Resource, id));
    }

    let error = read(&bench, Extent::Whole).await.unwrap_err();

    let PlatformError::Unreadable { faults: Some(faults), .. } = &error else { panic!("{error:?}") };
    assert!(faults.to_string().contains("resources: are none"), "{faults}");
}
