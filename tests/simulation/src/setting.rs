//! A tenant of the simulated world: what its document says, in words of our own, and the document itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    chapters::{Chapter, Chapters},
    random::Random,
};

/// The path secret of every tenant.
pub(crate) const PATH_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Beyond this number of an account's groups, groups are none of ours.
pub(crate) const FIRST_FOREIGN: u64 = 80;

/// How many such groups an account has.
pub(crate) const FOREIGN: u64 = 16;

/// Which preset, told apart by what the presets do differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    Deskworks,
    Coworks,
    Nexudus,
    Spacebring,
    Officernd,
}

/// What becomes of the Brivo user of somebody who left; see X1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    Keep,
    Suspend,
    Delete,
}

/// Who shares what a team or its payer holds; see R4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fanout {
    MemberOnly,
    TeamIfUnassigned,
    TeamIfPayer,
    CompanyAlways,
}

/// What is done about hand edits in a group; see B10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drift {
    Ignore,
    Report,
    Revert,
}

impl Drift {
    fn word(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Report => "report",
            Self::Revert => "revert",
        }
    }
}

impl Preset {
    /// X8.
    fn drift(self) -> Drift {
        match self {
            Self::Spacebring | Self::Officernd => Drift::Revert,
            Self::Deskworks | Self::Coworks | Self::Nexudus => Drift::Report,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Deskworks => "deskworks",
            Self::Coworks => "coworks",
            Self::Nexudus => "nexudus",
            Self::Spacebring => "spacebring",
            Self::Officernd => "officernd",
        }
    }

    /// Lead and lag in minutes: X3 and the summary below it.
    fn window(self) -> (i64, i64) {
        match self {
            Self::Deskworks | Self::Officernd => (10, 0),
            Self::Coworks => (0, 0),
            Self::Nexudus => (10, 15),
            Self::Spacebring => (30, 30),
        }
    }

    pub(crate) fn fanout(self) -> Fanout {
        match self {
            Self::Coworks => Fanout::MemberOnly,
            Self::Officernd => Fanout::TeamIfUnassigned,
            Self::Nexudus => Fanout::TeamIfPayer,
            Self::Deskworks | Self::Spacebring => Fanout::CompanyAlways,
        }
    }

    /// R12.
    pub(crate) fn lets_guests_in(self) -> bool {
        match self {
            Self::Nexudus | Self::Spacebring | Self::Officernd => true,
            Self::Deskworks | Self::Coworks => false,
        }
    }

    /// R13; every booking of the simulation is of a room.
    pub(crate) fn lets_invitees_in(self) -> bool {
        match self {
            Self::Spacebring | Self::Officernd => true,
            Self::Deskworks | Self::Coworks | Self::Nexudus => false,
        }
    }

    /// R9.
    pub(crate) fn pause_keeps(self) -> bool {
        self == Self::Spacebring
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Location {
    pub(crate) id: String,
    pub(crate) zone: &'static str,
    /// Which Brivo account of the world.
    pub(crate) account: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) location: Option<String>,
    pub(crate) groups: BTreeSet<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) name: String,
    pub(crate) preset: Preset,
    pub(crate) accounts: Vec<usize>,
    pub(crate) locations: Vec<Location>,
    pub(crate) mappings: Vec<Mapping>,
    /// Groups that may be chosen, beside those of the mappings.
    pub(crate) choosable: BTreeSet<u64>,
    pub(crate) lead: SignedDuration,
    pub(crate) lag: SignedDuration,
    pub(crate) leaving: Leaving,
    /// How long after leaving a user is deleted, if at all.
    pub(crate) delete_after: SignedDuration,
    /// Groups with a policy of their own for hand edits.
    pub(crate) drift_groups: BTreeMap<u64, Drift>,
    /// Whether teams say who is in them; otherwise members say so.
    pub(crate) teams_name_members: bool,
}

