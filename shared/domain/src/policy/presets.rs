//! The five presets side by side: what each platform's own Brivo integration does.
//!
//! Sources: the platforms' help pages on their Brivo integration. Where they are silent the value is our choice: Coworks names
//! no window; OfficeRnD says that access comes "when the booking time approaches" without a number; nobody says for how long
//! repeated unlocks are one, a minute covers somebody who holds the door for others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::{
    AccountScope, Adopt, ApiKeyHolder, Backstop, CreateUsers, Credential, Deprovision, Drift, Fanout, MaxGroupsPolicy,
    Nonmembers, Ownership, Paused, PaymentGate, Policy, ProfileField, ProfileMode, SourceOfGroups, SuspendWhen,
};
use crate::{
    facts::BookingKind,
    tenant::{DoorAction, Platform},
};

const NOBODYS: &[BookingKind] = &[];
const ROOMS: &[BookingKind] = &[BookingKind::Room];
const ALL: &[ProfileField] = &ProfileField::ALL;
const NAME_EMAIL: &[ProfileField] = &[ProfileField::First, ProfileField::Last, ProfileField::Email];
const ALL_BUT_PIN: &[ProfileField] =
    &[ProfileField::First, ProfileField::Last, ProfileField::Email, ProfileField::Phone];

impl Policy {
    /// The preset of a platform.
    #[rustfmt::skip] // A table is read by its columns.
    pub fn preset(platform: Platform) -> Self {
        use AccountScope::{Location as PerLocation, Tenant as Shared};
        use ApiKeyHolder::{Tenant as Operator, Vendor};
        use CreateUsers::{OnFirstReason, OnMember};
        use Credential::{BrivoMail, CodeMail, None as Staff};
        use Deprovision::{RemoveGroups, Suspend};
        use Drift::{Report, Revert};
        use Fanout::{CompanyAlways, MemberOnly, TeamIfPayer, TeamIfUnassigned};
        use Nonmembers::{Allow, Deny};
        use Ownership::{Additive, Exclusive};
        use Paused::{Keep, Revoke};
        use ProfileMode::{Continuous, CreateOnly};
        use SourceOfGroups::{Mapping, PerPerson, PerSubscription};

        let p = platform;
        Self {
            //                                        deskworks      coworks        nexudus        spacebring       officernd
            lead:                      minutes(of(p, [10,            0,             10,            30,              10])),
            lag:                       minutes(of(p, [0,             0,             15,            30,              0])),
            fanout:                            of(p, [CompanyAlways, MemberOnly,    TeamIfPayer,   CompanyAlways,   TeamIfUnassigned]),
            paused:                            of(p, [Revoke,        Revoke,        Revoke,        Keep,            Revoke]),
            invitees:                      set(of(p, [NOBODYS,       NOBODYS,       NOBODYS,       ROOMS,           ROOMS])),
            nonmembers:                        of(p, [Deny,          Deny,          Allow,         Allow,           Allow]),
            source_of_groups:                  of(p, [Mapping,       PerPerson,     Mapping,       PerSubscription, Mapping]),
            create_users:                      of(p, [OnMember,      OnFirstReason, OnFirstReason, OnFirstReason,   OnFirstReason]),
            profile_fields:                set(of(p, [ALL,           NAME_EMAIL,    NAME_EMAIL,    NAME_EMAIL,      ALL_BUT_PIN])),
            profile_mode:                every(of(p, [Continuous,    CreateOnly,    Continuous,    Continuous,      CreateOnly])),
            deprovision:                       of(p, [Suspend,       RemoveGroups,  RemoveGroups,  RemoveGroups,    RemoveGroups]),
            never_delete:                      of(p, [false,         false,         false,         false,           true]),
            credential:                        of(p, [Staff,         BrivoMail,     CodeMail,      Staff,           BrivoMail]),
            drift:                             of(p, [Report,        Report,        Report,        Revert,          Revert]),
            ownership:                         of(p, [Additive,      Additive,      Additive,      Exclusive,       Exclusive]),
            require_pass_for_checkin:          of(p, [false,         false,         true,          false,           false]),
            api_key:                           of(p, [Operator,      Vendor,        Operator,      Operator,        Operator]),
            account_scope:                     of(p, [Shared,        Shared,        Shared,        PerLocation,     Shared]),

            // The same for all.
            max_groups_policy: MaxGroupsPolicy::NearestWindowFirst,
            payment_gate: PaymentGate::Ignore,
            create_ahead: SignedDuration::from_hours(90 * 24),
            adopt: Adopt::ExactEmail,
            delete_after: SignedDuration::ZERO,
            suspend_when: SuspendWhen::NoReasonOpenOrUpcoming,
            notify_lead: minutes(15),
            backstop: Backstop::Off,
            drift_groups: BTreeMap::new(),
            managed_prefix: None,
            doors: DoorAction::Nothing,
            debounce: minutes(1),
        }
    }
}

/// A platform's cell of a row.
fn of<T>(platform: Platform, [deskworks, coworks, nexudus, spacebring, officernd]: [T; 5]) -> T {
    match platform {
        Platform::Deskworks => deskworks,
        Platform::Coworks => coworks,
        Platform::Nexudus => nexudus,
        Platform::Spacebring => spacebring,
        Platform::Officernd => officernd,
    }
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn set<T: Copy + Ord>(members: &[T]) -> BTreeSet<T> {
    members.iter().copied().collect()
}

/// The same mode for every field.
fn every(mode: ProfileMode) -> BTreeMap<ProfileField, ProfileMode> {
    ProfileField::ALL.into_iter().map(|field| (field, mode)).collect()
}
