//! The way back from Brivo's login.

use std::time::Duration;

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
};
use brivo::{AccessToken, BrivoError, TokenGrant};
use bytes::Bytes;
use domain::{
    AccountId, TenantId,
    connect::{BrivoAccount, Link, Refusal, same_account},
    preflight::Finding,
};
use jiff::{SignedDuration, Timestamp};
use reconcile::{catch_up::wake_all, drift::first_reading, identity::identity, preflight::preflight};
use runtime::{
    Services,
    address::public_address,
    connecting::{CALLBACK, ConnectError, Connecting},
    connections::Access,
    tenants::reopen,
};
use secrecy::SecretString;
use state::TenantRecord;
use tokio::time::timeout;

use crate::{
    page::{Connected, Page},
    start::tenant_of,
};

/// How long Brivo has to tell whose login it is: four calls of up to 10 s each. After that nothing is stored, and the operator is
/// asked to try again. With [`AFTERWARDS`] and the state's own requests it stays below the 30 s of the function and its gateway.
const LOGIN: Duration = Duration::from_secs(14);

/// How long the page waits for what comes once the account is connected. What is not done by then is done by the runs that were
/// begun, the sweep and the hourly pass; of the preflight the page then says nothing.
const AFTERWARDS: Duration = Duration::from_secs(11);

/// How long after the login another page of Brivo's users is begun: the browser waits, and the hourly pass reads the rest.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// The longest `state` that is looked at; ours are shorter.
const LONGEST_STATE: usize = 1024;

/// How long another look at the account is begun after that: enough for what the mappings of most accounts need.
const LOOKS: SignedDuration = SignedDuration::from_secs(4);

/// What Brivo brings back.
#[derive(Debug)]
pub(crate) struct Returned {
    tenant: TenantId,
    account: AccountId,
    state: String,
    /// `None` if the administrator did not consent.
    code: Option<SecretString>,
}

/// Brivo comes back with GET, as seen live.
pub(crate) async fn by_get(State(services): State<Services>, RawQuery(query): RawQuery, headers: HeaderMap) -> Page {
    answer(&services, query.as_deref().unwrap_or_default(), b"", &headers).await
}

/// Brivo comes back with POST and the same in the query, as documented; a form is read as well.
pub(crate) async fn by_post(
    State(services): State<Services>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Page {
    answer(&services, query.as_deref().unwrap_or_default(), &body, &headers).await
}

async fn answer(services: &Services, query: &str, body: &[u8], headers: &HeaderMap) -> Page {
    let (Some(returned), Some(address)) = (Returned::read(query, body), public_address(headers)) else {
        return Page::NoSuchLogin;
    };
    let connecting = Connecting { services, tenant: &returned.tenant, account: &returned.account };
    // A login counts once, so that is taken note of before anything else.
    let page = match connecting.end_login(&returned.state).await {
        Err(error) => return Page::of_login(error),
        Ok(link) => connect(connecting, &link, (returned.code.as_ref(), &format!("{address}{CALLBACK}"))).await,
    };
    let page = page.map_or_else(|page| page, Page::Connected);
    tracing::info!(
        tenant.id = %returned.tenant, account.id = %returned.account, outcome = page.head().1,
        "somebody came back from brivo's login"
    );
    page
}

/// From a code to a connected account.
async fn connect(
    connecting: Connecting<'_>,
    link: &Link,
    (code, redirect_uri): (Option<&SecretString>, &str),
) -> Result<Connected, Page> {
    let Connecting { services, tenant, account } = connecting;
    let code = code.ok_or(Page::Denied)?;
    let record = tenant_of(services, tenant).await?;
    let access = services.connections.access(&record, account)?;

    let asked_at = services.clock.now();
    let login = timeout(LOGIN, granted(&access, code, redirect_uri));
    let (grant, brivo) = login.await.map_err(|_| Page::TryAgain)??;
    let before = record.accounts.get(account).and_then(|known| known.brivo.as_ref());
    same_account(before, brivo.as_ref()).map_err(ConnectError::from)?;
    if let Some(twin) = twin(&record, account, brivo.as_ref()) {
        return Err(Page::ConnectedAlready { account: twin.clone() });
    }
    // Opened first: should this end here, the account needs a login, and the link is still good for it.
    reopen(&*services.store, tenant, account).await.map_err(ConnectError::Store)?;
    connecting.keep(link, (&grant, asked_at), brivo.as_ref()).await.map_err(Page::of_login)?;

    let looks = timeout(AFTERWARDS, async {
        look_at_everyone(services, tenant, asked_at).await;
        look_at_account(services, tenant, account).await
    });
    let to_act_on = looks.await.ok().flatten();
    let name = brivo.and_then(|brivo| brivo.name);
    Ok(Connected { tenant: tenant.clone(), name, enabled: record.tenant.enabled, to_act_on })
}

/// The tokens of a login and whose account it is, as far as Brivo tells; tries the API key with them.
async fn granted(
    access: &Access,
    code: &SecretString,
    redirect_uri: &str,
) -> Result<(TokenGrant, Option<BrivoAccount>), BrivoError> {
    let grant = access.client.connect(&access.application, code, redirect_uri).await?;
    let brivo = identity(&access.client, &AccessToken::new(grant.access.clone())).await?;
    Ok((grant, brivo))
}

/// The account of this tenant that is the same one at Brivo: each would take away what the other gave.
fn twin<'r>(record: &'r TenantRecord, account: &AccountId, brivo: Option<&BrivoAccount>) -> Option<&'r AccountId> {
    let (id, accounts) = (brivo?.id, &record.tenant.accounts);
    let region = accounts.iter().find(|known| known.id == *account)?.region;
    let is_it = |other: &AccountId| {
        let known = record.accounts.get(other).and_then(|known| known.brivo.as_ref());
        known.is_some_and(|known| known.id == id)
    };
    let mut others = accounts.iter().filter(|other| other.id != *account && other.region == region);
    others.find(|other| is_it(&other.id)).map(|other| &other.id)
}

