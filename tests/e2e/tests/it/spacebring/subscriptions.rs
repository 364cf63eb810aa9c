//! What subscriptions give, to people and companies. Their hooks do not name their event.

use serde_json::json;
use simulators::spacebring::Subscription;

use super::network::{ANNA, BEN, COMPANY, Network, company, maps, subscription};
use crate::{
    feed::but,
    world::{NONE, at},
};

const CLEO: &str = "5d0a6a3e-0000-4000-8000-000000000003";

fn of_company(id: &str, plan: &str) -> Subscription {
    Subscription { company: Some(COMPANY.to_owned()), membership: None, ..subscription(id, plan, ANNA) }
}

/// SPB-06, SPB-07, SPB-09, SPB-11: whoever made it, staff or the customer.
#[tokio::test]
async fn a_subscription_gives_the_group_of_its_plan_from_its_start_to_its_end() {
    let mut network = Network::open(&[maps("plan", "p1", &[501])]).await;
    let (starts, ends) = (at("2026-03-03T09:00:00Z"), Some(at("2026-03-05T09:00:00Z")));

    for (id, member, event) in [("s1", ANNA, "subscription.created"), ("s2", BEN, "subscription.purchased")] {
        let subscription = Subscription { starts, ends, ..subscription(id, "p1", member) };
        network.model.put_subscription(&subscription, network.world.now());
        network.tell(event, id).await;
    }
    assert_eq!((network.world.groups(ANNA), network.world.groups(BEN)), (NONE.to_vec(), NONE.to_vec()));
    network.world.run_until(at("2026-03-06T00:00:00Z")).await;

    for member in [ANNA, BEN] {
        assert_eq!(network.world.stays(member, 501), ["2026-03-03T09:00:00Z to 2026-03-05T09:00:00Z"], "{member}");
    }
}

/// SPB-11, SPB-13: an end that is set later, and a deletion, which a late update does not undo.
#[tokio::test]
async fn a_subscription_that_is_ended_or_deleted_gives_nothing_any_more() {
    let mut network = Network::open(&[maps("plan", "p1", &[501]), maps("plan", "p2", &[502])]).await;
    let running = [subscription("s1", "p1", ANNA), subscription("s2", "p2", ANNA)];
    for subscription in &running {
        network.model.put_subscription(subscription, network.world.now());
        network.tell("subscription.created", &subscription.id).await;
    }
    let unchanged = network.model.webhook_body("subscription.updated", "s2").unwrap();
    let late = network.attempt(&unchanged, network.world.now());
    assert_eq!(network.world.groups(ANNA), [501, 502]);
    network.world.run_until(at("09:00")).await;

    let ended = Subscription { ends: Some(at("10:00")), ..subscription("s1", "p1", ANNA) };
    network.model.put_subscription(&ended, network.world.now());
    network.tell("subscription.updated", "s1").await;
    network.tell("subscription.deleted", "s2").await;
    assert_eq!(network.world.groups(ANNA), [501]);
    network.deliver("subscription.updated", &serde_json::from_str(&late.body).unwrap()).await;
    network.world.run_until(at("18:00")).await;

    assert_eq!(network.world.stays(ANNA, 501), ["08:00:00 to 10:00:00"]);
    assert_eq!(network.world.stays(ANNA, 502), ["08:00:00 to 09:00:00"]);
}

/// SPB-08: a group of its own counts instead of the plan's, and a plan that is mapped anew is for new subscriptions.
#[tokio::test]
async fn each_subscription_carries_its_own_groups() {
    let mut network = Network::open(&[maps("plan", "p1", &[501]), maps("plan", "p2", &[502])]).await;
    let own = Subscription { brivo_group: Some(502), ..subscription("s2", "p1", BEN) };
    for subscription in [&subscription("s1", "p1", ANNA), &own] {
        network.model.put_subscription(subscription, network.world.now());
        network.tell("subscription.created", &subscription.id).await;
    }
    assert_eq!((network.world.groups(ANNA), network.world.groups(BEN)), (vec![501], vec![502]));

    network.world.document["mappings"] = json!([maps("plan", "p1", &[503]), maps("plan", "p2", &[502])]);
    network.world.put_tenant().await;
    network.tell_member(CLEO, "Cleo", None).await;
    network.model.put_subscription(&subscription("s3", "p1", CLEO), network.world.now());
    network.tell("subscription.created", "s3").await;

    assert_eq!((network.world.groups(ANNA), network.world.groups(CLEO)), (vec![501], vec![503]));
}

/// SPB-10: neither an invoice nor a payment that failed or waits changes who gets in.
#[tokio::test]
async fn what_is_paid_or_not_changes_nothing() {
    let mut network = Network::open(&[maps("plan", "p1", &[501])]).await;
    network.model.put_subscription(&subscription("s1", "p1", ANNA), network.world.now());
    network.tell("subscription.created", "s1").await;
    network.world.new_calls();

    let body = network.model.webhook_body("subscription.updated", "s1").unwrap();
    let unpaid =
        but(body, &json!({"pausePaymentCollection": {"behavior": "void"}, "invoices": [{"status": "failed"}]}));
    network.deliver("subscription.updated", &unpaid).await;
    let receipt = network.deliver("invoice.issued", &json!({"type": "invoice.issued", "invoice": {"id": "i1"}})).await;

    assert_eq!(receipt["unused"], json!(["invoice.issued"]));
    assert_eq!((network.world.groups(ANNA), network.world.new_calls()), (vec![501], vec![]));
}

/// SPB-12, SPB-13, SPB-14, INV-3: with whoever joins later, and without what somebody has besides.
#[tokio::test]
async fn a_subscription_of_a_company_lets_all_of_it_in_until_it_or_the_company_is_gone() {
    let mut network = Network::open(&[maps("plan", "p1", &[501]), maps("plan", "p2", &[502])]).await;
    for subscription in [of_company("s1", "p1"), of_company("s2", "p2"), subscription("s3", "p1", BEN)] {
        network.model.put_subscription(&subscription, network.world.now());
        network.tell("subscription.created", &subscription.id).await;
    }
    network.tell_member(CLEO, "Cleo", Some(COMPANY)).await;
    let groups = |network: &Network| [ANNA, BEN, CLEO].map(|member| network.world.groups(member));
    assert_eq!(groups(&network), [vec![], vec![501, 502], vec![501, 502]]);

    network.tell("subscription.deleted", "s1").await;
    assert_eq!(groups(&network), [vec![], vec![501, 502], vec![502]], "Ben has one of his own");
    network.model.put_company(&company(), network.world.now());
    network.tell("company.deleted", COMPANY).await;

    assert_eq!(groups(&network), [vec![], vec![501], vec![]]);
    assert_eq!(network.world.stays(BEN, 501), ["08:00:00 to"]);
}
