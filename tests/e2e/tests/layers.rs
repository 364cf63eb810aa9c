//! Which crate may use which: the layers of `ARCHITECTURE.md`, held against what the manifests say.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// What a crate may use of ours, beside what those use themselves.
const LAYERS: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("brivo", &["domain"]),
    ("platforms", &["domain"]),
    ("state", &["domain"]),
    ("runtime", &["domain", "brivo", "platforms", "state"]),
    ("reconcile", &["domain", "brivo", "platforms", "state", "runtime"]),
    ("receive-webhook", &["domain", "platforms", "state", "runtime"]),
    ("reconcile-access", &["state", "reconcile", "runtime"]),
    ("serve-console", &["domain", "state", "reconcile", "runtime"]),
    ("simulators", &[]),
    (
        "local",
        &["domain", "brivo", "state", "runtime", "receive-webhook", "reconcile-access", "serve-console", "simulators"],
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
