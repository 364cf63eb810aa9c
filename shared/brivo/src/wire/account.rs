//! Who is connected to which account, and how large it is.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use super::or_default;
use crate::BrivoAccountId;

/// The administrator whose consent a token carries; printed, only the id and the kind show.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Administrator {
    /// Brivo's id.
    pub id: i64,
    /// The login name.
    #[serde(default)]
    pub username: Option<String>,
    /// `SENIOR`, `ASSISTANT`, `MASTER`, `DEALER` or another word; a senior one sees every group.
    #[serde(default)]
    pub identity_type: Option<String>,
    /// The address, to show to the operator and nobody else.
    #[serde(default)]
    pub email: Option<String>,
}

/// What an administrator's own page says beyond [`Administrator`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdministratorsAccount {
    pub(crate) account_id: BrivoAccountId,
}

impl Administrator {
    /// Whether the administrator sees all of the account; another one may miss groups without anything saying so.
    ///
    /// Source: Brivo API, administrators and `GET /accounts/summary`, 2026-09-28: only `SENIOR` and `MASTER` may read the
    /// summary. That they see every group is how integrations describe them.
    pub fn is_senior(&self) -> bool {
        let kind = self.identity_type.as_deref().unwrap_or_default();
        ["SENIOR", "MASTER"].iter().any(|senior| kind.eq_ignore_ascii_case(senior))
    }
}

impl fmt::Debug for Administrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Administrator")
            .field("id", &self.id)
            .field("identity_type", &self.identity_type)
            .finish_non_exhaustive()
    }
}

/// A Brivo account that the administrator may see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Brivo's id.
    pub id: BrivoAccountId,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its number, as it stands on Brivo's invoices.
    #[serde(default, rename = "accountNumber")]
    pub number: Option<String>,
}

/// One account: an object like any other, or a list of one as the samples show.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum AccountAnswer {
    List { data: Vec<Account> },
    One(Account),
}

impl AccountAnswer {
    pub(crate) fn account(self, id: BrivoAccountId) -> Option<Account> {
        match self {
            Self::List { data } => data.into_iter().find(|account| account.id == id),
            Self::One(account) => (account.id == id).then_some(account),
        }
    }
}

/// How much there is of an account. `None` where Brivo left the member out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccountSummary {
    /// Doors.
    pub door_count: Option<u64>,
    /// Users who are not suspended.
    pub active_user_count: Option<u64>,
    /// Control panels.
    pub panel_count: Option<u64>,
    /// Panels that do not answer; their doors keep to what they were told last.
    pub panels_offline: Option<u64>,
    /// Sites.
    pub site_count: Option<u64>,
    /// Administrators.
    pub administrator_count: Option<u64>,
    /// Credentials, assigned or not.
    pub credential_count: Option<u64>,
}

/// Brivo's clock.
#[derive(Deserialize)]
pub(crate) struct ServerTime {
    pub(crate) time: Timestamp,
}
