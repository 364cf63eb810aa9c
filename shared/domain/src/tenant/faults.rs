//! What is wrong with a tenant document.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::{Door, Location, Mapping, MappingKind, Tenant};
use crate::{GroupId, LocationId, TenantId};

impl Tenant {
    /// Every fault that would make the document mean something else than it says, each once; empty when it is sound.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.id_faults();
        faults.extend(self.locations.iter().flat_map(|location| self.location_faults(location)));
        let mappings = self.mappings.iter().enumerate();
        faults.extend(mappings.flat_map(|(number, mapping)| self.mapping_faults(number, mapping)));
        faults.extend(self.mappings_given_twice());
        faults.extend(no_groups("managed_groups", &self.managed_groups));
        faults.extend(no_groups("released_groups", &self.released_groups));
        let both = self.managed().intersection(&self.released_groups).copied().collect::<Vec<_>>();
        faults.extend(both.iter().map(|group| {
            format!("released_groups: {group} is still named in a mapping or managed_groups, take it out there or here")
        }));
        faults.extend(self.doors.iter().filter_map(|door| self.door_fault(door)));
        faults.extend(self.policy_faults());
        let mut told = BTreeSet::new();
        faults.retain(|fault| told.insert(fault.clone()));
        faults
    }

    fn id_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.id.is_sound() {
            faults.push(format!("tenant: use 1 to {} letters, digits, - and _", TenantId::LONGEST));
        }
        if self.accounts.is_empty() {
            faults.push("accounts: connect at least one Brivo account".to_owned());
        }
        if !(1..=365).contains(&self.hook_quiet_days) {
            faults.push("hook_quiet_days: give 1 to 365 days".to_owned());
        }
        faults.extend(unfit("accounts", self.accounts.iter().map(|account| account.id.to_string())));
        faults.extend(unfit("locations", self.locations.iter().map(|location| location.id.to_string())));
        faults.extend(unfit("doors", self.doors.iter().map(|door| door.door.to_string())));
        faults
    }

    fn location_faults(&self, location: &Location) -> Vec<String> {
        let at = format!("locations.{}", location.id);
        let mut faults = Vec::new();
        if self.accounts.iter().all(|account| account.id != location.account) {
            faults.push(format!("{at}.account: there is no account \"{}\"", location.account));
        }
        if TimeZone::get(&location.time_zone).is_err() {
            let zone = &location.time_zone;
            faults.push(format!("{at}.time_zone: \"{zone}\" is no IANA time zone, write one like Europe/London"));
        }
        faults
    }

    fn mapping_faults(&self, number: usize, mapping: &Mapping) -> Vec<String> {
        let at = format!("mappings[{number}] ({})", mapping.name());
        let mut faults = Vec::new();
        if mapping.id.is_empty() {
            faults.push(format!("{at}.id: say what is mapped"));
        } else if mapping.kind == MappingKind::Location {
            faults.extend(self.unknown(&format!("{at}.id"), &LocationId::new(mapping.id.as_str())));
        }
        if let Some(location) = &mapping.location {
            faults.extend(self.unknown(&format!("{at}.location"), location));
        }
        if mapping.automatic.is_some() && mapping.kind != MappingKind::Plan {
            faults.push(format!("{at}.automatic: only plans can be automatic"));
        }
        faults.extend(no_groups(&format!("{at}.groups"), &mapping.groups));
        faults
    }

    /// Mappings that count for the same facts as an earlier one: which of them was meant, nobody can tell.
    fn mappings_given_twice(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut faults = Vec::new();
        for (number, mapping) in self.mappings.iter().enumerate() {
            if !seen.insert((mapping.kind, &mapping.id, &mapping.location, mapping.automatic)) {
                faults.push(format!("mappings[{number}] ({}): stands there twice", mapping.name()));
            }
        }
        faults
    }

    fn door_fault(&self, door: &Door) -> Option<String> {
        self.unknown(&format!("doors.{}.location", door.door), &door.location)
    }

    fn unknown(&self, at: &str, location: &LocationId) -> Option<String> {
        self.location(location).is_none().then(|| format!("{at}: there is no location \"{location}\""))
    }
}

/// The groups that Brivo cannot have: it counts from 1.
fn no_groups(at: &str, groups: &BTreeSet<GroupId>) -> Vec<String> {
    let unfit = groups.iter().filter(|group| group.0 < 1);
    unfit.map(|group| format!("{at}: {group} is no id of a group, they begin at 1")).collect()
}

