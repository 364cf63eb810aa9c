//! What an operator asks of a bundle that runs, here or in the cloud, over its API.

mod api;
mod hooks;
mod replayed;
mod told;
mod wait;

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use api::Api;
use replayed::Replayed;
use wait::Progress;

use crate::output::write;

/// The lists that wait for approval, by the end of their address, and what each is of.
const LISTS: [(&str, &str); 3] = [
    ("plan", "the change of settings"),
    ("drift", "undoing hand edits"),
    ("full-read", "taking away what the platform lacks"),
];

/// What an operator asks for.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what would be written to Brivo and why, for everyone or for one member.
    Plan(Plan),
    /// Approve what waits: a change of settings, hand edits to be undone, or what the platform does not list any more.
    Apply(Apply),
    /// Read the platform and Brivo now, to the end; or bring one member in step now and tell what was done.
    Sync(Sync),
    /// Show whom Brivo's users would become: for every member without a user of ours who is found there by the e-mail address.
    Adoption(Tenant),
    /// Read the webhooks of the last days once more, as they came in: after something was not understood, or was lost.
    Replay(Replay),
    /// Show who has access, why, until when and what comes next.
    Explain(Explain),
    /// Show which webhooks the platform should have and how they stand, or register them.
    Hooks(hooks::Hooks),
    /// Take in everything there is from a file, for platforms without an API; what is missing is gone.
    Upload(Upload),
}

/// The bundle that is asked.
#[derive(Debug, Args)]
struct Place {
    /// Where the bundle is, as `serve` or the deployment said.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9000")]
    url: String,
    /// A file with the admin key, for its owner's eyes only; without it the key is that of the variable `LATCHWORK_ADMIN_KEY`.
    #[arg(long, value_name = "FILE")]
    admin_key_file: Option<PathBuf>,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tenant {
    /// The tenant.
    tenant: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    of: Tenant,
    /// Only this member.
    #[arg(long)]
    member: Option<String>,
    /// To whom a policy for leaving applies.
    #[arg(long, value_enum, default_value_t = Leavers::Later)]
    leavers: Leavers,
}

#[derive(Debug, Args)]
pub(crate) struct Sync {
    #[command(flatten)]
    of: Tenant,
    /// Only this member.
    #[arg(long)]
    member: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    of: Tenant,
    /// The hash of the list, as `plan`, `sync` or `status` told it.
    hash: String,
    /// To whom a policy for leaving applies.
    #[arg(long, value_enum, default_value_t = Leavers::Later)]
    leavers: Leavers,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    of: Tenant,
    /// The member, by the platform's id.
    member: String,
    /// Ask Brivo what it shows, which costs calls.
    #[arg(long)]
    live: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Upload {
    #[command(flatten)]
    of: Tenant,
    /// The list, `.csv` or `.json`.
    file: PathBuf,
    /// When the list was made.
    #[arg(long, value_name = "INSTANT")]
    as_of: Timestamp,
    /// The only location that the list is of.
    #[arg(long)]
    location: Option<String>,
    /// Say what would be taken in and what is missing, and record nothing.
    #[arg(long)]
    dry_run: bool,
    /// Approve taking away what is missing, by the hash that the upload told.
    #[arg(long, value_name = "HASH")]
    approve: Option<String>,
    /// In which column of a table a field is; repeatable.
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = pair)]
    column: Vec<(String, String)>,
    /// What separates the columns of a table.
    #[arg(long)]
    separator: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    of: Tenant,
    /// What came in from then on; events are kept for 14 days.
    #[arg(long, value_name = "INSTANT")]
    since: Timestamp,
    /// What came in before then, instead of before now.
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,
    /// Only what this sender sent, by the source of its events.
    #[arg(long)]
    source: Option<String>,
    /// Only what came by this hook, as `status` names it.
    #[arg(long)]
    hook: Option<String>,
    /// Let an event count also against what is known as of the same instant: it is read otherwise by now.
    #[arg(long)]
    anew: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Leavers {
    /// Those who leave from now on.
    Later,
    /// Those who have left already as well.
    All,
}

impl Leavers {
    fn word(self) -> &'static str {
        match self {
            Self::Later => "later",
            Self::All => "all",
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("write it as FIELD=COLUMN")?;
    Ok((field.to_owned(), column.to_owned()))
}

impl Command {
    /// Asks, and prints the answer.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Plan(plan) => plan.run().await,
            Self::Apply(apply) => apply.run().await,
            Self::Sync(sync) => sync.run().await,
            Self::Adoption(tenant) => adoption(&tenant).await,
            Self::Replay(replay) => replay.run().await,
            Self::Explain(explain) => explain.run().await,
            Self::Hooks(hooks) => hooks.run().await,
            Self::Upload(upload) => upload.run().await,
        }
    }
}

