//! Pages, and what goes wrong on the way.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    Subject, SubjectKind,
    full_read::{Extent, Mark},
};
use platforms::PlatformError;
use serde_json::{Value, json};
use simulators::nexudus::{Entity, Limits, Team, Trouble};

use crate::bench::{ANN, BEN, Bench, booking, contract, customer};

#[tokio::test]
async fn a_long_list_is_read_to_its_end_and_each_record_once() {
    let bench = Bench::start().await;
    bench.edit(|model, now| {
        for id in 1..=248 {
            model.put_customer(&customer(id, "Somebody"), now);
        }
    });

    let read = bench.whole().await;

    let ids: BTreeSet<_> = read.news.iter().map(|piece| piece.subject.clone()).collect();
    assert_eq!((ids.len(), read.news.len()), (250, 250));
}

/// B3: a record slips to the page before if one is deleted meanwhile, and is read all the same.
#[tokio::test]
async fn nobody_slips_between_two_pages() {
    let bench = Bench::start().await;
    bench.edit(|model, now| {
        for id in 1..=248 {
            model.put_customer(&customer(id, "Somebody"), now);
        }
    });
    let mut reader = bench.reader();
    let mut mark = Mark::default();
    while mark.after.is_none() {
        mark = bench.step(&mut reader, Extent::Whole, &mark).await.unwrap().next.unwrap();
    }
    bench.edit(|model, now| {
        for id in [3, 4] {
            model.remove(Entity::Coworker, id);
        }
        for id in [4001, 4002] {
            model.put_customer(&customer(id, "New"), now);
        }
    });

    // Another process goes on.
    let rest = bench.read_on(&mut bench.reader(), Extent::Whole, mark).await.unwrap();

    let ids: BTreeSet<_> = rest.news.iter().map(|piece| piece.subject.id.parse::<u64>().unwrap()).collect();
    assert!((101..=248).chain([ANN, BEN, 4001, 4002]).all(|id| ids.contains(&id)), "{ids:?}");
}

/// B3, B12: what cannot be read is told by the names of fields, is not missing, and hides nobody else; without an id it may be
/// anybody of its kind.
#[tokio::test]
async fn a_record_that_cannot_be_read_hides_no_other() {
    let bench = Bench::start().await;
    bench.edit(|model, now| {
        model.put_contract(&contract(1), now);
        model.put_contract(&contract(2), now);
        model.set(Entity::CoworkerContract, 1, ("Active", json!("Secret Person")), now);
        model.put_booking(&booking(900, "2026-11-21T11:00:00Z"), now);
        model.set(Entity::Booking, 900, ("ResourceId", json!(4711)), now);
        model.set(Entity::Coworker, BEN, ("Id", Value::Null), now);
    });

    let read = bench.whole().await;

    assert_eq!(read.of(SubjectKind::Membership).len(), 1);
    let unread = [Subject::new(SubjectKind::Membership, "1"), Subject::new(SubjectKind::Booking, "900")];
    assert_eq!(read.unread, unread, "{read:?}");
    assert_eq!(read.in_doubt.into_iter().collect::<Vec<_>>(), [SubjectKind::Member]);
    assert_eq!(read.faults.len(), 3);
    assert!(read.faults.iter().any(|fault| fault.contains("Active: must be true or false")), "{:?}", read.faults);
    assert!(!format!("{:?}", read.faults).contains("Secret"));
}

/// B12: one record that Nexudus does not show alone is as good as unreadable; one deleted meanwhile is gone.
#[tokio::test]
async fn a_team_that_nexudus_does_not_show_is_not_taken_for_gone() {
    let bench = Bench::start().await;
    bench.edit(|model, now| {
        for id in [5, 6] {
            model.put_team(&Team { id, team_members: vec![ANN], ..Team::default() }, now);
        }
        // Locations, resources, customers and the list of teams come first.
        model.inject_after(4, Trouble::Declined, 1);
        model.inject(Trouble::Status(404), 1);
    });

    let read = bench.whole().await;

    assert_eq!(read.of(SubjectKind::Team).len(), 0);
    assert_eq!(read.unread, [Subject::new(SubjectKind::Team, "5")]);
    assert!(read.faults[0].starts_with("Team/5: "), "{:?}", read.faults);
}

