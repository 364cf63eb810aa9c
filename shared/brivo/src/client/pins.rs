//! The calls about a user's access code (PIN). The digits show in no error: what Brivo writes about them is dropped.

use domain::BrivoUserId;
use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};

use super::{Client, USER};
use crate::{
    AccessToken, BrivoError,
    wire::{PinAnswer, PinBody},
};

impl Client {
    /// Sets the user's access code and nothing else; the dates it is good for stay.
    ///
    /// Four to eight digits; Brivo's own pages take neither one digit repeated, nor a run, nor 2468.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Rejected`] with status 400 is assumed to be how a code that somebody else has, or
    /// that is too simple, shows: try another. [`BrivoError::Unreadable`] too if the answer shows another code. Safe to
    /// repeat.
    ///
    /// Source: Brivo API, `PATCH /users/{id}`, 2026-09-28; the rules are those of support.brivo.com's pages.
    pub async fn set_pin(&self, token: &AccessToken, user: BrivoUserId, pin: &SecretString) -> Result<(), BrivoError> {
        self.patch_pin(token, user, PinBody::of(Some(pin), None), Some(pin)).await
    }

    /// Sets the user's access code together with its end, so that there is no instant at which it is good for ever.
    ///
    /// A fraction of a second is cut off the end.
    ///
    /// # Errors
    /// As [`Self::set_pin`].
    ///
    /// Source: Brivo API, `PATCH /users/{id}` and the dates of a user, 2025-11-25 and 2026-09-28.
    pub async fn set_pin_until(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        pin: &SecretString,
        ends_at: Timestamp,
    ) -> Result<(), BrivoError> {
        self.patch_pin(token, user, PinBody::of(Some(pin), Some(ends_at)), Some(pin)).await
    }

    /// Takes the user's access code away and changes nothing else.
    ///
    /// **How is not documented**: null is sent, as [`Self::set_pin_end`] does, because PATCH leaves alone what is not
    /// named, and whether null or an empty text clears a member is unknown. Look with [`Self::credentials_of`] whether it
    /// is gone; an end in the past ([`Self::set_pin_end`]) closes doors in any case.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Unreadable`] too if the answer still shows a code. Safe to repeat.
    ///
    /// Source: Brivo API, `PATCH /users/{id}`, 2026-09-28; the null is assumed.
    pub async fn clear_pin(&self, token: &AccessToken, user: BrivoUserId) -> Result<(), BrivoError> {
        self.patch_pin(token, user, PinBody::of(None, None), None).await
    }

    async fn patch_pin(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        body: PinBody<'_>,
        pin: Option<&SecretString>,
    ) -> Result<(), BrivoError> {
        let request = self.api(token, Method::PATCH, &format!("users/{user}"))?.json(&body);
        let answer = self.called("change pin", request).await.map_err(BrivoError::without_message)?;
        if answer.status == 204 {
            return Ok(());
        }
        let shown: PinAnswer = answer.json(USER)?;
        let pin = pin.map(ExposeSecret::expose_secret);
        // Whether every administrator is shown codes is not documented, so that none is no contradiction.
        let agrees = shown.shown().is_none_or(|shown| Some(shown) == pin);
        if shown.id == user && agrees { Ok(()) } else { Err(BrivoError::Unreadable { expected: USER }) }
    }
}
