//! The preflight: whether a Brivo account is fit for the work, told in sentences that say what to do.
//!
//! Whoever looks at the account hands in what was seen as plain values; what it means is decided here. A report names users by
//! Brivo's ids only: names, addresses and numbers of people are not even handed in.

mod clock;
mod connection;
mod exclusivity;
mod groups;
mod inventory;
mod ledgers;
mod limit;
mod look;
mod places;
mod seen;
mod supplies;
mod words;

use serde::Serialize;

use crate::{AccountId, rules::Rulebook};

pub use inventory::{AdministratorRow, DoorRow, GroupRow, Inventory, PassesRow, SiteRow};
pub use ledgers::Ledgers;
pub use look::{Connection, Look, Refusal};
pub use seen::{Administrator, ClockReading, Panels, Passes, Seen, SeenGroup, SeenSite};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// All is well.
    Fine,
    /// Somebody should look at it; the work goes on.
    Notice,
    /// The work, or a part of it, cannot be done until somebody acts.
    Fault,
}

impl Level {
    /// The level's name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Notice => "notice",
            Self::Fault => "fault",
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Whether Brivo takes our key, our application and our tokens.
    Connection,
    /// Who consented, and whether that is somebody who sees everything.
    Administrator,
    /// Whether the administrator may do what the work needs.
    Permissions,
    /// How far Brivo's clock and ours are apart.
    Clock,
    /// Whether the mapped groups are there.
    Groups,
    /// Who is in the mapped groups whom we did not put there.
    Exclusivity,
    /// Who comes near the most groups that Brivo takes.
    GroupLimit,
    /// Whether the mapped groups open doors, and whether the doors of the document are there.
    Doors,
    /// Whether the sites of the locations are there.
    Sites,
    /// How many mobile passes are left.
    MobilePasses,
    /// Whether the control panels answer.
    Panels,
}

impl Check {
    /// The check's name in reports; in JSON the same with `_`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Administrator => "administrator",
            Self::Permissions => "permissions",
            Self::Clock => "clock",
            Self::Groups => "groups",
            Self::Exclusivity => "exclusivity",
            Self::GroupLimit => "group limit",
            Self::Doors => "doors",
            Self::Sites => "sites",
            Self::MobilePasses => "mobile passes",
            Self::Panels => "panels",
        }
    }
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// How grave it is.
    pub level: Level,
    /// A sentence, or two, that says what is so and what to do about it.
    pub text: String,
}

/// What was found, and what there is to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order of the checks; a check can have several.
    pub findings: Vec<Finding>,
    /// What the account has.
    pub inventory: Inventory,
}

impl Report {
    /// The report on an account of which this was seen.
    pub fn of(rules: &Rulebook, account: &AccountId, seen: &Seen) -> Self {
        let case = Case { rules, account, seen };
        let findings = [
            case.connection(),
            case.administrator(),
            case.permissions(),
            case.clock(),
            case.groups(),
            case.exclusivity(),
            case.group_limit(),
            case.doors(),
            case.sites(),
            case.mobile_passes(),
            case.panels(),
        ];
        Self { findings: findings.into_iter().flatten().collect(), inventory: Inventory::of(&case) }
    }

    /// How grave the gravest finding is.
    pub fn level(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Fine)
    }

    /// The findings that are not fine, the gravest first, else in the order of the checks.
    pub fn to_act_on(&self) -> Vec<&Finding> {
        let mut open: Vec<_> = self.findings.iter().filter(|finding| finding.level > Level::Fine).collect();
        open.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        open
    }
}

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    rules: &'a Rulebook,
    account: &'a AccountId,
    seen: &'a Seen,
}

impl Finding {
    fn fine(check: Check, text: impl Into<String>) -> Self {
        Self { check, level: Level::Fine, text: text.into() }
    }

    fn notice(check: Check, text: impl Into<String>) -> Self {
        Self { check, level: Level::Notice, text: text.into() }
    }

    fn fault(check: Check, text: impl Into<String>) -> Self {
        Self { check, level: Level::Fault, text: text.into() }
    }

    /// What there is to say of something that was not seen; nothing where it is a matter of permissions, which
    /// [`Check::Permissions`] tells, nor where it was seen.
    fn unseen<T>(check: Check, what: &str, look: &Look<T>) -> Option<Self> {
        let text = match look {
            Look::Seen(_) | Look::Refused(Refusal::Forbidden) => return None,
            Look::NotLooked => format!("Not looked at: {what}."),
            Look::Refused(Refusal::NotOffered) => format!("Brivo does not offer {what} for this account."),
            Look::Refused(Refusal::Unknown) => format!("Brivo does not know of {what} by now: look again."),
            Look::Refused(Refusal::Failed) => format!("Brivo gave no usable answer about {what}: look again later."),
            Look::Refused(Refusal::NoAnswer) => {
                format!("Not looked at, because Brivo gave no answer: {what}. Look again later.")
            }
        };
        Some(Self::notice(check, text))
    }

    /// The same, but nothing where nobody looked: many of a kind are told of together.
    fn unseen_but_tried<T>(check: Check, what: &str, look: &Look<T>) -> Option<Self> {
        match look {
            Look::Seen(_) | Look::NotLooked => None,
            Look::Refused(_) => Self::unseen(check, what, look),
        }
    }
}
