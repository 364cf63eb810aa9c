//! Brivo users that stood there before us: taken over once, on purpose, and only without a doubt.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    BrivoUserId, ExternalId, MemberId, MemberKey,
    access::{Desired, Nearness},
    adoption::{Address, Match, Outlook, Reference, Then, UsersFound, WithoutUser, existing, outlook},
    ledger::{AccountLedger, Suspension},
    plan::{Existing, NoUser, Write},
    policy::Adopt,
    tenant::Platform,
};
use proptest::prelude::*;

use crate::{
    planning::{Someone, ann, carry_out, change, create, due_since, known, later, nobody, preset, reference, someone},
    world::{PLATFORMS, at},
};

fn key(member: &str) -> MemberKey {
    MemberKey { tenant: "acme".into(), member: member.into() }
}

fn by_hand(user: i64) -> Match {
    Match { user: BrivoUserId(user), external_id: None, suspended: false, groups: 2 }
}

fn marked(user: i64, reference: &str) -> Match {
    Match { external_id: Some(ExternalId::new(reference)), ..by_hand(user) }
}

fn found(matches: &[Match]) -> Existing {
    existing(matches, &key("m1"), Some(&ann()))
}

/// Ann, for whom these users are found by her e-mail address.
fn whom(matches: &[Match]) -> Someone {
    Someone { existing: found(matches), ..someone() }
}

fn writes(person: &Someone, platform: Platform) -> Vec<Write> {
    person.plan(&due_since(&[(1, 0)]), &AccountLedger::default(), &preset(platform), at(0)).writes
}

/// The linking of the only match, and nothing else.
fn is_link(write: &Write) -> bool {
    matches!(write, Write::LinkUser { external_id, known }
        if *external_id == reference() && known.user == Some(BrivoUserId(7)))
}

/// R28, CWK-26: the only user with the address, if unmarked, becomes the member's: only our reference is written.
#[test]
fn the_only_user_with_the_address_is_taken_over() {
    for platform in PLATFORMS {
        let writes = writes(&whom(&[by_hand(7)]), platform);

        let [link, groups] = writes.as_slice() else { panic!("{writes:?}") };
        assert!(is_link(link));
        assert_eq!(*groups, change(&[1], &[]));
    }
}

/// R28, D5: a user that bears another application's mark is not taken, no user is made, and the member is reported.
#[test]
fn a_user_of_another_application_is_not_taken() {
    let plan = whom(&[marked(7, "other-app-42")]).plan(
        &due_since(&[(1, 0)]),
        &AccountLedger::default(),
        &preset(Platform::Coworks),
        at(0),
    );

    assert_eq!((plan.writes.as_slice(), plan.no_user.clone()), ([].as_slice(), Some(NoUser::AnotherApplications)));
    assert!(plan.notices()[0].contains("another application"));
}

/// R28, D6: of several users nobody can tell which is meant, so none is taken or made, and the member is reported.
#[test]
fn of_several_users_none_is_taken() {
    let plan = whom(&[by_hand(7), by_hand(8)]).plan(
        &due_since(&[(1, 0)]),
        &AccountLedger::default(),
        &preset(Platform::Coworks),
        at(0),
    );

    assert_eq!((plan.writes.as_slice(), plan.no_user.clone()), ([].as_slice(), Some(NoUser::SeveralMatch)));
    assert!(plan.notices()[0].contains("several Brivo users"));
}

/// D6, INV-5: a user that is another member's already is nobody else's, whatever the address says.
#[test]
fn a_user_of_another_member_is_left_to_them() {
    assert_eq!(found(&[marked(7, "acme:m2")]), Existing::None);
    assert!(matches!(found(&[marked(7, "acme:m2"), by_hand(8)]), Existing::One(_)));
    assert_eq!(writes(&whom(&[marked(7, "acme:m2")]), Platform::Nexudus), [create(), change(&[1], &[])]);
}

/// B7, D6: whoever bears the member's own mark is known by it, whoever else has the address.
#[test]
fn nobody_is_taken_on_for_a_member_who_bears_a_mark_already() {
    assert_eq!(found(&[marked(7, "acme:m1"), by_hand(8)]), Existing::None);
    assert_eq!(found(&[by_hand(8), by_hand(9), marked(7, "acme:m1")]), Existing::None);
}

/// D5, R30: the mark of a tenant whose name only begins alike is another application's.
#[test]
fn another_tenants_user_is_another_applications() {
    assert_eq!(found(&[marked(7, "acme2:m1")]), Existing::Refused(NoUser::AnotherApplications));
    assert!(matches!(found(&[marked(7, "")]), Existing::One(_)));
}

