//! The access code and the mobile pass in Brivo: sending, inviting, and looking at what there is.

use brivo::{
    BrivoError, Client, Credential, Delivery, Invitation, InvitationFilter, InvitationStatus, Invited, Language,
};
use domain::{
    AccountId, BrivoUserId, CredentialId, MemberKey,
    credentials::{Credentials, PassState, PinRefusal, SealedCode},
    plan::{Plan, Write},
    tenant::Way,
};
use runtime::{
    codes::{CodePlace, open_access_code},
    courier::{CourierError, PassCode},
    tenants::TenantError,
};
use secrecy::ExposeSecret;
use state::StoreError;

use crate::{outcome::Trouble, pace::Session, run::Run};

impl Run<'_> {
    /// Whether somebody has to look at the user's credentials before anything else: because nobody did yet, because what was
    /// seen may be over, or because nobody is invited who has a pass already, no invitation taken back that became one, and no
    /// access code sent over one of somebody else's.
    pub(crate) fn has_to_see(&self, account: &AccountId, plan: &Plan) -> bool {
        let may_have_their_pin =
            || self.ledger.accounts.get(account).is_some_and(|known| known.credentials.may_have_their_pin());
        let is_needed = match plan.writes.first() {
            Some(Write::Invite { .. } | Write::CancelInvitation) => true,
            Some(Write::SetPin { .. }) => may_have_their_pin(),
            Some(
                Write::CreateUser { .. }
                | Write::LinkUser { .. }
                | Write::ChangeGroups { .. }
                | Write::PatchProfile { .. }
                | Write::SetPinEnd { .. }
                | Write::ClearPin
                | Write::RevokePass { .. }
                | Write::Suspend
                | Write::Unsuspend
                | Write::DeleteUser,
            ) => false,
            None => plan.unseen,
        };
        is_needed && !self.seen.contains(account)
    }

    /// Looks at the user's credentials, and at what became of an invitation; the ledger knows it then. One call to three.
    pub(crate) async fn see(&mut self, session: &Session, account: &AccountId) -> Result<(), BrivoError> {
        self.seen.insert(account.clone());
        let was_claimed = matches!(self.credentials(account).pass.state, PassState::Claimed { .. });
        let made = match &self.credentials(account).pass.state {
            PassState::Pending(invitation) if invitation.ours => invitation.credential,
            PassState::None
            | PassState::Pending(_)
            | PassState::Claimed { .. }
            | PassState::Cancelled
            | PassState::Expired
            | PassState::OutOfStock { .. }
            | PassState::Refused { .. } => None,
        };
        match self.see_if_claimed(session, account).await {
            Ok(()) | Err(BrivoError::Forbidden { .. }) => {}
            Err(error) => return Err(error),
        }
        let now = self.now;
        let Some(shown) = self.credentials_shown(session, account).await? else {
            self.credentials(account).hidden(now);
            return Ok(());
        };
        let pin = shown.iter().find(|credential| credential.is_pin());
        let same_as = pin.and_then(|pin| self.told_pin_like(pin));
        let known = self.credentials(account);
        known.pin_looked(pin.is_some(), same_as, now);
        let is_of_use = |credential: &Credential| !(known.pin_ended && credential.is_pin());
        let has_any = shown.iter().any(is_of_use);
        known.looked(has_any, now);
        let waits = matches!(known.pass.state, PassState::Pending(_));
        // Whether a pass is listed before its invitation is redeemed is not documented, so one that waits is none.
        if shown.iter().any(Credential::is_mobile_pass) && !waits {
            known.pass_claimed(made.filter(|made| shown.iter().any(|credential| credential.id == *made)), now);
        } else if was_claimed {
            known.pass_taken_by_others();
        }
        Ok(())
    }

    /// The access code that the platform told, if this is the same.
    fn told_pin_like(&self, shown: &Credential) -> Option<SealedCode> {
        let told = self.gathered.facts.member.as_ref()?.access_code.get()?;
        let digits = open_access_code(&self.services.sealer, &self.lease.member, told).ok()?;
        let is_same = shown.encoded_credential.as_ref()?.expose_secret() == digits.expose_secret();
        is_same.then(|| told.clone())
    }

    /// Looks at what became of the invitation that waits, so that a pass that was claimed without our notice is known to be ours.
    /// No call if none waits; else one, or two if Brivo has not told which credential it was to become.
    async fn see_if_claimed(&mut self, session: &Session, account: &AccountId) -> Result<(), BrivoError> {
        let user = self.user(account)?;
        let PassState::Pending(known) = self.credentials(account).pass.state.clone() else { return Ok(()) };
        let work =
            |brivo: Client, token| async move { brivo.invitations_of(&token, user, InvitationFilter::All).await };
        let all = session.call(work).await.map_err(|error| self.gone(account, error))?;
        let shown = all.iter().find(|invitation| invitation.id == known.id);
        match shown.map(|shown| shown.status) {
            Some(InvitationStatus::Pending | InvitationStatus::Unknown) => {
                let now = self.now;
                self.credentials(account).invitation_waits(now);
            }
            Some(InvitationStatus::Redeemed) => {
                let told = known.credential.or_else(|| shown?.credential);
                let ours = match told {
                    None if known.ours => self.pass_of(session, account, &known.address).await?,
                    Some(_) | None => told.filter(|_| known.ours),
                };
                let now = self.now;
                self.credentials(account).pass_claimed(ours, now);
            }
            Some(InvitationStatus::Cancelled) => self.credentials(account).invitation_cancelled_by_others(),
            Some(InvitationStatus::Expired) | None => self.credentials(account).invitation_expired(),
        }
        Ok(())
    }

    /// The user's only mobile pass with this pass id.
    async fn pass_of(
        &mut self,
        session: &Session,
        account: &AccountId,
        pass_id: &str,
    ) -> Result<Option<CredentialId>, BrivoError> {
        let shown = self.credentials_shown(session, account).await?.unwrap_or_default();
        let is_it = |credential: &&Credential| {
            let reference = credential.reference.as_ref().map(ExposeSecret::expose_secret);
            credential.is_mobile_pass() && reference == Some(pass_id)
        };
        let mut passes = shown.iter().filter(is_it).map(|credential| credential.id);
        let first = passes.next();
        Ok(first.filter(|_| passes.next().is_none()))
    }

    /// The user's credentials; `None` if the administrator may not look at them, which keeps nobody out.
    async fn credentials_shown(
        &mut self,
        session: &Session,
        account: &AccountId,
    ) -> Result<Option<Vec<Credential>>, BrivoError> {
        let user = self.user(account)?;
        let work = |brivo: Client, token| async move { brivo.credentials_of(&token, user).await };
        match session.call(work).await {
            Ok(shown) => Ok(Some(shown)),
            Err(BrivoError::Forbidden { .. }) => Ok(None),
            Err(error) => Err(self.gone(account, error)),
        }
    }

    /// Sends the access code. One that Brivo refuses is remembered, so that it is not sent again and again.
    pub(crate) async fn set_pin(
        &mut self,
        session: &Session,
        account: &AccountId,
        pin: &SealedCode,
    ) -> Result<(), BrivoError> {
        let user = self.user(account)?;
        let digits = open_access_code(&self.services.sealer, &self.lease.member, pin);
        let digits = &digits.map_err(|error| BrivoError::Vault(brivo::VaultError::new(error)))?;
        let work = |brivo: Client, token| async move { brivo.set_pin(&token, user, digits).await };
        let sent = session.call(work).await;
        let is_forbidden = matches!(sent, Err(BrivoError::Forbidden { .. }));
        if is_forbidden || matches!(sent, Err(BrivoError::Rejected { .. })) {
            let why = if is_forbidden { PinRefusal::Permission } else { PinRefusal::Code };
            let now = self.now;
            self.credentials(account).pin_refused(pin.clone(), (now, why));
        }
        let sent = sent.map_err(as_rejected);
        sent.map_err(|error| self.gone(account, error))?;
        self.credentials(account).pin_sent(pin.clone());
        Ok(())
    }

    /// Takes the access code away. How is not documented, so it is looked whether it is gone; one that stays gets an end.
    pub(crate) async fn clear_pin(&mut self, session: &Session, account: &AccountId) -> Result<(), BrivoError> {
        let user = self.user(account)?;
        let work = |brivo: Client, token| async move { brivo.clear_pin(&token, user).await };
        match session.call(work).await {
            Ok(()) | Err(BrivoError::Rejected { .. } | BrivoError::Unreadable { .. }) => {}
            Err(error) => return Err(self.gone(account, error)),
        }
        let work = |brivo: Client, token| async move { brivo.credentials_of(&token, user).await };
        let shown = session.call(work).await.map_err(|error| self.gone(account, error))?;
        if shown.iter().any(Credential::is_pin) {
            let over = self.now;
            let work = |brivo: Client, token| async move { brivo.set_pin_end(&token, user, Some(over)).await };
            session.call(work).await.map_err(|error| self.gone(account, error))?;
            self.ledger.account(account).pin_ended(over);
        } else {
            self.credentials(account).pin_cleared();
        }
        Ok(())
    }

    /// Invites the person to a mobile pass. That one waits already is as good; that there is none to give is remembered.
    pub(crate) async fn invite(
        &mut self,
        session: &Session,
        account: &AccountId,
        (address, by_brivo): (&str, bool),
    ) -> Result<(), BrivoError> {
        let user = self.user(account)?;
        let delivery = if by_brivo { Delivery::ByBrivo(Language::English) } else { Delivery::ByUs };
        let work = |brivo: Client, token| async move { brivo.invite(&token, user, address, delivery).await };
        match session.call(work).await.map_err(as_rejected) {
            Ok(Invited::Made(invitation)) => self.note_invitation(account, (&invitation, address), (by_brivo, true)),
            Ok(Invited::AlreadyPending) => match self.pending_invitation(session, user).await? {
                Some(invitation) => self.note_invitation(account, (&invitation, address), (by_brivo, false)),
                // It was claimed in between.
                None => Err(BrivoError::Unreadable { expected: "pending invitation" }),
            },
            Ok(Invited::NoPassLeft { message }) => {
                self.no_pass(account, PassState::OutOfStock { at: self.now });
                Err(BrivoError::Rejected { status: 412, message })
            }
            Err(error @ BrivoError::Rejected { .. }) => {
                self.no_pass(account, PassState::Refused { at: self.now });
                Err(error)
            }
            Err(error) => Err(self.gone(account, error)),
        }
    }

    /// Remembers that Brivo gave no pass; an error in the log the first time.
    fn no_pass(&mut self, account: &AccountId, state: PassState) {
        let member = self.lease.member.clone();
        let known = self.credentials(account);
        if known.pass.state.word() != state.word() {
            tracing::error!(
                member.id = %member, account.id = %account, state = state.word(),
                "brivo gives no mobile pass; the groups are in step all the same"
            );
        }
        known.not_invited(state);
    }

    /// Whether an invitation that was asked for without an answer was made.
    pub(crate) async fn read_invitation_back(
        &mut self,
        session: &Session,
        account: &AccountId,
        (address, by_brivo): (&str, bool),
    ) -> Result<bool, BrivoError> {
        let now = self.now;
        match self.credentials(account).pass.state {
            // Brivo did answer.
            PassState::OutOfStock { at } | PassState::Refused { at } if at == now => return Ok(false),
            PassState::None
            | PassState::Pending(_)
            | PassState::Claimed { .. }
            | PassState::Cancelled
            | PassState::Expired
            | PassState::OutOfStock { .. }
            | PassState::Refused { .. } => {}
        }
        let user = self.user(account)?;
        match self.pending_invitation(session, user).await {
            Ok(Some(invitation)) => {
                self.note_invitation(account, (&invitation, address), (by_brivo, true)).map(|()| true)
            }
            Ok(None) => Ok(false),
            Err(BrivoError::NotFound) => {
                self.ledger.account(account).user_gone();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the invitation back that waits. If none waits any more the person may have claimed it meanwhile.
    pub(crate) async fn cancel_invitation(&mut self, session: &Session, account: &AccountId) -> Result<(), BrivoError> {
        let user = self.user(account)?;
        let work = |brivo: Client, token| async move { brivo.cancel_invitation(&token, user).await };
        if session.call(work).await?.is_some() {
            self.credentials(account).invitation_cancelled();
            return Ok(());
        }
        self.see_if_claimed(session, account).await?;
        let is_taken_back = self.credentials(account).is_taken_back();
        if is_taken_back { Ok(()) } else { Err(BrivoError::Unreadable { expected: "cancelled invitation" }) }
    }

    /// Whether the invitation that was to be taken back is gone, or became a pass.
    pub(crate) async fn read_cancellation_back(
        &mut self,
        session: &Session,
        account: &AccountId,
    ) -> Result<bool, BrivoError> {
        match self.see_if_claimed(session, account).await {
            Ok(()) => Ok(self.credentials(account).is_taken_back()),
            // The user is gone.
            Err(BrivoError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes a mobile pass of ours away.
    pub(crate) async fn revoke_pass(
        &mut self,
        session: &Session,
        account: &AccountId,
        credential: CredentialId,
    ) -> Result<(), BrivoError> {
        let user = self.user(account)?;
        let work = |brivo: Client, token| async move { brivo.unassign_credential(&token, user, credential).await };
        session.call(work).await?;
        self.credentials(account).pass_revoked();
        Ok(())
    }

    /// Has the person told the pass code of the invitation that waits. Should this run die before it has taken note, they are told
    /// the same code once more.
    pub(crate) async fn tell(&mut self, account: &AccountId, way: Way) -> Result<Option<Trouble>, StoreError> {
        let Some(code) = self.pass_code(account) else { return Ok(None) };
        let told = match code {
            Ok(code) => self.services.courier.deliver(&self.gathered.tenant, way, &code, self.now).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(()) => {
                self.credentials(account).pass_code_told();
                self.remember_so_far().await?;
                Ok(None)
            }
            Err(error) => Ok(Some(Trouble::Courier(error))),
        }
    }

    /// The pass code of the invitation that waits, with what its person is to be told; `None` if none waits.
    fn pass_code(&self, account: &AccountId) -> Option<Result<PassCode, CourierError>> {
        let known = self.ledger.accounts.get(account)?;
        let PassState::Pending(invitation) = &known.credentials.pass.state else { return None };
        let MemberKey { tenant, member } = &self.lease.member;
        let place = CodePlace { tenant, account, invitation: invitation.id };
        let pass_code = match place.open(&self.services.sealer, invitation.code.as_ref()?) {
            Ok(code) => code,
            Err(source) => {
                let error = TenantError::Sealing { place: "pass_code".to_owned(), source };
                return Some(Err(CourierError::Secret(error)));
            }
        };
        let booking = self.with_case(|case, _| case.next_booking(account));
        Some(Ok(PassCode {
            invitation: invitation.id,
            credential: invitation.credential,
            member: member.clone(),
            first_name: known.profile.as_ref().map(|profile| profile.first.clone()),
            pass_id: invitation.address.clone(),
            pass_code,
            expires_at: invitation.expires_at,
            starts_at: booking.as_ref().map(|(starts, _)| *starts),
            location: booking.and_then(|(_, location)| location),
        }))
    }

    async fn pending_invitation(&self, session: &Session, user: BrivoUserId) -> Result<Option<Invitation>, BrivoError> {
        let work =
            |brivo: Client, token| async move { brivo.invitations_of(&token, user, InvitationFilter::Pending).await };
        Ok(session.call(work).await?.into_iter().next())
    }

    /// Remembers an invitation that waits; the pass code sealed.
    fn note_invitation(
        &mut self,
        account: &AccountId,
        (made, asked): (&Invitation, &str),
        (told, ours): (bool, bool),
    ) -> Result<(), BrivoError> {
        let address = made.address.as_ref().map_or(asked, ExposeSecret::expose_secret).to_owned();
        let place = CodePlace { tenant: &self.lease.member.tenant, account, invitation: made.id };
        let sealed = made.pass_code.as_ref().map(|code| place.seal(&self.services.sealer, code));
        let code = sealed.transpose().map_err(|error| BrivoError::Vault(brivo::VaultError::new(error)))?;
        let invitation = domain::credentials::Invitation {
            id: made.id,
            credential: made.credential,
            address,
            code,
            expires_at: made.expires_at,
            told,
            ours,
        };
        let now = self.now;
        self.credentials(account).invited(invitation, now);
        Ok(())
    }

    fn credentials(&mut self, account: &AccountId) -> &mut Credentials {
        &mut self.ledger.account(account).credentials
    }
}

/// A permission that lacks is a refusal like others: it is told, and keeps nothing else back.
fn as_rejected(error: BrivoError) -> BrivoError {
    if let BrivoError::Forbidden { message } = error { BrivoError::Rejected { status: 403, message } } else { error }
}
