//! The preset table of the specification cell by cell, and in which order policies are laid over one another.

use std::{collections::BTreeSet, fmt::Debug};

use domain::{
    AccountId, GroupId,
    facts::BookingKind,
    policy::{
        AccountScope, Adopt, ApiKeyHolder, Backstop, CreateUsers, Credential, Deprovision, Drift, Fanout,
        MaxGroupsPolicy, Nonmembers, Ownership, Paused, PaymentGate, Policy, PolicyChanges,
        ProfileField::{self, Email, First, Last, Phone, Pin},
        ProfileMode, SourceOfGroups, SuspendWhen,
    },
    rules::Rulebook,
    tenant::{Account, DoorAction, Location, MappingKind, Platform, Region, Tenant},
};
use jiff::SignedDuration;
use proptest::{collection::btree_set, option, prelude::*, sample::select};
use serde_json::json;

use crate::world::{account, in_london, location, mapping, tenant};

/// The columns of the table.
const PLATFORMS: [Platform; 5] =
    [Platform::Deskworks, Platform::Coworks, Platform::Nexudus, Platform::Spacebring, Platform::Officernd];

fn row<T: PartialEq + Debug>(key: &str, value: impl Fn(Policy) -> T, expected: [T; 5]) {
    for (platform, expected) in PLATFORMS.into_iter().zip(expected) {
        assert_eq!(value(Policy::preset(platform)), expected, "{key} of {}", platform.word());
    }
}

fn same<T: PartialEq + Debug + Copy>(key: &str, value: impl Fn(Policy) -> T, expected: T) {
    row(key, value, [expected; 5]);
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn changes(document: serde_json::Value) -> PolicyChanges {
    serde_json::from_value(document).unwrap()
}

/// Section 2, X3, X7, X11, X20, R9 and R12: ORD-24 is a lead of 10 minutes and no lag.
#[test]
fn presets_say_who_gets_in_and_when() {
    use Fanout::{CompanyAlways, MemberOnly, TeamIfPayer, TeamIfUnassigned};
    use Nonmembers::{Allow, Deny};
    use Paused::{Keep, Revoke};
    use SourceOfGroups::{Mapping, PerPerson, PerSubscription};
    let rooms = || BTreeSet::from([BookingKind::Room]);

    row("lead", |policy| policy.lead, [10, 0, 10, 30, 10].map(minutes));
    row("lag", |policy| policy.lag, [0, 0, 15, 30, 0].map(minutes));
    row("fanout", |policy| policy.fanout, [CompanyAlways, MemberOnly, TeamIfPayer, CompanyAlways, TeamIfUnassigned]);
    row("paused", |policy| policy.paused, [Revoke, Revoke, Revoke, Keep, Revoke]);
    row("invitees", |policy| policy.invitees, [BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), rooms(), rooms()]);
    row("nonmembers", |policy| policy.nonmembers, [Deny, Deny, Allow, Allow, Allow]);
    row("source_of_groups", |policy| policy.source_of_groups, [Mapping, PerPerson, Mapping, PerSubscription, Mapping]);
    same("max_groups_policy", |policy| policy.max_groups_policy, MaxGroupsPolicy::NearestWindowFirst);
    same("payment_gate", |policy| policy.payment_gate, PaymentGate::Ignore);
}

