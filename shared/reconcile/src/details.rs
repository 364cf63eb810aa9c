//! Asks the platform for what a webhook left out.

use std::collections::BTreeSet;

use domain::{
    Subject, SubjectKind,
    facts::{Member, MemberPatch},
    intake::{EventKey, HINT, News, Recording, What, take_in},
};
use jiff::Timestamp;
use runtime::Services;
use state::{Lease, StoreError};

use crate::{
    Details,
    gather::Gathered,
    intake::{Absent, Intake},
    outcome::Trouble,
};

/// How often the news is taken in anew when others write to the same records.
const TRIES: usize = 5;

/// What came of asking.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    /// Whether nothing more is to be learned for now.
    pub(crate) settled: bool,
    /// Whether there was news.
    pub(crate) news: bool,
    /// Why nothing came of it.
    pub(crate) trouble: Option<Trouble>,
}

/// Fetches the person's details, if they are wanted or in any case, remembers them as any other news, and puts them with the gathered facts.
///
/// A platform that does not answer delays nothing but the making of a user ahead of time: access rests on what is known.
///
/// # Errors
/// If the state failed.
pub(crate) async fn fetch(
    services: &Services,
    lease: &Lease,
    gathered: &mut Gathered,
    details: Details,
) -> Result<Fetched, StoreError> {
    let settled = Fetched { settled: true, ..Fetched::default() };
    // A guest is nobody whom the platform knows by this id.
    let is_asked_for = |member: &Member| details == Details::Always && member.guest.is_none();
    let is_wanted = |member: &&mut Member| member.details_wanted || is_asked_for(member);
    let Some(member) = gathered.facts.member.as_mut().filter(is_wanted) else {
        return Ok(settled);
    };
    let client = match services.platforms.of(&services.sealer, &gathered.tenant) {
        Ok(Some(client)) => client,
        Ok(None) => return Ok(settled),
        Err(error) => return Ok(Fetched { trouble: Some(error.into()), ..settled }),
    };
    let (patch, as_of) = match client.member(&member.id).await {
        Ok(Some(customer)) => (customer.patch, customer.as_of),
        Ok(None) => {
            tracing::warn!(
                tenant.id = %gathered.tenant.tenant.id, member.id = %member.id,
                "the platform does not know this customer; what its webhooks told is used"
            );
            (MemberPatch::default(), HINT)
        }
        Err(error) => return Ok(Fetched { settled: !error.is_transient(), trouble: Some(error.into()), ..settled }),
    };
    let passes = client.late_passes(&gathered.tenant.tenant, &member.id, services.clock.now()).await;
    let passes = match passes {
        Ok(passes) => passes,
        Err(error) => return Ok(Fetched { settled: !error.is_transient(), trouble: Some(error.into()), ..settled }),
    };
    let patch = MemberPatch { details_fetched: true, ..patch };
    member.merge(patch.clone(), as_of);
    let news = News {
        event: EventKey { source: "the platform's API".to_owned(), id: member.id.as_str().to_owned() },
        subject: Subject::new(SubjectKind::Member, member.id.as_str()),
        as_of,
        what: What::Member(patch),
    };
    remember(services, lease, gathered, &news).await?;
    // What is new of passes wakes the person, so that this run is repeated.
    let intake = Intake::of(services, &gathered.tenant, Timestamp::MAX);
    intake.record(&intake.fresh(&passes, Absent::Unsaid).await?).await?;
    Ok(Fetched { news: true, ..settled })
}

/// Records the news, and wakes everyone else whom it concerns.
async fn remember(services: &Services, lease: &Lease, gathered: &Gathered, news: &News) -> Result<(), StoreError> {
    let tenant = &lease.member.tenant;
    let now = services.clock.now();
    let mut subjects = BTreeSet::from([news.subject.clone()]);
    for _ in 0..TRIES {
        let recall = services.store.recall(tenant, &[], &subjects, None).await?;
        let mut recording = match take_in(std::slice::from_ref(news), &recall.records, &gathered.rules) {
            Ok(recording) => recording,
            Err(missing) => {
                subjects.extend(missing);
                continue;
            }
        };
        if !moves_something_to(lease, &recording) {
            // This run knows already.
            recording.wakes.remove(&lease.member.member);
        }
        match services.store.record(&recall, &recording, &[], now).await {
            Ok(()) => {
                wake_others(services, lease, recording, now).await;
                return Ok(());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Contended)
}

/// Whether the news brings the person more than the details: then the run is to be repeated.
fn moves_something_to(lease: &Lease, recording: &Recording) -> bool {
    let me = &lease.member.member;
    !recording.copies.is_empty() || recording.bequests.keys().any(|(from, to)| from == me || to == me)
}

async fn wake_others(services: &Services, lease: &Lease, recording: Recording, now: Timestamp) {
    let others = recording.wakes.into_iter().filter(|member| *member != lease.member.member);
    let others: Vec<_> =
        others.map(|member| domain::MemberKey { tenant: lease.member.tenant.clone(), member }).collect();
    if others.is_empty() {
        return;
    }
    if let Err(error) = services.wakeups.wake(&others, now).await {
        tracing::warn!(tenant.id = %lease.member.tenant, error = %error, "nobody was woken; the sweep will find them");
    }
}
