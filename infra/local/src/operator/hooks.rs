//! The webhooks of a tenant's platform: what there should be, and registering them to the end.

use anyhow::bail;
use clap::Args;
use serde_json::{Map, Value, json};

use super::{Tenant, api::Api, wait::Progress};

#[derive(Debug, Args)]
pub(crate) struct Hooks {
    #[command(flatten)]
    of: Tenant,
    /// Register those that are missing, and switch on those that were switched off.
    #[arg(long)]
    register: bool,
    /// Where the platform reaches this bundle, if that is not where it is asked or was registered before.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Show whole URLs, with the secret in them, to be entered by hand.
    #[arg(long, conflicts_with = "register")]
    show_urls: bool,
}

impl Hooks {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let api = self.of.api()?;
        if self.register {
            return self.register(&api).await;
        }
        let url = self.public_url.iter().map(|url| ("url", url.as_str()));
        let query: Vec<_> = url.chain(self.show_urls.then_some(("show", "urls"))).collect();
        self.of.print(&api.get(&["hooks"], &query).await?, told)
    }

    /// Asks again and again until nothing is left, as long as every call does something.
    async fn register(&self, api: &Api) -> anyhow::Result<()> {
        let url = self.public_url.as_ref().map(|url| ("url".to_owned(), json!(url)));
        let body = Value::Object(url.into_iter().collect::<Map<_, _>>());
        let progress = Progress::new();
        loop {
            let answer = api.post(&["hooks"], &body).await?;
            let left = answer.get("left").and_then(Value::as_u64).unwrap_or_default();
            let did = ["registered", "switched_on"].map(|what| count(&answer, what)).into_iter().sum::<usize>();
            if left > 0 && did > 0 {
                progress.show(&format!("{left} hooks to go")).await;
                continue;
            }
            progress.end();
            self.of.print(&answer, told)?;
            return match answer.get("trouble").and_then(Value::as_str) {
                None if left == 0 => Ok(()),
                None => bail!("{left} hooks could not be registered: the platform does not know their location"),
                Some(trouble) => bail!("{left} hooks are still to be registered: {trouble}"),
            };
        }
    }
}

fn count(answer: &Value, what: &str) -> usize {
    answer.get(what).and_then(Value::as_array).map_or(0, Vec::len)
}

/// Each hook with how it stands; what has no standing is entered by hand.
fn told(answer: &Value) -> String {
    let list = |name: &str| answer.get(name).and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let hooks = list("hooks").map(|hook| {
        let standing = hook.get("standing").and_then(Value::as_str).unwrap_or("by hand");
        format!("{standing:<13}{}", text(hook, "url"))
    });
    let others = list("left_alone")
        .map(|hook| format!("left alone   {} ({}, id {})", text(hook, "hook"), text(hook, "fault"), text(hook, "id")));
    let notes = list("notes").filter_map(Value::as_str).map(|note| format!("Note: {note}"));
    let by_hand = [format!("By hand: {}", text(answer, "by_hand"))];
    let trouble = answer.get("trouble").and_then(Value::as_str).map(|trouble| format!("Trouble: {trouble}"));
    hooks.chain(others).chain(notes).chain(by_hand).chain(trouble).collect::<Vec<_>>().join("\n")
}
