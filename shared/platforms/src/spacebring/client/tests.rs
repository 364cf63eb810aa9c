//! Pages that no honest list has; the rest is tested against a simulated Spacebring.

use serde_json::json;

use super::*;
use crate::{Unreadable, spacebring::member};

fn read(answer: &Value) -> Result<Page<String>, Vec<String>> {
    let mut faults = Faults::default();
    let page = page(answer, "plans", |plan| plan.required("id", id), &mut faults);
    faults.none_or(page).map(Result::unwrap).map_err(|unreadable| unreadable.faults)
}

#[test]
fn a_page_has_its_list_and_perhaps_a_next() {
    let last = read(&json!({"plans": [{"id": "p-1"}], "searchQueryNext": "x"})).unwrap();
    assert_eq!((last.items, last.next), (vec!["p-1".to_owned()], None));
    assert_eq!(read(&json!({"plans": [], "nextPageToken": ""})).unwrap().next, None);
    let long = "x".repeat(2000);
    assert_eq!(read(&json!({"plans": [], "nextPageToken": long})).unwrap().next, Some(Cursor(long)));
}

/// A list that is not there must not look like one with nothing on it: whoever reads that would take everything away.
#[test]
fn a_page_without_its_list_is_unreadable() {
    for (answer, wanted) in [
        (json!({}), "plans: is missing"),
        (json!({"plans": null}), "plans: is missing"),
        (json!({"plans": {}}), "plans: must be a list"),
        (json!([]), "the body: must be a JSON object"),
        (json!({"plans": [], "nextPageToken": 7}), "nextPageToken: must be a text"),
    ] {
        let faults = read(&answer).unwrap_err();

        assert!(faults[0].starts_with(wanted), "{faults:?}");
    }
}

/// One bad record must not hide the others for ever, nor look as if it were gone.
#[test]
fn what_cannot_be_read_on_a_page_is_named_and_hides_nothing_else() {
    let mut faults = Faults::default();
    let rows = json!({"plans": [{"id": "p-1", "n": "a"}, {}, {"id": "p-2"}, 7], "nextPageToken": "x"});

    let page = page(&rows, "plans", |plan| plan.required("n", id), &mut faults).unwrap();

    assert!(faults.none_or(()).is_ok());
    assert_eq!((page.items, page.unread), (vec!["a".to_owned()], vec![None, Some("p-2".to_owned()), None]));
    assert!(page.faults[0].starts_with("plans[1].n: is missing") && page.next.is_some(), "{:?}", page.faults);
}

#[test]
fn nothing_of_people_or_secrets_shows_in_errors_and_debug_output() {
    let answer = json!({"plans": [{"id": "m-1", "status": "zoe@example.com", "createDate": "zoe@example.com"}]});
    let mut faults = Faults::default();
    let page = page(&answer, "plans", member::read, &mut faults).unwrap();
    assert_eq!(page.unread.len(), 1);
    let error = PlatformError::of_faults(Unreadable { faults: page.faults });
    let client = Client::new(reqwest::Client::new(), Client::BASE_URL, "planted-id", "planted".into());

    let shown = format!("{error:?} {error} {client:?} {:?}", Cursor("planted".to_owned()));

    assert!(!shown.contains("zoe@") && !shown.contains("planted"), "{shown}");
}