/// Section 2, X1, X5, R16 and R28; ORD-44 is `never_delete`, DWK-05 that both ways of leaving can be chosen.
#[test]
fn presets_say_what_becomes_of_the_brivo_user() {
    use CreateUsers::{OnFirstReason, OnMember};
    use Deprovision::{RemoveGroups, Suspend};
    use ProfileMode::{Continuous, CreateOnly};
    let fields = |fields: &[ProfileField]| fields.iter().copied().collect::<BTreeSet<_>>();
    let modes = |policy: Policy| {
        assert_eq!(policy.profile_mode.len(), 5);
        policy.profile_mode.into_values().collect::<BTreeSet<_>>()
    };

    row(
        "profile_fields",
        |policy| policy.profile_fields,
        [
            fields(&[First, Last, Email, Phone, Pin]),
            fields(&[First, Last, Email]),
            fields(&[First, Last, Email]),
            fields(&[First, Last, Email]),
            fields(&[First, Last, Email, Phone]),
        ],
    );
    row(
        "profile_mode",
        modes,
        [Continuous, CreateOnly, Continuous, Continuous, CreateOnly].map(|mode| BTreeSet::from([mode])),
    );
    row(
        "create_users",
        |policy| policy.create_users,
        [OnMember, OnFirstReason, OnFirstReason, OnFirstReason, OnFirstReason],
    );
    row("deprovision", |policy| policy.deprovision, [Suspend, RemoveGroups, RemoveGroups, RemoveGroups, RemoveGroups]);
    row("never_delete", |policy| policy.never_delete, [false, false, false, false, true]);
    same("delete_after", |policy| policy.delete_after, SignedDuration::ZERO);
    same("suspend_when", |policy| policy.suspend_when, SuspendWhen::NoReasonOpenOrUpcoming);
    same("create_ahead", |policy| policy.create_ahead, SignedDuration::from_hours(90 * 24));
    same("adopt", |policy| policy.adopt, Adopt::ExactEmail);
    for platform in PLATFORMS {
        let chosen = |word: &str| Policy::preset(platform).changed(&changes(json!({"deprovision": word}))).deprovision;
        assert_eq!([chosen("suspend"), chosen("delete")], [Suspend, Deprovision::Delete]);
    }
}

/// Section 2, X4, X8, X12, X15 to X18 and X21.
#[test]
fn presets_say_how_brivo_and_its_doors_are_dealt_with() {
    use ApiKeyHolder::{Tenant as Operator, Vendor};
    use Credential::{BrivoMail, CodeMail};
    use Drift::{Report, Revert};
    use Ownership::{Additive, Exclusive};
    let one_for_all = AccountScope::Tenant;

    row("drift", |policy| policy.drift, [Report, Report, Report, Revert, Revert]);
    row("drift_groups", |policy| policy.drift_groups.len(), [0; 5]);
    row("ownership", |policy| policy.ownership, [Additive, Additive, Additive, Exclusive, Exclusive]);
    row("credential", |policy| policy.credential, [Credential::None, BrivoMail, CodeMail, Credential::None, BrivoMail]);
    row("api_key", |policy| policy.api_key, [Operator, Vendor, Operator, Operator, Operator]);
    row(
        "account_scope",
        |policy| policy.account_scope,
        [one_for_all, one_for_all, one_for_all, AccountScope::Location, one_for_all],
    );
    row("require_pass_for_checkin", |policy| policy.require_pass_for_checkin, [false, false, true, false, false]);
    row("managed_prefix", |policy| policy.managed_prefix, [const { None }; 5]);
    same("doors", |policy| policy.doors, DoorAction::Nothing);
    same("debounce", |policy| policy.debounce, minutes(1));
    same("backstop", |policy| policy.backstop, Backstop::Off);
    same("notify_lead", |policy| policy.notify_lead, minutes(15));
}

