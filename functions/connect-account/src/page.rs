//! The pages: what an operator reads, and the only place that chooses a status.

mod connected;
mod welcome;

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use brivo::BrivoError;
use domain::{
    AccountId,
    connect::{AnotherAccount, BrivoAccount, Refusal},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use runtime::{connecting::ConnectError, connections::ConnectionError};

pub(crate) use connected::Connected;
pub(crate) use welcome::Welcome;

const STYLE: &str = include_str!("page/style.css");

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
    AnotherAccount(AnotherAccount),
    /// It is another account of this tenant already.
    ConnectedAlready {
        /// Which, in the tenant document.
        account: AccountId,
    },
    /// Brivo or the state did not answer.
    TryAgain,
}

impl Page {
    /// The status and the title; the title goes into the log as well.
    pub(crate) fn head(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Welcome(_) => (StatusCode::OK, "Connect Brivo"),
            Self::Connected(_) => (StatusCode::OK, "Brivo is connected"),
            Self::NoSuchLink => (StatusCode::NOT_FOUND, "This link cannot be used"),
            Self::LinkOver => (StatusCode::GONE, "This link has expired"),
            Self::NotReady { .. } => (StatusCode::CONFLICT, "Not everything is there yet"),
            Self::Denied => (StatusCode::FORBIDDEN, "Brivo was not connected"),
            Self::NoSuchLogin => (StatusCode::BAD_REQUEST, "This login cannot be used"),
            Self::LoginOver => (StatusCode::BAD_REQUEST, "The login took too long"),
            Self::CodeRefused => (StatusCode::BAD_REQUEST, "Brivo did not accept the login"),
            Self::ApplicationRefused => (StatusCode::CONFLICT, "Brivo does not know this application"),
            Self::KeyRefused => (StatusCode::CONFLICT, "Brivo does not accept the API key"),
            Self::NotAllowed => (StatusCode::FORBIDDEN, "This administrator may not do enough"),
            Self::AnotherAccount(_) => (StatusCode::CONFLICT, "That is another Brivo account"),
            Self::ConnectedAlready { .. } => (StatusCode::CONFLICT, "That account is connected already"),
            Self::TryAgain => (StatusCode::SERVICE_UNAVAILABLE, "Brivo could not be reached"),
        }
    }

    /// What has happened, and what to do next.
    fn body(&self) -> Markup {
        match self {
            Self::Welcome(welcome) => welcome.body(),
            Self::Connected(connected) => connected.body(),
            Self::NoSuchLink => html! {
                p { "It has been used already, a newer one has been made, or a part of it is missing." }
                p { "Copy the whole link once more, or ask whoever sent it for a new one." }
            },
            Self::LinkOver => html! { p { "A link works for a week. Ask whoever sent it for a new one." } },
            Self::NotReady { missing } => html! {
                p { "Before Brivo can be connected, " code { (missing) } " has to be added to the settings." }
                p {
                    "The API key comes from Brivo or from your Brivo dealer, client ID and client secret from the application in "
                    "Brivo Access. Once they are there, open the link again."
                }
            },
            Self::Denied => html! {
                p { "The login was cancelled, or the access was not allowed. Nothing was stored." }
                p { "Open the link you were sent once more, log in as a senior administrator, and allow the access." }
            },
            Self::NoSuchLogin => html! {
                p {
                    "A login counts once, and only the newest that began at the link. If you have seen “Brivo is connected” before, "
                    "all is well and there is nothing to do."
                }
                (again())
            },
            Self::LoginOver => html! {
                p { "A login has to be done within a quarter of an hour. Nothing was stored." }
                (again())
            },
            Self::CodeRefused => html! {
                p { "What the login came back with was used before or is too old. Nothing was stored." }
                (again())
            },
            Self::ApplicationRefused => application_refused(),
            Self::KeyRefused => html! {
                p { "The API key in the settings is wrong, not activated, or belongs to the other region. Nothing was stored." }
                p { "Ask Brivo or your Brivo dealer whether the key is active, and for which region. Then open the link again." }
            },
            Self::NotAllowed => not_allowed(),
            Self::AnotherAccount(another) => another_account(another),
            Self::ConnectedAlready { account } => html! {
                p { "You logged in to the Brivo account that is connected as " strong { (account) } ". Nothing was stored." }
                p {
                    "Open the link again and log in to the account that this link is for. If it is one and the same, it needs one "
                    "entry in the settings, with all its locations."
                }
            },
            Self::TryAgain => html! {
                p { "Brivo, or the storage behind this page, did not answer in time." }
                p { "Wait a minute, then open the link again. If it cannot be used any more, Brivo has been connected after all." }
            },
        }
    }
}

fn again() -> Markup {
    html! { p { "To connect Brivo, open the link you were sent once more." } }
}

fn application_refused() -> Markup {
    html! {
        p { "Client ID and client secret in the settings do not fit, or belong to the other region. Nothing was stored." }
        p {
            "Compare them with the application in Brivo Access. Accounts at access.eu.brivo.com need region "
            code { "eu" } ", all others " code { "us" } ". Then open the link again."
        }
    }
}

fn not_allowed() -> Markup {
    html! {
        p { "Brivo does not let this administrator do what is needed. Nothing was stored." }
        p {
            "Open the link again and log in as a senior administrator. If you are one, ask your Brivo dealer what this "
            "administrator may not do."
        }
    }
}

fn another_account(AnotherAccount { before, found }: &AnotherAccount) -> Markup {
    let name = |account: &BrivoAccount| account.name.clone().unwrap_or_else(|| format!("account {}", account.id));
    html! {
        p {
            @match found {
                Some(found) => { "You logged in to " strong { (name(found)) } "." }
                None => "Brivo does not let this administrator see which account it is."
            }
            " Connected before was " strong { (name(before)) } "."
        }
        p {
            "The people and groups known here are in no other account, so nothing was stored and nothing will be written to it."
        }
        @if found.is_none() {
            p { "Open the link again and log in as a senior administrator of " (name(before)) "." }
        } @else {
            p { "If it was a mistake, open the link again and log in to the right account." }
            p {
                "To move to the new account, add it to the settings as an account of its own, with the groups that each plan and "
                "room gives there, and connect that."
            }
        }
    }
}

impl From<ConnectError> for Page {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Refused(Refusal::Unknown) => Self::NoSuchLink,
            ConnectError::Refused(Refusal::Over) => Self::LinkOver,
            ConnectError::AnotherAccount(another) => Self::AnotherAccount(another),
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
        let (status, title) = self.head();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body { main { h1 { (title) } (self.body()) } }
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
        (status, headers, Html(page.into_string())).into_response()
    }
}
