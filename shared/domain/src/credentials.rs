//! What opens doors for a person in one Brivo account, as far as it is ours: the access code (PIN) and the mobile pass.
//!
//! Credentials that somebody else gave are recognised and never touched.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{CredentialId, InvitationId, tenant::Way};

/// A code, sealed: equal texts are the same code, and what the code is cannot be told here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedCode(String);

impl SealedCode {
    /// Takes what was sealed.
    pub fn new(sealed: impl Into<String>) -> Self {
        Self(sealed.into())
    }

    /// The sealed text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SealedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedCode(..)")
    }
}

/// What is known of a user's credentials, and what of them is ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Whether the user has anything that opens doors.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seen: Seen,
    /// The access code that we sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<SealedCode>,
    /// Brivo kept the access code that it was to clear, so it was given an end in the past: it opens nothing, and is to stay so.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pin_ended: bool,
    /// A code of ours was sent and Brivo's answer got lost, so one that is there may be ours.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pin_unanswered: bool,
    /// The user's access code that somebody else gave, and that is therefore not written over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub their_pin: Option<TheirPin>,
    /// An access code that Brivo refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_pin: Option<RefusedPin>,
    /// The mobile pass.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pass: MobilePass,
}

/// Whether a user has anything that opens doors, as far as somebody looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// Nobody looked.
    #[default]
    Unlooked,
    /// Nothing: the person waits for a credential.
    Nothing {
        /// Since when, as far as we know.
        since: Timestamp,
        /// When somebody looked last.
        looked_at: Timestamp,
    },
    /// A card, a fob, a code or a pass.
    Something,
}

/// An access code that Brivo refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedPin {
    /// The code.
    pub pin: SealedCode,
    /// When.
    pub at: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "is_default")]
    pub why: PinRefusal,
}

/// Why Brivo refused an access code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinRefusal {
    /// The code: somebody else has it, or it is too simple.
    #[default]
    Code,
    /// The administrator whose login we have may not set access codes.
    Permission,
}

/// An access code that we did not send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TheirPin {
    /// When somebody looked last.
    pub looked_at: Timestamp,
    /// The code that the platform told, if it is this very one: then there is nothing to send, and it is not ours all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<SealedCode>,
}

/// A user's mobile pass, from the invitation on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobilePass {
    /// How far it has come.
    #[serde(flatten)]
    pub state: PassState,
    /// When the person was invited last for a reason that may still stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_at: Option<Timestamp>,
    /// When somebody looked last whether a pass that was claimed is still there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<Timestamp>,
    /// Somebody asked to invite the person again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub again: bool,
}

/// How far a mobile pass has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PassState {
    /// There is none, and nobody was invited.
    #[default]
    None,
    /// An invitation waits for the person.
    Pending(Box<Invitation>),
    /// The person has a pass.
    Claimed {
        /// The credential, if we made it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ours: Option<CredentialId>,
    },
    /// The invitation was taken back.
    Cancelled,
    /// Nobody claimed it in time.
    Expired,
    /// Brivo has no pass left.
    OutOfStock {
        /// When Brivo said so last.
        at: Timestamp,
    },
    /// The account is without mobile passes, or the connected administrator may not give them.
    Refused {
        /// When Brivo said so last.
        at: Timestamp,
    },
}

impl PassState {
    /// The state's name, as shown to operators.
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending(_) => "pending",
            Self::Claimed { .. } => "claimed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::OutOfStock { .. } => "out_of_stock",
            Self::Refused { .. } => "refused",
        }
    }
}

/// An invitation that waits for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Brivo's id.
    pub id: InvitationId,
    /// The credential that it becomes, if Brivo told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// The e-mail address it is for: the pass id.
    pub address: String,
    /// The pass code, if Brivo told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<SealedCode>,
    /// When it expires, if Brivo told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether the person has been told: by Brivo's mail, by our mail or by the operator's application.
    pub told: bool,
    /// Whether we made it; one that staff made is not taken back.
    pub ours: bool,
}

