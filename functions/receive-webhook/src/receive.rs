//! From a delivery to facts in state.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use domain::{
    HookId, MemberKey, Subject, TenantId,
    intake::{EventKey, News, Recording, take_in},
    rules::Rulebook,
};
use jiff::Timestamp;
use platforms::{Delivery, NoSuchSource, Origin, Proof, Received, Refused, Source, Unreadable, verify};
use runtime::{
    Services,
    codes::put_in_access_codes,
    seal::SealedFor,
    tenants::{self, TenantError},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use state::{Came, EventRecord, Recall, StoreError, TenantRecord, keys};
use subtle::ConstantTimeEq;

use crate::pause::pause;

/// How often a delivery is decided anew when others write to the same subjects at the same time.
///
/// Fifty members who join one team at once are all taken in.
const TRIES: u32 = 40;

/// The longest event that is kept, in bytes: sealed it fits into an item.
const LONGEST_KEPT: usize = 256 << 10;

/// The longest part of a URL that a hook is remembered by, in bytes.
const LONGEST_HOOK: usize = 256;

/// What the path of a webhook says.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) platform: String,
    pub(crate) tenant: TenantId,
    pub(crate) path_secret: String,
    pub(crate) event: Option<String>,
    pub(crate) location: Option<String>,
}

impl Hook {
    /// What tells it from the tenant's other hooks; none if that is longer than any platform's.
    fn id(&self) -> Option<HookId> {
        let id = HookId::of(&self.platform, self.event.as_deref(), self.location.as_deref());
        (id.as_str().len() <= LONGEST_HOOK).then_some(id)
    }

    /// How a delivery came in that is proven so far, for whoever reads it once more.
    fn origin(&self, headers: &HeaderMap, proof: Proof, received_at: Timestamp) -> Origin {
        let Self { platform, event, location, .. } = self;
        let (platform, event, location) = (platform.clone(), event.clone(), location.clone());
        Origin { platform, event, location, received_at, sent_at: None, proof }.with_headers(headers)
    }
}

/// What was taken in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Events that are new.
    pub(crate) accepted: usize,
    /// Events that had been taken in before.
    pub(crate) repeated: usize,
    /// Kinds of events that tell nothing we use; they were only kept.
    pub(crate) unused: Vec<String>,
}

/// Why a delivery was not taken in.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The path names no source.
    NoSource(NoSuchSource),
    /// The tenant is not there, or the secret in the path is not its secret. One answer for both: a stranger learns nothing.
    WrongSecret,
    /// The signature is missing or wrong.
    Unproven(Refused),
    /// The body cannot be understood.
    Faulty(Unreadable),
    /// The body is too large.
    TooLarge,
    /// The body did not arrive.
    Broken,
    /// It could not be stored.
    NotStored(StoreError),
    /// The tenant's secrets cannot be opened.
    Sealed(TenantError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::NotStored(error)
    }
}

/// Takes a delivery in, whole or not at all.
///
/// The body is parsed before its sender is known, so that one read of the state serves everything; nothing of it is believed
/// or answered before secret and signature are right.
pub(crate) async fn receive(
    services: &Services,
    hook: &Hook,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Receipt, Refusal> {
    let source = Source::parse(&hook.platform, hook.event.as_deref(), hook.location.as_deref());
    let source = source.map_err(Refusal::NoSource)?;
    if !hook.tenant.is_sound() {
        return Err(Refusal::WrongSecret);
    }
    let now = services.clock.now();
    let delivery = Delivery::read(&source, headers, body, now);

    let (events, subjects) = match &delivery {
        Ok(delivery) => (delivery.events().map(|event| event.key.clone()).collect(), delivery.subjects()),
        Err(_) => (Vec::new(), BTreeSet::new()),
    };
    let hook_id = hook.id();
    let recall = services.store.recall(&hook.tenant, &events, &subjects, hook_id.as_ref()).await?;
    let tenant = recall.tenant.as_ref().ok_or(Refusal::WrongSecret)?;
    check_path_secret(services, tenant, &hook.path_secret)?;
    let secrets = tenants::signing_secrets(&services.sealer, tenant).map_err(Refusal::Sealed)?;
    let proof = verify(&source, headers, body, &secrets, now).map_err(Refusal::Unproven)?;
    let delivery = delivery.map_err(Refusal::Faulty)?;
    let mut news = delivery.news(&tenant.tenant, now, proof).map_err(Refusal::Faulty)?;
    put_in_access_codes(&mut news, delivery.access_codes(), (&services.sealer, &hook.tenant))
        .map_err(Refusal::Sealed)?;

    let fresh: Vec<&Received> = delivery.events().filter(|event| !recall.seen.contains(&event.key)).collect();
    let receipt = Receipt {
        accepted: fresh.len(),
        repeated: events.len().saturating_sub(fresh.len()),
        unused: delivery.ignored().map(str::to_owned).collect(),
    };
    if fresh.is_empty() {
        return Ok(receipt);
    }
    let rules = Rulebook::new(&tenant.tenant);
    let origin = hook_id.as_ref().map(|_| json!(hook.origin(headers, proof, now)).to_string());
    let intake = Intake { services, tenant: &hook.tenant, hook: hook_id.as_ref(), origin, rules: &rules, now };
    let woken = intake.take_in(&fresh, &news, recall).await?;
    intake.wake(woken).await;
    Ok(receipt)
}

/// Whether the path has the secret of the tenant.
pub(crate) fn check_path_secret(services: &Services, tenant: &TenantRecord, given: &str) -> Result<(), Refusal> {
    let secret = tenants::secret(&services.sealer, tenant, "hooks.path_secret").map_err(Refusal::Sealed)?;
    let right = secret.is_some_and(|secret| secret.expose_secret().as_bytes().ct_eq(given.as_bytes()).into());
    if right { Ok(()) } else { Err(Refusal::WrongSecret) }
}

struct Intake<'a> {
    services: &'a Services,
    tenant: &'a TenantId,
    hook: Option<&'a HookId>,
    /// How the events came in; none if that is longer than any platform's, and then nobody reads them again.
    origin: Option<String>,
    rules: &'a Rulebook,
    now: Timestamp,
}

