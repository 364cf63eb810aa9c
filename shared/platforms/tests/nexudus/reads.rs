//! What the lists tell.

use std::collections::BTreeMap;

use domain::{
    SubjectKind,
    facts::{AssignedResource, BookingStatus, Change, Entitlement, MemberStatus},
    full_read::Extent,
    intake::What,
};
use jiff::SignedDuration;
use serde_json::json;
use simulators::nexudus::{Booking, Contract, Customer, Entity, Team, TimePass};

use crate::bench::{ANN, BEN, Bench, DAY, DESK, PLAN, ROOM, booking, contract, customer, held, maps, tenant};

#[tokio::test]
async fn a_row_of_a_customer_tells_what_it_has_and_leaves_the_rest() {
    let bench = Bench::start().await;
    bench.edit(|model, now| {
        model.put_customer(&Customer { active: false, email: String::new(), ..customer(BEN, "Ben") }, now);
    });

    let read = bench.whole().await;

    let ann = read.patch(ANN);
    assert_eq!((&ann.status, &ann.phone), (&Change::Set(MemberStatus::Active), &Change::Keep));
    assert_eq!(ann.email, Change::Set("Ann@example.com".to_owned()));
    assert!(!ann.fetch_details && !ann.details_fetched);
    let ben = read.patch(BEN);
    assert_eq!((&ben.status, &ben.email), (&Change::Set(MemberStatus::Inactive), &Change::Keep));
    assert!(!bench.asked().iter().any(|path| path.starts_with("/api/spaces/coworkers/")));
}

/// B6: what changed is asked for by `UpdatedOn`, and a customer then with all that the list leaves out.
#[tokio::test]
async fn a_customer_that_changed_is_read_alone() {
    let bench = Bench::start().await;
    bench.clock.advance(600);
    let since = bench.clock.now() - SignedDuration::from_secs(60);
    bench.edit(|model, now| model.put_customer(&Customer { mobile_phone: None, ..customer(BEN, "Ben") }, now));

    let read = bench.read(Extent::Since(since)).await.unwrap();

    assert_eq!(read.news.len(), 1, "{read:?}");
    assert_eq!((&read.patch(BEN).phone, read.patch(BEN).details_fetched), (&Change::Clear, true));
    let asked = bench.asked();
    assert!(asked.iter().any(|path| path.contains("from_Coworker_UpdatedOn=2026-11-21T09%3A09")), "{asked:?}");
    assert!(asked.contains(&"/api/spaces/coworkers/3033".to_owned()), "{asked:?}");
}

/// NEX-30, NEX-32, NEX-33: a contract as its hook tells it, with the desks that only the record itself names; a team with its
/// members.
#[tokio::test]
async fn contracts_and_teams_are_completed_record_by_record() {
    let mut bench = Bench::start().await;
    bench.tenant = tenant(&[maps("resource", ROOM), maps("resource", DESK)]);
    bench.edit(|model, now| {
        model.put_contract(&Contract { desks: vec![DESK], ..contract(1) }, now);
        model.put_contract(&Contract { active: false, ..contract(2) }, now);
        model.put_team(
            &Team { id: 9, business_id: 101, paying_member_id: Some(ANN), team_members: vec![ANN, BEN] },
            now,
        );
    });

    let read = bench.whole().await;

    let contracts = read.of(SubjectKind::Membership);
    let Entitlement::Membership(first) = held(contracts[0]) else { panic!("{contracts:?}") };
    assert_eq!(first.resources, [AssignedResource { id: DESK.to_string(), floor: None, location: None }]);
    assert_eq!((first.location.as_ref().unwrap().as_str(), first.plan.as_str()), ("101", "555"));
    assert_eq!((first.starts, first.ends), ("2026-11-01T00:00:00Z".parse().unwrap(), None));
    let Entitlement::Membership(second) = held(contracts[1]) else { panic!("{contracts:?}") };
    assert!(second.ends.is_some());
    let What::Team(team) = &read.of(SubjectKind::Team)[0].what else { panic!("{read:?}") };
    assert_eq!((team.members.len(), team.paying_member.as_ref().unwrap().as_str()), (2, "3032"));
    let alone = bench.asked().into_iter().filter(|path| !path.contains('?')).collect::<Vec<_>>();
    assert_eq!(alone, ["/api/spaces/teams/9", "/api/billing/coworkercontracts/1"]);
}

