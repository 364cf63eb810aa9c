//! Whether the mapped groups are ours alone.

use super::{
    Case, Check, Finding, Ledgers, Look, SeenGroup,
    words::{named, people, some_of},
};
use crate::{
    ExternalId, GroupId, MemberKey,
    policy::{Drift, Ownership},
};

/// Who is in a group, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Those whom we did not put there.
    pub(super) not_ours: usize,
    /// Those among them who bear the reference of another tenant or another application.
    pub(super) other_references: usize,
}

impl Case<'_> {
    pub(super) fn exclusivity(&self) -> Vec<Finding> {
        let check = Check::Exclusivity;
        let mut findings: Vec<Finding> = self
            .mapped_and_there()
            .filter_map(|(group, seen)| self.shared_with(group, &seen.name, self.tally(group, seen)?))
            .collect();
        let unread = self.mapped_and_there().filter(|(_, seen)| seen.people == Look::NotLooked);
        let unread: Vec<GroupId> = unread.map(|(group, _)| group).collect();
        if self.seen.groups == Look::NotLooked {
            findings.push(Finding::notice(check, "Not looked at: who is in the mapped groups."));
        } else if !unread.is_empty() {
            findings.push(Finding::notice(check, format!("Not looked at: who is in group {}.", some_of(unread))));
        }
        let failed = self.mapped_and_there().filter_map(|(group, seen)| {
            Finding::unseen_but_tried(check, &format!("who is in group {}", named(group, &seen.name)), &seen.people)
        });
        findings.extend(failed);
        if self.seen.ledgers == Look::NotLooked && self.mapped_and_there().any(|(_, seen)| has_people(seen)) {
            findings.push(Finding::notice(check, "Not looked at: whom we put into the mapped groups."));
        }
        if findings.is_empty() && self.of_every_mapped(|group, seen| self.tally(group, seen).is_some()) {
            findings.push(Finding::fine(check, "Nobody is in a mapped group whom we did not put there."));
        }
        findings
    }

    /// Who is in a group, as far as that is known.
    pub(super) fn tally(&self, group: GroupId, seen: &SeenGroup) -> Option<Tally> {
        let in_it = seen.people.seen()?;
        let blank = Ledgers::default();
        let ledgers = match self.seen.ledgers.seen() {
            Some(ledgers) => ledgers,
            // Without anybody in it there is nobody whom we have to tell apart.
            None if in_it.is_empty() => &blank,
            None => return None,
        };
        let put = ledgers.put.get(&group);
        let others = in_it.iter().filter(|(user, _)| !put.is_some_and(|put| put.contains(user)));
        let others: Vec<_> = others.collect();
        let is_of_others = |reference: &ExternalId| {
            MemberKey::of_external_id(reference).is_none_or(|key| key.tenant != self.rules.tenant().id)
        };
        let other_references = others.iter().filter(|(_, reference)| reference.as_ref().is_some_and(is_of_others));
        Some(Tally { not_ours: others.len(), other_references: other_references.count() })
    }

    /// What there is to say of a group that is not ours alone.
    fn shared_with(&self, group: GroupId, name: &str, tally: Tally) -> Option<Finding> {
        let check = Check::Exclusivity;
        let (name, Tally { not_ours, other_references }) = (named(group, name), tally);
        if other_references > 0 {
            return Some(Finding::fault(
                check,
                format!(
                    "Group {name} holds {} with the reference of another tenant or another application, so two programs write \
                     to it: give the mapping a group that nobody else uses.",
                    people(other_references)
                ),
            ));
        }
        if not_ours == 0 {
            return None;
        }
        let holds = format!("Group {name} holds {} whom we did not put there", people(not_ours));
        let undone = "few of them are taken out with the next pass, many once somebody has approved it";
        Some(match (self.rules.account_policy(self.account).ownership, self.rules.drift_of(self.account, group)) {
            (Ownership::Exclusive, drift) => {
                let then = if drift == Drift::Revert { format!("; {undone}") } else { String::new() };
                Finding::fault(
                    check,
                    format!(
                        "{holds}, and it is to be ours alone: take them out of it in Brivo, or give the mapping a group that \
                         nobody else uses{then}."
                    ),
                )
            }
            (Ownership::Additive, Drift::Revert) => {
                Finding::notice(check, format!("{holds}: {undone}. Whoever is to stay needs a group of their own."))
            }
            (Ownership::Additive, Drift::Report) => Finding::notice(
                check,
                format!("{holds}: they stay. If that is not meant, take them out of it in Brivo."),
            ),
            (Ownership::Additive, Drift::Ignore) => {
                Finding::fine(check, format!("{holds}, which the settings leave to the staff."))
            }
        })
    }
}

fn has_people(seen: &SeenGroup) -> bool {
    seen.people.seen().is_some_and(|people| !people.is_empty())
}
