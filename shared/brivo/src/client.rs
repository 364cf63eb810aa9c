//! One method per documented call.

mod account;
mod credentials;
mod doors;
mod events;
mod invitations;
mod pins;
mod subscriptions;
mod tokens;
mod users;

pub use tokens::authorize_url;

use std::{collections::BTreeSet, fmt::Display, sync::Arc, time::Duration};

use domain::{BrivoUserId, ExternalId, GroupId, profile::Profile, tenant::Region};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, RequestBuilder,
    header::{AUTHORIZATION, HeaderName},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::{
    AccessToken, BrivoError, Group, Page, User, UserPatch, classify,
    exchange::{exchange, sensitive},
    paging::{PAGE_SIZE, read_whole},
    transport::{Answer, Transport},
    wire::{GroupChange, List, UserBody},
};

/// How long a connection may take to come about: time for a lost packet to be sent again, and no more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a call may take in all: calls that write to no door answer at once, and a run has other calls to make.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an idle connection is kept: the calls of a run follow within a second, and a connection that slept with a
/// frozen function would break the next write with its outcome unknown.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// What need not be encoded in a path segment.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The connections to Brivo, shared by all accounts.
///
/// Redirects are not followed and no proxy is taken from the environment: both would carry keys where we do not know.
///
/// # Errors
/// If the system has no certificates to trust.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
}

/// Where an account lives: scheme, host and port, to which paths are appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Serves `/oauth/…`.
    pub auth: String,
    /// Serves `/v1/api/…`.
    pub api: String,
}

impl Hosts {
    /// Brivo's own. Source: Brivo API, environments, 2026-09-28.
    pub fn of(region: Region) -> Self {
        let (auth, api) = match region {
            Region::Us => ("https://auth.brivo.com", "https://api.brivo.com"),
            Region::Eu => ("https://auth.eu.brivo.com", "https://api.eu.brivo.com"),
        };
        Self { auth: auth.to_owned(), api: api.to_owned() }
    }
}

/// Makes calls; cheap to clone. A call is sent once, never repeated.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<dyn Transport>,
    place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    hosts: Hosts,
    api_key: SecretString,
}

impl Client {
    /// A client of one environment and one API key; over the network, `transport` comes from [`http_client`].
    pub fn new(transport: Arc<dyn Transport>, hosts: Hosts, api_key: SecretString) -> Self {
        Self { transport, place: Arc::new(Place { hosts, api_key }) }
    }

    /// The same client with another API key.
    #[must_use]
    pub fn with_api_key(&self, api_key: SecretString) -> Self {
        Self::new(Arc::clone(&self.transport), self.place.hosts.clone(), api_key)
    }

    /// The user with our reference, if there is one.
    ///
    /// # Errors
    /// Any [`BrivoError`] but [`BrivoError::NotFound`].
    pub async fn user_by_external_id(
        &self,
        token: &AccessToken,
        external_id: &ExternalId,
    ) -> Result<Option<User>, BrivoError> {
        let path = format!("users/{}/external", utf8_percent_encode(external_id.as_str(), UNRESERVED));
        let request = self.api(token, Method::GET, &path)?;
        match self.called("user by external id", request).await {
            Ok(answer) => the_one_asked_for(answer.json(USER)?, external_id).map(Some),
            Err(BrivoError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a user.
    ///
    /// # Errors
    /// Any [`BrivoError`]. After [`BrivoError::outcome_unknown`], and after [`BrivoError::Rejected`] with status 400, which
    /// is how a reference that is already taken shows, look with [`Self::user_by_external_id`] before another attempt.
    pub async fn create_user(
        &self,
        token: &AccessToken,
        external_id: &ExternalId,
        profile: &Profile,
    ) -> Result<User, BrivoError> {
        let body = UserBody::new_user(external_id, profile);
        let request = self.api(token, Method::POST, "users")?.json(&body);
        the_one_asked_for(self.answer("create user", request, USER).await?, external_id)
    }

    /// Changes what the patch names, and nothing else of the user; no call if it names nothing.
    ///
    /// Brivo takes lists as a whole, so that whatever else is to stay in one has to be in the patch; see [`Self::user`].
    ///
    /// # Errors
    /// Any [`BrivoError`]. Safe to repeat.
    pub async fn patch_user(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        patch: &UserPatch<'_>,
    ) -> Result<(), BrivoError> {
        let Some(body) = patch.body() else { return Ok(()) };
        let request = self.api(token, Method::PATCH, &format!("users/{user}"))?.json(&body);
        let answer = self.called("patch user", request).await?;
        // Updates answer with the object, or with 204 and nothing.
        if answer.status == 204 || answer.json::<User>(USER)?.id == user {
            Ok(())
        } else {
            Err(BrivoError::Unreadable { expected: USER })
        }
    }

    /// Adds the user to groups and takes it out of others in one step, and answers the groups it is in then.
    ///
    /// Groups it is already in, or not in, are skipped. Without a change to make, this is [`Self::groups_of`].
    ///
    /// # Errors
    /// Any [`BrivoError`]; nothing has changed then, unless [`BrivoError::outcome_unknown`]. Safe to repeat.
    /// [`BrivoError::NotFound`] means the user or one of the groups.
    pub async fn change_groups(
        &self,
        token: &AccessToken,
        user: BrivoUserId,
        add: &BTreeSet<GroupId>,
        remove: &BTreeSet<GroupId>,
    ) -> Result<BTreeSet<GroupId>, BrivoError> {
        if add.is_empty() && remove.is_empty() {
            return self.groups_of(token, user).await;
        }
        let body = GroupChange { add_groups: add, remove_groups: remove };
        let request = self.api(token, Method::POST, &format!("users/{user}/groups"))?.json(&body);
        ids(self.answer("change groups", request, GROUPS).await?)
    }

    /// The groups the user is in, as far as the connected administrator sees them.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn groups_of(&self, token: &AccessToken, user: BrivoUserId) -> Result<BTreeSet<GroupId>, BrivoError> {
        let request = self.api(token, Method::GET, &format!("users/{user}/groups"))?;
        ids(self.answer("groups of user", request, GROUPS).await?)
    }

    /// A page of the account's groups.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn groups(&self, token: &AccessToken, offset: usize) -> Result<Page<Group>, BrivoError> {
        self.page(token, "groups", offset, GROUPS).await
    }

    /// All groups of the account: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn all_groups(&self, token: &AccessToken) -> Result<Vec<Group>, BrivoError> {
        read_whole(|offset| self.groups(token, offset), |group| group.id).await
    }

