//! Administrators, the account itself, its features, and the time of the server.
//!
//! Source: apidocs.brivo.com (2025-11-25), sections Administrator, Account and Time; that `/time` names a missing header is seen in
//! use (2026). Assumed, as the documents fetched show no sample: the rows of `/accounts` and `/features`, and the texts of the 404.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use super::ask::{Ask, Outcome};
use super::paging::{self, Page};
use super::refusal;
use super::staff::{self, AdministratorKind};
use crate::message::Response;

/// The id of every simulated account that was not given another, of the size of those seen.
pub(super) const ACCOUNT: u64 = 50122;

/// What a request asks about the account and those who run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Administration {
    WhoAmI,
    ReadAdministrator(u64),
    ListAccounts,
    ReadAccount(u64),
    Summary,
    ListFeatures,
    ListFeaturesOf(u64),
    Time,
}

/// What an account may have bought, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Feature {
    /// Passes on telephones; on unless switched off.
    MobilePass,
    /// Passes in the wallets of telephones, sold separately; on once some are allotted.
    WalletPass,
}

impl Administration {
    pub(super) fn of(method: &str, segments: &[&str]) -> Option<Self> {
        Some(match (method, segments) {
            ("GET", ["administrators", "whoami"]) => Self::WhoAmI,
            ("GET", ["administrators", id]) => Self::ReadAdministrator(id.parse().ok()?),
            ("GET", ["accounts"]) => Self::ListAccounts,
            ("GET", ["accounts", "summary"]) => Self::Summary,
            ("GET", ["accounts", id]) => Self::ReadAccount(id.parse().ok()?),
            ("GET", ["accounts", id, "features"]) => Self::ListFeaturesOf(id.parse().ok()?),
            ("GET", ["features"]) => Self::ListFeatures,
            ("GET", ["time"]) => Self::Time,
            _ => return None,
        })
    }
}

impl Account {
    fn id(&self) -> u64 {
        self.number.unwrap_or(ACCOUNT)
    }

    pub(super) fn administer(&self, operation: &Administration, ask: &Ask<'_>) -> Outcome {
        match operation {
            Administration::WhoAmI => Ok(Response::json(200, &self.staff.view(ask.administrator))),
            Administration::ReadAdministrator(id) => self.read_administrator(*id),
            Administration::ListAccounts => Ok(Page::read(&ask.query)?.of(vec![self.account_view()])),
            Administration::ReadAccount(id) => {
                self.check_account(*id)?;
                Ok(Response::json(200, &self.account_view()))
            }
            Administration::Summary => self.summarize(ask),
            Administration::ListFeatures => Ok(self.list_features()),
            Administration::ListFeaturesOf(id) => {
                self.check_account(*id)?;
                Ok(self.list_features())
            }
            Administration::Time => time(ask),
        }
    }

    pub(super) fn has(&self, feature: Feature) -> bool {
        match feature {
            Feature::MobilePass => !self.lacks_mobile_passes,
            Feature::WalletPass => self.passes.wallet_allotted() > 0,
        }
    }

    fn read_administrator(&self, id: u64) -> Outcome {
        let username = self.staff.username(id);
        if username.is_none() && id != staff::NOBODY_IN_PARTICULAR {
            return Err(refusal::coded(404, "Administrator not found"));
        }
        let mut view = self.staff.view(username);
        if let Some(members) = view.as_object_mut() {
            members.insert("accountId".to_owned(), json!(self.id()));
        }
        Ok(Response::json(200, &view))
    }

    fn check_account(&self, id: u64) -> Result<(), Response> {
        if id == self.id() { Ok(()) } else { Err(refusal::coded(404, "Account not found")) }
    }

    fn account_view(&self) -> Value {
        let name = self.name.as_deref().unwrap_or("Simulated account");
        json!({"id": self.id(), "name": name})
    }

    fn summarize(&self, ask: &Ask<'_>) -> Outcome {
        match self.staff.kind(ask.administrator) {
            AdministratorKind::Senior | AdministratorKind::Master => {}
            AdministratorKind::Assistant | AdministratorKind::Dealer => return Err(refusal::not_allowed()),
        }
        let summary = json!({
            "doorCount": self.premises.access_points.len(),
            "activeUserCount": self.users.values().filter(|user| !user.suspended).count(),
            "panelCount": self.premises.panels().len(),
            "cameraCount": 0,
            "panelsOffline": self.premises.panels_offline(),
            "siteCount": self.premises.sites.len(),
            "administratorCount": self.staff.count(),
            "credentialCount": self.vault.len(),
        });
        Ok(Response::json(200, &summary))
    }

    fn list_features(&self) -> Response {
        let on = [Feature::MobilePass, Feature::WalletPass].into_iter().filter(|feature| self.has(*feature));
        let rows: Vec<Value> = on.map(|feature| json!({"name": feature})).collect();
        paging::whole(&rows)
    }
}

fn time(ask: &Ask<'_>) -> Outcome {
    let given = ask.request.header("current-date").ok_or_else(|| {
        refusal::coded(400, "Required request header 'current-date' for method parameter type Instant is not present")
    })?;
    given.parse::<Timestamp>().map_err(|_| refusal::invalid_criteria())?;
    Ok(Response::json(200, &json!({"time": super::profile::whole_second(ask.now)})))
}