impl Tenant {
    fn api(&self) -> anyhow::Result<Api> {
        Api::new(&self.place.url, &self.tenant, self.place.admin_key_file.as_deref())
    }

    fn print(&self, answer: &Value, told: impl FnOnce(&Value) -> String) -> anyhow::Result<()> {
        let text = if self.place.json { serde_json::to_string_pretty(answer)? } else { told(answer) };
        write(text.trim_end())
    }
}

impl Plan {
    async fn run(self) -> anyhow::Result<()> {
        let api = self.of.api()?;
        if let Some(member) = &self.member {
            let plan = api.get(&["members", member, "plan"], &[]).await?;
            return self.of.print(&plan, told::plan_of_member);
        }
        let plan = api.get(&["plan"], &[("leavers", self.leavers.word())]).await?;
        let (read, drift) = (api.get(&["full-read"], &[]).await?, api.get(&["drift"], &[]).await?);
        self.of.print(&plan, |plan| {
            let others = [told::missing(&read), told::by_hand(&drift)];
            [told::plan(plan)].into_iter().chain(others.into_iter().flatten()).collect::<Vec<_>>().join("\n")
        })
    }
}

impl Apply {
    /// Finds the list by its hash: whoever has one need not know what it is of.
    async fn run(self) -> anyhow::Result<()> {
        let api = self.of.api()?;
        for (list, what) in LISTS {
            let query = [("leavers", self.leavers.word())];
            let query: &[_] = if list == "plan" { &query } else { &[] };
            if api.get(&[list], query).await?.get("hash").and_then(Value::as_str) != Some(&self.hash) {
                continue;
            }
            let mut approval = json!({"hash": self.hash});
            if let (Some(approval), [(name, leavers)]) = (approval.as_object_mut(), query) {
                approval.insert((*name).to_owned(), json!(leavers));
            }
            let answer = api.post(&[list, "apply"], &approval).await?;
            return self.of.print(&answer, |_| format!("Approved: {what}."));
        }
        bail!(
            "nothing that waits has this hash: it may have changed meanwhile. `plan {tenant}` and `sync {tenant}` tell what \
             waits now",
            tenant = self.of.tenant
        )
    }
}

impl Sync {
    async fn run(self) -> anyhow::Result<()> {
        match &self.member {
            Some(member) => self.one(member).await,
            None => self.all().await,
        }
    }

    /// Reads again and again until all was read.
    async fn all(&self) -> anyhow::Result<()> {
        let api = self.of.api()?;
        let progress = Progress::new();
        loop {
            let answer = api.post(&["sync"], &json!({})).await?;
            if told::is_read(&answer) {
                progress.end();
                self.of.print(&answer, told::sync)?;
                return failed(&[told::troubles(&answer), told::waiting(&answer, &["/platform", "/drift"])].concat());
            }
            progress.show(&told::how_far(&answer)).await;
        }
    }

