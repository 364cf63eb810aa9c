//! What is written of a person's credentials: the access code that the platform tells, and the invitation to a mobile pass.

use jiff::{SignedDuration, Timestamp};

use super::{Person, Plan, Write};
use crate::{
    access::{Desired, Nearness},
    credentials::{
        Credentials, Invitation, MobilePass, PASS_AGAIN, PassState, PinRefusal, RefusedPin, SealedCode, Seen, Sender,
        TheirPin,
    },
    facts::Stamped,
    ledger::AccountLedger,
    policy::{Credential, Policy, ProfileField, ProfileMode},
};

/// When an access code that Brivo refused is tried again: whoever has it may have given it back. So may the person theirs,
/// because of which ours was not sent.
const PIN_AGAIN: SignedDuration = SignedDuration::from_hours(6);

/// When an access code is tried again that we were not permitted to set: a person has to see to that, for everybody at once.
const PERMISSION_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// When it is looked again whether somebody who waits for a credential has one.
const LOOK_FOR_CREDENTIAL: SignedDuration = SignedDuration::from_hours(24);

/// The same where staff gives credentials and works with the list of those who wait: it is looked again after as long as the person
/// has waited already, no sooner than this. Staff acts on news, so the list is right within the hour for those who came today, and
/// whoever waits for weeks costs a call a day.
const LOOK_FOR_STAFF: SignedDuration = SignedDuration::from_hours(1);

/// What the platform says of a person's access code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToldPin<'a> {
    /// Nothing: then none is touched.
    #[default]
    Nothing,
    /// That there is none.
    None,
    /// This one.
    Code(&'a SealedCode),
}

impl<'a> ToldPin<'a> {
    /// What was told of it last.
    pub(crate) fn of(told: &'a Stamped<SealedCode>) -> Self {
        match told.get() {
            Some(code) => Self::Code(code),
            None if told.is_blank() => Self::Nothing,
            None => Self::None,
        }
    }
}

/// What a person is to have of credentials.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// The access code.
    pub pin: ToldPin<'a>,
    /// Who brings the code of a mobile pass to the person, if one is wanted.
    pub sender: Option<Sender>,
    /// The latest instant, now at most, from which on the person is to be invited.
    pub notify_at: Option<Timestamp>,
    /// The first such instant after now.
    pub notify_next: Option<Timestamp>,
}

/// Why somebody has no mobile pass though one is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPass {
    /// No e-mail address is sent to Brivo, and a pass needs one.
    NoAddress,
    /// Brivo has none left.
    OutOfStock,
    /// The account is without mobile passes, or the connected administrator may not give them.
    Refused,
}

impl NoPass {
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::NoAddress => {
                "no mobile pass: Brivo has no e-mail address of this member; tell one, and have email in profile_fields"
            }
            Self::OutOfStock => {
                "no mobile pass: the Brivo account has none left; buy some or take some back, the groups are in step all the same"
            }
            Self::Refused => {
                "no mobile pass: Brivo refuses to give one; switch Brivo Mobile Pass on in the Brivo account, and let the \
                 connected administrator give it, the groups are in step all the same"
            }
        }
    }
}

/// Adds what is to be written of credentials, after everything that opens or closes doors.
pub(super) fn plan_credentials(
    plan: &mut Plan,
    desired: &Desired,
    ledger: &AccountLedger,
    person: Person<'_>,
    (policy, now): (&Policy, Timestamp),
) {
    let wanted = person.wanted;
    plan_pin(plan, &ledger.credentials, (wanted.pin, desired.nearness), (policy, now));
    // What Brivo has, as far as we know; a user who was found has the address by which they were.
    let profile = ledger.profile.as_ref().or(person.profile);
    let address = profile.and_then(|profile| profile.email.as_deref());
    plan_pass(plan, desired.nearness, (&ledger.credentials.pass, address), wanted, now);
    if desired.nearness == Nearness::Near && (wanted.sender.is_some() || policy.credential == Credential::None) {
        plan_look(plan, ledger.credentials.seen, policy.credential, now);
    }
}

