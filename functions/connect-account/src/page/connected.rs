//! What an operator reads once the account is connected.

use domain::{TenantId, preflight::Finding};
use maud::{Markup, html};

/// How much of what is to be seen to is shown: what fits on a telephone, and is read.
const MOST_SHOWN: usize = 5;

/// What was connected, and what there is to see to.
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

impl Connected {
    pub(super) fn body(&self) -> Markup {
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
            @if let Some(to_act_on) = &self.to_act_on {
                (found(to_act_on))
            } @else {
                p { "There was no time to look whether everything needed is there: whoever sent you the link can look later." }
            }
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
