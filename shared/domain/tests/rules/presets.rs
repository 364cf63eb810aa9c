//! The preset table of the specification, line by line.

use domain::{
    policy::{
        Fanout::{self, CompanyAlways, MemberOnly, TeamIfPayer, TeamIfUnassigned},
        Paused::{self, Keep, Revoke},
        Policy, PolicyChanges,
        ProfileField::{self, Email, First, Last, Phone, Pin},
        ProfileMode::{self, Continuous, CreateOnly},
    },
    tenant::Platform,
};
use jiff::SignedDuration;
use proptest::prelude::*;

/// A line: lead and lag in minutes, fan-out, pause, fields and their mode.
type Line = (Platform, (i64, i64), Fanout, Paused, &'static [ProfileField], ProfileMode);

const TABLE: [Line; 5] = [
    (Platform::Deskworks, (10, 0), CompanyAlways, Revoke, &[First, Last, Email, Phone, Pin], Continuous),
    (Platform::Coworks, (0, 0), MemberOnly, Revoke, &[First, Last, Email], CreateOnly),
    (Platform::Nexudus, (10, 15), TeamIfPayer, Revoke, &[First, Last, Email], Continuous),
    (Platform::Spacebring, (30, 30), CompanyAlways, Keep, &[First, Last, Email], Continuous),
    (Platform::Officernd, (10, 0), TeamIfUnassigned, Revoke, &[First, Last, Email, Phone], CreateOnly),
];

/// Section 2, preset summary; R9 for pauses, R16 for the look-ahead.
#[test]
fn presets_are_those_of_the_table() {
    for (platform, (lead, lag), fanout, paused, fields, mode) in TABLE {
        let expected = Policy {
            lead: SignedDuration::from_mins(lead),
            lag: SignedDuration::from_mins(lag),
            fanout,
            paused,
            create_ahead: SignedDuration::from_hours(90 * 24),
            profile_fields: fields.iter().copied().collect(),
            profile_mode: [First, Last, Email, Phone, Pin].into_iter().map(|field| (field, mode)).collect(),
        };

        assert_eq!(Policy::preset(platform), expected, "{}", platform.word());
    }
}

#[test]
fn an_empty_table_or_null_changes_nothing() {
    let nothing = PolicyChanges::default();

    assert_eq!(serde_json::from_str::<PolicyChanges>("{}").unwrap(), nothing);
    assert_eq!(serde_json::from_str::<PolicyChanges>(r#"{"lead": null, "fanout": null}"#).unwrap(), nothing);
}

proptest! {
    #[test]
    fn what_is_stored_of_a_policy_is_read_back(lead in 0i64..527_040, ahead in 0i64..8_784) {
        let changes = PolicyChanges {
            lead: Some(SignedDuration::from_mins(lead)),
            create_ahead: Some(SignedDuration::from_hours(ahead)),
            fanout: Some(MemberOnly),
            ..PolicyChanges::default()
        };

        let stored = serde_json::to_string(&changes).unwrap();

        prop_assert_eq!(serde_json::from_str::<PolicyChanges>(&stored).unwrap(), changes);
    }
}