    /// A page of the users in a group, without their addresses.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn members(&self, token: &AccessToken, group: GroupId, offset: usize) -> Result<Page<User>, BrivoError> {
        self.page(token, &format!("groups/{group}/users"), offset, USERS).await
    }

    /// All users in a group, without their addresses: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn members_of(&self, token: &AccessToken, group: GroupId) -> Result<Vec<User>, BrivoError> {
        read_whole(|offset| self.members(token, group, offset), |user| user.id).await
    }

    async fn page<T: DeserializeOwned>(
        &self,
        token: &AccessToken,
        path: &str,
        offset: usize,
        expected: &'static str,
    ) -> Result<Page<T>, BrivoError> {
        self.page_of(self.api(token, Method::GET, path)?, offset, expected).await
    }

    /// The page of a list that `request` asks for, with its filter if it has one.
    async fn page_of<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        offset: usize,
        expected: &'static str,
    ) -> Result<Page<T>, BrivoError> {
        let request = request.query(&[("offset", offset), ("pageSize", PAGE_SIZE)]);
        let list: List<T> = self.answer(expected, request, expected).await?;
        let count = list.count;
        Ok(Page { entries: list.entries().ok_or(BrivoError::Unreadable { expected })?, offset, count })
    }

    /// The JSON of a call that succeeds.
    async fn answer<T: DeserializeOwned>(
        &self,
        call: &'static str,
        request: RequestBuilder,
        expected: &'static str,
    ) -> Result<T, BrivoError> {
        self.called(call, request).await?.json(expected)
    }

    /// The answer of a call that succeeds.
    async fn called(&self, call: &'static str, request: RequestBuilder) -> Result<Answer, BrivoError> {
        let answer = exchange(&*self.transport, call, request).await?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(classify::refused_call(answer.status, &answer.headers, &answer.body))
        }
    }

    /// A call whose success says nothing more. A page in place of that is not Brivo's word.
    async fn done(&self, call: &'static str, request: RequestBuilder) -> Result<(), BrivoError> {
        let answer = self.called(call, request).await?;
        let said = answer.body.trim_ascii().is_empty() || answer.json::<serde::de::IgnoredAny>(SUCCESS).is_ok();
        if said { Ok(()) } else { Err(BrivoError::Unreadable { expected: SUCCESS }) }
    }

    fn api(&self, token: &AccessToken, verb: Method, path: &str) -> Result<RequestBuilder, BrivoError> {
        let bearer = sensitive(&format!("bearer {}", token.expose())).ok_or(BrivoError::TokenRefused)?;
        let url = format!("{}/v1/api/{path}", base(&self.place.hosts.api));
        Ok(self.with_key(verb, url)?.header(AUTHORIZATION, bearer))
    }

    /// Both hosts want the API key; the auth host has refused without it since 2026-02.
    fn with_key(&self, verb: Method, url: String) -> Result<RequestBuilder, BrivoError> {
        let key = sensitive(self.place.api_key.expose_secret()).ok_or(BrivoError::KeyRefused)?;
        Ok(self.transport.request(verb, url).header(API_KEY, key))
    }
}

const SUCCESS: &str = "success";
const USER: &str = "user";
const USERS: &str = "list of users";
const GROUP: &str = "group";
const GROUPS: &str = "list of groups";

fn base(host: &str) -> impl Display {
    host.trim_end_matches('/')
}

/// Taking another person's user for ours would let a stranger in.
fn the_one_asked_for(user: User, external_id: &ExternalId) -> Result<User, BrivoError> {
    match &user.external_id {
        Some(other) if other != external_id => Err(BrivoError::Unreadable { expected: USER }),
        Some(_) | None => Ok(user),
    }
}

fn ids(list: List<Group>) -> Result<BTreeSet<GroupId>, BrivoError> {
    let groups = list.entries().ok_or(BrivoError::Unreadable { expected: GROUPS })?;
    Ok(groups.into_iter().map(|group| group.id).collect())
}
