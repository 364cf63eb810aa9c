//! What is wrong with the policies of a tenant document.

use std::collections::BTreeSet;

use super::Tenant;
use crate::{
    GroupId,
    policy::{Policy, PolicyChanges},
};

impl Tenant {
    /// Every fault of the policies of tenant, locations and mappings.
    pub(super) fn policy_faults(&self) -> Vec<String> {
        let managed = self.managed();
        let policy = self.own_policy();
        let mut faults = lock_faults("policy", &Policy::preset(self.platform), &self.policy);
        faults.extend(contradiction("policy", &policy));
        faults.extend(unmanaged("policy", &self.policy, &managed));
        for location in &self.locations {
            let at = format!("locations.{}.policy", location.id);
            faults.extend(lock_faults(&at, &Policy::preset(self.platform), &location.policy));
            if location.policy.deprovision.is_some() || location.policy.never_delete.is_some() {
                faults.extend(contradiction(&at, &policy.changed(&location.policy)));
            }
            faults.extend(unmanaged(&at, &location.policy, &managed));
        }
        for (number, mapping) in self.mappings.iter().enumerate() {
            let at = format!("mappings[{number}] ({}).policy", mapping.name());
            faults.extend(mapping.policy.account_keys().map(|key| {
                format!("{at}.{key}: speaks of a person in a whole Brivo account; say it for the tenant or a location")
            }));
            faults.extend(mapping.policy.place_keys().map(|key| {
                format!("{at}.{key}: speaks of doors and accounts, not of what a mapping gives; say it for the tenant")
            }));
            faults.extend(unmanaged(&at, &mapping.policy, &managed));
        }
        faults
    }
}

/// A preset that never deletes says so for good: it is what its operators were promised.
fn lock_faults(at: &str, preset: &Policy, changes: &PolicyChanges) -> Vec<String> {
    let unlocks = preset.never_delete && changes.never_delete == Some(false);
    let fault = || format!("{at}.never_delete: this platform's preset never deletes anybody, that cannot be undone");
    unlocks.then(fault).into_iter().collect()
}

fn contradiction(at: &str, policy: &Policy) -> Option<String> {
    let fault = || format!("{at}: deprovision = delete cannot be chosen together with never_delete = true");
    policy.contradicts_itself().then(fault)
}

