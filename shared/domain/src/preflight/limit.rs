//! Who comes near the most groups that Brivo takes.

use std::collections::BTreeMap;

use super::{
    Case, Check, Finding, SeenGroup,
    words::{people, some_of},
};
use crate::{
    BrivoUserId, GroupId,
    plan::{MANY_GROUPS, MOST_GROUPS},
};

impl Case<'_> {
    pub(super) fn group_limit(&self) -> Vec<Finding> {
        let check = Check::GroupLimit;
        let Some(groups) = self.seen.groups.seen() else {
            return Finding::unseen(check, "in how many groups people are", &self.seen.groups).into_iter().collect();
        };
        let unread = groups.values().filter(|group| group.people.seen().is_none()).count();
        let sizes = self.sizes(groups, unread == 0);
        let many: Vec<BrivoUserId> =
            sizes.into_iter().filter(|(_, size)| *size >= MANY_GROUPS).map(|(user, _)| user).collect();
        let mut findings = Vec::new();
        if !many.is_empty() {
            findings.push(Finding::notice(
                check,
                format!(
                    "{} in {MANY_GROUPS} or more of the {MOST_GROUPS} groups that Brivo takes, users {}: take them out of groups \
                     they do not need.",
                    if many.len() == 1 { "1 person is".to_owned() } else { format!("{} are", people(many.len())) },
                    some_of(many)
                ),
            ));
        }
        if unread > 0 {
            let text = format!(
                "Not looked at: who is in {unread} of {} groups, so more people may be near the limit.",
                groups.len()
            );
            findings.push(Finding::notice(check, text));
        } else if findings.is_empty() {
            findings.push(Finding::fine(check, format!("Nobody is in {MANY_GROUPS} groups or more.")));
        }
        findings
    }

    /// In how many groups people are; as the ledgers remember it where not every group was read.
    fn sizes(&self, groups: &BTreeMap<GroupId, SeenGroup>, is_whole: bool) -> BTreeMap<BrivoUserId, usize> {
        let mut sizes: BTreeMap<BrivoUserId, usize> = BTreeMap::new();
        for user in groups.values().filter_map(|group| group.people.seen()).flat_map(BTreeMap::keys) {
            let size = sizes.entry(*user).or_default();
            *size = size.saturating_add(1);
        }
        if let (false, Some(ledgers)) = (is_whole, self.seen.ledgers.seen()) {
            for (user, remembered) in &ledgers.sizes {
                let size = sizes.entry(*user).or_default();
                *size = (*size).max(*remembered);
            }
        }
        sizes
    }
}