/// A code that somebody else gave is not written over. Once it is gone ours is sent: before that Brivo is looked at, as before any
/// code that is sent to a user who may have another.
fn plan_pin(
    plan: &mut Plan,
    known: &Credentials,
    (told, nearness): (ToldPin<'_>, Nearness),
    (policy, now): (&Policy, Timestamp),
) {
    if !policy.profile_fields.contains(&ProfileField::Pin) {
        return;
    }
    let follows = policy.profile_mode.get(&ProfileField::Pin) == Some(&ProfileMode::Continuous);
    let pin = match told {
        ToldPin::Nothing => return,
        ToldPin::None => {
            if follows && known.pin.is_some() {
                plan.writes.push(Write::ClearPin);
            }
            return;
        }
        ToldPin::Code(pin) => pin,
    };
    if known.pin.as_ref() == Some(pin) || (known.pin.is_some() && !follows) {
        return;
    }
    match &known.their_pin {
        Some(TheirPin { same_as: Some(same), .. }) if same == pin => return,
        Some(TheirPin { looked_at, .. }) if is_soon_after(*looked_at, PIN_AGAIN, now) => {
            plan.pin_withheld = true;
            if nearness == Nearness::Near {
                plan.look_again(*looked_at, PIN_AGAIN);
            }
            return;
        }
        Some(_) | None => {}
    }
    match &known.refused_pin {
        Some(RefusedPin { pin: refused, at, why }) if refused == pin && is_soon_after(*at, after(*why), now) => {
            plan.pin_refused = Some(*why);
            plan.look_again(*at, after(*why));
        }
        Some(_) | None => plan.writes.push(Write::SetPin { pin: pin.clone() }),
    }
}

/// How long after a refusal an access code is tried again.
fn after(why: PinRefusal) -> SignedDuration {
    match why {
        PinRefusal::Code => PIN_AGAIN,
        PinRefusal::Permission => PERMISSION_AGAIN,
    }
}

/// A pass that was claimed may have been taken away by staff, which nobody tells us: it is looked at once for each new reason, and
/// not daily, because there are as many passes as people. Only a look that shows none lets another invitation go out.
fn plan_pass(
    plan: &mut Plan,
    nearness: Nearness,
    (pass, address): (&MobilePass, Option<&str>),
    wanted: Wanted<'_>,
    now: Timestamp,
) {
    if let PassState::Pending(invitation) = &pass.state {
        let is_of_no_use =
            nearness == Nearness::None || pass.again || address.is_some_and(|address| address != invitation.address);
        if invitation.ours && is_of_no_use {
            plan.writes.push(Write::CancelInvitation);
        } else {
            plan_pending(plan, invitation, wanted.sender, now);
        }
        return;
    }
    let Some(sender) = wanted.sender.filter(|_| nearness != Nearness::None) else { return };
    if let Some(next) = wanted.notify_next {
        plan.look_at(next);
    }
    let served = pass.invited_at.max(pass.looked_at);
    let is_new = wanted.notify_at.is_some_and(|at| served.is_none_or(|before| before < at));
    if !is_new && !pass.again {
        return;
    }
    if matches!(pass.state, PassState::Claimed { .. }) {
        plan.unseen = true;
        return;
    }
    let Some(address) = address else {
        plan.no_pass = Some(NoPass::NoAddress);
        return;
    };
    let (refused_at, why) = match pass.state {
        PassState::OutOfStock { at } => (Some(at), NoPass::OutOfStock),
        PassState::Refused { at } => (Some(at), NoPass::Refused),
        PassState::None
        | PassState::Pending(_)
        | PassState::Claimed { .. }
        | PassState::Cancelled
        | PassState::Expired => (None, NoPass::Refused),
    };
    match refused_at {
        Some(at) if is_soon_after(at, PASS_AGAIN, now) => {
            plan.no_pass = Some(why);
            plan.look_again(at, PASS_AGAIN);
        }
        Some(_) | None => {
            plan.writes.push(Write::Invite { address: address.to_owned(), by_brivo: sender == Sender::Brivo });
        }
    }
}

fn plan_pending(plan: &mut Plan, invitation: &Invitation, sender: Option<Sender>, now: Timestamp) {
    if let Some(at) = invitation.expires_at {
        if at <= now {
            plan.unseen = true;
            return;
        }
        plan.look_at(at);
    }
    plan.tell = match sender {
        Some(Sender::Us(way)) if !invitation.told && invitation.code.is_some() => Some(way),
        Some(Sender::Us(_) | Sender::Brivo) | None => None,
    };
}

fn plan_look(plan: &mut Plan, seen: Seen, way: Credential, now: Timestamp) {
    match seen {
        Seen::Nothing { since, looked_at } => {
            let after = match way {
                Credential::None => looked_at.duration_since(since).max(LOOK_FOR_STAFF).min(LOOK_FOR_CREDENTIAL),
                Credential::BrivoMail | Credential::CodeMail | Credential::AppHook => LOOK_FOR_CREDENTIAL,
            };
            if is_soon_after(looked_at, after, now) {
                plan.look_again(looked_at, after);
            } else {
                plan.unseen = true;
            }
        }
        Seen::Unlooked => plan.unseen = true,
        Seen::Something => {}
    }
}

/// All credentials of ours, to be taken away.
pub(super) fn revoked(known: &Credentials) -> Vec<Write> {
    let pin = known.pin.is_some().then_some(Write::ClearPin);
    let pass = match &known.pass.state {
        PassState::Pending(invitation) if invitation.ours => Some(Write::CancelInvitation),
        PassState::Claimed { ours } => ours.map(|credential| Write::RevokePass { credential }),
        PassState::None
        | PassState::Pending(_)
        | PassState::Cancelled
        | PassState::Expired
        | PassState::OutOfStock { .. }
        | PassState::Refused { .. } => None,
    };
    pin.into_iter().chain(pass).collect()
}

fn is_soon_after(at: Timestamp, after: SignedDuration, now: Timestamp) -> bool {
    at.checked_add(after).is_ok_and(|again| now < again)
}