    /// Asks again as long as somebody else works on the member.
    async fn one(&self, member: &str) -> anyhow::Result<()> {
        let api = self.of.api()?;
        let progress = Progress::new();
        loop {
            let answer = api.post(&["members", member, "sync"], &json!({})).await?;
            if answer.get("finished").and_then(Value::as_bool) != Some(false) {
                progress.end();
                self.of.print(&answer, told::sync_of_member)?;
                return failed(&told::left(&answer));
            }
            progress.show("another run works on the member").await;
        }
    }
}

/// Fails if something is wrong.
fn failed(troubles: &[String]) -> anyhow::Result<()> {
    if troubles.is_empty() { Ok(()) } else { bail!("{}", troubles.join("\n")) }
}

/// Reads the list to its last page.
async fn adoption(of: &Tenant) -> anyhow::Result<()> {
    let api = of.api()?;
    let progress = Progress::new();
    let mut page = api.get(&["adoption"], &[]).await?;
    let mut rows: Vec<Value> = Vec::new();
    loop {
        rows.extend(page.get("members").and_then(Value::as_array).into_iter().flatten().cloned());
        let Some(after) = page.get("next_after").and_then(Value::as_str).map(str::to_owned) else { break };
        progress.tell(&format!("{} members without a user", rows.len()));
        page = api.get(&["adoption"], &[("after", &after)]).await?;
    }
    progress.end();
    let accounts = page.get("accounts").cloned().unwrap_or_default();
    of.print(&json!({"tenant": of.tenant, "accounts": accounts, "members": rows}), told::adoption)
}

impl Replay {
    async fn run(self) -> anyhow::Result<()> {
        let api = self.of.api()?;
        let mut asked = json!({
            "since": self.since, "until": self.until, "source": self.source, "hook": self.hook,
            "same_instant": if self.anew { "anew" } else { "known" },
        });
        let progress = Progress::new();
        let mut all = Replayed::default();
        loop {
            let answer = api.post(&["replay"], &asked).await?;
            all.add(&answer);
            let next = answer.get("next").filter(|next| !next.is_null()).cloned();
            let (Some(next), Some(asked)) = (next, asked.as_object_mut()) else { break };
            progress.tell(&all.how_far());
            asked.insert("after".to_owned(), next);
            // What comes in meanwhile is none of it.
            asked.insert("until".to_owned(), answer.get("until").cloned().unwrap_or_default());
        }
        progress.end();
        self.of.print(&all.answer(), told::replay)
    }
}

impl Explain {
    async fn run(self) -> anyhow::Result<()> {
        let live = if self.live { "true" } else { "false" };
        let answer = self.of.api()?.get(&["members", &self.member, "access"], &[("live", live)]).await?;
        self.of.print(&answer, told::access)
    }
}

impl Upload {
    async fn run(self) -> anyhow::Result<()> {
        let api = self.of.api()?;
        let list = fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let media_type = match self.file.extension().and_then(|it| it.to_str()).map(str::to_ascii_lowercase).as_deref()
        {
            Some("csv" | "txt" | "tsv") => "text/csv",
            Some("json") => "application/json",
            Some(_) | None => bail!("{} is neither .csv nor .json", self.file.display()),
        };
        let query = self.query();
        let progress = Progress::new();
        loop {
            let answer = api.upload((&list, media_type), &query).await?;
            let waiting = told::waiting(&answer, &[""]);
            if answer.get("finished").and_then(Value::as_bool) != Some(false) || self.dry_run {
                progress.end();
                self.of.print(&answer, told::upload)?;
                return failed(if self.dry_run { &[] } else { &waiting });
            }
            progress.show("taking the list in").await;
        }
    }

    fn query(&self) -> BTreeMap<String, String> {
        let mut query = BTreeMap::from([
            ("as_of".to_owned(), self.as_of.to_string()),
            ("dry_run".to_owned(), self.dry_run.to_string()),
        ]);
        let given = [("location", &self.location), ("approve", &self.approve), ("separator", &self.separator)];
        query.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))));
        query.extend(self.column.iter().map(|(field, column)| (format!("column.{field}"), column.clone())));
        query
    }
}