/// B3: an answer that is no list, breaks off or is of another page is an error, never an empty list.
#[tokio::test]
async fn no_answer_but_a_list_is_a_list() {
    let bench = Bench::start().await;
    for trouble in [Trouble::Declined, Trouble::Nonsense, Trouble::Status(404), Trouble::Status(401)] {
        bench.edit(|model, _| model.inject_after(2, trouble, 1));

        let error = bench.read(Extent::Whole).await.unwrap_err();

        assert!(!error.is_transient(), "{trouble:?}: {error:?}");
    }
    for trouble in [Trouble::Throttled, Trouble::Conflict, Trouble::Status(503), Trouble::Dropped] {
        bench.edit(|model, _| model.inject_after(2, trouble, 1));

        assert!(bench.read(Extent::Whole).await.unwrap_err().is_transient(), "{trouble:?}");
    }
}

/// The same reader goes on after trouble, and asks for nothing twice that it has.
#[tokio::test]
async fn a_call_that_came_too_soon_is_made_again() {
    let bench = Bench::with(Limits::Published).await;
    bench.edit(|model, now| model.put_team(&Team { id: 9, team_members: vec![ANN], ..Team::default() }, now));
    let (mut reader, mut mark, mut told, mut refused) = (bench.reader(), Mark::default(), 0, 0);
    loop {
        match bench.step(&mut reader, Extent::Whole, &mark).await {
            Ok(portion) => {
                told += portion.news.len();
                match portion.next {
                    Some(next) => mark = next,
                    None => break,
                }
            }
            Err(error) => {
                assert_eq!(error.retry_after(), Some(Duration::from_secs(1)), "{error:?}");
                refused += 1;
                bench.clock.advance(1);
            }
        }
    }

    assert_eq!(told, 3);
    assert!(refused > 3);
}

/// B3: a login that does not see a location of the tenant would let all that is there look gone.
#[tokio::test]
async fn nothing_is_read_unless_the_login_sees_all_locations() {
    let bench = Bench::start().await;
    bench.edit(|model, _| model.remove(Entity::Business, 101));

    let error = bench.read(Extent::Whole).await.unwrap_err();

    let PlatformError::Unreadable { faults: Some(faults), .. } = error else { panic!("{error:?}") };
    assert!(faults.faults[0].contains("no location \"101\""), "{faults}");
}

#[tokio::test]
async fn a_missing_role_needs_a_person() {
    let mut bench = Bench::start().await;
    bench.login = ("reader@example.com", "open sesame");
    bench.edit(|model, _| model.add_restricted_administrator("reader@example.com", "open sesame", &["Coworker-Read"]));

    let refused = bench.read(Extent::Whole).await.unwrap_err();

    assert!(matches!(refused, PlatformError::Refused), "{refused:?}");
    assert!(!format!("{refused:?} {:?}", bench.reader()).contains("sesame"));
}

/// ALL-09: what is read alone is told a few at a time, so that a read comes on however short its time is, and asks for nothing
/// twice.
#[tokio::test]
async fn records_read_alone_are_told_a_few_at_a_time() {
    let bench = Bench::start().await;
    bench.edit(|model, now| {
        for id in 1..=12 {
            model.put_team(&Team { id, team_members: vec![ANN], ..Team::default() }, now);
        }
    });
    let (mut reader, mut mark, mut teams) = (bench.reader(), Mark::default(), 0);
    while teams == 0 {
        let portion = bench.step(&mut reader, Extent::Whole, &mark).await.unwrap();
        teams += portion.news.iter().filter(|piece| piece.subject.kind == SubjectKind::Team).count();
        mark = portion.next.unwrap();
    }
    assert_eq!(teams, 5);

    // Another process goes on.
    let rest = bench.read_on(&mut bench.reader(), Extent::Whole, mark).await.unwrap();

    assert_eq!(rest.of(SubjectKind::Team).len(), 7);
    assert_eq!(bench.asked().iter().filter(|path| path.starts_with("/api/spaces/teams/")).count(), 12);
}
