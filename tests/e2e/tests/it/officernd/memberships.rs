//! What memberships give, to whom and until when.

use serde_json::json;
use simulators::officernd::{Entity::Membership, Names};

use super::{ANNA, BEN, OFFICE, PLAN, Space, maps, membership};
use crate::{
    feed::but,
    world::{NONE, at},
};

/// ORD-06, ORD-07, ORD-09, ORD-17: all groups of the plan, for the member alone, from the first day to the last by the clocks of the
/// location; and nothing for a location or a floor without a desk there. Under the names of either version.
#[tokio::test]
async fn a_membership_of_a_member_gives_the_groups_of_its_plan_from_its_first_day_to_its_last() {
    let places = [maps("location", OFFICE, &[503]), maps("floor", "f1", &[511])];
    let mappings: Vec<_> = [maps("plan", PLAN, &[501, 502])].into_iter().chain(places).collect();
    let mut space = Space::open(&mappings).await;
    let days = json!({"startDate": "2026-03-03T00:00:00.000Z", "endDate": "2026-03-05T00:00:00.000Z"});

    for (names, member) in [(Names::Version1, ANNA), (Names::Version2, BEN)] {
        space.names = names;
        let own = but(but(membership(&format!("of-{member}"), PLAN), &days), &json!({"member": member}));
        space.tell(Membership, "membership.created", &own).await;
    }
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (NONE.to_vec(), NONE.to_vec()));
    space.world.run_until(at("2026-03-08T00:00:00Z")).await;

    for (member, group) in [(ANNA, 501), (ANNA, 502), (BEN, 501), (BEN, 502)] {
        assert_eq!(
            space.world.stays(member, group),
            ["2026-03-03T00:00:00Z to 2026-03-06T00:00:00Z"],
            "{member} {group}"
        );
    }
    for (member, group) in [(ANNA, 503), (ANNA, 511), (BEN, 503), (BEN, 511)] {
        assert_eq!(space.world.stays(member, group), [""; 0], "{member} {group}");
    }
}

/// ORD-08, ORD-09, ORD-10: whoever the membership is given to keeps the group without a gap.
#[tokio::test]
async fn a_membership_without_a_member_is_the_whole_companys_until_it_is_given_to_one_of_it() {
    let mut space = Space::open(&[maps("plan", PLAN, &[501])]).await;
    let of_all = membership("s1", PLAN);

    space.tell(Membership, "membership.created", &of_all).await;
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![501], vec![501]));
    space.tell(Membership, "membership.updated", &but(of_all.clone(), &json!({"member": ANNA}))).await;
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![501], NONE.to_vec()));
    space.tell(Membership, "membership.updated", &of_all).await;

    assert_eq!(space.world.groups(BEN), [501]);
    assert_eq!(space.world.stays(ANNA, 501), ["08:00:00 to"]);
}

/// ORD-07, INV-3: in each of the three ways in which a membership ends early; what others give stays.
#[tokio::test]
async fn a_membership_that_is_cut_short_disapproved_or_removed_takes_its_groups_with_it_and_no_others() {
    let plans = [
        maps("plan", "p1", &[501]),
        maps("plan", "p2", &[502]),
        maps("plan", "p3", &[503]),
        maps("plan", "p4", &[511]),
    ];
    let mut space = Space::open(&plans).await;
    for number in 1..=4 {
        let told = membership(&format!("s{number}"), &format!("p{number}"));
        space.tell(Membership, "membership.created", &told).await;
    }
    assert_eq!(space.world.groups(ANNA), [501, 502, 503, 511]);

    let over = but(membership("s1", "p1"), &json!({"endDate": "2026-03-01T00:00:00.000Z"}));
    space.tell(Membership, "membership.updated", &over).await;
    assert_eq!(space.world.groups(ANNA), [502, 503, 511]);
    let disapproved = but(membership("s2", "p2"), &json!({"status": "not_approved"}));
    space.tell(Membership, "membership.updated", &disapproved).await;
    assert_eq!(space.world.groups(ANNA), [503, 511]);
    space.remove(Membership, "membership.removed", "s3").await;
    space.world.take_turns().await;

    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![511], vec![511]));
}
