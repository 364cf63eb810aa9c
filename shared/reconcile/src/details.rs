//! Asks the platform for what a webhook left out.

use domain::facts::Member;
use runtime::Services;

use crate::{gather::Gathered, outcome::Trouble};

/// What came of asking.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// Whether nothing more is to be learned for now.
    pub(crate) settled: bool,
    /// The person, if there was news, with the version it was read at.
    pub(crate) member: Option<(Member, u64)>,
    /// Why nothing came of it.
    pub(crate) trouble: Option<Trouble>,
}

/// Fetches the person's details if they are wanted, and puts them with the gathered facts.
///
/// A platform that does not answer delays nothing but the making of a user ahead of time: access rests on what is known.
pub(crate) async fn fetch(services: &Services, gathered: &mut Gathered) -> Details {
    let settled = Details { settled: true, ..Details::default() };
    let Some(member) = gathered.facts.member.as_mut().filter(|member| member.details_wanted) else {
        return settled;
    };
    let client = match services.platforms.nexudus(&services.sealer, &gathered.tenant) {
        Ok(Some(client)) => client,
        Ok(None) => return settled,
        Err(error) => return Details { trouble: Some(error.into()), ..settled },
    };
    match client.customer(&member.id).await {
        Ok(found) => {
            if let Some(customer) = found {
                member.merge(customer.patch, customer.as_of);
            } else {
                tracing::warn!(
                    tenant.id = %gathered.tenant.tenant.id, member.id = %member.id,
                    "the platform does not know this customer; what its webhooks told is used"
                );
            }
            member.details_wanted = false;
            Details { settled: true, member: Some((member.clone(), gathered.version)), trouble: None }
        }
        Err(error) => Details { settled: !error.is_transient(), member: None, trouble: Some(error.into()) },
    }
}
