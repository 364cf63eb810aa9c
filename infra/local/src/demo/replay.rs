//! Plays the day: changes Nexudus, sends its webhooks, and moves time from one instant that matters to the next.

use anyhow::{Context, ensure};
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use simulators::{
    brivo::BrivoServer,
    nexudus::{Booking, Entity, Hashing, Model, NexudusServer, signature},
};

use super::{
    book::Book,
    cast::{guid, put_customer},
    day::Day,
    page::Page,
    scenes::{Booked, CLOSING, Change, Scene},
    timeline::{Entry, Kind, entries},
};
use crate::Bundle;

/// A day being played.
#[derive(Debug)]
pub(crate) struct Replay<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) nexudus: &'a NexudusServer,
    pub(crate) brivo: &'a BrivoServer,
    pub(crate) day: &'a Day,
    pub(crate) book: &'a Book,
    pub(crate) page: &'a Page,
    pub(crate) sender: Sender,
}

/// What the receiver answered over the day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Receipts {
    pub(crate) deliveries: usize,
    pub(crate) repeated: usize,
}

/// One step of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    at: Timestamp,
    /// The scene's place in the day.
    scene: usize,
    /// Which delivery of the scene's webhook; the change itself comes before all.
    delivery: Option<usize>,
}

/// How far the timeline is told.
#[derive(Debug, Default)]
struct Told {
    calls: usize,
    changes: usize,
    quiet_ends: usize,
}

impl Replay<'_> {
    /// Plays all scenes and the rest of the day.
    pub(crate) async fn play(&self, scenes: &[Scene]) -> anyhow::Result<Receipts> {
        let mut bodies: Vec<String> = vec![String::new(); scenes.len()];
        let mut told = Told::default();
        let mut receipts = Receipts::default();
        for step in steps(scenes, self.day)? {
            self.pass_time(step.at, &mut told).await?;
            let (Some(scene), Some(body)) = (scenes.get(step.scene), bodies.get_mut(step.scene)) else { continue };
            match step.delivery {
                None => *body = self.change(scene)?,
                Some(delivery) => {
                    let receipt = self.sender.send(scene, body).await?;
                    receipts.deliveries += 1;
                    receipts.repeated += receipt.repeated;
                    self.page.entry(self.day, &heard(scene, step.at, delivery, receipt))?;
                    self.pass_time(step.at, &mut told).await?;
                }
            }
        }
        self.pass_time(self.day.at(CLOSING)?, &mut told).await?;
        Ok(receipts)
    }

    /// Makes a change in Nexudus; answers the body of its webhook.
    fn change(&self, scene: &Scene) -> anyhow::Result<String> {
        let times = |booked: Booked| anyhow::Ok((self.day.at(booked.from)?, self.day.at(booked.to)?));
        let body = match scene.change {
            Change::Joins(person) => self.nexudus.edit(|model, now| {
                put_customer(model, &person, now);
                model.webhook_body(Entity::Coworker, person.id)
            }),
            Change::Books(booked) | Change::Changes(booked) => {
                let times = times(booked)?;
                self.nexudus.edit(|model, now| {
                    put_booking(model, booked, times, now);
                    model.webhook_body(Entity::Booking, booked.id)
                })
            }
            Change::Cancels(booked) => self.nexudus.edit(|model, _| {
                let last = model.webhook_body(Entity::Booking, booked.id);
                model.remove(Entity::Booking, booked.id);
                last
            }),
        };
        let captured = scene.captured.map(str::to_owned);
        captured.or(body).context("a scene changes something that Nexudus does not have")
    }

    /// Moves time on, runs all that falls due, and tells of it.
    async fn pass_time(&self, until: Timestamp, told: &mut Told) -> anyhow::Result<()> {
        self.bundle.advance_to(until).await?;
        let (calls, changes) = (self.brivo.calls(), self.brivo.history());
        let new_calls = calls.get(told.calls..).unwrap_or_default();
        let new_changes = changes.get(told.changes..).unwrap_or_default();
        (told.calls, told.changes) = (calls.len(), changes.len());
        let mut news = entries(new_calls, new_changes, self.book, self.day);
        let ends = self.quiet_ends(until, told);
        news.extend(ends);
        news.sort_by_key(|entry| entry.at);
        news.iter().try_for_each(|entry| self.page.entry(self.day, entry))
    }

    /// The windows that ended by now and closed no door, beside those already told.
    fn quiet_ends(&self, now: Timestamp, told: &mut Told) -> Vec<Entry> {
        let mut ends = self.book.quiet_ends(self.day);
        ends.retain(|(at, ..)| *at <= now);
        ends.sort();
        let known = std::mem::replace(&mut told.quiet_ends, ends.len());
        let entry = |(at, who, why)| {
            let what = "stays open".to_owned();
            Entry { at, who, kind: Kind::Stays, what, why, calls: vec!["no call".to_owned()] }
        };
        ends.into_iter().skip(known).map(entry).collect()
    }
}

