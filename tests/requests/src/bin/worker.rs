//! A process of its own that looks after one member on a shared state, until nothing is to be done within a minute.
//!
//! Arguments: the engine's address, the file of the data keys, Brivo's two addresses, and the member.

use anyhow::Context;
use brivo::Hosts;
use domain::MemberKey;
use jiff::SignedDuration;
use requests::Shared;

/// What is due later than this is left to others.
const SOON: SignedDuration = SignedDuration::from_mins(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("give engine, key file, auth host, api host and member");
    let (engine, key_file) = (next()?, next()?.into());
    let hosts = Hosts { auth: next()?, api: next()? };
    let member = MemberKey { tenant: "acme".into(), member: next()?.as_str().into() };
    let shared = Shared { engine, key_file, hosts };
    let (services, queue) = shared.process(&format!("worker of {member}"))?;

    services.wakeups.wake(&[member], services.clock.now()).await?;
    while let Some(due) = queue.next_due() {
        let wait = due.duration_since(services.clock.now());
        if wait > SOON {
            break;
        }
        tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
        while let Some((_, member)) = queue.take_due(services.clock.now()) {
            reconcile::reconcile(&services, &member).await?;
        }
    }
    Ok(())
}