/// Where no desk is mapped, or the row names them, nobody asks for single contracts.
#[tokio::test]
async fn a_contract_is_not_asked_for_without_need() {
    let mut bench = Bench::start().await;
    bench.tenant = tenant(&[maps("resource", ROOM), maps("plan", PLAN)]);
    bench.edit(|model, now| model.put_contract(&contract(1), now));
    assert_eq!(bench.whole().await.of(SubjectKind::Membership).len(), 1);

    bench.tenant = tenant(&[maps("resource", DESK)]);
    bench.edit(|model, now| model.set(Entity::CoworkerContract, 1, ("FloorPlanDeskIds", json!("71,72")), now));
    let read = bench.whole().await;

    let Entitlement::Membership(membership) = held(read.of(SubjectKind::Membership)[0]) else { panic!("{read:?}") };
    assert_eq!(membership.resources.len(), 2);
    assert!(!bench.asked().iter().any(|path| path.starts_with("/api/billing/coworkercontracts/")));
}

/// NEX-17: times are UTC; a booking lies where its room does. What is over is not asked for.
#[tokio::test]
async fn a_booking_has_the_location_of_its_room() {
    let bench = Bench::start().await;
    bench.edit(|model, now| {
        model.put_booking(&booking(900, "2026-11-21T11:00:00Z"), now);
        model.put_booking(&Booking { tentative: true, coworker_id: None, ..booking(901, "2026-12-24T11:00:00Z") }, now);
        model.put_booking(&booking(902, "2026-11-01T11:00:00Z"), now);
    });

    let read = bench.whole().await;

    let bookings = read.of(SubjectKind::Booking);
    assert_eq!(bookings.len(), 2);
    let Entitlement::Booking(first) = held(bookings[0]) else { panic!("{bookings:?}") };
    assert_eq!((first.location.as_ref().unwrap().as_str(), first.resource.as_str()), ("101", "7"));
    assert_eq!(first.starts, "2026-11-21T11:00:00Z".parse().unwrap());
    let Entitlement::Booking(second) = held(bookings[1]) else { panic!("{bookings:?}") };
    assert_eq!((second.status, &second.booker), (BookingStatus::Tentative, &None));
}

/// NEX-11 to NEX-15: however a pass was come by it is on the list; used ones tell that nothing is left, and the rest expire by
/// time.
#[tokio::test]
async fn passes_tell_what_is_left_of_them() {
    let mut bench = Bench::start().await;
    bench.edit(|model, now| {
        let pass = TimePass { id: 1, coworker_id: ANN, business_id: 101, time_pass_id: DAY, ..TimePass::default() };
        model.put_time_pass(&pass, now);
        model.put_time_pass(&TimePass { id: 2, used: true, ..pass.clone() }, now);
        let expire_date = Some("2026-12-01T00:00:00Z".parse().unwrap());
        model.put_time_pass(&TimePass { id: 3, expire_date, ..pass }, now);
    });
    assert_eq!(bench.whole().await.of(SubjectKind::Pass).len(), 0, "no mapping names a pass");

    bench.tenant = tenant(&[maps("pass", DAY)]);
    let read = bench.whole().await;

    let mut left = BTreeMap::new();
    for piece in read.of(SubjectKind::Pass) {
        let Entitlement::Pass(pass) = held(piece) else { panic!("{piece:?}") };
        assert_eq!((pass.pass.as_str(), pass.location.as_ref().unwrap().as_str()), ("88", "101"));
        left.insert(pass.id.clone(), (pass.remaining, pass.valid_until));
    }
    let expires = Some("2026-12-02T00:00:00Z".parse().unwrap());
    let expected = [("1", (None, None)), ("2", (Some(0), None)), ("3", (None, expires))];
    assert_eq!(left, expected.map(|(id, left)| (id.to_owned(), left)).into());
    assert_eq!(read.of(SubjectKind::Pass).len(), 3, "each once");
}

/// A read sets right whatever a hook told wrongly, so that a page is at most a minute old; but not what comes after it.
#[tokio::test]
async fn what_a_page_tells_is_of_the_page() {
    let bench = Bench::start().await;
    bench.clock.advance(3600);

    let read = bench.whole().await;

    let minute_ago = bench.clock.now() - SignedDuration::from_mins(1);
    assert!(read.news.iter().all(|piece| piece.as_of == minute_ago), "{:?}", read.news);
}