/// Has everyone looked at, and reads who is in Brivo. The account is connected whatever comes of it: the sweep finds whoever was
/// marked and not woken, and the hourly pass does what was not begun.
async fn look_at_everyone(services: &Services, tenant: &TenantId, now: Timestamp) {
    let until = now.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let woken = wake_all(services, tenant).await;
    if let Err(error) = woken.and(first_reading(services, tenant, until).await.map_err(ConnectError::from)) {
        tracing::warn!(tenant.id = %tenant, error = %error, "not everybody is looked at at once");
    }
}

/// What somebody has to see to in the account; `None` if that cannot be told, which changes nothing of its being connected.
async fn look_at_account(services: &Services, tenant: &TenantId, account: &AccountId) -> Option<Vec<Finding>> {
    let until = services.clock.now().saturating_add(LOOKS).unwrap_or(Timestamp::MAX);
    let record = services.store.tenant(tenant).await;
    let report = match record {
        Ok(record) => preflight(services, &record?, account, until).await,
        Err(error) => Err(error.into()),
    };
    match report {
        Ok(report) => Some(report.to_act_on().into_iter().cloned().collect()),
        Err(error) => {
            tracing::warn!(tenant.id = %tenant, account.id = %account, error = %error, "there was no preflight");
            None
        }
    }
}

impl Returned {
    /// What Brivo is to bring back as `state`: whose login it was, and the secret of it.
    pub(crate) fn state(tenant: &TenantId, account: &AccountId, secret: &str) -> String {
        format!("{}.{}.{secret}", hex::encode(tenant.as_str()), hex::encode(account.as_str()))
    }

    /// `None` if it is nothing that Brivo brings back of what we sent.
    fn read(query: &str, body: &[u8]) -> Option<Self> {
        let all = || form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(body));
        let value = |wanted: &str| all().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
        let state = value("state").filter(|state| state.len() <= LONGEST_STATE)?;
        let (tenant, rest) = state.split_once('.')?;
        let (account, secret) = rest.split_once('.')?;
        let id = |text: &str| String::from_utf8(hex::decode(text).ok()?).ok();
        Some(Self {
            tenant: TenantId::new(id(tenant)?),
            account: AccountId::new(id(account)?),
            state: secret.to_owned(),
            code: value("code").filter(|code| !code.is_empty()).map(SecretString::from),
        })
    }
}

impl Page {
    /// What a failed step means to somebody who comes back from a login.
    fn of_login(error: ConnectError) -> Self {
        match error {
            ConnectError::Refused(Refusal::Unknown) => Self::NoSuchLogin,
            ConnectError::Refused(Refusal::Over) => Self::LoginOver,
            other @ (ConnectError::AnotherAccount(_)
            | ConnectError::Store(_)
            | ConnectError::Sealing(_)
            | ConnectError::Random(_)) => other.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn what_was_sent_as_state_is_read_back_whatever_the_ids() {
        let state = Returned::state(&"acme.de/ö".into(), &"hq.1".into(), "s3cret");

        for (query, body) in
            [(format!("code=c%2B1&state={state}"), String::new()), (String::new(), format!("state={state}&code=c%2B1"))]
        {
            let returned = Returned::read(&query, body.as_bytes()).unwrap();

            assert_eq!((returned.tenant.as_str(), returned.account.as_str()), ("acme.de/ö", "hq.1"));
            assert_eq!((returned.state.as_str(), returned.code.unwrap().expose_secret()), ("s3cret", "c+1"));
        }
    }

    #[test]
    fn anything_else_is_nothing_of_ours() {
        for query in ["", "code=1", "state=abc&code=1", "state=zz.zz.s&code=1", "state=&code=1"] {
            assert!(Returned::read(query, b"").is_none(), "{query}");
        }
    }

    #[test]
    fn no_consent_is_no_code() {
        let state = Returned::state(&"acme".into(), &"hq".into(), "s");

        assert!(Returned::read(&format!("error=access_denied&state={state}"), b"").unwrap().code.is_none());
    }
}
