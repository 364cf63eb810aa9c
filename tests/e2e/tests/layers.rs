//! Which crate may use which and what it may know: the layers of `ARCHITECTURE.md`, held against manifests and sources.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;

/// What a crate may use of ours, beside what those use themselves.
const LAYERS: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("brivo", &["domain"]),
    ("platforms", &["domain"]),
    ("state", &["domain"]),
    ("runtime", &["domain", "brivo", "platforms", "state"]),
    ("reconcile", &["domain", "brivo", "platforms", "state", "runtime"]),
    ("connect-account", &["domain", "brivo", "state", "reconcile", "runtime"]),
    ("receive-webhook", &["domain", "platforms", "state", "runtime"]),
    ("reconcile-access", &["domain", "state", "reconcile", "runtime"]),
    ("serve-console", &["domain", "platforms", "state", "reconcile", "runtime"]),
    ("sync-members", &["domain", "reconcile", "runtime"]),
    ("simulators", &[]),
    (
        "local",
        &[
            "domain",
            "brivo",
            "state",
            "runtime",
            "reconcile",
            "connect-account",
            "receive-webhook",
            "reconcile-access",
            "serve-console",
            "sync-members",
            "simulators",
        ],
    ),
    (
        "simulation",
        &[
            "domain",
            "brivo",
            "platforms",
            "state",
            "runtime",
            "reconcile",
            "receive-webhook",
            "reconcile-access",
            "sync-members",
            "simulators",
        ],
    ),
    ("cloud", &[]),
    ("requests", &["domain", "brivo", "state", "runtime", "reconcile", "receive-webhook", "simulators"]),
    ("e2e", &["local"]),
];

/// What `domain` may use of others: nothing that could do I/O, wait or read a clock.
const DOMAIN_USES: [&str; 3] = ["jiff", "serde", "thiserror"];

/// Every crate of the workspace with what it uses, tests aside.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
            (text(&package["name"]), normal.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

#[test]
fn every_crate_uses_only_those_of_the_layers_below() {
    let uses = uses();
    let ours: BTreeSet<&String> = uses.keys().collect();
    let layers = BTreeMap::from(LAYERS);

    assert_eq!(ours.iter().map(|name| name.as_str()).collect::<BTreeSet<_>>(), layers.keys().copied().collect());
    for (name, used) in &uses {
        let beyond: Vec<_> =
            used.iter().filter(|used| ours.contains(used) && !layers[name.as_str()].contains(&used.as_str())).collect();
        assert!(beyond.is_empty(), "{name} must not use {beyond:?}");
    }
}

#[test]
fn the_rules_use_nothing_that_acts() {
    let domain = &uses()["domain"];

    assert_eq!(domain.iter().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(DOMAIN_USES));
}

/// Where a platform may be told from another: the crate that reads their payloads, and the table of presets.
const KNOW_PLATFORMS: [&str; 2] = ["shared/platforms/", "shared/domain/src/policy/presets.rs"];

/// Every source file of the product with its path below the workspace, tests and those that know platforms aside.
fn sources() -> BTreeMap<String, String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut folders: Vec<_> = ["shared", "functions", "infra"].map(|name| workspace.join(name)).into();
    let mut sources = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&workspace).unwrap().to_str().unwrap().replace('\\', "/");
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            if is_test || KNOW_PLATFORMS.iter().any(|knows| format!("{name}/").starts_with(knows) || name == *knows) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let product = source.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                sources.insert(name, product);
            }
        }
    }
    sources
}

/// The lines that tell one platform from another: by naming one, by comparing, or by matching on what holds one.
fn platform_questions(source: &str) -> Vec<&str> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.filter(|line| names_a_platform(line) || compares_platforms(line)).collect()
}

fn names_a_platform(line: &str) -> bool {
    let qualified = line.split("Platform::").skip(1);
    let variant = |rest: &str| !rest.starts_with("ALL") && rest.starts_with(|first: char| !first.is_ascii_lowercase());
    qualified.into_iter().any(variant)
}

fn compares_platforms(line: &str) -> bool {
    let words: Vec<&str> = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let speaks_of_one = words.iter().any(|word| ["platform", "Platform"].contains(word));
    let asks = ["match", "matches", "eq", "ne"].iter().any(|asks| words.contains(asks))
        || line.contains("==")
        || line.contains("!=")
        || line.contains("if let ");
    speaks_of_one && asks
}

/// No `if platform == …`: what differs between platforms is policy.
#[test]
fn no_platform_is_told_from_another_outside_the_crate_that_reads_them_and_the_presets() {
    let sources = sources();
    assert!(sources.contains_key("shared/runtime/src/document.rs"), "the sources were found");

    let questions: Vec<String> = sources
        .iter()
        .flat_map(|(path, source)| platform_questions(source).into_iter().map(move |line| format!("{path}: {line}")))
        .collect();

    assert!(questions.is_empty(), "ask the policy, not the platform:\n{}", questions.join("\n"));
}

#[test]
fn a_question_about_the_platform_is_seen_however_it_is_put() {
    let questions = [
        "if tenant.platform == other {",
        "if Platform::Nexudus != platform {",
        "match record.tenant.platform {",
        "matches!(tenant.platform, OFFICERND)",
        "let preset = Platform::Coworks;",
        "use domain::tenant::Platform::{Nexudus, Officernd};",
        "use domain::tenant::Platform::*;",
        "if let Nexudus = platform {",
    ];
    let no_questions = [
        "pub platform: Platform,",
        "use domain::tenant::{Platform, Tenant};",
        "match &settings.platform_api {",
        "let [any_platform, ..] = Platform::ALL;",
        "Policy::preset(self.platform).changed(&self.policy)",
        "/// No `if platform == …` here.",
    ];

    assert_eq!(questions.map(|line| platform_questions(line).len()), [1; 8]);
    assert_eq!(no_questions.map(|line| platform_questions(line).len()), [0; 6]);
}
