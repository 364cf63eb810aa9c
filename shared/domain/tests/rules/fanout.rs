//! Who shares what a member or a team holds.

use domain::{
    facts::{Membership, Pass},
    policy::Fanout,
    reasons::{Path, reasons},
    rules::Rulebook,
    tenant::{Platform, Tenant},
};

use crate::world::{PLATFORMS, at, due, groups, holding, in_london, in_team, mapping, membership, pass};

fn with(fanout: Fanout) -> Tenant {
    let mut tenant = in_london(Platform::Coworks, vec![mapping("plan/plan", &[1]), mapping("pass/day", &[2])]);
    tenant.policy.fanout = Some(fanout);
    tenant
}

fn of(member: Option<&str>, team: Option<&str>) -> Membership {
    Membership { member: member.map(Into::into), team: team.map(Into::into), ..membership("s1") }
}

/// R4: which forms of holding reach the rest of the team, and that a member who is named always has it.
#[test]
fn a_membership_reaches_those_whom_the_policy_names() {
    use Fanout::{CompanyAlways, MemberOnly, TeamIfPayer, TeamIfUnassigned};
    let team_alone = of(None, Some("t1"));
    let both = of(Some("m2"), Some("t1"));
    let reaches = |fanout, held: &Membership| !due(&with(fanout), &in_team([held.clone()]), at(1)).is_empty();

    assert!(reaches(CompanyAlways, &team_alone) && reaches(CompanyAlways, &both));
    assert!(reaches(TeamIfUnassigned, &team_alone) && !reaches(TeamIfUnassigned, &both));
    assert!(reaches(TeamIfPayer, &team_alone) && !reaches(TeamIfPayer, &both));
    assert!(!reaches(MemberOnly, &team_alone) && !reaches(MemberOnly, &both));
    for fanout in [CompanyAlways, TeamIfUnassigned, TeamIfPayer, MemberOnly] {
        assert_eq!(due(&with(fanout), &holding([of(Some("m1"), Some("t1"))]), at(1)), groups(&[1]));
        assert_eq!(due(&with(fanout), &holding([of(Some("m1"), None)]), at(1)), groups(&[1]));
    }
}

/// A fan-out of the tenant's only location counts for memberships that name no location; a mapping's own counts first.
#[test]
fn the_nearest_policy_sets_the_fan_out() {
    let mut tenant = with(Fanout::MemberOnly);
    tenant.mappings.push(mapping("plan/plan", &[3]));
    tenant.locations[0].policy.fanout = Some(Fanout::CompanyAlways);
    tenant.mappings[1].policy.fanout = Some(Fanout::MemberOnly);
    tenant.mappings[2].policy.fanout = Some(Fanout::MemberOnly);

    assert_eq!(due(&tenant, &in_team([of(None, Some("t1"))]), at(1)), groups(&[1]));
}

/// R15: a pass of a team counts for all its members under every preset.
#[test]
fn a_pass_of_a_team_counts_for_everyone_in_it() {
    for platform in PLATFORMS {
        let tenant = in_london(platform, vec![mapping("pass/day", &[2])]);
        let shared = Pass { member: None, team: Some("t1".into()), ..pass("p1") };

        let facts = in_team([shared]);

        assert_eq!(due(&tenant, &facts, at(1)), groups(&[2]));
        assert_eq!(reasons(&Rulebook::new(&tenant), &facts)[0].path, Path::Team(&"t1".into()));
    }
}
