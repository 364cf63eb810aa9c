//! The policy tables of a tenant document, read key by key so that no fault hides another.

use domain::policy::PolicyChanges;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::Reader;

impl Reader {
    /// What of a policy table is sound; the rest is noted, each fault at its place below `at`.
    pub(super) fn sound_policy(&mut self, at: &str, value: Option<&Value>) -> PolicyChanges {
        let sound = Value::Object(self.sound_keys(at, value));
        self.read(at, &sound).unwrap_or_default()
    }

    /// The entries of a list; each may carry a policy, whose faults are told at `place` of the entry.
    pub(super) fn list_with_policies<T: DeserializeOwned>(
        &mut self,
        document: &Map<String, Value>,
        name: &str,
        place: fn(usize, &Value) -> String,
    ) -> Vec<T> {
        let entries = self.entries(document, name).iter().enumerate();
        let read = entries.filter_map(|(number, entry)| {
            let mut entry = entry.clone();
            let at = format!("{}.policy", place(number, &entry));
            if let Some(policy) = entry.get_mut("policy") {
                *policy = Value::Object(self.sound_keys(&at, Some(policy)));
            }
            self.read(&format!("{name}[{number}]"), &entry)
        });
        read.collect()
    }

    fn sound_keys(&mut self, at: &str, value: Option<&Value>) -> Map<String, Value> {
        let table = match value {
            None | Some(Value::Null) => return Map::new(),
            Some(Value::Object(table)) => table,
            Some(_) => {
                self.faults.push(format!("{at}: is no table"));
                return Map::new();
            }
        };
        let mut sound = Map::new();
        for (key, value) in table {
            let faults = key_faults(key, value);
            if faults.is_empty() {
                sound.insert(key.clone(), value.clone());
            }
            self.faults.extend(faults.into_iter().map(|fault| format!("{at}.{fault}")));
        }
        sound
    }
}

/// Where the policy of a location is said to be: `locations.london`.
pub(super) fn place_of_location(number: usize, location: &Value) -> String {
    let id = location.get("id").and_then(Value::as_str);
    id.map_or_else(|| format!("locations[{number}]"), |id| format!("locations.{id}"))
}

/// Where the policy of a mapping is said to be: `mappings[3] (plan/p)`.
pub(super) fn place_of_mapping(number: usize, mapping: &Value) -> String {
    let text = |name| mapping.get(name).and_then(Value::as_str);
    let name = text("kind").zip(text("id")).map(|(kind, id)| format!(" ({kind}/{id})"));
    format!("mappings[{number}]{}", name.unwrap_or_default())
}

/// What is wrong with one key; of a list or a table, with every part of it.
fn key_faults(key: &str, value: &Value) -> Vec<String> {
    if !PolicyChanges::KEYS.contains(&key) {
        let meant = nearest(key).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        return vec![format!("{key}: there is no such key{meant}")];
    }
    let Some(fault) = fault(key, value) else {
        return Vec::new();
    };
    let part_faults: Vec<_> = parts(key, value)
        .into_iter()
        .filter_map(|(place, part)| Some(format!("{place}: {}", self::fault(key, &part)?)))
        .collect();
    if part_faults.is_empty() { vec![format!("{key}: {fault}")] } else { part_faults }
}

fn fault(key: &str, value: &Value) -> Option<String> {
    PolicyChanges::deserialize(json!({key: value})).err().map(|error| error.to_string())
}

/// The parts of a list or a table with their places, each alone in a list or a table; none where the key takes neither.
fn parts(key: &str, value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Array(entries) if fault(key, &json!([])).is_none() => {
            entries.iter().enumerate().map(|(number, entry)| (format!("{key}[{number}]"), json!([entry]))).collect()
        }
        Value::Object(table) if fault(key, &json!({})).is_none() => {
            table.iter().map(|(name, value)| (format!("{key}.{name}"), json!({name: value}))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Vec::new()
        }
    }
}

/// The key that was probably meant: the nearest, if at most a third of the letters differ.
fn nearest(misspelt: &str) -> Option<&'static str> {
    let most = misspelt.chars().count().div_ceil(3);
    let keys = PolicyChanges::KEYS.into_iter().map(|key| (distance(misspelt, key), key));
    keys.min().filter(|(distance, _)| *distance <= most).map(|(_, key)| key)
}

