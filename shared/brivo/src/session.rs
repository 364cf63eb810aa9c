//! Calls with a valid token, so that callers never see one.

use jiff::Timestamp;

use crate::{AccessToken, BrivoError, Client, TokenKeeper};

/// A connected Brivo account, ready for calls; cheap to clone.
#[derive(Clone, Debug)]
pub struct Session {
    client: Client,
    keeper: TokenKeeper,
}

impl Session {
    /// A session of the account whose tokens `keeper` has.
    pub fn new(client: Client, keeper: TokenKeeper) -> Self {
        Self { client, keeper }
    }

    /// Runs `work` with a valid token, and once more with a new one if Brivo refuses the token.
    ///
    /// Nothing else is repeated. Work of several calls begins anew when a token is refused midway, so it should be one call
    /// or safe to repeat.
    ///
    /// # Errors
    /// Those of `work` and of [`TokenKeeper::token`].
    pub async fn call<T, F>(&self, now: Timestamp, work: impl Fn(Client, AccessToken) -> F) -> Result<T, BrivoError>
    where
        F: Future<Output = Result<T, BrivoError>>,
    {
        let token = self.keeper.token(now).await?;
        match work(self.client.clone(), token.clone()).await {
            Err(BrivoError::TokenRefused) => {
                let other = self.keeper.refused(&token, now).await?;
                work(self.client.clone(), other).await
            }
            outcome => outcome,
        }
    }
}
