//! A store of a few lines: it keeps what a recording says and shows each member's facts.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    GroupId, MemberId, Subject, SubjectKind, TeamId,
    facts::{Entitlement, Holder, Member, MemberFacts, Payer, TeamFacts},
    intake::{News, Record, Recording, TeamRecord, take_in},
    rules::Rulebook,
    tenant::Platform,
};
use jiff::Timestamp;

use crate::{news::rules, world::due};

/// What is remembered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Memory {
    rules: Rulebook,
    records: BTreeMap<Subject, Record>,
    copies: BTreeMap<(Holder, Subject), Entitlement>,
    links: BTreeSet<(MemberId, TeamId)>,
    bequests: BTreeSet<(MemberId, MemberId)>,
}

impl Memory {
    /// Nothing yet, by these rules.
    pub(crate) fn new(rules: Rulebook) -> Self {
        Self {
            rules,
            records: BTreeMap::new(),
            copies: BTreeMap::new(),
            links: BTreeSet::new(),
            bequests: BTreeSet::new(),
        }
    }

    /// Nothing yet, where `plan` gives group 1 and `room` gives group 2.
    pub(crate) fn of(platform: Platform) -> Self {
        Self::new(rules(platform))
    }

    /// Goes on by other rules.
    pub(crate) fn ruled_by(&mut self, rules: Rulebook) {
        self.rules = rules;
    }

    /// The groups due to a person.
    pub(crate) fn due(&self, id: &str, now: Timestamp) -> BTreeSet<GroupId> {
        due(self.rules.tenant(), &self.facts(&id.into()), now)
    }

    /// Takes in news of one delivery; answers who is woken.
    pub(crate) fn receive(&mut self, news: &[News]) -> BTreeSet<MemberId> {
        let mut subjects: BTreeSet<Subject> = news.iter().map(|piece| piece.subject.clone()).collect();
        let recording = loop {
            let known = subjects.iter().map(|subject| (subject.clone(), self.records.get(subject).cloned())).collect();
            match take_in(news, &known, &self.rules) {
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
            match copy.what {
                Some(entitlement) => self.copies.insert(key, entitlement),
                None => self.copies.remove(&key),
            };
        }
        for (link, named) in recording.links {
            if named.what {
                self.links.insert(link)
            } else {
                self.links.remove(&link)
            };
        }
        for (bequest, stands) in recording.bequests {
            if stands {
                self.bequests.insert(bequest)
            } else {
                self.bequests.remove(&bequest)
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
        teams.retain(|team| !self.team(team).is_some_and(TeamRecord::is_removed));
        MemberFacts {
            member,
            entitlements: self.held(&Holder::Member(id.clone())),
            teams: teams
                .into_iter()
                .map(|team| TeamFacts {
                    entitlements: self.held(&Holder::Team(team.clone())),
                    payer: self.payer(&team).filter(|payer| payer.member != *id),
                    id: team,
                })
                .collect(),
        }
    }

    /// What is remembered of each thing.
    pub(crate) fn records(&self) -> &BTreeMap<Subject, Record> {
        &self.records
    }

    /// Who holds what.
    pub(crate) fn copies(&self) -> &BTreeMap<(Holder, Subject), Entitlement> {
        &self.copies
    }

    /// Whose Brivo user goes on as whose.
    pub(crate) fn bequests(&self) -> &BTreeSet<(MemberId, MemberId)> {
        &self.bequests
    }

    fn payer(&self, team: &TeamId) -> Option<Payer> {
        let member = self.team(team)?.paying_member()?.clone();
        let held = self.held(&Holder::Member(member.clone()));
        let known = self.member(&member);
        Payer::of(member, known.as_ref(), held)
    }

    fn member(&self, id: &MemberId) -> Option<Member> {
        match self.records.get(&Subject::new(SubjectKind::Member, id.as_str())) {
            Some(Record::Member(member)) => Some((**member).clone()),
            Some(Record::Team(_) | Record::Entitlement(_) | Record::Address(_)) | None => None,
        }
    }

    fn team(&self, id: &TeamId) -> Option<&TeamRecord> {
        match self.records.get(&Subject::new(SubjectKind::Team, id.as_str())) {
            Some(Record::Team(team)) => Some(team),
            Some(Record::Member(_) | Record::Entitlement(_) | Record::Address(_)) | None => None,
        }
    }

    fn held(&self, holder: &Holder) -> Vec<Entitlement> {
        let of_holder = self.copies.iter().filter(|((who, _), _)| who == holder);
        of_holder.map(|(_, entitlement)| entitlement.clone()).collect()
    }
}