/// What a person waits for who cannot open doors yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waits {
    /// A card, a fob or a pass, from staff.
    Credential,
    /// Another access code: Brivo refused the one the platform tells.
    OtherCode,
    /// The permission to set access codes, which the administrator whose login we have lacks.
    Permission,
    /// Nothing but claiming the pass.
    Claim,
    /// Another invitation: nobody claimed the last one in time.
    Invitation,
    /// A free mobile pass in the Brivo account.
    Stock,
    /// Mobile passes being switched on in the Brivo account.
    Feature,
}

impl Credentials {
    /// Those of a user whom we made just now.
    pub fn of_new_user(now: Timestamp) -> Self {
        Self { seen: Seen::Nothing { since: now, looked_at: now }, ..Self::default() }
    }

    /// Whether nothing is known and nothing is ours.
    pub(crate) fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// What the person waits for, who has nothing that opens doors or not what the platform says; `None` if for nothing.
    pub fn waits_for(&self) -> Option<Waits> {
        match &self.pass.state {
            PassState::Pending(_) => return Some(Waits::Claim),
            PassState::Expired => return Some(Waits::Invitation),
            PassState::OutOfStock { .. } => return Some(Waits::Stock),
            PassState::Refused { .. } => return Some(Waits::Feature),
            PassState::None | PassState::Claimed { .. } | PassState::Cancelled => {}
        }
        match (self.refused_pin.as_ref().map(|refused| refused.why), self.seen) {
            (Some(PinRefusal::Code), _) => Some(Waits::OtherCode),
            (Some(PinRefusal::Permission), _) => Some(Waits::Permission),
            (None, Seen::Nothing { .. }) => Some(Waits::Credential),
            (None, Seen::Unlooked | Seen::Something) => None,
        }
    }

    /// Brivo took the access code.
    pub fn pin_sent(&mut self, pin: SealedCode) {
        (self.pin, self.refused_pin, self.seen) = (Some(pin), None, Seen::Something);
        (self.pin_ended, self.pin_unanswered, self.their_pin) = (false, false, None);
    }

    /// Brivo refused the access code; the one before, if any, still opens doors.
    pub fn pin_refused(&mut self, pin: SealedCode, (at, why): (Timestamp, PinRefusal)) {
        self.refused_pin = Some(RefusedPin { pin, at, why });
    }

    /// Nobody knows whether Brivo took the access code, unless it refused it at this instant.
    pub fn pin_unanswered(&mut self, pin: &SealedCode, now: Timestamp) {
        let is_refused = |refused: &RefusedPin| refused.pin == *pin && refused.at == now;
        self.pin_unanswered |= !self.refused_pin.as_ref().is_some_and(is_refused);
    }

    /// Whether an access code that the user may have cannot be ours, so that somebody has to look before one is sent over it.
    pub fn may_have_their_pin(&self) -> bool {
        self.pin.is_none() && !self.pin_ended && !self.pin_unanswered
    }

    /// Somebody looked: the user has an access code, the very one `same_as` or another; or has none.
    pub fn pin_looked(&mut self, has_pin: bool, same_as: Option<SealedCode>, now: Timestamp) {
        let is_theirs = has_pin && self.may_have_their_pin();
        self.their_pin = is_theirs.then_some(TheirPin { looked_at: now, same_as });
    }

    /// Nobody may look. Of a user of whom nothing is known the access code counts as somebody else's; a pass counts as still there.
    pub fn hidden(&mut self, now: Timestamp) {
        self.pin_looked(self.seen == Seen::Unlooked, None, now);
        if matches!(self.pass.state, PassState::Claimed { .. }) {
            self.pass.looked_at = Some(now);
        }
    }

    /// Our access code is gone; whether there is something else nobody knows.
    pub fn pin_cleared(&mut self) {
        (self.pin, self.refused_pin, self.seen) = (None, None, Seen::Unlooked);
        self.pin_unanswered = false;
    }

    /// An invitation waits for the person since `now`.
    pub fn invited(&mut self, invitation: Invitation, now: Timestamp) {
        let state = PassState::Pending(Box::new(invitation));
        self.pass = MobilePass { state, invited_at: Some(now), ..MobilePass::default() };
    }

    /// Brivo gave no invitation; it is asked again after a while.
    pub fn not_invited(&mut self, state: PassState) {
        self.pass.state = state;
    }

