//! The pages: what an operator reads, and the only place that chooses a status.

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use brivo::BrivoError;
use domain::{
    AccountId, TenantId,
    connect::{AnotherAccount, BrivoAccount, Refusal},
    preflight::Finding,
    tenant::{Region, Tenant},
};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use runtime::{connecting::ConnectError, connections::ConnectionError};
use state::TenantRecord;

/// A page.
#[derive(Debug)]
pub(crate) enum Page {
    /// What Brivo will ask for.
    Welcome(Welcome),
    /// The account is connected.
    Connected(Connected),
    /// The link is not ours, or has been used.
    NoSuchLink,
    /// The link has ended.
    LinkOver,
    /// The tenant document lacks something.
    NotReady {
        /// What, as a place in the document.
        missing: String,
    },
    /// The administrator did not consent.
    Denied,
    /// Nobody began this login, or it came back before.
    NoSuchLogin,
    /// The login took too long.
    LoginOver,
    /// Brivo does not take the code.
    CodeRefused,
    /// Brivo does not know the application.
    ApplicationRefused,
    /// Brivo does not take the API key.
    KeyRefused,
    /// The administrator may not do what the work needs.
    NotAllowed,
    /// It is another account than the one that was connected before.
    AnotherAccount {
        /// That one.
        before: BrivoAccount,
        /// The one that was logged in to, if Brivo tells.
        found: Option<BrivoAccount>,
    },
    /// It is another account of this tenant already.
    ConnectedAlready {
        /// Which, in the tenant document.
        account: AccountId,
    },
    /// Brivo or the state did not answer.
    TryAgain,
}

/// What an operator reads before the login.
#[derive(Debug)]
pub(crate) struct Welcome {
    tenant: String,
    locations: Vec<String>,
    region: Region,
    until: Option<Timestamp>,
}

/// What an operator reads after it.
#[derive(Debug)]
pub(crate) struct Connected {
    /// Whose account it is.
    pub(crate) tenant: TenantId,
    /// Brivo's name of the account.
    pub(crate) name: Option<String>,
    /// Whether the tenant is switched on.
    pub(crate) enabled: bool,
    /// What somebody has to see to, the gravest first; `None` if nobody knows.
    pub(crate) to_act_on: Option<Vec<Finding>>,
}

/// How much of it is shown: what fits on a telephone, and is read.
const MOST_SHOWN: usize = 5;

impl Welcome {
    pub(crate) fn of(record: &TenantRecord, account: &AccountId) -> Self {
        let Tenant { id, accounts, locations, .. } = &record.tenant;
        let region = accounts.iter().find(|known| known.id == *account).map_or(Region::Us, |known| known.region);
        let here = locations.iter().filter(|location| location.account == *account);
        Self {
            tenant: id.to_string(),
            locations: here.map(|location| location.name.clone()).filter(|name| !name.is_empty()).collect(),
            region,
            until: record.accounts.get(account).and_then(|known| Some(known.link.as_ref()?.until())),
        }
    }
}

