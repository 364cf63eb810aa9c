//! The calls about the cards, codes and passes that a user has.

use domain::BrivoUserId;
use reqwest::{Method, header::CONTENT_LENGTH};

use super::{Client, USER};
use crate::{
    AccessToken, BrivoError, Credential, CredentialId, User, Validity,
    wire::{List, ValidityBody},
};

const CREDENTIALS: &str = "list of credentials";

impl Client {
    /// The user's cards, code and passes, in one call: this list has no pages.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] after somebody deleted the user.
    ///
    /// Source: Brivo API, `GET /users/{id}/credentials`, 2026-09-28; that it has no pages recorded 2017-09-13.
    pub async fn credentials_of(&self, token: &AccessToken, user: BrivoUserId) -> Result<Vec<Credential>, BrivoError> {
        let request = self.api(token, Method::GET, &format!("users/{user}/credentials"))?;
        let list: List<Credential> = self.answer("credentials of user", request, CREDENTIALS).await?;
        list.entries().ok_or(BrivoError::Unreadable { expected: CREDENTIALS })
    }

    /// Whose the credential is; `None` if it is nobody's or does not exist.
    ///
    /// Worth asking before [`Self::assign_credential`], for nobody documents what that does to another user's card.
    ///
    /// # Errors
    /// Any [`BrivoError`] but [`BrivoError::NotFound`].
    ///
    /// Source: Brivo API, `GET /credentials/{id}/user`, 2025-11-25.
    pub async fn holder_of(
        &self,
        token: &AccessToken,
        credential: CredentialId,
    ) -> Result<Option<BrivoUserId>, BrivoError> {
        let request = self.api(token, Method::GET, &format!("credentials/{credential}/user"))?;
        match self.answer::<User>("user of credential", request, USER).await {
            Ok(user) => Ok(Some(user.id)),
            Err(BrivoError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives the credential to the user, or sets from when until when one that the user has is good.
    ///
    /// With both bounds `None`, a credential the user has stays as it is, and a new one is good from now on without end.
    /// With an end alone, the start stays or is now. How an end is taken away again is not documented. The dates of an
    /// access code are those of the user: see [`Self::set_pin_end`]. In whole seconds, a fraction makes it shorter.
    ///
    /// # Errors
    /// Any [`BrivoError`]. [`BrivoError::Rejected`] with status 400 if the credential cannot be assigned, which is assumed
    /// to be how another user's shows; [`BrivoError::NotFound`] means the user, perhaps the credential. Safe to repeat.
    ///
    /// Source: Brivo API, `PUT /users/{id}/credentials/{id}`, 2025-11-25 and 2026-09-28.
    pub async fn assign_credential(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        credential: CredentialId,
        validity: Validity,
    ) -> Result<(), BrivoError> {
        let path = format!("users/{user}/credentials/{credential}");
        let request = self.api(token, Method::PUT, &path)?.json(&ValidityBody::from(validity));
        self.done("assign credential", request).await
    }

    /// Takes the credential from the user: a card is free for others again, a redeemed mobile pass is revoked.
    ///
    /// An invitation that still waits to be redeemed is not: see [`Self::cancel_invitation`]. What the user does not have
    /// is as good as taken; a user hidden from the connected administrator looks the same.
    ///
    /// # Errors
    /// Any [`BrivoError`] but [`BrivoError::NotFound`]. Safe to repeat as long as nobody assigns it anew.
    ///
    /// Source: Brivo API, `DELETE /users/{id}/credentials/{id}`, 2026-09-28; for passes also how Brivo's own mobile tests
    /// clean up. That 404 means done is inferred.
    pub async fn unassign_credential(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        credential: CredentialId,
    ) -> Result<(), BrivoError> {
        let request = self.api(token, Method::DELETE, &format!("users/{user}/credentials/{credential}"))?;
        match self.done("unassign credential", request).await {
            Ok(()) | Err(BrivoError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes all credentials but face prints from a user who is suspended, and cancels the invitation to a mobile pass.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Rejected`] with status 400 if the user is not suspended. Safe to repeat: what is
    /// gone stays gone.
    ///
    /// Source: Brivo API, `POST /users/{id}/revoke-credentials`, 2026-09-28; older documents lack it.
    pub async fn revoke_credentials(&self, token: &AccessToken, user: BrivoUserId) -> Result<(), BrivoError> {
        let request = self.api(token, Method::POST, &format!("users/{user}/revoke-credentials"))?;
        // Of itself the client names no length where there is no body, and gateways refuse such a POST with 411.
        let request = request.header(CONTENT_LENGTH, 0);
        self.done("revoke credentials", request).await
    }
}