    /// The invitation was taken back, so that another one can follow.
    pub fn invitation_cancelled(&mut self) {
        let again = self.pass.again;
        self.pass = MobilePass { state: PassState::Cancelled, again, ..MobilePass::default() };
    }

    /// Somebody else took the invitation back, who does not want another to follow at once.
    pub fn invitation_cancelled_by_others(&mut self) {
        self.pass.state = PassState::Cancelled;
    }

    /// The invitation still waits, whatever its end says: Brivo's clock decides, and is asked again after a while.
    pub fn invitation_waits(&mut self, now: Timestamp) {
        if let PassState::Pending(invitation) = &mut self.pass.state {
            let soon = now.checked_add(PASS_AGAIN).unwrap_or(Timestamp::MAX);
            invitation.expires_at = invitation.expires_at.map(|end| if end <= now { soon } else { end });
        }
    }

    /// The person has been told the pass code.
    pub fn pass_code_told(&mut self) {
        if let PassState::Pending(invitation) = &mut self.pass.state {
            invitation.told = true;
        }
    }

    /// Somebody saw that the person has a mobile pass: this one of ours, or one that somebody else gave.
    pub fn pass_claimed(&mut self, ours: Option<CredentialId>, now: Timestamp) {
        let known = match self.pass.state {
            PassState::Claimed { ours } => ours,
            PassState::None
            | PassState::Pending(_)
            | PassState::Cancelled
            | PassState::Expired
            | PassState::OutOfStock { .. }
            | PassState::Refused { .. } => None,
        };
        (self.pass.state, self.pass.again) = (PassState::Claimed { ours: ours.or(known) }, false);
        (self.pass.looked_at, self.seen) = (Some(now), Seen::Something);
    }

    /// Somebody took the pass away in Brivo. They do not want an invitation to follow at once: the reasons so far count as served,
    /// and the next one, or whoever asks, brings another. Until then the person is listed as waiting if nothing else opens doors.
    pub fn pass_taken_by_others(&mut self) {
        let MobilePass { invited_at, looked_at, again, .. } = self.pass;
        self.pass = MobilePass { invited_at: invited_at.max(looked_at), again, ..MobilePass::default() };
    }

    /// Whether the invitation that was to be taken back waits no more; unless it was claimed, another can follow.
    pub fn is_taken_back(&mut self) -> bool {
        match self.pass.state {
            PassState::Pending(_) => return false,
            PassState::Claimed { .. } => {}
            PassState::None
            | PassState::Cancelled
            | PassState::Expired
            | PassState::OutOfStock { .. }
            | PassState::Refused { .. } => self.invitation_cancelled(),
        }
        true
    }

    /// Our pass was taken away.
    pub fn pass_revoked(&mut self) {
        (self.pass, self.seen) = (MobilePass::default(), Seen::Unlooked);
    }

    /// Nobody claimed the invitation in time.
    pub fn invitation_expired(&mut self) {
        self.pass.state = PassState::Expired;
    }

    /// Somebody looked: the user has something that opens doors, or nothing.
    pub fn looked(&mut self, has_any: bool, now: Timestamp) {
        self.seen = match (has_any, self.seen) {
            (true, _) => Seen::Something,
            (false, Seen::Nothing { since, .. }) => Seen::Nothing { since, looked_at: now },
            (false, Seen::Unlooked | Seen::Something) => Seen::Nothing { since: now, looked_at: now },
        };
    }
}

/// Who brings the pass code to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Brivo, with an e-mail of its own.
    Brivo,
    /// We, by the tenant's own way.
    Us(Way),
}

/// When Brivo is asked again for a pass where it had none, gave none, or keeps one waiting for longer than it said.
pub(crate) const PASS_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How long before the person's access begins the invitation is made, where no policy times it. Invitations are good for 72
/// hours, so that one made much earlier might not be any more.
const INVITE_AHEAD: SignedDuration = SignedDuration::from_hours(24);

impl Sender {
    /// How long before `notify_lead` the person is invited.
    pub(crate) fn ahead(self) -> SignedDuration {
        match self {
            Self::Brivo | Self::Us(Way::App) => INVITE_AHEAD,
            Self::Us(Way::Mail) => SignedDuration::ZERO,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