impl Tenant {
    /// A tenant with one or two locations on the accounts from `first_account` on.
    pub(crate) fn invent(name: &str, first_account: usize, random: &mut Random) -> Self {
        use Preset::{Coworks, Deskworks, Nexudus, Officernd, Spacebring};
        let preset = random.one_of([Deskworks, Coworks, Nexudus, Spacebring, Officernd]);
        let (lead, lag) = preset.window();
        let two_locations = random.chance(500);
        let two_accounts = two_locations && random.chance(500);
        let second = first_account + usize::from(two_accounts);
        let zones = ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];
        let mut locations = vec![Location { id: "north".into(), zone: random.one_of(zones), account: first_account }];
        if two_locations {
            locations.push(Location { id: "south".into(), zone: random.one_of(zones), account: second });
        }
        let mut tenant = Self {
            name: name.to_owned(),
            preset,
            accounts: if two_accounts { vec![first_account, second] } else { vec![first_account] },
            locations,
            mappings: Vec::new(),
            choosable: BTreeSet::new(),
            lead: SignedDuration::from_mins(lead),
            lag: SignedDuration::from_mins(lag),
            leaving: match preset {
                Deskworks => random.one_of([Leaving::Suspend, Leaving::Delete]),
                Coworks | Nexudus | Spacebring | Officernd => Leaving::Keep,
            },
            teams_name_members: random.chance(500),
            delete_after: SignedDuration::ZERO,
            drift_groups: BTreeMap::new(),
        };
        for location in tenant.locations.clone() {
            tenant.map_location(&location, random);
        }
        tenant
    }

    fn map_location(&mut self, location: &Location, random: &mut Random) {
        let group = |number: u64| group(location.account, number);
        let here = Some(location.id.clone());
        let everywhere = if self.locations.len() == 1 && random.chance(300) { None } else { here.clone() };
        let mut map = |kind, id: &str, location: &Option<String>, groups: &[u64]| {
            let groups = groups.iter().map(|number| group(*number)).collect();
            self.mappings.push(Mapping { kind, id: id.to_owned(), location: location.clone(), groups });
        };
        // Rooms share groups, and rooms and plans do, so that one reason's end is not another's.
        map("plan", "day", &everywhere, &[1]);
        map("plan", "night", &everywhere, &[1, 2]);
        map("resource", &format!("{}-oak", location.id), &here, &[3]);
        map("resource", &format!("{}-elm", location.id), &here, &[3, 4]);
        map("resource", &format!("{}-ash", location.id), &here, &[2]);
        map("floor", "first", &here, &[5]);
        map("location", &location.id, &here, &[6]);
        map("pass", "visit", &everywhere, &[2, 7]);
        map("product", "locker", &everywhere, &[6]);
        self.choosable.extend([group(4), group(8)]);
    }

    /// What not every world has: each group its own policy for hand edits, and other policies for those who left.
    pub(crate) fn vary(&mut self, chapters: &Chapters, random: &mut Random) {
        if chapters.has(Chapter::Drift) {
            for group in self.managed() {
                let drift = random.one_of([Drift::Ignore, Drift::Report, Drift::Revert, Drift::Revert]);
                if random.chance(700) {
                    self.drift_groups.insert(group, drift);
                }
            }
        }
        if chapters.has(Chapter::Leaving) {
            self.leaving = match self.preset {
                // Its users are never deleted: X1.
                Preset::Officernd => random.one_of([Leaving::Keep, Leaving::Suspend]),
                Preset::Deskworks | Preset::Coworks | Preset::Nexudus | Preset::Spacebring => {
                    random.one_of([Leaving::Keep, Leaving::Suspend, Leaving::Delete, Leaving::Delete])
                }
            };
            self.delete_after = SignedDuration::from_mins(random.one_of([0, 0, 30, 4 * 60]));
        }
    }

    /// What is done about hand edits in a group: nothing where it is none of ours.
    pub(crate) fn drift_of(&self, group: u64) -> Drift {
        let of_ours = || self.drift_groups.get(&group).copied().unwrap_or(self.preset.drift());
        if self.managed().contains(&group) { of_ours() } else { Drift::Ignore }
    }

    /// R1: every group that may be touched.
    pub(crate) fn managed(&self) -> BTreeSet<u64> {
        let mapped = self.mappings.iter().flat_map(|mapping| &mapping.groups);
        mapped.chain(&self.choosable).copied().collect()
    }

    pub(crate) fn location(&self, id: &str) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == id)
    }

    /// The tenant's location, if it has just one.
    pub(crate) fn only_location(&self) -> Option<&Location> {
        self.locations.first().filter(|_| self.locations.len() == 1)
    }

    /// The document, with one refresh token for each account.
    pub(crate) fn document(&self, refresh_tokens: &[(usize, String)]) -> Value {
        let account = |index: &usize| {
            let token = refresh_tokens.iter().find(|(of, _)| of == index).map(|(_, token)| token);
            json!({
                "id": account_name(*index), "region": "us", "api_key": api_key(*index), "client_id": "client",
                "client_secret": "secret", "refresh_token": token,
            })
        };
        let location =
            |place: &Location| json!({"id": place.id, "time_zone": place.zone, "account": account_name(place.account)});
        let mapping =
            |it: &Mapping| json!({"kind": it.kind, "id": it.id, "groups": it.groups, "location": it.location});
        let managed = self.managed();
        let drift = self.drift_groups.iter().filter(|(group, _)| managed.contains(group));
        let drift_groups: BTreeMap<String, &str> =
            drift.map(|(group, drift)| (group.to_string(), drift.word())).collect();
        json!({
            "tenant": self.name,
            "platform": self.preset.word(),
            "managed_groups": self.choosable,
            "accounts": self.accounts.iter().map(account).collect::<Vec<_>>(),
            "locations": self.locations.iter().map(location).collect::<Vec<_>>(),
            "mappings": self.mappings.iter().map(mapping).collect::<Vec<_>>(),
            "policy": {
                "lead": format!("PT{}S", self.lead.as_secs()),
                "lag": format!("PT{}S", self.lag.as_secs()),
                "delete_after": format!("PT{}S", self.delete_after.as_secs()),
                "drift_groups": drift_groups,
                "deprovision": match self.leaving {
                    Leaving::Keep => "remove_groups",
                    Leaving::Suspend => "suspend",
                    Leaving::Delete => "delete",
                },
            },
            "hooks": {"path_secret": PATH_SECRET, "signing_secrets": ["signing"]},
        })
    }
}

impl Location {
    pub(crate) fn time_zone(&self) -> TimeZone {
        TimeZone::get(self.zone).unwrap_or(TimeZone::UTC)
    }
}

/// The id of an account's group.
pub(crate) fn group(account: usize, number: u64) -> u64 {
    (u64::try_from(account).unwrap_or(0) + 1) * 100 + number
}

pub(crate) fn account_name(account: usize) -> String {
    format!("account-{account}")
}

pub(crate) fn api_key(account: usize) -> String {
    format!("key-{account}")
}
