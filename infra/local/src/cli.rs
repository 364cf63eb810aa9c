//! The command line.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use brivo::Hosts;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use runtime::document::Document;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{
    bundle::{BrivoChoice, Bundle, Settings},
    keys, operator,
    time::ClockChoice,
};

/// Latchwork on one machine. Without a command it runs a demonstration of a working day.
#[derive(Debug, Parser)]
#[command(name = "latchwork")]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole bundle until it is stopped.
    Serve(Serve),
    /// Make a new data key, which seals from now on; the older ones open what they sealed. The bundle has to be stopped.
    NewDataKey(Folder),
    /// Drop all data keys but the newest, once nothing needs them any more. The bundle has to be stopped.
    DropOldDataKeys(Folder),
    #[command(flatten)]
    Operator(operator::Command),
}

#[derive(Debug, Args)]
struct Folder {
    /// The folder that keeps state.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Debug, Args)]
struct Serve {
    /// The port of all HTTP routes, on 127.0.0.1; 0 picks one.
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// Keep state in this folder; without it state is in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Load a tenant document, TOML or JSON, if it changed since it was last loaded; repeatable.
    #[arg(long, value_name = "FILE")]
    tenant: Vec<PathBuf>,
    /// Brivo's auth host instead of the built-in simulator; `/oauth/…` is appended.
    #[arg(long, value_name = "URL", requires = "brivo_api")]
    brivo_auth: Option<String>,
    /// Brivo's API host instead of the built-in simulator; `/v1/api/…` is appended.
    #[arg(long, value_name = "URL", requires = "brivo_auth")]
    brivo_api: Option<String>,
    /// Talk to Brivo's own hosts, by the region of each account, instead of the built-in simulator.
    #[arg(long, conflicts_with_all = ["brivo_api", "brivo_auth"])]
    real_brivo: bool,
    /// The Brivo API key for accounts that name none, where the policy `api_key` is `vendor`; a file for its owner's eyes only.
    #[arg(long, value_name = "FILE")]
    brivo_api_key_file: Option<PathBuf>,
    /// The platform's API instead of the built-in simulator, as the vendor writes it (Nexudus: `https://spaces.nexudus.com/api`).
    #[arg(long, value_name = "URL")]
    platform_api: Option<String>,
    /// How time passes.
    #[arg(long, value_enum, default_value_t = ClockKind::Real)]
    clock: ClockKind,
    /// Where the manual or fast clock starts; the present if left out.
    #[arg(long, value_name = "INSTANT")]
    start_at: Option<Timestamp>,
    /// How many times faster than real the fast clock runs.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    speed: u32,
    /// The admin key of `/api`; one is made if left out.
    #[arg(long, value_name = "KEY")]
    admin_key: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClockKind {
    /// The machine's.
    Real,
    /// Moves only when `POST /local/clock` says so.
    Manual,
    /// Runs `--speed` times faster than the machine's.
    Fast,
}

impl Arguments {
    /// Whether people read the output, who want no log between it.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.command, None | Some(Command::Operator(_)))
    }

    /// Carries the command out.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            None => Box::pin(crate::demo::run()).await,
            Some(Command::Serve(serve)) => serve.run().await,
            Some(Command::Operator(command)) => command.run().await,
            Some(Command::NewDataKey(folder)) => keys::renew(&folder.data),
            Some(Command::DropOldDataKeys(folder)) => keys::drop_older(&folder.data).await,
        }
    }
}

impl Serve {
    async fn run(self) -> anyhow::Result<()> {
        let bundle = Bundle::start(self.settings()?).await?;
        announce(&bundle);
        tokio::signal::ctrl_c().await.context("cannot listen for the signal to stop")
    }

    fn settings(self) -> anyhow::Result<Settings> {
        if self.start_at.is_some() && matches!(self.clock, ClockKind::Real) {
            bail!("--start-at needs --clock manual or --clock fast");
        }
        let clock = match self.clock {
            ClockKind::Real => ClockChoice::Real,
            ClockKind::Manual => ClockChoice::Manual { start_at: self.start_at },
            ClockKind::Fast => ClockChoice::Fast { start_at: self.start_at, speed: self.speed },
        };
        let brivo = match (self.brivo_auth, self.brivo_api) {
            (Some(auth), Some(api)) => BrivoChoice::At(Hosts { auth: bare(&auth), api: bare(&api) }),
            _ if self.real_brivo => BrivoChoice::Real,
            _ => BrivoChoice::Simulated,
        };
        Ok(Settings {
            port: self.port,
            data: self.data,
            tenants: self.tenant.iter().map(read_document).collect::<Result<_, _>>()?,
            brivo,
            vendor_key: self.brivo_api_key_file.as_deref().map(read_key).transpose()?,
            platform_api: self.platform_api,
            clock,
            admin_key: self.admin_key,
        })
    }
}

fn bare(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

pub(crate) fn read_key(path: &Path) -> anyhow::Result<SecretString> {
    let about = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if about.permissions().mode() & 0o077 != 0 {
        bail!("{} is open to others than its owner: chmod 600 {}", path.display(), path.display());
    }
    let text = SecretString::from(fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?);
    let key = text.expose_secret().trim();
    ensure!(!key.is_empty(), "{} is empty", path.display());
    Ok(SecretString::from(key))
}

fn read_document(path: &PathBuf) -> anyhow::Result<Document> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let document = if text.trim_start().starts_with('{') {
        Document::from_json(text.as_bytes())
    } else {
        Document::from_toml(&text)
    };
    document.map_err(|faulty| anyhow::anyhow!("{} has faults:\n  {}", path.display(), faulty.faults.join("\n  ")))
}

/// Says where everything is, on the first line of standard output.
#[expect(clippy::print_stdout, reason = "the first line of standard output is an interface")]
fn announce(bundle: &Bundle) {
    println!(
        "{}",
        json!({
            "url": bundle.url(),
            "brivo": {"auth": bundle.brivo_auth(), "api": bundle.brivo_api()},
            "admin_key": bundle.admin_key(),
        })
    );
}
