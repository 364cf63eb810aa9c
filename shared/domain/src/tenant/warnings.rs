//! What is sound in a tenant document and yet likely to surprise.

use std::collections::BTreeSet;

use super::{Mapping, Tenant};
use crate::{AccountId, GroupId, plan::MOST_GROUPS};

impl Tenant {
    /// What is sound and yet likely to surprise, each once.
    pub fn warnings(&self) -> Vec<String> {
        let accounts: BTreeSet<&AccountId> = self.accounts.iter().map(|account| &account.id).collect();
        accounts
            .into_iter()
            .filter_map(|account| {
                let within_reach = self.groups_of(account).len();
                (within_reach > MOST_GROUPS).then(|| {
                    format!(
                        "accounts.{account}: one person could get {within_reach} groups, Brivo allows {MOST_GROUPS}; \
                         those whose window begins first come first"
                    )
                })
            })
            .collect()
    }

    /// The groups a person could get on an account who had and booked everything.
    fn groups_of(&self, account: &AccountId) -> BTreeSet<GroupId> {
        let counts = |mapping: &&Mapping| match &mapping.location {
            Some(_) => self.account_at(mapping.location.as_ref()) == Some(account),
            None => true,
        };
        let mapped = self.mappings.iter().filter(counts).flat_map(|mapping| &mapping.groups);
        let chosen = self.managed_groups.iter();
        mapped.chain(chosen).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn warnings(rooms_in_london: i64, rooms_in_paris: i64, everywhere: i64) -> Vec<String> {
        let room = |group: i64, location: &str| json!({"kind": "resource", "id": format!("r{group}"), "groups": [group], "location": location});
        let london = (1..=rooms_in_london).map(|group| room(group, "london"));
        let paris = (101..=100_i64.saturating_add(rooms_in_paris)).map(|group| room(group, "paris"));
        let anywhere = (201..=200_i64.saturating_add(everywhere))
            .map(|group| json!({"kind": "plan", "id": "p", "groups": [group]}));
        let document = json!({
            "tenant": "acme", "platform": "nexudus",
            "accounts": [{"id": "hq", "region": "us"}, {"id": "annex", "region": "eu"}],
            "locations": [
                {"id": "london", "time_zone": "Europe/London", "account": "hq"},
                {"id": "paris", "time_zone": "Europe/Paris", "account": "annex"}
            ],
            "mappings": london.chain(paris).chain(anywhere).collect::<Vec<_>>(),
            "managed_groups": [1],
        });
        serde_json::from_value::<Tenant>(document).unwrap().warnings()
    }

    /// NEX-07
    #[test]
    fn more_groups_than_brivo_allows_within_one_persons_reach_are_worth_a_warning() {
        let expected = "accounts.hq: one person could get 17 groups, Brivo allows 16; those whose window begins first come \
                        first";

        assert_eq!(warnings(17, 0, 0), [expected]);
        assert_eq!(warnings(12, 2, 5), [expected]);
    }

    /// NEX-07
    #[test]
    fn groups_of_another_account_do_not_count_and_sixteen_are_no_reason_to_warn() {
        assert_eq!(warnings(16, 15, 0), Vec::<String>::new());
    }
}
