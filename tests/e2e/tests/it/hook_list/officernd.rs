//! OfficeRnD: one hook for all, which signs with a secret that is told when it is made.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::SignedDuration;
use reqwest::Url;
use serde_json::{Value, json};
use simulators::officernd::{Entity, Limits, Model, Names, OfficerndServer, signature};

use super::{alarms, an_hour_later, register, shown, standing, status};
use crate::{
    bundle::answer,
    feed::document,
    world::{MORNING, Setting, World, at},
};

struct Space {
    world: World,
    officernd: OfficerndServer,
}

impl Space {
    async fn open() -> Self {
        let mut model = Model::new("harbour", Limits::Off);
        model.add_application("client", "planted-platform-secret");
        // A minute for every call: more than five tokens in one are refused.
        let calls = AtomicI64::new(0);
        let clock = Arc::new(move || at(MORNING) + SignedDuration::from_mins(calls.fetch_add(1, Ordering::Relaxed)));
        let officernd = OfficerndServer::start(model, clock, 0).await.unwrap();
        let mut document = document("officernd", &[]);
        document["hooks"]["signing_secrets"] = json!([]);
        document["platform_api"] =
            json!({"organization": "harbour", "client_id": "client", "client_secret": "planted-platform-secret"});
        let platform_api = Some(officernd.identity_url());
        let world = World::of(Setting { keeps_data: true, platform_api, ..Setting::of(document) }).await;
        Self { world, officernd }
    }

    fn hooks(&self) -> Vec<Value> {
        self.officernd.read(Model::hooks)
    }

    /// OfficeRnD delivers by its last hook, signed as it signs; answers with which status.
    async fn deliver(&self) -> u16 {
        let now = self.world.now();
        let person = json!({"_id": "5e9b84959a6d250158f3cdf9", "name": "Ann Example", "status": "active"});
        let body = self.officernd.edit(|model, _| {
            model.put(Entity::Member, &person, now);
            model.webhook_body((Entity::Member, "5e9b84959a6d250158f3cdf9"), "member.updated", Names::Version2, now)
        });
        let (body, hook) = (body.unwrap(), self.hooks().pop().unwrap());
        let url = Url::parse(hook["url"].as_str().unwrap()).unwrap();
        let signed = signature(hook["secret"].as_str().unwrap(), &body, now, "signature");
        let delivery = self.world.bundle.post(url.path()).header("officernd-signature", signed).body(body);
        answer(delivery).await.0
    }
}

/// The secret that OfficeRnD gives is kept, whatever is put and restarted.
#[tokio::test]
async fn a_hook_is_registered_once_and_what_it_signs_is_taken_in() {
    let mut space = Space::open().await;

    let done = register(&space.world).await;
    assert_eq!((&done["registered"], standing(&done, "fine")), (&json!(["officernd"]), 1), "{done}");
    assert_eq!((space.hooks().len(), space.deliver().await), (1, 200));
    space.world.put_tenant().await;
    space.world.restart();
    assert_eq!(space.deliver().await, 200, "the document says nothing of this secret");

    assert_eq!((&register(&space.world).await["registered"], space.hooks().len()), (&json!([]), 1));
    let secret = space.hooks()[0]["secret"].as_str().unwrap().to_owned();
    let told = format!("{done} {} {}", shown(&space.world, "?show=urls").await, space.world.stderr());
    assert!(!told.contains(&secret));
}

/// A hook whose answer was lost signs with a secret that the list may show.
#[tokio::test]
async fn a_secret_that_was_lost_on_the_way_is_found_in_the_list() {
    let space = Space::open().await;
    space.officernd.edit(|model, _| model.lose_answers(1));
    assert!(register(&space.world).await["trouble"].is_string());
    assert_eq!((standing(&shown(&space.world, "").await, "unproven"), space.deliver().await), (1, 401));

    let done = register(&space.world).await;

    assert_eq!(
        (&done["proven"], standing(&done, "fine"), space.hooks().len()),
        (&json!(["officernd"]), 1, 1),
        "{done}"
    );
    assert_eq!(space.deliver().await, 200);
}

/// Where the list keeps it, the hook has to be deleted by hand, and is never doubled.
#[tokio::test]
async fn a_hook_whose_secret_nobody_knows_is_told_of_and_replaced_once_it_is_deleted() {
    let space = Space::open().await;
    space.officernd.edit(|model, _| {
        model.hide_secrets();
        model.lose_answers(1);
    });
    register(&space.world).await;

    let done = register(&space.world).await;
    assert_eq!((standing(&done, "unproven"), space.hooks().len()), (1, 1), "{done}");
    let id = done["hooks"][0]["id"].as_str().unwrap().to_owned();
    space.officernd.edit(|model, _| model.remove_hook(&id));
    let done = register(&space.world).await;

    assert_eq!((&done["registered"], standing(&done, "fine")), (&json!(["officernd"]), 1));
    assert_eq!((space.deliver().await, standing(&shown(&space.world, "").await, "fine")), (200, 1));
}

/// INV-6, and secrets can be rotated: at most two are kept, the newest among them.
#[tokio::test]
async fn a_hook_that_was_switched_off_is_mended_and_replaced_when_the_path_secret_changes() {
    let mut space = Space::open().await;
    register(&space.world).await;
    let id = space.hooks()[0]["_id"].as_str().unwrap().to_owned();
    space.officernd.edit(|model, _| model.enable_hook(&id, false));
    an_hour_later(&mut space.world).await;
    assert_eq!((alarms(&space.world), &status(&space.world).await["hooks"][0]["hook"]), (1, &json!("officernd")));
    assert_eq!(register(&space.world).await["switched_on"], json!(["officernd"]));
    assert_eq!(space.hooks()[0]["isEnabled"], true);

    for round in 0..3 {
        space.world.document["hooks"]["path_secret"] = json!(format!("planted-path-secret-number-{round}-0123456789"));
        space.world.put_tenant().await;
        assert_eq!(standing(&shown(&space.world, "").await, "outdated"), 1);

        let done = register(&space.world).await;

        assert_eq!(done["registered"], json!(["officernd"]), "{done}");
        assert_eq!((space.hooks().len(), space.deliver().await), (round + 2, 200));
    }
    assert_eq!(alarms(&space.world), 1);
}