impl Page {
    /// For the log.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Welcome(_) => "welcome",
            Self::Connected(_) => "connected",
            Self::NoSuchLink => "no such link",
            Self::LinkOver => "link over",
            Self::NotReady { .. } => "not ready",
            Self::Denied => "denied",
            Self::NoSuchLogin => "no such login",
            Self::LoginOver => "login over",
            Self::CodeRefused => "code refused",
            Self::ApplicationRefused => "application refused",
            Self::KeyRefused => "key refused",
            Self::NotAllowed => "not allowed",
            Self::AnotherAccount { .. } => "another account",
            Self::ConnectedAlready { .. } => "connected already",
            Self::TryAgain => "try again",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Welcome(_) | Self::Connected(_) => StatusCode::OK,
            Self::NoSuchLink => StatusCode::NOT_FOUND,
            Self::LinkOver => StatusCode::GONE,
            Self::Denied | Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NoSuchLogin | Self::LoginOver | Self::CodeRefused => StatusCode::BAD_REQUEST,
            Self::NotReady { .. }
            | Self::ApplicationRefused
            | Self::KeyRefused
            | Self::AnotherAccount { .. }
            | Self::ConnectedAlready { .. } => StatusCode::CONFLICT,
            Self::TryAgain => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Welcome(_) => "Connect Brivo",
            Self::Connected(_) => "Brivo is connected",
            Self::NoSuchLink => "This link cannot be used",
            Self::LinkOver => "This link has expired",
            Self::NotReady { .. } => "Not everything is there yet",
            Self::Denied => "Brivo was not connected",
            Self::NoSuchLogin => "This login has been used",
            Self::LoginOver => "The login took too long",
            Self::CodeRefused => "Brivo did not accept the login",
            Self::ApplicationRefused => "Brivo does not know this application",
            Self::KeyRefused => "Brivo does not accept the API key",
            Self::NotAllowed => "This administrator may not do enough",
            Self::AnotherAccount { .. } => "That is another Brivo account",
            Self::ConnectedAlready { .. } => "That account is connected already",
            Self::TryAgain => "Brivo could not be reached",
        }
    }

    fn body(&self) -> Markup {
        match self {
            Self::Welcome(welcome) => welcome.body(),
            Self::Connected(connected) => connected.body(),
            Self::NoSuchLink => html! {
                p { "It has been used already, a newer one has been made, or a part of it is missing." }
                p { "Copy the whole link once more, or ask whoever sent it for a new one." }
            },
            Self::LinkOver => html! { p { "Ask whoever sent it for a new one." } },
            Self::NotReady { missing } => html! {
                p { "Before Brivo can be connected, " code { (missing) } " has to be added to the settings." }
                p {
                    "The API key comes from Brivo or from your Brivo dealer, client ID and client secret from the application in "
                    "Brivo Access. Once they are there, open the link again."
                }
            },
            Self::Denied => html! {
                p { "The login was cancelled or the access was not allowed. Nothing was stored." }
                (again())
            },
            Self::NoSuchLogin => html! {
                p { "A login counts once. If you have seen “Brivo is connected” before, all is well and there is nothing to do." }
                (again())
            },
            Self::LoginOver => html! {
                p { "Nothing was stored." }
                (again())
            },
            Self::CodeRefused => html! {
                p { "What the login came back with was used before or is too old. Nothing was stored." }
                (again())
            },
            Self::ApplicationRefused => html! {
                p { "Client ID and client secret in the settings do not fit, or belong to the other region. Nothing was stored." }
                p {
                    "Compare them with the application in Brivo Access. Accounts at access.eu.brivo.com need region "
                    code { "eu" } ", all others " code { "us" } ". Then open the link again."
                }
            },
            Self::KeyRefused => html! {
                p { "The API key in the settings is wrong, not activated, or belongs to the other region. Nothing was stored." }
                p { "Ask Brivo or your Brivo dealer whether the key is active. Then open the link again." }
            },
            Self::NotAllowed => html! {
                p { "Brivo refuses this administrator what is needed. Nothing was stored." }
                p { "Open the link again and log in as a senior administrator." }
            },
            Self::AnotherAccount { before, found } => another_account(before, found.as_ref()),
            Self::ConnectedAlready { account } => html! {
                p { "You logged in to the Brivo account that is connected as " strong { (account) } ". Nothing was stored." }
                p { "Open the link again and log in to the account that this link is for." }
            },
            Self::TryAgain => html! {
                p { "Something did not answer. Nothing was stored." }
                p { "Wait a minute, then open the link again." }
            },
        }
    }
}

fn again() -> Markup {
    html! { p { "To connect Brivo, open the link you were sent once more." } }
}

fn another_account(before: &BrivoAccount, found: Option<&BrivoAccount>) -> Markup {
    let name = |account: &BrivoAccount| account.name.clone().unwrap_or_else(|| format!("account {}", account.id));
    html! {
        p {
            "You logged in to " strong { (found.map_or_else(|| "an account that Brivo does not tell".to_owned(), name)) }
            ". Connected before was " strong { (name(before)) } "."
        }
        p {
            "The people and groups known here are not in that account, so nothing was stored and nothing will be written to it."
        }
        p { "If it was a mistake, open the link again and log in to the right account." }
        p {
            "To move to the new account, add it to the settings as an account of its own, with the groups that each plan and "
            "room gives there, and connect that."
        }
    }
}

impl Welcome {
    fn body(&self) -> Markup {
        let (host, place, other) = match self.region {
            Region::Us => ("auth.brivo.com", "access.brivo.com", "access.eu.brivo.com"),
            Region::Eu => ("auth.eu.brivo.com", "access.eu.brivo.com", "access.brivo.com"),
        };
        html! {
            p {
                "This connects the Brivo account of " strong { (self.tenant) }
                @if !self.locations.is_empty() { " (" (self.locations.join(", ")) ")" }
                ", so that members get into the right groups by themselves."
            }
            ol {
                li { "You are sent to Brivo’s own login at " strong { (host) } ". Your password stays there." }
                li {
                    "Brivo asks for your " strong { "Administrator ID" } ", not your e-mail address. You find it in Brivo Access: "
                    "click the circle with your initials."
                }
                li { "Use a senior administrator, and allow the access when you are asked." }
            }
            form method="post" { button type="submit" { "Log in at Brivo" } }
            p.small {
                "Do you use Brivo at " (other) " and not at " (place) "? Then stop here and have the region changed in the settings."
            }
            @if let Some(until) = self.until {
                p.small { "This link works until " (until.strftime("%-d %B %Y")) "." }
            }
        }
    }
}

