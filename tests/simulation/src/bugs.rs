//! Planted bugs: each makes a boundary of the engine behave as if the engine had it wrong, to show that it would be found.

/// A bug that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// When something of a person ends, everything else of that person's counts as ended too.
    EdgeTriggeredRevoke,
    /// Every lease is granted, and no write of a run is fenced.
    NoLease,
    /// A webhook is answered before its events are stored.
    AckBeforeStore,
    /// Facts are stored and the due marks of those concerned are not; the wake-up is sent only to half of them.
    NoDueMark,
    /// A user is replaced by PUT where PATCH is meant.
    PutForPatch,
    /// A user is made without a look whether there is one.
    CreateWithoutLookUp,
    /// A breaker holds back removals, those that are due by time with the others.
    BreakerHoldsDueRemovals,
    /// The clock shows the local time of the location as if it were UTC.
    LocalTime,
    /// What is about to be written is not remembered before it is.
    NoIntent,
    /// Writes have no audit record.
    NoAudit,
    /// A rotated refresh token is used before it is stored.
    TokenNotStored,
    /// Two processes may refresh one token at the same time.
    NoClaim,
    /// Groups are set as a whole, so that those of others are taken away.
    SetsGroups,
    /// Older news undoes newer.
    ArrivalOrder,
    /// The tenant document is read once and never again.
    StaleSettings,
    /// Nobody looks for those who were not woken.
    NoSweep,
    /// The end of a run forgets that facts came in meanwhile.
    LostUpdate,
    /// Hand edits are judged by half of what Brivo shows.
    HalfReading,
    /// Hand edits are undone however many there are.
    UndoneUnasked,
    /// Nobody tries again after a dozen failures.
    GivesUp,
    /// Where there is no room for a group, another one is given up for it.
    DropsHeld,
    /// Who leaves is deleted at once.
    DeletesAtOnce,
    /// Whoever is to be looked at again in a while is looked at again at once.
    ComesAtOnce,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::EdgeTriggeredRevoke,
        Self::NoLease,
        Self::AckBeforeStore,
        Self::NoDueMark,
        Self::PutForPatch,
        Self::CreateWithoutLookUp,
        Self::BreakerHoldsDueRemovals,
        Self::LocalTime,
        Self::NoIntent,
        Self::NoAudit,
        Self::TokenNotStored,
        Self::NoClaim,
        Self::SetsGroups,
        Self::ArrivalOrder,
        Self::StaleSettings,
        Self::NoSweep,
        Self::LostUpdate,
        Self::HalfReading,
        Self::UndoneUnasked,
        Self::GivesUp,
        Self::DropsHeld,
        Self::DeletesAtOnce,
        Self::ComesAtOnce,
    ];
}