/// How many letters have to be put in, taken out or replaced to make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let nothing_read: Vec<usize> = (0..=other.chars().count()).collect();
    let row = one.chars().enumerate().fold(nothing_read, |above, (number, letter)| {
        let mut left = number + 1;
        let mut row = vec![left];
        for (other, above) in other.chars().zip(above.windows(2)) {
            if let [diagonal, up] = above {
                left = (diagonal + usize::from(letter != other)).min(up + 1).min(left + 1);
                row.push(left);
            }
        }
        row
    });
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::policy::{Drift, Fanout, PolicyChanges};

    use crate::document::{Document, Faulty};

    /// A document that is sound but for these policies: the tenant's, London's, and that of the only mapping.
    fn document(tenant: &str, london: &str, mapping: &str) -> Result<Document, Faulty> {
        let document = format!(
            r#"{{"tenant": "acme", "platform": "nexudus", "policy": {tenant},
                "accounts": [{{"id": "hq", "region": "us"}}],
                "locations": [{{"id": "london", "time_zone": "Europe/London", "account": "hq", "policy": {london}}}],
                "mappings": [{{"kind": "plan", "id": "p", "groups": [501], "policy": {mapping}}}]}}"#
        );
        Document::from_json(document.as_bytes())
    }

    fn faults(tenant: &str, london: &str, mapping: &str) -> Vec<String> {
        document(tenant, london, mapping).err().map(|faulty| faulty.faults).unwrap_or_default()
    }

    #[test]
    fn every_fault_of_every_policy_is_told_at_its_place() {
        let tenant = r#"{"drift": "sometimes", "lag": 15, "lead": "soon", "never_delete": "yes"}"#;
        let london = r#"{"deprovision": "shred", "drift": "never"}"#;
        let mapping = r#"{"deprovision": "suspend", "drift_groups": {"7": "report"}, "lag": "-PT1M"}"#;

        let expected = [
            "policy.drift: unknown variant `sometimes`, expected one of `ignore`, `report`, `revert`",
            "policy.lag: invalid type: integer `15`, expected a string",
            r#"policy.lead: "soon" is no duration of at most P366D, write one like PT15M or P90D"#,
            r#"policy.never_delete: invalid type: string "yes", expected a boolean"#,
            "locations.london.policy.deprovision: unknown variant `shred`, expected one of `remove_groups`, `suspend`, `delete`",
            "locations.london.policy.drift: unknown variant `never`, expected one of `ignore`, `report`, `revert`",
            r#"mappings[0] (plan/p).policy.lag: "-PT1M" is no duration of at most P366D, write one like PT15M or P90D"#,
            "mappings[0] (plan/p).policy.deprovision: speaks of a person in a whole Brivo account; say it for the tenant or a location",
            "mappings[0] (plan/p).policy.drift_groups: 7 is no managed group, name it in a mapping or managed_groups",
        ];
        assert_eq!(faults(tenant, london, mapping), expected);
    }

    #[test]
    fn a_misspelt_key_is_a_fault_and_the_nearest_key_is_named() {
        let tenant = r#"{"colour": "green", "deprovisioning": "delete", "leed": "PT5M"}"#;

        let expected = [
            "policy.colour: there is no such key",
            "policy.deprovisioning: there is no such key; did you mean deprovision?",
            "policy.leed: there is no such key; did you mean lead?",
            "locations.london.policy.nonmember: there is no such key; did you mean nonmembers?",
        ];
        assert_eq!(faults(tenant, r#"{"nonmember": "deny"}"#, "{}"), expected);
    }

    #[test]
    fn every_part_of_a_list_or_a_table_is_looked_at() {
        let tenant = r#"{
            "drift_groups": {"501": "maybe", "room": "report"},
            "invitees": ["room", "cellar", "attic"],
            "profile_fields": "first",
            "profile_mode": {"email": "continuous", "phone": "often", "shoe": "continuous"}
        }"#;

        let places: Vec<_> =
            faults(tenant, "{}", "{}").into_iter().map(|fault| fault.split_once(": ").unwrap().0.to_owned()).collect();

        let expected = [
            "policy.drift_groups.501",
            "policy.drift_groups.room",
            "policy.invitees[1]",
            "policy.invitees[2]",
            "policy.profile_fields",
            "policy.profile_mode.phone",
            "policy.profile_mode.shoe",
        ];
        assert_eq!(places, expected);
    }

    /// X14
    #[test]
    fn blocking_unpaid_members_is_refused_because_the_feed_does_not_tell_of_payments() {
        let expected =
            "policy.payment_gate: block_when_overdue is not possible, the feed does not tell of payments; use ignore";

        assert_eq!(faults(r#"{"payment_gate": "block_when_overdue"}"#, "{}", "{}"), [expected]);
        assert_eq!(faults(r#"{"payment_gate": "ignore"}"#, "{}", "{}"), [""; 0]);
    }

    #[test]
    fn a_policy_that_is_no_table_is_a_fault_and_null_is_none() {
        assert_eq!(
            faults("[]", "7", r#""strict""#),
            ["policy: is no table", "locations.london.policy: is no table", "mappings[0] (plan/p).policy: is no table"]
        );
        assert_eq!(faults("null", "null", r#"{"lead": null}"#), [""; 0]);
    }

    #[test]
    fn a_sound_document_may_use_every_key_and_none_is_lost() {
        let tenant = r#"{
            "lead": "PT10M", "lag": "PT15M", "notify_lead": "PT10M", "create_ahead": "P30D", "debounce": "PT30S",
            "fanout": "company_always", "paused": "keep", "invitees": ["room", "desk"], "nonmembers": "deny",
            "source_of_groups": "per_subscription", "max_groups_policy": "nearest_window_first",
            "payment_gate": "ignore", "create_users": "on_member", "adopt": "never", "backstop": "both",
            "profile_fields": ["first", "last"], "profile_mode": {"first": "create_only"},
            "deprovision": "suspend", "delete_after": "P30D", "never_delete": true, "suspend_when": "inactive",
            "credential": "app_hook", "drift": "ignore", "drift_groups": {"501": "revert"},
            "ownership": "exclusive", "managed_prefix": "OnR ", "doors": "check_in",
            "require_pass_for_checkin": false, "api_key": "vendor", "account_scope": "location"
        }"#;

        let document =
            document(tenant, r#"{"drift": "report"}"#, r#"{"lead": "PT5M", "fanout": "member_only"}"#).unwrap();

        let serde_json::Value::Object(stored) = serde_json::to_value(&document.tenant.policy).unwrap() else {
            panic!()
        };
        let stored: BTreeSet<_> = stored.keys().map(String::as_str).collect();
        assert_eq!(stored, BTreeSet::from(PolicyChanges::KEYS));
        assert_eq!(document.tenant.locations[0].policy.drift, Some(Drift::Report));
        assert_eq!(document.tenant.mappings[0].policy.fanout, Some(Fanout::MemberOnly));
    }
}
