//! The mapped groups: whether they are there, and marked as they are to be.

use std::collections::BTreeSet;

use super::{
    Case, Check, Finding, SeenGroup,
    words::{named, some_of},
};
use crate::{
    GroupId,
    drift::{Scope, accounts_of, looked_for},
    tenant::Mapping,
};

impl<'a> Case<'a> {
    /// The groups that the settings may put people of this account into.
    pub(super) fn mapped(&self) -> BTreeSet<GroupId> {
        looked_for(self.rules.tenant(), self.account)
    }

    /// The mapped groups that the account has.
    pub(super) fn mapped_and_there(&self) -> impl Iterator<Item = (GroupId, &'a SeenGroup)> + use<'a> {
        let mapped = self.mapped();
        let seen = self.seen.groups.seen().into_iter().flatten();
        seen.filter(move |(group, _)| mapped.contains(group)).map(|(group, seen)| (*group, seen))
    }

    /// Whether the account has mapped groups, and this is so of every one.
    pub(super) fn of_every_mapped(&self, is_so: impl Fn(GroupId, &SeenGroup) -> bool) -> bool {
        self.mapped_and_there().next().is_some() && self.mapped_and_there().all(|(group, seen)| is_so(group, seen))
    }

    pub(super) fn groups(&self) -> Vec<Finding> {
        let check = Check::Groups;
        let mapped = self.mapped();
        if mapped.is_empty() {
            return vec![Finding::notice(
                check,
                "The settings map no group yet: choose from those that the account has.",
            )];
        }
        let Some(seen) = self.seen.groups.seen() else {
            return Finding::unseen(check, "the groups of the account", &self.seen.groups).into_iter().collect();
        };
        let names = seen.iter().map(|(group, seen)| (*group, seen.name.clone())).collect();
        let scope = Scope::of(self.rules, None, self.account, &names);
        let missing = scope.missing.iter().map(|group| self.missing(*group));
        let unmarked = scope.unmarked.iter().filter_map(|group| Some(self.unmarked(*group, seen.get(group)?)));
        let findings: Vec<_> = missing.chain(unmarked).collect();
        if findings.is_empty() { vec![Finding::fine(check, "Every mapped group is there.")] } else { findings }
    }

    /// Whoever is to get it cannot get in; but a group that may be another account's is only worth a look.
    fn missing(&self, group: GroupId) -> Finding {
        let tenant = self.rules.tenant();
        let naming = tenant.mappings.iter().filter(|mapping| mapping.groups.contains(&group));
        let naming: Vec<String> = naming.map(Mapping::name).collect();
        let by = if naming.is_empty() { "managed_groups".to_owned() } else { some_of(naming) };
        let text = format!(
            "The settings name group {group} ({by}), which Brivo does not have or hides from the administrator: choose another \
             one of this account."
        );
        if accounts_of(tenant, group).len() > 1 {
            let elsewhere = "If it belongs to another account, give the mapping a location.";
            return Finding::notice(Check::Groups, format!("{text} {elsewhere}"));
        }
        Finding::fault(Check::Groups, text)
    }

    fn unmarked(&self, group: GroupId, seen: &SeenGroup) -> Finding {
        let prefix = self.rules.account_policy(self.account).managed_prefix.as_deref().unwrap_or_default();
        Finding::notice(
            Check::Groups,
            format!(
                "The name of group {} does not begin with “{prefix}”, so nobody looks for hand edits in it: rename it in Brivo, or \
                 take it out of the settings.",
                named(group, &seen.name)
            ),
        )
    }
}