/// What is wrong with the ids of a list: they must be there, and differ.
fn unfit(list: &str, ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for id in ids {
        if id.is_empty() {
            faults.push(format!("{list}: an id is empty"));
        } else if !seen.insert(id.clone()) {
            faults.push(format!("{list}: \"{id}\" stands there twice"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(document: serde_json::Value) -> Vec<String> {
        serde_json::from_value::<Tenant>(document).unwrap().faults()
    }

    #[test]
    fn a_sound_document_has_no_faults() {
        let document = json!({
            "tenant": "acme", "platform": "nexudus",
            "accounts": [{"id": "hq", "region": "us"}],
            "locations": [{"id": "london", "time_zone": "Europe/London", "account": "hq"}],
            "mappings": [
                {"kind": "location", "id": "london", "groups": [1]},
                {"kind": "plan", "id": "p", "groups": [2], "location": "london", "automatic": "public_signup"},
                {"kind": "plan", "id": "p", "groups": [2], "location": "london", "automatic": "staff"},
                {"kind": "plan", "id": "p", "groups": [3]}
            ],
            "managed_groups": [1, 4],
            "doors": [{"door": 7, "location": "london", "action": "check_in"}]
        });

        assert_eq!(faults(document), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_told_once() {
        let document = json!({
            "tenant": "a#b", "platform": "nexudus",
            "accounts": [{"id": "hq", "region": "us"}, {"id": "hq", "region": "us"}, {"id": "hq", "region": "eu"}],
            "locations": [
                {"id": "london", "time_zone": "Europe/Londres", "account": "eu"},
                {"id": "london", "time_zone": "Europe/Londres", "account": "eu"},
                {"id": "", "time_zone": "Europe/London", "account": "hq"}
            ],
            "mappings": [
                {"kind": "location", "id": "paris", "groups": [1]},
                {"kind": "resource", "id": "", "groups": [2], "location": "rome", "automatic": "staff"}
            ],
            "doors": [
                {"door": 7, "location": "london", "action": "check_in"},
                {"door": 7, "location": "oslo", "action": "nothing"}
            ]
        });

        let expected = [
            "tenant: use 1 to 64 letters, digits, - and _",
            "accounts: \"hq\" stands there twice",
            "locations: \"london\" stands there twice",
            "locations: an id is empty",
            "doors: \"7\" stands there twice",
            "locations.london.account: there is no account \"eu\"",
            "locations.london.time_zone: \"Europe/Londres\" is no IANA time zone, write one like Europe/London",
            "mappings[0] (location/paris).id: there is no location \"paris\"",
            "mappings[1] (resource/).id: say what is mapped",
            "mappings[1] (resource/).location: there is no location \"rome\"",
            "mappings[1] (resource/).automatic: only plans can be automatic",
            "doors.7.location: there is no location \"oslo\"",
        ];
        assert_eq!(faults(document), expected);
    }

    #[test]
    fn a_group_below_one_and_a_mapping_given_twice_are_faults() {
        let document = json!({
            "tenant": "acme", "platform": "nexudus",
            "accounts": [{"id": "hq", "region": "us"}],
            "locations": [{"id": "london", "time_zone": "Europe/London", "account": "hq"}],
            "mappings": [
                {"kind": "resource", "id": "r", "groups": [0, 1], "location": "london"},
                {"kind": "resource", "id": "r", "groups": [2]},
                {"kind": "resource", "id": "r", "groups": [3], "location": "london"}
            ],
            "managed_groups": [-4, 4],
            "released_groups": [-5, 4, 5]
        });

        let expected = [
            "mappings[0] (resource/r).groups: 0 is no id of a group, they begin at 1",
            "mappings[2] (resource/r): stands there twice",
            "managed_groups: -4 is no id of a group, they begin at 1",
            "released_groups: -5 is no id of a group, they begin at 1",
            "released_groups: 4 is still named in a mapping or managed_groups, take it out there or here",
        ];
        assert_eq!(faults(document), expected);
    }

    /// CWK-24: the switch is about public sign-up of a plan, nothing else has one.
    #[test]
    fn only_a_plan_can_be_automatic() {
        let told = |kind: &str| {
            let document = json!({
                "tenant": "acme", "platform": "coworks",
                "accounts": [{"id": "hq", "region": "us"}],
                "locations": [{"id": "london", "time_zone": "Europe/London", "account": "hq"}],
                "mappings": [{"kind": kind, "id": "london", "groups": [1], "automatic": "public_signup"}]
            });
            faults(document)
        };

        assert_eq!(told("plan"), Vec::<String>::new());
        for kind in ["location", "floor", "resource", "pass", "product"] {
            assert_eq!(told(kind), [format!("mappings[0] ({kind}/london).automatic: only plans can be automatic")]);
        }
    }
}
