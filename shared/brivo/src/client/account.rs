//! The reads by which a connection is tested before anything is written: who is connected, to what, and by which clock.

use jiff::Timestamp;
use reqwest::{Method, header::HeaderName};

use super::Client;
use crate::{
    AccessToken, Account, AccountSummary, Administrator, BrivoAccountId, BrivoError, Page,
    paging::read_whole,
    wire::{AccountAnswer, AdministratorsAccount, ServerTime, WHOLE_SECONDS},
};

/// What `GET /time` has to be asked with.
const CURRENT_DATE: HeaderName = HeaderName::from_static("current-date");

const ACCOUNT: &str = "account";
const ACCOUNTS: &str = "list of accounts";

impl Client {
    /// The administrator whose consent the token carries; the cheapest way to test a connection.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    ///
    /// Source: Brivo API, `GET /administrators/whoami`, 2026-09-28.
    pub async fn whoami(&self, token: &AccessToken) -> Result<Administrator, BrivoError> {
        let request = self.api(token, Method::GET, "administrators/whoami")?;
        self.answer("whoami", request, "administrator").await
    }

    /// The account that an administrator belongs to.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] or [`BrivoError::Forbidden`] if the administrator may not be looked at.
    ///
    /// Source: Brivo API, `GET /administrators/{id}`, 2025-11-25: what whoami answers, and `accountId`.
    pub async fn account_of(&self, token: &AccessToken, administrator: i64) -> Result<BrivoAccountId, BrivoError> {
        let request = self.api(token, Method::GET, &format!("administrators/{administrator}"))?;
        let found: AdministratorsAccount = self.answer("administrator", request, "administrator").await?;
        Ok(found.account_id)
    }

    /// A page of the accounts that the administrator may see: one, or those of a dealer.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    ///
    /// Source: Brivo API, `GET /accounts`, 2026-09-28.
    pub async fn accounts(&self, token: &AccessToken, offset: usize) -> Result<Page<Account>, BrivoError> {
        self.page(token, "accounts", offset, ACCOUNTS).await
    }

    /// All accounts that the administrator may see: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn all_accounts(&self, token: &AccessToken) -> Result<Vec<Account>, BrivoError> {
        read_whole(|offset| self.accounts(token, offset), |account| account.id).await
    }

    /// The account with that id.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] or [`BrivoError::Forbidden`] if it is not the administrator's.
    ///
    /// Source: Brivo API, `GET /accounts/{id}`, 2026-09-28, whose sample is a list of one; an object is read as well.
    pub async fn account(&self, token: &AccessToken, account: BrivoAccountId) -> Result<Account, BrivoError> {
        let request = self.api(token, Method::GET, &format!("accounts/{account}"))?;
        let answer: AccountAnswer = self.answer("account", request, ACCOUNT).await?;
        answer.account(account).ok_or(BrivoError::Unreadable { expected: ACCOUNT })
    }

    /// How much there is of the account.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Forbidden`] is how an administrator who is not a senior one shows.
    ///
    /// Source: Brivo API, `GET /accounts/summary`, 2026-09-28.
    pub async fn account_summary(&self, token: &AccessToken) -> Result<AccountSummary, BrivoError> {
        let request = self.api(token, Method::GET, "accounts/summary")?;
        self.answer("account summary", request, "account summary").await
    }

    /// Brivo's clock. It wants to know ours, and does nothing with it that is documented.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Rejected`] with status 400 if it does not understand `now`.
    ///
    /// Source: Brivo API, `GET /time`, 2026-09-28; that the header takes an instant is what its refusal says.
    pub async fn server_time(&self, token: &AccessToken, now: Timestamp) -> Result<Timestamp, BrivoError> {
        let now = WHOLE_SECONDS.timestamp_to_string(&now);
        let request = self.api(token, Method::GET, "time")?.header(CURRENT_DATE, now);
        let answer: ServerTime = self.answer("time", request, "time").await?;
        Ok(answer.time)
    }
}
