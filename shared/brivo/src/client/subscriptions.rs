//! The calls about who is told of events.

use reqwest::Method;

use super::Client;
use crate::{
    AccessToken, BrivoError, NewSubscription, Page, Subscription, SubscriptionId, paging::read_whole,
    wire::SubscriptionBody,
};

const SUBSCRIPTION: &str = "event subscription";
const SUBSCRIPTIONS: &str = "list of event subscriptions";

impl Client {
    /// A page of the account's subscriptions, those of others too.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    ///
    /// Source: Brivo API, `GET /event-subscriptions`, 2026-09-28.
    pub async fn subscriptions(&self, token: &AccessToken, offset: usize) -> Result<Page<Subscription>, BrivoError> {
        self.page(token, "event-subscriptions", offset, SUBSCRIPTIONS).await
    }

    /// All subscriptions of the account: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn all_subscriptions(&self, token: &AccessToken) -> Result<Vec<Subscription>, BrivoError> {
        read_whole(|offset| self.subscriptions(token, offset), |subscription| subscription.id).await
    }

    /// Subscribes to events.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Rejected`] with status 400 if the site is not known, [`BrivoError::Forbidden`] if
    /// the administrator may not subscribe. Not safe to repeat: a second subscription delivers everything twice. After
    /// [`BrivoError::outcome_unknown`], look for the URL with [`Self::all_subscriptions`].
    ///
    /// Source: Brivo API, `POST /event-subscriptions`, 2026-09-28 and 2025-11-25; that an empty list of criteria is taken
    /// is how another client works.
    pub async fn subscribe(&self, token: &AccessToken, new: &NewSubscription) -> Result<Subscription, BrivoError> {
        let request = self.api(token, Method::POST, "event-subscriptions")?.json(&SubscriptionBody::from(new));
        let answer = self.called("subscribe", request).await.map_err(BrivoError::without_message)?;
        answer.json(SUBSCRIPTION)
    }

    /// Ends a subscription; one that does not exist any more is as good as ended.
    ///
    /// # Errors
    /// Any [`BrivoError`] but [`BrivoError::NotFound`]. Safe to repeat.
    ///
    /// Source: Brivo API, `DELETE /event-subscriptions/{id}`, 2026-09-28.
    pub async fn unsubscribe(&self, token: &AccessToken, subscription: SubscriptionId) -> Result<(), BrivoError> {
        let request = self.api(token, Method::DELETE, &format!("event-subscriptions/{subscription}"))?;
        match self.done("unsubscribe", request).await {
            Ok(()) | Err(BrivoError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
