//! What Brivo shows of a person right now.

use std::collections::{BTreeMap, BTreeSet};

use brivo::BrivoError;
use domain::{AccountId, BrivoUserId, GroupId};
use runtime::Services;

use crate::{gather::Gathered, pace::Session};

/// What each account shows of a person, or why that is not known. Accounts without a user of the person are left out.
pub type Shown = BTreeMap<AccountId, Result<ShownUser, String>>;

/// A user as Brivo shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownUser {
    /// All groups, ours and others'.
    pub groups: BTreeSet<GroupId>,
    /// Whether the user is suspended.
    pub suspended: bool,
}

/// Asks Brivo: two calls for each account that has a user of the person.
pub async fn shown(services: &Services, gathered: &Gathered) -> Shown {
    let mut shown = Shown::new();
    for (account, ledger) in &gathered.ledger.accounts {
        let Some(user) = ledger.user else { continue };
        let answer = match Session::of(services, &gathered.tenant, account) {
            Ok(session) => ask(&session, user).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        shown.insert(account.clone(), answer);
    }
    shown
}

async fn ask(session: &Session, user: BrivoUserId) -> Result<ShownUser, BrivoError> {
    let groups = |brivo: brivo::Client, token| async move { brivo.groups_of(&token, user).await };
    let suspended = |brivo: brivo::Client, token| async move { brivo.suspended(&token, user).await };
    Ok(ShownUser { groups: session.call(groups).await?, suspended: session.call(suspended).await? })
}