/// Changes and deliveries in the order of time.
fn steps(scenes: &[Scene], day: &Day) -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::new();
    for (number, scene) in scenes.iter().enumerate() {
        steps.push(Step { at: day.at(scene.at)?, scene: number, delivery: None });
        for (delivery, time) in scene.arrivals().iter().enumerate() {
            steps.push(Step { at: day.at(*time)?, scene: number, delivery: Some(delivery) });
        }
    }
    steps.sort();
    Ok(steps)
}

fn put_booking(model: &mut Model, booked: Booked, (from_time, to_time): (Timestamp, Timestamp), now: Timestamp) {
    let booking = Booking {
        id: booked.id,
        unique_id: guid(booked.id),
        resource_id: booked.room.id,
        coworker_id: booked.customer.map(|customer| customer.id),
        from_time,
        to_time,
        tentative: booked.tentative,
    };
    model.put_booking(&booking, now);
    if let Some(visitor) = booked.visitor {
        let visitors = json!([{"Id": booked.id, "FullName": visitor, "Email": "visitor@example.com"}]);
        model.set(Entity::Booking, booked.id, ("BookingVisitors", visitors), now);
    }
}

fn heard(scene: &Scene, at: Timestamp, delivery: usize, receipt: Receipt) -> Entry {
    let known = if receipt.repeated > 0 { ", known already" } else { "" };
    let form = match scene.signed {
        Hashing::RawBytes => "",
        Hashing::AsciiReplaced => ", signed in ASCII form",
    };
    let why = if delivery == 0 { scene.told } else { "The same delivery once more: it changes nothing." };
    Entry {
        at,
        who: scene.change.person().map_or("The staff", |person| person.name).to_owned(),
        kind: Kind::Heard,
        what: format!("webhook {} → 200{known}{form}", scene.change.action()),
        why: why.to_owned(),
        calls: Vec::new(),
    }
}

/// Sends webhooks as Nexudus does.
#[derive(Debug)]
pub(crate) struct Sender {
    http: Client,
    /// The address without action and location.
    hook: SecretString,
    location: String,
    signing_secret: SecretString,
}

/// What the receiver says of a delivery.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Receipt {
    repeated: usize,
}

impl Sender {
    /// A sender to the hooks of the day's location, with the secret of their path and that of their signatures.
    pub(crate) fn new(
        url: &str,
        day: &Day,
        path_secret: &SecretString,
        signing_secret: SecretString,
    ) -> anyhow::Result<Self> {
        let tenant = &day.tenant.id;
        Ok(Self {
            http: Client::builder().no_proxy().build()?,
            hook: SecretString::from(format!("{url}/hooks/nexudus/{tenant}/{}", path_secret.expose_secret())),
            location: day.location.id.to_string(),
            signing_secret,
        })
    }

    async fn send(&self, scene: &Scene, body: &str) -> anyhow::Result<Receipt> {
        let action = scene.change.action();
        let url = format!("{}/{action}?location={}", self.hook.expose_secret(), self.location);
        let signature = signature(self.signing_secret.expose_secret(), body, scene.signed);
        let request = self.http.post(url).header("X-Nexudus-Hook-Signature", signature);
        let request = request.header("Content-Type", "application/json").body(body.to_owned());
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status == StatusCode::OK, "the webhook {action} was answered {status}: {text}");
        serde_json::from_str(&text).context("the answer to a webhook cannot be read")
    }
}

#[cfg(test)]
mod tests {
    use runtime::document::Document;

    use super::{super::scenes::DAY, *};

    #[test]
    fn news_that_comes_late_is_made_before_and_delivered_after_what_is_newer() {
        let document = Document::from_toml(super::super::TENANT).unwrap();
        let day = Day::of(&document.tenant).unwrap();
        let late = DAY.iter().position(|scene| scene.arrivals().iter().any(|time| *time > scene.at)).unwrap();

        let steps = steps(DAY, &day).unwrap();

        let place =
            |scene, delivery| steps.iter().position(|step| (step.scene, step.delivery) == (scene, delivery)).unwrap();
        assert!(place(late, None) < place(late + 1, None));
        assert!(place(late + 1, Some(0)) < place(late, Some(0)));
    }
}
