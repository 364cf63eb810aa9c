//! A store of a few lines: it keeps what a recording says and shows each member's facts.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    MemberId, Subject, SubjectKind, TeamId,
    facts::{Entitlement, Holder, Member, MemberFacts, TeamFacts},
    intake::{News, Record, Recording, take_in},
};

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    records: BTreeMap<Subject, Record>,
    copies: BTreeMap<(Holder, Subject), Entitlement>,
    links: BTreeSet<(MemberId, TeamId)>,
}

impl Memory {
    /// Takes in news of one delivery; answers who is woken.
    pub(crate) fn receive(&mut self, news: &[News]) -> BTreeSet<MemberId> {
        let mut subjects: BTreeSet<Subject> = news.iter().map(|piece| piece.subject.clone()).collect();
        let recording = loop {
            let known = subjects.iter().map(|subject| (subject.clone(), self.records.get(subject).cloned())).collect();
            match take_in(news, &known) {
                Ok(recording) => break recording,
                Err(missing) => {
                    assert!(missing.is_disjoint(&subjects), "asked twice for {missing:?}");
                    subjects.extend(missing);
                }
            }
        };
        self.keep(recording)
    }

    fn keep(&mut self, recording: Recording) -> BTreeSet<MemberId> {
        self.records.extend(recording.records);
        for (key, copy) in recording.copies {
            match copy {
                Some(entitlement) => self.copies.insert(key, entitlement),
                None => self.copies.remove(&key),
            };
        }
        for (link, named) in recording.links {
            if named {
                self.links.insert(link)
            } else {
                self.links.remove(&link)
            };
        }
        recording.wakes
    }

    /// All that is known of a person; a team that was removed gives nothing.
    pub(crate) fn facts(&self, id: &MemberId) -> MemberFacts {
        let member = self.member(id);
        let named = self.links.iter().filter(|(who, _)| who == id).map(|(_, team)| team.clone());
        let mut teams: BTreeSet<TeamId> = named.collect();
        teams.extend(member.iter().flat_map(Member::team_ids));
        teams.retain(|team| !self.is_removed(team));
        MemberFacts {
            member,
            entitlements: self.held(&Holder::Member(id.clone())),
            teams: teams
                .into_iter()
                .map(|id| TeamFacts { entitlements: self.held(&Holder::Team(id.clone())), id })
                .collect(),
        }
    }

    /// Who holds what.
    pub(crate) fn copies(&self) -> &BTreeMap<(Holder, Subject), Entitlement> {
        &self.copies
    }

    fn member(&self, id: &MemberId) -> Option<Member> {
        match self.records.get(&Subject::new(SubjectKind::Member, id.as_str())) {
            Some(Record::Member(member)) => Some((**member).clone()),
            Some(Record::Team(_) | Record::Entitlement(_)) | None => None,
        }
    }

    fn is_removed(&self, id: &TeamId) -> bool {
        match self.records.get(&Subject::new(SubjectKind::Team, id.as_str())) {
            Some(Record::Team(team)) => team.is_removed(),
            Some(Record::Member(_) | Record::Entitlement(_)) | None => false,
        }
    }

    fn held(&self, holder: &Holder) -> Vec<Entitlement> {
        let of_holder = self.copies.iter().filter(|((who, _), _)| who == holder);
        of_holder.map(|(_, entitlement)| entitlement.clone()).collect()
    }
}