/// DWK-08, ORD-24: each says what differs from the one before, and what it does not name stays.
#[test]
fn a_mapping_wins_over_its_location_over_the_tenant_over_the_preset() {
    let mut tenant = tenant(Platform::Deskworks, vec![mapping("plan/plan", &[1]), mapping("plan/other", &[1])]);
    tenant.policy = changes(json!({"lead": "PT1M", "lag": "PT1M", "notify_lead": "PT1M"}));
    tenant.locations[0].policy = changes(json!({"lead": "PT2M", "lag": "PT2M"}));
    tenant.mappings[0].policy = changes(json!({"lead": "PT3M"}));
    let rules = Rulebook::new(&tenant);
    let settled = |plan: &str, location: &str| {
        let location = location.into();
        let (_, policy) = rules.mapped(MappingKind::Plan, plan, Some(&location)).next().unwrap();
        ([policy.lead, policy.lag, policy.notify_lead], policy.fanout)
    };

    assert_eq!(settled("plan", "london"), ([3, 2, 1].map(minutes), Fanout::CompanyAlways));
    assert_eq!(settled("other", "london"), ([2, 2, 1].map(minutes), Fanout::CompanyAlways));
    assert_eq!(settled("plan", "berlin"), ([3, 1, 1].map(minutes), Fanout::CompanyAlways));
    assert_eq!(settled("other", "berlin"), ([1, 1, 1].map(minutes), Fanout::CompanyAlways));
}

/// SPB-20: only what is named counts, so that the switch can also take a preset's kind away.
#[test]
fn invitees_are_replaced_and_drift_of_groups_and_modes_of_fields_are_added_to() {
    let first = changes(json!({
        "invitees": ["desk"], "drift_groups": {"1": "ignore", "2": "ignore"}, "profile_mode": {"first": "create_only"},
        "managed_prefix": "OnR "
    }));
    let second = changes(json!({"invitees": [], "drift_groups": {"2": "report"}, "managed_prefix": ""}));

    let once = Policy::preset(Platform::Spacebring).changed(&first);
    let twice = once.changed(&second);

    assert_eq!(once.invitees, BTreeSet::from([BookingKind::Desk]));
    assert_eq!(twice.invitees, BTreeSet::new());
    assert_eq!([1, 2, 3].map(|group| twice.drift_of(GroupId(group))), [Drift::Ignore, Drift::Report, Drift::Revert]);
    assert_eq!(twice.continuous_fields(), BTreeSet::from([Last, Email]));
    assert_eq!((once.managed_prefix.as_deref(), twice.managed_prefix), (Some("OnR "), None));
}

/// NEX-05
#[test]
fn what_no_mapping_names_gives_nothing_anywhere() {
    let rules = Rulebook::new(&tenant(Platform::Nexudus, vec![mapping("resource/room", &[1])]));
    let given = |kind, id, location| rules.mapped(kind, id, location).count();

    assert_eq!(given(MappingKind::Resource, "room", None), 1);
    for location in [None, Some(&"london".into())] {
        assert_eq!(given(MappingKind::Resource, "another room", location), 0);
        assert_eq!(given(MappingKind::Plan, "room", location), 0);
    }
}

/// X8: a group is dealt with as mildly as any of the mappings that give it asks for, and only on its account.
#[test]
fn drift_of_a_group_is_the_mildest_of_what_its_mappings_say() {
    let mut tenant = tenant(
        Platform::Officernd,
        vec![mapping("plan/plan@london", &[1, 2]), mapping("resource/room@berlin", &[2, 3]), mapping("floor/f", &[4])],
    );
    tenant.locations[1].policy = changes(json!({"drift": "report"}));
    tenant.mappings[0].policy = changes(json!({"drift_groups": {"1": "ignore"}}));
    let rules = Rulebook::new(&tenant);

    let of = |group| rules.drift_of(&account(), GroupId(group));

    assert_eq!([1, 2, 3, 4, 5].map(of), [Drift::Ignore, Drift::Report, Drift::Report, Drift::Report, Drift::Revert]);
}

