//! Carries a served model's notifications to their subscribers, one after the other.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::task::JoinHandle;

use super::events::Delivery;
use super::server::Desk;

/// Longer than a subscriber that answers in time needs; the documents name no limit.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether a notification that waits has become due; the model's clock gives no sign.
const LOOK: Duration = Duration::from_millis(50);

/// A courier at work; dropping it ends its work.
#[derive(Debug)]
pub(super) struct Courier(JoinHandle<()>);

impl Courier {
    pub(super) fn start(desk: Arc<Desk>) -> Self {
        Self(tokio::spawn(work(desk)))
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn work(desk: Arc<Desk>) {
    let mut client = None;
    loop {
        for delivery in desk.take_deliveries() {
            let status = post(&mut client, &delivery).await;
            // A file that cannot be written shows at the next answer of the model.
            let _ = desk.edit(|model, now| model.settle_delivery(delivery, status, now));
        }
        desk.wait_for_deliveries(LOOK).await;
    }
}

/// The status of the answer, if one came. The client is built for the first notification: most models send none.
async fn post(client: &mut Option<Client>, delivery: &Delivery) -> Option<u16> {
    if client.is_none() {
        *client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).build().ok();
    }
    let call = client.as_ref()?.post(&delivery.url).header("Content-Type", "application/json");
    let response = call.body(delivery.body.clone()).send().await.ok()?;
    Some(response.status().as_u16())
}
