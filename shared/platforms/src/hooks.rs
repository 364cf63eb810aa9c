//! The webhooks that a tenant's platform should have, and those that it has.
//!
//! [`wanted`] says which there should be, for every platform; where it has an API for that, [`Registry`] lists, makes and switches
//! them on. Elsewhere somebody enters them by hand, as [`Wanted::by_hand`] says. Nothing is ever deleted, and hooks that deliver to
//! somebody else are dropped unseen: their URLs hold secrets of others.

mod address;
mod registry;

use domain::{
    HookId, LocationId,
    tenant::{Platform, Tenant},
};
use secrecy::SecretString;

use crate::{nexudus, officernd::client::EVENT_TYPES, spacebring};

pub use address::{Address, AddressError, Ours};
pub use registry::{HookPage, Listed, Registered, Registry};

/// What a hook is called at a platform.
pub(crate) const DESCRIPTION: &str = "Door access by Latchwork";

/// A webhook that there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedHook {
    /// What tells it from the others.
    pub hook: HookId,
    /// The first word of its path after `/hooks/`.
    pub source: &'static str,
    /// The last word of its path, where the platform's deliveries do not say what happened.
    pub event: Option<String>,
    /// The location it belongs to, where the platform has one hook for each.
    pub location: Option<LocationId>,
    /// What it is to deliver, in the platform's words.
    pub delivers: Vec<String>,
}

/// The webhooks that there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Each of them.
    pub hooks: Vec<WantedHook>,
    /// Where they are entered by hand.
    pub by_hand: &'static str,
    /// What keeps one from being wanted or from working, and what to do about it.
    pub notes: Vec<String>,
}

/// The webhooks that a tenant's platform should have; `is_signed` says whether the tenant has signing secrets.
pub fn wanted(tenant: &Tenant, is_signed: bool) -> Wanted {
    match tenant.platform {
        Platform::Nexudus => of_nexudus(tenant, is_signed),
        Platform::Officernd => {
            let delivers = EVENT_TYPES.map(str::to_owned).into();
            Wanted {
                hooks: vec![WantedHook::new("officernd", None, None, delivers)],
                by_hand: "OfficeRnD: Settings > Data & Extensibility > Developer Tools > Webhooks; its secret goes into \
                          hooks.signing_secrets",
                notes: Vec::new(),
            }
        }
        Platform::Spacebring => of_spacebring(),
        Platform::Coworks | Platform::Deskworks => Wanted {
            hooks: vec![WantedHook::new("events", None, None, vec!["coworking.*".to_owned()])],
            by_hand: "this platform has no webhooks of its own: have whatever can tell what happens there (a script, Zapier, \
                      Make) send the canonical feed to this address, signed with one of hooks.signing_secrets, or upload lists",
            notes: Vec::new(),
        },
    }
}

/// One hook for each action at each location: a hook of a network's parent is not told of its children.
///
/// Source: learn.nexudus.com/rest-api/sys/post-webhooks, 2026-11.
fn of_nexudus(tenant: &Tenant, is_signed: bool) -> Wanted {
    let (places, others): (Vec<_>, Vec<_>) =
        tenant.locations.iter().map(|location| &location.id).partition(|location| nexudus::is_id(location.as_str()));
    let hooks = places.into_iter().flat_map(|place| {
        nexudus::actions()
            .map(move |(name, _)| WantedHook::new("nexudus", Some(name), Some(place.clone()), vec![name.to_owned()]))
    });
    let mut notes: Vec<String> = others
        .into_iter()
        .map(|place| format!("locations.{place}: is no id of a Nexudus location, so that no hook can belong to it"))
        .collect();
    if is_signed {
        notes.push(
            "hooks.signing_secrets: every hook has to be signed, and Nexudus signs only with the secret of an app; if these \
             come without a signature they are refused, and switched off after ten of them"
                .to_owned(),
        );
    }
    Wanted { hooks: hooks.collect(), by_hand: "Nexudus: Settings > Integrations > Webhooks, at each location", notes }
}

/// Two: a body about a subscription does not say whether it was deleted, and every endpoint of Svix has a secret of its own, of
/// which a tenant may have two.
///
/// Source: webhooks.spacebring.com as kept in izak0s/spacebring-api; docs.svix.com; 2026-11. An API to register was not seen.
fn of_spacebring() -> Wanted {
    const DELETED: &str = "subscription.deleted";
    let others = spacebring::events().filter(|event| *event != DELETED).map(str::to_owned).collect();
    Wanted {
        hooks: vec![
            WantedHook::new("spacebring", Some("subscription.updated"), None, others),
            WantedHook::new("spacebring", Some(DELETED), None, vec![DELETED.to_owned()]),
        ],
        by_hand: "Spacebring: Network settings > Developers > Webhooks, one endpoint for each address with the events it is to \
                  deliver; the secrets of both (whsec_…) go into hooks.signing_secrets",
        notes: Vec::new(),
    }
}

impl WantedHook {
    fn new(source: &'static str, event: Option<&str>, location: Option<LocationId>, delivers: Vec<String>) -> Self {
        let hook = HookId::of(source, event, location.as_ref().map(LocationId::as_str));
        Self { hook, source, event: event.map(str::to_owned), location, delivers }
    }
}

/// A secret that a platform gave a hook.
#[derive(Clone, Debug)]
pub struct GivenSecret {
    /// The hook's id at the platform.
    pub reference: String,
    /// What signs its deliveries.
    pub secret: SecretString,
}

#[cfg(test)]
mod tests;