/// R28: without a match a new user is made; by default every preset looks for one.
#[test]
fn without_a_match_a_user_is_made() {
    assert_eq!(found(&[]), Existing::None);
    assert_eq!(writes(&whom(&[]), Platform::Nexudus), [create(), change(&[1], &[])]);
    assert!(PLATFORMS.iter().all(|platform| preset(*platform).adopt == Adopt::ExactEmail));
}

/// CWK-26, B7: taken over once, it is ours; a repeat writes nothing.
#[test]
fn a_repeat_of_the_take_over_writes_nothing() {
    for platform in PLATFORMS {
        let (person, mut ledger) = (whom(&[by_hand(7)]), AccountLedger::default());
        let desired = due_since(&[(1, 0)]);
        carry_out(&person.plan(&desired, &ledger, &preset(platform), at(0)), &mut ledger);

        assert_eq!(person.plan(&desired, &ledger, &preset(platform), at(1)).writes, []);
        assert_eq!(ledger.user, Some(BrivoUserId(7)));
    }
}

/// INV-4, R28: the groups that the user had are not ours, and count towards the limit.
#[test]
fn groups_from_before_stay_and_count() {
    let crowded = Match { groups: 15, ..by_hand(7) };
    let person = whom(&[crowded]);
    let policy = preset(Platform::Nexudus);

    let plan = person.plan(&due_since(&[(1, 0), (2, 1)]), &AccountLedger::default(), &policy, at(0));
    assert_eq!(plan.writes[1], change(&[1], &[]));

    let mut ledger = AccountLedger::default();
    carry_out(&plan, &mut ledger);
    assert_eq!(person.plan(&nobody(), &ledger, &policy, at(1)).writes, [change(&[], &[1])]);
}

/// X2, R28: a user whom staff had suspended stays suspended when taken over, and that is told.
#[test]
fn a_suspended_user_stays_suspended() {
    let person = whom(&[Match { suspended: true, ..by_hand(7) }]);
    let Existing::One(user) = &person.existing else { panic!() };
    assert_eq!(user.suspension, Suspension::Others);

    let plan = person.plan(&due_since(&[(1, 0)]), &AccountLedger::default(), &preset(Platform::Deskworks), at(0));

    assert!(plan.suspended_by_others && !plan.writes.contains(&Write::Unsuspend));
}

/// R16, R28: nobody is taken over who needs no user.
#[test]
fn who_needs_no_user_is_not_taken_over() {
    let person = whom(&[by_hand(7)]);
    let plan =
        |desired: &Desired| person.plan(desired, &AccountLedger::default(), &preset(Platform::Coworks), at(0)).writes;

    assert_eq!(plan(&nobody()), []);
    assert!(is_link(&plan(&later(Nearness::Near))[0]));
}

/// R26: the same goes for the user of the person's other reference: it is linked with all that is known of it.
#[test]
fn the_user_of_a_former_reference_goes_on_with_its_groups() {
    let former = known(&[1, 2]);
    let person = Someone { existing: Existing::One(Box::new(former.clone())), ..someone() };

    let writes = writes(&person, Platform::Spacebring);

    let link = Write::LinkUser { external_id: reference(), known: Box::new(former) };
    assert_eq!(writes, [link, change(&[], &[2])]);
}

fn before_the_first_reading(so_far: Existing) -> Someone {
    Someone { existing: Existing::Unread(Box::new(so_far)), ..someone() }
}

/// R28: before Brivo's users were read once nobody is made ahead of time, and what was found so far may not be all; it is told,
/// and looked at again within minutes.
#[test]
fn nobody_is_made_ahead_of_time_before_brivos_users_were_read() {
    for so_far in [Existing::None, found(&[by_hand(7)]), found(&[by_hand(7), by_hand(8)])] {
        let person = before_the_first_reading(so_far);

        let plan = person.plan(&later(Nearness::Near), &AccountLedger::default(), &preset(Platform::Nexudus), at(0));

        assert_eq!((plan.writes.as_slice(), plan.no_user.clone()), ([].as_slice(), Some(NoUser::Unread)));
        assert!(plan.notices()[0].contains("have not been read yet"));
        assert_eq!(plan.next, Some(at(5)));
    }
}

/// R28, INV-2: a door that is to open does not wait for the reading.
#[test]
fn inside_an_open_window_nobody_waits_for_the_reading() {
    let nobody_yet = before_the_first_reading(Existing::None);
    assert_eq!(writes(&nobody_yet, Platform::Nexudus), [create(), change(&[1], &[])]);

    let one = writes(&before_the_first_reading(found(&[by_hand(7)])), Platform::Nexudus);
    assert!(is_link(&one[0]), "{one:?}");

    assert_eq!(writes(&before_the_first_reading(found(&[by_hand(7), by_hand(8)])), Platform::Nexudus), []);
}

