//! Groups that staff chooses in Spacebring itself, for plans and rooms, in place of mappings of the document.

use serde_json::{Value, json};
use simulators::spacebring::{Plan, Subscription};

use super::{MEMBERS, Network, ROOMS, login, post, read};
use crate::{
    spacebring::network::{ANNA, BEN, ROOM, booking, member, subscription},
    world::NONE,
};

const OTHERS: u64 = 503;

impl Network {
    /// With Anna and Ben, a plan and a room, each with a group; nothing is mapped.
    async fn with_groups(are_wanted: bool) -> Self {
        let mut login = login();
        if are_wanted {
            login["groups"] = json!("read");
        }
        let network = Self::of_nobody(&[], login).await;
        network.choose(Some(MEMBERS), Some(ROOMS));
        let now = network.world.now();
        network.edit(|model| {
            model.put_membership(&member(ANNA, "Anna", None), now);
            model.put_membership(&member(BEN, "Ben", None), now);
        });
        network
    }

    /// The groups of the plan and the room.
    fn choose(&self, plan: Option<u64>, room: Option<u64>) {
        self.edit(|model| {
            model.put_plan(&Plan { id: "p1".to_owned(), location: "main".to_owned(), brivo_group: plan });
        });
        self.put_room(room);
    }

    /// A subscription of the plan, whose item has this group of its own, as Spacebring copies it from the plan.
    fn subscribe(&self, id: &str, holder: &str, group: Option<u64>) {
        let now = self.world.now();
        let with_group = Subscription { brivo_group: group, ..subscription(id, "p1", holder) };
        self.edit(|model| model.put_subscription(&with_group, now));
    }

    async fn plan(&self) -> Value {
        let (status, body) = self.world.bundle.api("/tenants/harbour/plan").await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

/// SPB-05, SPB-06, SPB-08, SPB-15: a subscription gives the group of its own item, a room that of its bookings, and both follow what staff
/// chooses in Spacebring.
#[tokio::test]
async fn groups_that_staff_chose_in_spacebring_are_given() {
    let mut network = Network::with_groups(true).await;
    network.subscribe("s1", ANNA, Some(MEMBERS));
    let now = network.world.now();
    network.edit(|model| model.put_booking(&booking("b1", ROOM, ("09:00", "10:00")), now));

    let told = read(&mut network.world).await;

    assert_eq!((&told["trouble"], &told["under_way"]), (&Value::Null, &Value::Null), "{told}");
    assert_eq!(network.world.groups(ANNA), [MEMBERS]);
    assert_eq!(network.world.groups_at("08:55", ANNA).await, [MEMBERS, ROOMS]);
    let access = network.world.access(ANNA).await;
    assert_eq!(access["groups"][1]["reasons"][0]["mapping"], format!("resource/{ROOM}"), "{access}");

    network.choose(Some(MEMBERS), Some(OTHERS));
    read(&mut network.world).await;
    assert_eq!(network.world.groups(ANNA), [MEMBERS, OTHERS], "the room has another group");

    network.world.new_calls();
    read(&mut network.world).await;
    assert_eq!(network.world.new_writes(), [""; 0], "nothing is said anew");
}

/// R1: nobody's groups are touched because of what Spacebring says, unless the document wants it.
#[tokio::test]
async fn what_spacebring_says_of_groups_counts_only_if_the_document_wants_it() {
    let mut network = Network::with_groups(false).await;
    network.subscribe("s1", ANNA, Some(MEMBERS));

    read(&mut network.world).await;
    assert_eq!(network.world.groups(ANNA), NONE);

    network.world.document["platform_api"]["groups"] = json!("read");
    network.world.put_tenant().await;
    read(&mut network.world).await;
    assert_eq!(network.world.groups(ANNA), [MEMBERS]);

    // A document that is put again without a change keeps it, one that does not want it any more lets go.
    network.world.put_tenant().await;
    network.world.take_turns().await;
    assert_eq!(network.world.groups(ANNA), [MEMBERS]);
    network.world.document["platform_api"]["groups"] = json!("no");
    network.world.put_tenant().await;
    network.world.take_turns().await;
    assert_eq!(network.world.groups(ANNA), NONE);
}

/// B2, B14, B15, INV-9: groups that vanish from Spacebring for many wait for approval like a change of the document, and come back by
/// themselves.
#[tokio::test]
async fn groups_that_vanish_for_many_wait_for_approval() {
    let mut network = Network::with_groups(true).await;
    for number in 0..8 {
        let id = format!("5d0a6a3e-0000-4000-8000-0000000001{number:02}");
        let now = network.world.now();
        network.edit(|model| model.put_membership(&member(&id, &format!("Somebody{number}"), None), now));
        network.subscribe(&format!("s{number}"), &id, Some(MEMBERS));
    }
    let somebody = "5d0a6a3e-0000-4000-8000-000000000103";
    read(&mut network.world).await;
    assert_eq!(network.world.groups(somebody), [MEMBERS]);

    network.choose(None, Some(ROOMS));
    read(&mut network.world).await;
    assert_eq!(network.plan().await["waits_for_approval"], true);
    assert_eq!(network.world.groups(somebody), [MEMBERS]);

    network.choose(Some(MEMBERS), Some(ROOMS));
    read(&mut network.world).await;
    assert_eq!(network.plan().await["waits_for_approval"], false);

    network.choose(None, Some(ROOMS));
    read(&mut network.world).await;
    let hash = network.plan().await["hash"].clone();
    let (status, body) = post(&network.world, "plan/apply", &json!({"hash": hash})).await;
    assert_eq!(status, 200, "{body}");
    network.world.take_turns().await;
    assert_eq!(network.world.groups(somebody), NONE);
}

/// B3: that no room has a group any more may be an answer that is empty by mistake: it waits, however few it would concern.
#[tokio::test]
async fn one_empty_answer_takes_no_group_from_anybody() {
    let mut network = Network::with_groups(true).await;
    let now = network.world.now();
    network.edit(|model| model.put_booking(&booking("b1", ROOM, ("08:00", "10:00")), now));
    network.subscribe("s1", ANNA, Some(MEMBERS));
    read(&mut network.world).await;
    assert_eq!(network.world.groups(ANNA), [MEMBERS, ROOMS]);

    network.choose(Some(MEMBERS), None);
    read(&mut network.world).await;
    assert_eq!(network.world.groups(ANNA), [MEMBERS, ROOMS]);
    assert_eq!(network.plan().await["waits_for_approval"], true);

    network.choose(Some(MEMBERS), Some(ROOMS));
    read(&mut network.world).await;
    assert_eq!(network.plan().await["waits_for_approval"], false);
    assert_eq!(network.world.groups(ANNA), [MEMBERS, ROOMS]);
    assert_eq!(network.world.groups_at("11:00", ANNA).await, [MEMBERS]);
}