/// Groups with a drift of their own that nobody may touch.
fn unmanaged(at: &str, changes: &PolicyChanges, managed: &BTreeSet<GroupId>) -> Vec<String> {
    let named = changes.drift_groups.iter().flat_map(|groups| groups.keys());
    let unmanaged = named.filter(|group| !managed.contains(group));
    unmanaged
        .map(|group| format!("{at}.drift_groups: {group} is no managed group, name it in a mapping or managed_groups"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NONE: [&str; 0] = [];

    /// The faults of a tenant whose policies are these, with one mapping to group 501.
    fn faults(platform: &str, tenant: &Value, london: &Value, mapping: &Value) -> Vec<String> {
        let document = json!({
            "tenant": "acme", "platform": platform,
            "accounts": [{"id": "hq", "region": "us"}],
            "locations": [
                {"id": "london", "time_zone": "Europe/London", "account": "hq", "policy": london},
                {"id": "paris", "time_zone": "Europe/Paris", "account": "hq"}
            ],
            "mappings": [{"kind": "plan", "id": "p", "groups": [501], "policy": mapping}],
            "managed_groups": [601],
            "policy": tenant,
        });
        serde_json::from_value::<Tenant>(document).unwrap().faults()
    }

    /// DWK-05: suspend and delete can be chosen, and a location may do as it likes.
    #[test]
    fn deleting_can_be_chosen_where_nothing_forbids_it() {
        let delete = json!({"deprovision": "delete", "delete_after": "P30D"});

        assert_eq!(faults("deskworks", &json!({}), &json!({}), &json!({})), NONE);
        assert_eq!(faults("deskworks", &delete, &json!({"deprovision": "suspend"}), &json!({})), NONE);
        assert_eq!(faults("nexudus", &json!({}), &delete, &json!({})), NONE);
    }

    /// X1
    #[test]
    fn delete_and_never_delete_contradict_each_other_wherever_they_meet() {
        let (delete, never) = (json!({"deprovision": "delete"}), json!({"never_delete": true}));
        let both = json!({"deprovision": "delete", "never_delete": true});
        let told = |at: &str| format!("{at}: deprovision = delete cannot be chosen together with never_delete = true");

        assert_eq!(faults("deskworks", &both, &json!({}), &json!({})), [told("policy")]);
        assert_eq!(faults("deskworks", &delete, &never, &json!({})), [told("locations.london.policy")]);
        assert_eq!(faults("deskworks", &never, &delete, &json!({})), [told("locations.london.policy")]);
        assert_eq!(faults("deskworks", &both, &both, &json!({})), [told("policy"), told("locations.london.policy")]);
    }

    /// ORD-44
    #[test]
    fn a_preset_that_never_deletes_cannot_be_made_to() {
        let (delete, unlock) = (json!({"deprovision": "delete"}), json!({"never_delete": false}));
        let locked = |at: &str| {
            format!("{at}.never_delete: this platform's preset never deletes anybody, that cannot be undone")
        };

        assert_eq!(
            faults("officernd", &delete, &json!({}), &json!({})),
            ["policy: deprovision = delete cannot be chosen together with never_delete = true"]
        );
        assert_eq!(faults("officernd", &unlock, &json!({}), &json!({})), [locked("policy")]);
        assert_eq!(faults("officernd", &json!({}), &unlock, &json!({})), [locked("locations.london.policy")]);
        assert_eq!(faults("deskworks", &unlock, &json!({}), &json!({})), NONE);
    }

    #[test]
    fn a_mapping_does_not_decide_about_a_whole_account() {
        let keys = json!({
            "create_users": "on_member", "adopt": "never", "profile_fields": ["first"], "profile_mode": "continuous",
            "deprovision": "suspend", "delete_after": "P1D", "never_delete": true, "suspend_when": "inactive",
            "credential": "none", "backstop": "pin", "max_groups_policy": "nearest_window_first", "lead": "PT5M"
        });

        let faults = faults("deskworks", &json!({}), &json!({}), &keys);

        let told: Vec<String> = faults
            .iter()
            .map(|fault| {
                let (place, text) = fault.split_once(": ").unwrap();
                assert_eq!(text, "speaks of a person in a whole Brivo account; say it for the tenant or a location");
                place.strip_prefix("mappings[0] (plan/p).policy.").unwrap().to_owned()
            })
            .collect();
        let expected: Vec<&str> = [
            "create_users",
            "adopt",
            "profile_fields",
            "profile_mode",
            "deprovision",
            "delete_after",
            "never_delete",
            "suspend_when",
            "credential",
            "backstop",
            "max_groups_policy",
        ]
        .to_vec();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_mapping_says_nothing_of_doors_and_accounts() {
        let keys = json!({
            "doors": "check_in", "debounce": "PT30S", "require_pass_for_checkin": true, "api_key": "vendor",
            "account_scope": "location", "lead": "PT5M"
        });

        let faults = faults("deskworks", &json!({}), &json!({}), &keys);

        let named = ["doors", "debounce", "require_pass_for_checkin", "api_key", "account_scope"];
        let why = "speaks of doors and accounts, not of what a mapping gives; say it for the tenant";
        assert_eq!(faults, named.map(|key| format!("mappings[0] (plan/p).policy.{key}: {why}")));
    }

    /// X8
    #[test]
    fn drift_of_a_group_that_nobody_manages_is_a_fault() {
        let drift = |groups: &[&str]| {
            let groups: serde_json::Map<_, _> =
                groups.iter().map(|group| ((*group).to_owned(), json!("report"))).collect();
            json!({"drift_groups": groups})
        };
        let told = |at: &str, group: i64| {
            format!("{at}.drift_groups: {group} is no managed group, name it in a mapping or managed_groups")
        };

        assert_eq!(faults("nexudus", &drift(&["501", "601"]), &json!({}), &json!({})), NONE);
        assert_eq!(
            faults("nexudus", &drift(&["502", "601"]), &drift(&["503"]), &drift(&["504"])),
            [told("policy", 502), told("locations.london.policy", 503), told("mappings[0] (plan/p).policy", 504)]
        );
    }
}
