//! The calls about mobile passes: a member is invited, and what the invitation becomes is a credential like others.

use domain::BrivoUserId;
use reqwest::Method;

use super::Client;
use crate::{
    AccessToken, BrivoError, Delivery, Invitation, InvitationFilter, InvitationStatus, Invited, Language, Page,
    PassAllotment, paging::read_whole, wire::InvitationBody,
};

const INVITATION: &str = "digital invitation";
const INVITATIONS: &str = "list of digital invitations";

impl Client {
    /// Invites the user to a mobile pass with `address` as pass id, which is to be an address the user's profile has.
    ///
    /// The invitation carries the pass code, and the id of the credential it will become, which is to be kept. For a
    /// telephone's wallet it is not good: that is sold apart. There is no call to send it again: cancel it and ask anew.
    ///
    /// # Errors
    /// Any [`BrivoError`]; that one is pending and that no pass is left are not errors but [`Invited`].
    /// [`BrivoError::Forbidden`] if the account is without mobile passes or the administrator may not give them;
    /// [`BrivoError::NotFound`] means the user. Not safe to repeat: after [`BrivoError::outcome_unknown`], which includes
    /// the undocumented 418, ask once more only if [`Self::invitations_of`] shows none pending.
    ///
    /// Source: Brivo API, `POST /users/{id}/credentials/digital-invitations`, 2026-09-28. The 412 is documented for wallet
    /// passes and assumed for mobile passes; a 403 in its place is possible.
    pub async fn invite(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        address: &str,
        delivery: Delivery,
    ) -> Result<Invited, BrivoError> {
        let (mail, language) = match delivery {
            Delivery::ByBrivo(language) => ("true", language),
            Delivery::ByUs => ("false", Language::default()),
        };
        let query = [("sendInvitationEmail", mail), ("nfcEnabled", "false"), ("language", language.code())];
        let request = self.api(token, Method::POST, &invitations(user))?.query(&query);
        match self.called("invite", request.json(&InvitationBody { reference_id: address })).await {
            Ok(answer) => Ok(Invited::Made(answer.json(INVITATION)?)),
            Err(BrivoError::Rejected { status: 409, .. }) => Ok(Invited::AlreadyPending),
            Err(BrivoError::Rejected { status: 412, message }) => Ok(Invited::NoPassLeft { message }),
            Err(error) => Err(error),
        }
    }

    /// A page of the user's invitations.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] means the user.
    ///
    /// Source: Brivo API, `GET /users/{id}/credentials/digital-invitations`, 2026-09-28.
    pub async fn invitations(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        filter: InvitationFilter,
        offset: usize,
    ) -> Result<Page<Invitation>, BrivoError> {
        let request = self.api(token, Method::GET, &invitations(user))?.query(&[("filter", filter.query())]);
        self.page_of(request, offset, INVITATIONS).await
    }

    /// All of the user's invitations of one kind, or of every kind: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn invitations_of(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        filter: InvitationFilter,
    ) -> Result<Vec<Invitation>, BrivoError> {
        let key = |invitation: &Invitation| invitation.id;
        read_whole(|offset| self.invitations(token, user, filter, offset), key).await
    }

    /// Cancels the invitation that waits for the user, and answers it as it is then; `None` if none waits.
    ///
    /// **A pass that was redeemed stays good**: take it away with [`Self::unassign_credential`] before this, for it may be
    /// redeemed in between.
    ///
    /// # Errors
    /// Any [`BrivoError`] but [`BrivoError::NotFound`]; [`BrivoError::Unreadable`] too if the answer shows that it is not
    /// cancelled. Safe to repeat.
    ///
    /// Source: Brivo API, `DELETE /users/{id}/credentials/digital-invitations`, 2026-09-28. That a redeemed one gives a
    /// 404 is assumed; a user who does not exist gives one too.
    pub async fn cancel_invitation(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
    ) -> Result<Option<Invitation>, BrivoError> {
        let request = self.api(token, Method::DELETE, &invitations(user))?;
        let answer = match self.called("cancel invitation", request).await {
            Err(BrivoError::NotFound) => return Ok(None),
            outcome => outcome?,
        };
        if answer.status == 204 {
            return Ok(None);
        }
        let shown: Invitation = answer.json(INVITATION)?;
        match shown.status {
            InvitationStatus::Cancelled => Ok(Some(shown)),
            InvitationStatus::Pending
            | InvitationStatus::Redeemed
            | InvitationStatus::Expired
            | InvitationStatus::Unknown => Err(BrivoError::Unreadable { expected: INVITATION }),
        }
    }

    /// How many mobile passes the account has, and how many of them are in use.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Forbidden`] is assumed to be how an account without mobile passes shows.
    ///
    /// Source: Brivo API, `GET /credentials/digital/allotment`, 2026-09-28.
    pub async fn pass_allotment(&self, token: &AccessToken) -> Result<PassAllotment, BrivoError> {
        let request = self.api(token, Method::GET, "credentials/digital/allotment")?;
        self.answer("pass allotment", request, "pass allotment").await
    }
}

fn invitations(user: BrivoUserId) -> String {
    format!("users/{user}/credentials/digital-invitations")
}
