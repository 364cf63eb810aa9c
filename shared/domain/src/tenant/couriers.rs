//! The tenant's own ways to bring pass codes to people, for where Brivo does not send them.

use serde::{Deserialize, Serialize};

use super::Tenant;
use crate::policy::Credential;

/// A way of the tenant's own to bring pass codes to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// An e-mail of ours.
    Mail,
    /// A webhook to the operator's own application.
    App,
}

impl Way {
    /// The way a policy asks for; `None` where nobody is told a code by us.
    pub fn of(credential: Credential) -> Option<Self> {
        match credential {
            Credential::CodeMail => Some(Self::Mail),
            Credential::AppHook => Some(Self::App),
            Credential::None | Credential::BrivoMail => None,
        }
    }

    /// The table of the tenant document that sets it up.
    pub fn table(self) -> &'static str {
        match self {
            Self::Mail => "code_mail",
            Self::App => "app_hook",
        }
    }
}

/// How the e-mail with a pass code looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeMail {
    /// Who sends it: an address, or a name with an address in angle brackets.
    pub from: String,
    /// Where answers go; to the sender if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The subject, with placeholders in braces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text, with placeholders in braces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Where the operator's own application is told of pass codes; its secret lives elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppHook {
    /// Where to post.
    pub url: String,
}

impl Tenant {
    /// Whether the document sets this way up; a secret may be missing all the same.
    pub fn has_way(&self, way: Way) -> bool {
        match way {
            Way::Mail => self.code_mail.is_some(),
            Way::App => self.app_hook.is_some(),
        }
    }
}