impl Intake<'_> {
    /// Stores events with what follows from them; answers who has to be woken.
    ///
    /// A batch that is too large for one transaction is stored in parts, each with its own events: if one fails, the sender
    /// repeats the whole, and the parts that were stored are known.
    async fn take_in(
        &self,
        events: &[&Received],
        news: &[News],
        first: Recall,
    ) -> Result<BTreeSet<MemberKey>, Refusal> {
        let mut woken = BTreeSet::new();
        let mut parts = vec![(events, Some(first))];
        while let Some((events, recall)) = parts.pop() {
            match self.store(events, news, recall).await? {
                Stored::Whole(members) => woken.extend(members),
                Stored::TooLarge => {
                    let (one, other) = events.split_at(events.len() / 2);
                    parts.push((other, None));
                    parts.push((one, None));
                }
            }
        }
        Ok(woken)
    }

    /// Stores some events in one transaction, if they fit into one.
    async fn store(&self, events: &[&Received], news: &[News], first: Option<Recall>) -> Result<Stored, Refusal> {
        let keys: Vec<EventKey> = events.iter().map(|event| event.key.clone()).collect();
        let mut subjects: BTreeSet<Subject> = told_by(news, events).iter().map(|piece| piece.subject.clone()).collect();
        let mut recall = first;
        for attempt in 0..TRIES {
            let known = match recall.take() {
                Some(recall) => recall,
                None => self.services.store.recall(self.tenant, &keys, &subjects, self.hook).await?,
            };
            // The same delivery may have been stored by another process in between.
            let fresh: Vec<&Received> =
                events.iter().copied().filter(|event| !known.seen.contains(&event.key)).collect();
            if fresh.is_empty() {
                return Ok(Stored::Whole(BTreeSet::new()));
            }
            let recording = match take_in(&told_by(news, &fresh), &known.records, self.rules) {
                Ok(recording) => recording,
                Err(missing) => {
                    subjects.extend(known.records.keys().cloned());
                    subjects.extend(missing);
                    continue;
                }
            };
            if !known.fits_one_transaction(&recording, fresh.len()) && events.len() > 1 {
                return Ok(Stored::TooLarge);
            }
            let records = self.sealed(&fresh)?;
            match self.services.store.record(&known, &recording, &records, self.now).await {
                Ok(()) => return Ok(Stored::Whole(self.members(&recording))),
                Err(StoreError::Conflict | StoreError::Contended) => {
                    subjects.extend(known.records.keys().cloned());
                    tokio::time::sleep(pause(&fresh, attempt)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    fn members(&self, recording: &Recording) -> BTreeSet<MemberKey> {
        let members = recording.wakes.iter().cloned();
        members.map(|member| MemberKey { tenant: self.tenant.clone(), member }).collect()
    }

    fn sealed(&self, events: &[&Received]) -> Result<Vec<EventRecord>, Refusal> {
        let sealed = |event: &&Received| {
            let body = if event.body.len() > LONGEST_KEPT { None } else { Some(self.seal(event)?) };
            let came = self.origin.clone().map(|origin| Came { number: event.number, origin });
            Ok(EventRecord { key: event.key.clone(), body, came })
        };
        events.iter().map(sealed).collect()
    }

    fn seal(&self, event: &Received) -> Result<String, Refusal> {
        let item = keys::event(self.tenant, &event.key).pk;
        let place = SealedFor { tenant: self.tenant, item: &item, field: "body" };
        let sealed = self.services.sealer.seal(&place, &SecretString::from(event.body.as_str()));
        let sealed = sealed.map_err(|source| TenantError::Sealing { place: "event".to_owned(), source });
        Ok(sealed.map_err(Refusal::Sealed)?.as_str().to_owned())
    }

    /// Wakes everyone concerned. A failure costs at most the minute until the sweep finds them by their due marks.
    async fn wake(&self, members: BTreeSet<MemberKey>) {
        let members: Vec<MemberKey> = members.into_iter().collect();
        if members.is_empty() {
            return;
        }
        if let Err(error) = self.services.wakeups.wake(&members, self.now).await {
            tracing::warn!(tenant.id = %self.tenant, error = %error, "nobody was woken; the sweep will find them");
        }
    }
}

/// The news that came with these events.
fn told_by(news: &[News], events: &[&Received]) -> Vec<News> {
    let keys: BTreeSet<&EventKey> = events.iter().map(|event| &event.key).collect();
    news.iter().filter(|piece| keys.contains(&piece.event)).cloned().collect()
}

enum Stored {
    Whole(BTreeSet<MemberKey>),
    TooLarge,
}
