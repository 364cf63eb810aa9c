//! What a platform's own list of webhooks said last, and who is changing it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{HookId, hook_list::SwitchedOff};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is remembered of a tenant's webhooks as the platform lists them. One item for all: it is written once an hour, where what
/// the hooks bring is written by whoever takes it in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookListRecord {
    /// The address before `/hooks/…` under which they were last registered: what delivers elsewhere is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When the platform was last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// When it last answered; the rest is of then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// Why it did not answer the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Those that are wanted and switched off; an alarm was raised for each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub off: BTreeMap<HookId, SwitchedOff>,
    /// How many that are wanted are not there.
    #[serde(default)]
    pub missing: usize,
    /// For how many there is only one with an old path secret.
    #[serde(default)]
    pub outdated: usize,
    /// Those that are being made and answer with a secret: one that is there without it was made by a process that died.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub making: BTreeSet<HookId>,
    /// Who is registering hooks, and until when nobody else may: two at once would make each of them twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<(String, Timestamp)>,
    /// Counts writes.
    #[serde(default)]
    pub version: u64,
}