/// X1, X19: one centre alone does not delete, and each account decides for itself.
#[test]
fn locations_of_an_account_settle_on_the_mildest_and_other_accounts_do_not_matter() {
    let mut tenant = tenant(Platform::Deskworks, Vec::new());
    tenant.accounts.push(Account { id: "annex".into(), region: Region::Eu, budget: None });
    tenant.locations.push(Location { account: "annex".into(), ..location("paris", "Europe/Paris") });
    tenant.policy = changes(json!({"lead": "PT7M"}));
    tenant.locations[0].policy = changes(json!({"deprovision": "delete", "delete_after": "P30D", "lead": "PT1M"}));
    tenant.locations[2].policy = changes(json!({"deprovision": "delete", "backstop": "pin"}));
    let rules = Rulebook::new(&tenant);

    let shared = rules.account_policy(&account());
    let annex = rules.account_policy(&"annex".into());

    assert_eq!((shared.deprovision, shared.delete_after), (Deprovision::Suspend, SignedDuration::from_hours(720)));
    assert_eq!((annex.deprovision, annex.delete_after), (Deprovision::Delete, SignedDuration::ZERO));
    assert_eq!((shared.backstop, annex.backstop), (Backstop::Off, Backstop::Pin));
    assert_eq!((shared.lead, annex.lead), (minutes(7), minutes(7)), "lead speaks of a fact, not of an account");
}

#[test]
fn an_empty_table_or_null_changes_nothing() {
    let nothing = PolicyChanges::default();

    assert_eq!(changes(json!({})), nothing);
    assert_eq!(changes(json!({"lead": null, "fanout": null, "drift_groups": null})), nothing);
}

/// Changes of the keys that speak of a person in a whole account, and of two that do not.
fn any_changes() -> impl Strategy<Value = PolicyChanges> {
    let fields = btree_set(select(vec![First, Last, Email, Phone, Pin]), 0..5);
    let mode = select(vec![json!("continuous"), json!("create_only"), json!({"email": "create_only"})]);
    let words = (
        option::of(select(vec!["remove_groups", "suspend", "delete"])),
        option::of(select(vec!["inactive", "no_reason_open_or_upcoming"])),
        option::of(select(vec!["on_member", "on_first_reason"])),
        option::of(select(vec!["never", "exact_email"])),
        option::of(select(vec!["none", "app_hook", "code_mail", "brivo_mail"])),
        option::of(select(vec!["off", "pin", "credential", "both"])),
    );
    let rest = (option::of(0i64..99), option::of(any::<bool>()), option::of(fields), option::of(mode));
    (words, rest, option::of(0i64..99)).prop_map(|(words, (delete_after, never_delete, fields, mode), lead)| {
        let days = |days| SignedDuration::from_hours(24 * days).to_string();
        changes(json!({
            "deprovision": words.0, "suspend_when": words.1, "create_users": words.2, "adopt": words.3,
            "credential": words.4, "backstop": words.5, "delete_after": delete_after.map(days),
            "never_delete": never_delete, "profile_fields": fields, "profile_mode": mode, "lead": lead.map(days),
        }))
    })
}

fn any_tenant() -> impl Strategy<Value = Tenant> {
    let mapping_names = ["plan/plan", "plan/plan@london", "plan/plan@berlin", "resource/room", "resource/room@london"];
    (select(PLATFORMS.to_vec()), any::<bool>(), [any_changes(), any_changes(), any_changes()], any_changes()).prop_map(
        move |(platform, one_location, [own, london, berlin], of_mapping)| {
            let mappings = mapping_names.map(|name| mapping(name, &[1])).to_vec();
            let mut tenant = if one_location { in_london(platform, mappings) } else { tenant(platform, mappings) };
            for (location, policy) in tenant.locations.iter_mut().zip([london, berlin]) {
                location.policy = policy;
            }
            for mapping in tenant.mappings.iter_mut().step_by(2) {
                mapping.policy = of_mapping.clone();
            }
            Tenant { policy: own, ..tenant }
        },
    )
}

/// What the backstop ends, as a set.
fn ends(backstop: Backstop) -> BTreeSet<&'static str> {
    match backstop {
        Backstop::Off => BTreeSet::new(),
        Backstop::Pin => BTreeSet::from(["pin"]),
        Backstop::Credential => BTreeSet::from(["credential"]),
        Backstop::Both => BTreeSet::from(["pin", "credential"]),
    }
}

