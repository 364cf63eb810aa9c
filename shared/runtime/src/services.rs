//! All that the functions work with, in one place.

use std::sync::Arc;

use state::{LeaseTerms, Store};

use crate::{
    clock::Clock, connections::Connections, courier::Courier, platform_api::PlatformApis, seal::Sealer,
    wakeups::WakeUps,
};
use jiff::{SignedDuration, Timestamp};

/// How long a run may be silent before another takes its place: the longest call to Brivo or to a platform, a token's
/// refresh before it, and some rest.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// All that the functions work with; cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// The memory.
    pub store: Arc<dyn Store>,
    /// The clock; read once per member and run.
    pub clock: Arc<dyn Clock>,
    /// Wakes members.
    pub wakeups: Arc<dyn WakeUps>,
    /// Seals and opens secrets.
    pub sealer: Arc<Sealer>,
    /// Brivo.
    pub connections: Arc<Connections>,
    /// The platforms' APIs.
    pub platforms: PlatformApis,
    /// Brings pass codes to people.
    pub courier: Arc<dyn Courier>,
    /// This process.
    pub process: Process,
}

/// A process among others, or alone.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its name; no other process has the same.
    pub name: String,
    /// Whether it is the only one that works on this state.
    pub alone: bool,
}

impl Process {
    /// The terms on which this process takes a lease.
    pub fn lease_terms(&self, now: Timestamp) -> LeaseTerms {
        let until = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
        LeaseTerms { now, until, owner: self.name.clone(), alone: self.alone }
    }
}