/// What is told of m1 beforehand, for whom these users are found.
fn told(matches: &[Match], address: Address, (read_whole, adopt): (bool, Adopt)) -> Outlook {
    let reference = |found: &Match| Reference::of(found.external_id.as_ref(), &"acme".into());
    let users: BTreeMap<_, _> = matches.iter().map(|found| (found.user, reference(found))).collect();
    outlook(WithoutUser { external_id: &key("m1").external_id(), address, users: &users, read_whole, adopt })
}

fn standing(matches: &[Match]) -> (UsersFound, Then) {
    let Outlook { found, then, .. } = told(matches, Address::Own, (true, Adopt::ExactEmail));
    (found, then)
}

/// CWK-26, R28, D5, D6: what is told of a member beforehand, and what follows by the policy.
#[test]
fn each_member_is_told_what_is_found_and_what_follows() {
    assert_eq!(standing(&[]), (UsersFound::None, Then::Made));
    assert_eq!(standing(&[by_hand(7)]), (UsersFound::One, Then::TakenOn));
    assert_eq!(standing(&[by_hand(7), by_hand(8)]), (UsersFound::Several, Then::LeftToStaff));
    assert_eq!(standing(&[by_hand(7), marked(8, "other-app-42")]), (UsersFound::Several, Then::LeftToStaff));
    for mark in ["other-app-42", "acme2:m1"] {
        assert_eq!(standing(&[marked(7, mark)]), (UsersFound::Anothers, Then::LeftToStaff));
    }
    assert_eq!(standing(&[marked(7, "acme:m2")]), (UsersFound::None, Then::Made), "another member's");
    assert_eq!(standing(&[marked(7, "acme:m1"), by_hand(8)]), (UsersFound::Own, Then::Recognised));
    let one = told(&[by_hand(7), marked(8, "acme:m2")], Address::Own, (true, Adopt::ExactEmail));
    assert_eq!((one.found, one.users), (UsersFound::One, BTreeSet::from([BrivoUserId(7)])));
}

/// R28: without an address of the member's own, or before the users were read, there is no telling.
#[test]
fn where_there_is_no_telling_that_is_told() {
    for (address, found) in [(Address::Shared, UsersFound::SharedAddress), (Address::Untold, UsersFound::NoAddress)] {
        let outlook = told(&[by_hand(7)], address, (true, Adopt::ExactEmail));
        assert_eq!(outlook, Outlook { found, users: BTreeSet::new(), then: Then::Made });
    }
    let unread = told(&[by_hand(7)], Address::Own, (false, Adopt::ExactEmail));
    let expected = Outlook { found: UsersFound::Unread, users: BTreeSet::from([BrivoUserId(7)]), then: Then::Waits };
    assert_eq!(unread, expected);
    assert_eq!(told(&[], Address::Own, (false, Adopt::Never)).then, Then::Made);
}

/// R28: whoever has no address of their own, or shares one, has none that tells who they are.
#[test]
fn an_address_is_a_members_own_if_nobody_else_has_it() {
    let of = |members: &[&str]| {
        let members = members.iter().copied().map(MemberId::new).collect();
        Address::of(Some(&"a1".into()), &"m1".into(), &[("a1".into(), members)].into())
    };

    assert_eq!((of(&["m1"]), of(&["m1", "m2"]), of(&["m2"])), (Address::Own, Address::Shared, Address::Shared));
    assert_eq!(of(&[]), Address::Shared, "nobody's is no more telling");
    assert_eq!(Address::of(None, &"m1".into(), &BTreeMap::new()), Address::Untold);
}

fn some_users() -> impl Strategy<Value = Vec<Match>> {
    let mark = proptest::option::of(prop_oneof![
        Just(String::new()),
        Just("acme:m1".to_owned()),
        Just("acme:m2".to_owned()),
        Just("acme2:m1".to_owned()),
        Just("payroll-9".to_owned()),
    ]);
    let users = proptest::collection::vec(mark, 0..4);
    users.prop_map(|marks| {
        let user = |(id, mark): (usize, Option<String>)| match mark {
            Some(mark) => marked(i64::try_from(id).unwrap(), &mark),
            None => by_hand(i64::try_from(id).unwrap()),
        };
        marks.into_iter().enumerate().map(user).collect()
    })
}

proptest! {
    /// CWK-26: what is told beforehand is what the adoption itself decides.
    #[test]
    fn what_is_told_is_what_is_done(users in some_users()) {
        let then = standing(&users).1;

        let expected = match found(&users) {
            Existing::None if users.iter().any(|user| user.external_id == Some("acme:m1".into())) => Then::Recognised,
            Existing::None => Then::Made,
            Existing::One(_) => Then::TakenOn,
            Existing::Refused(_) => Then::LeftToStaff,
            Existing::Unread(_) => Then::Waits,
        };
        prop_assert_eq!(then, expected);
    }
}