proptest! {
    #[test]
    fn what_is_stored_of_a_policy_is_read_back(changes in any_changes()) {
        let stored = serde_json::to_string(&changes).unwrap();

        prop_assert_eq!(serde_json::from_str::<PolicyChanges>(&stored).unwrap(), changes);
    }

    #[test]
    fn an_account_is_never_dealt_with_less_mildly_than_any_of_its_locations_asks(tenant in any_tenant()) {
        let settled = tenant.account_policy(&account());

        for location in &tenant.locations {
            let here = tenant.policy_for(Some(&location.id), None);
            prop_assert!(settled.deprovision <= here.deprovision);
            prop_assert!(settled.delete_after >= here.delete_after);
            prop_assert!(settled.never_delete || !here.never_delete);
            prop_assert!(settled.suspend_when == here.suspend_when || settled.suspend_when == SuspendWhen::Inactive);
            prop_assert!(settled.create_users == here.create_users || settled.create_users == CreateUsers::OnFirstReason);
            prop_assert!(settled.adopt == here.adopt || settled.adopt == Adopt::Never);
            prop_assert!(settled.credential <= here.credential);
            prop_assert!(ends(settled.backstop).is_subset(&ends(here.backstop)));
            prop_assert!(settled.profile_fields.is_subset(&here.profile_fields));
            prop_assert!(settled.continuous_fields().is_subset(&here.continuous_fields()));
        }
    }

    #[test]
    fn an_account_says_nothing_that_none_of_its_locations_says(tenant in any_tenant()) {
        let settled = tenant.account_policy(&account());
        let of_tenant = tenant.own_policy();
        let here: Vec<_> = tenant.locations.iter().map(|location| tenant.policy_for(Some(&location.id), None)).collect();

        prop_assert!(here.iter().any(|here| here.deprovision == settled.deprovision));
        prop_assert!(here.iter().any(|here| here.delete_after == settled.delete_after));
        prop_assert!(here.iter().any(|here| here.never_delete == settled.never_delete));
        prop_assert!(here.iter().any(|here| here.credential == settled.credential));
        prop_assert_eq!((settled.lead, settled.lag), (of_tenant.lead, of_tenant.lag));
    }

    #[test]
    fn a_rulebook_says_what_the_document_says(
        tenant in any_tenant(),
        at in select(vec![None, Some("london"), Some("berlin"), Some("oslo")]),
        (kind, id) in select(vec![(MappingKind::Plan, "plan"), (MappingKind::Resource, "room"), (MappingKind::Plan, "x")]),
    ) {
        let at = at.map(Into::into);
        let rules = Rulebook::new(&tenant);

        let mapped: Vec<_> = rules.mapped(kind, id, at.as_ref()).map(|(mapping, policy)| (mapping, policy.clone())).collect();

        let here = at.as_ref().or_else(|| tenant.only_location());
        let counts = tenant.mappings.iter().filter(|mapping| mapping.kind == kind && mapping.id == id);
        let counts = counts.filter(|mapping| mapping.location.is_none() || mapping.location.as_ref() == here);
        let expected: Vec<_> = counts.map(|mapping| (mapping, tenant.policy_for(here, Some(mapping)))).collect();
        prop_assert_eq!(mapped, expected);
        prop_assert_eq!(rules.policy(at.as_ref()), &tenant.policy_for(at.as_ref(), None));
        prop_assert_eq!(rules.account_at(at.as_ref()), tenant.account_at(at.as_ref()));
        prop_assert_eq!(rules.managed(), &tenant.managed());
        prop_assert_eq!(rules.location_of_resource(id), tenant.location_of_resource(id));
        for account in [account(), AccountId::from("nobodys")] {
            prop_assert_eq!(rules.account_policy(&account), &tenant.account_policy(&account));
        }
    }
}
