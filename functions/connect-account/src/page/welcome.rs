//! What an operator reads before the login.

use domain::{
    AccountId,
    tenant::{Region, Tenant},
};
use jiff::Timestamp;
use maud::{Markup, html};
use state::TenantRecord;

/// Whose account is to be connected, and where.
#[derive(Debug)]
pub(crate) struct Welcome {
    tenant: String,
    locations: Vec<String>,
    region: Region,
    until: Option<Timestamp>,
}

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

    pub(super) fn body(&self) -> Markup {
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
                "Do you use Brivo at " (other) " and not at " (place) "? Then stop here, because the login would not know you, and "
                "have the region changed in the settings first."
            }
            @if let Some(until) = self.until {
                p.small { "This link works until " (until.strftime("%-d %B %Y")) "." }
            }
        }
    }
}
