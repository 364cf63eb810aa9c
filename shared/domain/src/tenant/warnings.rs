//! What is sound in a tenant document and yet likely to surprise.

use std::collections::BTreeSet;

use super::{Mapping, Tenant, Way};
use crate::{AccountId, GroupId, plan::MOST_GROUPS};

impl Tenant {
    /// What is sound and yet likely to surprise, each once.
    pub fn warnings(&self) -> Vec<String> {
        let accounts: BTreeSet<&AccountId> = self.accounts.iter().map(|account| &account.id).collect();
        let too_many = accounts.iter().filter_map(|account| self.too_many_groups(account));
        let untold = accounts.iter().filter_map(|account| self.untold_codes(account));
        too_many.chain(untold).collect()
    }

    /// What becomes of the groups that the document named before and does not any more.
    pub fn warning_of_groups_gone(&self, before: &Self) -> Option<String> {
        let told = before.mappings.iter().filter(|mapping| !mapping.from_platform).flat_map(|mapping| &mapping.groups);
        let mut gone: BTreeSet<GroupId> = told.chain(&before.managed_groups).copied().collect();
        gone.retain(|group| !self.managed().contains(group) && !self.released_groups.contains(group));
        let ids: Vec<String> = gone.iter().map(ToString::to_string).collect();
        (!gone.is_empty()).then(|| {
            format!(
                "groups {ids} are named no more, so whoever is in them through Latchwork is taken out; to leave people in, put \
                 the document with released_groups = [{ids}]",
                ids = ids.join(", ")
            )
        })
    }

    fn too_many_groups(&self, account: &AccountId) -> Option<String> {
        let within_reach = self.groups_of(account).len();
        (within_reach > MOST_GROUPS).then(|| {
            format!(
                "accounts.{account}: one person could get {within_reach} groups, Brivo allows {MOST_GROUPS}; those whose \
                 window begins first come first"
            )
        })
    }

    /// No fault, because the preset may ask for a way that nobody has set up yet.
    fn untold_codes(&self, account: &AccountId) -> Option<String> {
        let way = Way::of(self.account_policy(account).credential)?;
        let table = way.table();
        (!self.has_way(way)).then(|| {
            format!("accounts.{account}: the policy says credential = {table}, so nobody is told a pass code until there is a [{table}]")
        })
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
            "policy": {"credential": "none"},
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

    fn untold(platform: &str, locations: &serde_json::Value, tables: &serde_json::Value) -> Vec<String> {
        let mut document = json!({
            "tenant": "acme", "platform": platform, "locations": locations,
            "accounts": [{"id": "hq", "region": "us"}, {"id": "annex", "region": "eu"}],
        });
        for (name, table) in tables.as_object().unwrap() {
            document[name] = table.clone();
        }
        serde_json::from_value::<Tenant>(document).unwrap().warnings()
    }

    /// NEX-23, X12: the preset of Nexudus asks for mails with codes, and older documents say nothing of who sends them.
    #[test]
    fn a_way_to_bring_codes_that_is_asked_for_and_not_set_up_is_worth_a_warning() {
        let mail = "the policy says credential = code_mail, so nobody is told a pass code until there is a [code_mail]";
        let app = "the policy says credential = app_hook, so nobody is told a pass code until there is a [app_hook]";

        assert_eq!(
            untold("nexudus", &json!([]), &json!({})),
            [format!("accounts.annex: {mail}"), format!("accounts.hq: {mail}")]
        );
        let there = [{
            let policy = json!({"credential": "app_hook"});
            json!({"id": "paris", "time_zone": "Europe/Paris", "account": "annex", "policy": policy})
        }];
        let set_up = json!({"code_mail": {"from": "door@example.com"}});
        assert_eq!(untold("nexudus", &json!(there), &set_up), [format!("accounts.annex: {app}")]);
    }

    #[test]
    fn whoever_leaves_it_to_brivo_or_to_staff_is_not_warned() {
        for platform in ["officernd", "coworks", "spacebring", "deskworks"] {
            assert_eq!(untold(platform, &json!([]), &json!({})), [] as [&str; 0]);
        }
    }
}
