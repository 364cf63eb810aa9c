//! The binaries of the functions, built once for all tests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, Result, anyhow, ensure};
use cloud::workspace;
use serde_json::Value;

const PACKAGES: [&str; 5] = ["connect-account", "receive-webhook", "reconcile-access", "serve-console", "sync-members"];

/// The binary of a function, built for this machine.
pub(crate) fn binary(name: &str) -> Result<&'static Path> {
    static BUILT: OnceLock<Result<BTreeMap<String, PathBuf>>> = OnceLock::new();
    let built = BUILT.get_or_init(build).as_ref().map_err(|error| anyhow!("{error:#}"))?;
    built.get(name).map(PathBuf::as_path).with_context(|| format!("cargo made no binary {name}"))
}

/// Builds all of them with their own features only, as they are deployed; tests of the workspace build them with more.
fn build() -> Result<BTreeMap<String, PathBuf>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("the target folder has no parent")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(workspace())
        .args(["build", "--locked", "--message-format=json-render-diagnostics", "--target-dir"])
        .arg(target);
    for package in PACKAGES {
        cargo.args(["-p", package]);
    }
    let output = cargo.output().context("cargo does not start")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the functions cannot be built:\n{complaint}");
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let messages: Vec<Value> = lines.map(serde_json::from_slice).collect::<Result<_, _>>()?;
    Ok(messages.iter().filter_map(executable).collect())
}

/// Name and place of a binary, if that is what a message of cargo is about.
fn executable(message: &Value) -> Option<(String, PathBuf)> {
    let is_binary = message["target"]["kind"].as_array()?.iter().any(|kind| kind == "bin");
    let place = message["executable"].as_str().filter(|_| is_binary)?;
    Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(place)))
}
