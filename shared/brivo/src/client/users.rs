//! The calls about one user or all users beyond making one: leaving, adoption, drift and the end of an access code.
//!
//! A user is changed with PATCH of the one member that is meant, never with PUT, which takes away what it does not repeat.

use domain::{BrivoUserId, ExternalId};
use jiff::Timestamp;
use reqwest::Method;

use super::{Client, USER, USERS};
use crate::{
    AccessToken, BrivoError, Page, User,
    paging::read_whole,
    wire::{PinEndBody, ReferenceBody, Suspension, SuspensionBody},
};

const SUSPENSION: &str = "suspension";

impl Client {
    /// The user with that id, with addresses and the end of the access code.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] after somebody deleted it.
    ///
    /// Source: Brivo API, `GET /users/{id}`, 2026-09-28.
    pub async fn user(&self, token: &AccessToken, user: BrivoUserId) -> Result<User, BrivoError> {
        let request = self.api(token, Method::GET, &format!("users/{user}"))?;
        let found: User = self.answer("user", request, USER).await?;
        if found.id == user { Ok(found) } else { Err(BrivoError::Unreadable { expected: USER }) }
    }

    /// A page of all users with their addresses, without the ends of their access codes.
    ///
    /// There is no filter by address or reference, so that looking for an address means reading every page. The list of
    /// 2017 left addresses out, that of 2025 shows them; whoever has none here may have some in [`Self::user`].
    ///
    /// # Errors
    /// Any [`BrivoError`].
    ///
    /// Source: Brivo API, `GET /users` and filters, 2026-09-28; slim items recorded 2017-09-13.
    pub async fn users(&self, token: &AccessToken, offset: usize) -> Result<Page<User>, BrivoError> {
        self.page(token, "users", offset, USERS).await
    }

    /// All users of the account: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn all_users(&self, token: &AccessToken) -> Result<Vec<User>, BrivoError> {
        read_whole(|offset| self.users(token, offset), |user| user.id).await
    }

    /// Whether the user is suspended: groups and credentials stay, doors do not open.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    ///
    /// Source: Brivo API, `GET /users/{id}/suspended`, 2026-09-28.
    pub async fn suspended(&self, token: &AccessToken, user: BrivoUserId) -> Result<bool, BrivoError> {
        let request = self.api(token, Method::GET, &format!("users/{user}/suspended"))?;
        let shown: Suspension = self.answer("suspended", request, SUSPENSION).await?;
        if shown.is_of(user) { Ok(shown.suspended) } else { Err(BrivoError::Unreadable { expected: SUSPENSION }) }
    }

    /// Suspends the user or takes the suspension back; groups and credentials stay as they are.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Unreadable`] too if the answer shows another state than was asked for. Safe to
    /// repeat.
    ///
    /// Source: Brivo API, `PUT /users/{id}/suspended`, 2026-09-28.
    pub async fn set_suspended(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        suspended: bool,
    ) -> Result<(), BrivoError> {
        let request = self.api(token, Method::PUT, &format!("users/{user}/suspended"))?;
        let answer = self.called("set suspended", request.json(&SuspensionBody { suspended })).await?;
        if answer.status == 204 {
            return Ok(());
        }
        let shown: Suspension = answer.json(SUSPENSION)?;
        if shown.is_of(user) && shown.suspended == suspended {
            Ok(())
        } else {
            Err(BrivoError::Unreadable { expected: SUSPENSION })
        }
    }

    /// Deletes the user for good; its memberships end, its cards and its reference are free again. No call undoes it.
    ///
    /// A user that does not exist any more is as good as deleted; one that is hidden from the connected administrator
    /// looks the same.
    ///
    /// # Errors
    /// Any [`BrivoError`] but [`BrivoError::NotFound`]. Safe to repeat: ids are not used again.
    ///
    /// Source: Brivo API, `DELETE /users/{id}`, 2026-09-28; what becomes of cards and reference recorded 2017-09-13.
    pub async fn delete_user(&self, token: &AccessToken, user: BrivoUserId) -> Result<(), BrivoError> {
        let request = self.api(token, Method::DELETE, &format!("users/{user}"))?;
        match self.done("delete user", request).await {
            Ok(()) | Err(BrivoError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes our reference on a user that somebody else made, and nothing else.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Unreadable`] too if the answer does not show the reference.
    /// [`BrivoError::Rejected`] with status 400 is how a reference that another user has shows. Safe to repeat.
    ///
    /// Source: Brivo API, `PATCH /users/{id}`, 2026-09-28; references are unique in an account, 2025-11-25, the status of
    /// a second use is assumed.
    pub async fn set_external_id(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        external_id: &ExternalId,
    ) -> Result<(), BrivoError> {
        let body = ReferenceBody { external_id };
        let request = self.api(token, Method::PATCH, &format!("users/{user}"))?.json(&body);
        let answer = self.called("set external id", request).await?;
        if answer.status == 204 {
            return Ok(());
        }
        let shown: User = answer.json(USER)?;
        if shown.id == user && shown.external_id.as_ref() == Some(external_id) {
            Ok(())
        } else {
            Err(BrivoError::Unreadable { expected: USER })
        }
    }

    /// Sets when the user's access code (PIN) ends, or takes the end away, and changes nothing else.
    ///
    /// The panel holds to it without us. It bounds the code only: cards and passes keep opening. A fraction of a second is
    /// cut off. **Taking it away is not documented**: null is sent, because PATCH leaves alone what is not named, and
    /// whether null or an empty text clears a member is unknown; [`Self::user`] shows what became of it.
    ///
    /// # Errors
    /// Any [`BrivoError`]. Safe to repeat.
    ///
    /// Source: Brivo API, `PATCH /users/{id}` and the dates of a user, 2025-11-25 and 2026-09-28.
    pub async fn set_pin_end(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        until: Option<Timestamp>,
    ) -> Result<(), BrivoError> {
        let request = self.api(token, Method::PATCH, &format!("users/{user}"))?.json(&PinEndBody::at(until));
        let answer = self.called("set pin end", request).await?;
        if answer.status == 204 || answer.json::<User>(USER)?.id == user {
            Ok(())
        } else {
            Err(BrivoError::Unreadable { expected: USER })
        }
    }
}