impl Connected {
    fn body(&self) -> Markup {
        html! {
            p.good {
                @if let Some(name) = &self.name { strong { (name) } " is connected to " } @else { "Brivo is connected to " }
                strong { (self.tenant) } "."
            }
            @if self.enabled {
                p { "From now on members get into their groups by themselves." }
            } @else {
                p { "Nothing is changed in Brivo yet: the settings are still switched off." }
            }
            @if let Some(to_act_on) = &self.to_act_on { (found(to_act_on)) }
            p { "You can close this page." }
        }
    }
}

fn found(to_act_on: &[Finding]) -> Markup {
    let more = to_act_on.len().saturating_sub(MOST_SHOWN);
    html! {
        @if to_act_on.is_empty() {
            p.good { "Everything needed is there." }
        } @else {
            h2 { "Please look at this" }
            ul {
                @for finding in to_act_on.iter().take(MOST_SHOWN) {
                    li class=(finding.level.word()) { (finding.text) }
                }
            }
            @if more > 0 { p.small { "And " (more) " more: whoever sent you the link can see the whole list." } }
        }
    }
}

impl From<ConnectError> for Page {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Refused(Refusal::Unknown) => Self::NoSuchLink,
            ConnectError::Refused(Refusal::Over) => Self::LinkOver,
            ConnectError::AnotherAccount(AnotherAccount { before, found }) => Self::AnotherAccount { before, found },
            failed @ (ConnectError::Store(_) | ConnectError::Sealing(_) | ConnectError::Random(_)) => {
                tracing::error!(error = %failed, "an account could not be connected");
                Self::TryAgain
            }
        }
    }
}

impl From<ConnectionError> for Page {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Incomplete { account, missing } => {
                Self::NotReady { missing: format!("accounts.{account}.{missing}") }
            }
            ConnectionError::Tenant(error) => {
                tracing::error!(error = %error, "an account's secrets cannot be opened");
                Self::TryAgain
            }
        }
    }
}

impl From<BrivoError> for Page {
    fn from(error: BrivoError) -> Self {
        tracing::warn!(error = %error, "brivo did not connect an account");
        match error {
            BrivoError::CodeRefused | BrivoError::Disconnected | BrivoError::TokenRefused => Self::CodeRefused,
            BrivoError::BadApplication => Self::ApplicationRefused,
            BrivoError::KeyRefused => Self::KeyRefused,
            BrivoError::Forbidden { .. } => Self::NotAllowed,
            BrivoError::SlowDown { .. }
            | BrivoError::QuotaSpent { .. }
            | BrivoError::NotFound
            | BrivoError::Rejected { .. }
            | BrivoError::Unavailable { .. }
            | BrivoError::Unreachable(_)
            | BrivoError::Interrupted(_)
            | BrivoError::Unreadable { .. }
            | BrivoError::Misrouted
            | BrivoError::Unsettled
            | BrivoError::Refreshing { .. }
            | BrivoError::Vault(_) => Self::TryAgain,
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title()) }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body { main { h1 { (self.title()) } (self.body()) } }
            }
        };
        // The address of a link or a login is a secret, and nobody is to press our button unseen.
        let headers = [
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
            ),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (self.status(), headers, Html(page.into_string())).into_response()
    }
}

const STYLE: &str = "
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { margin: 0; background: light-dark(#f4f5f7, #16181c); color: light-dark(#1c2026, #e8eaed); }
main { box-sizing: border-box; max-width: 34rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
ul { padding-left: 1.2rem; }
li { margin: .5rem 0; overflow-wrap: anywhere; }
li.fault::marker { content: '✗ '; color: #d03a3a; font-weight: 700; }
li.notice::marker { content: '! '; color: #b26a00; font-weight: 700; }
button { font: inherit; font-weight: 600; width: 100%; padding: .85rem; border: 0; border-radius: .5rem;
  background: #1553c7; color: #fff; cursor: pointer; }
button:hover, button:focus-visible { background: #0e3f9c; }
code { font-size: .95em; }
.small { font-size: .9rem; opacity: .8; }
.good::before { content: '✓ '; color: #1a8f4a; font-weight: 700; }
";
