//! Hooks signed by the libraries that platforms of other languages sign with: none of them shares code with ours.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cloud::Tools;
use reqwest::RequestBuilder;
use serde_json::json;

use crate::{
    answers::refused,
    deliveries::accepted,
    feed::{self, booking, member},
    tenants::{PATH_SECRET, SECOND_SIGNING_SECRET},
    world::{World, at},
};

const LIBRARIES: [&str; 2] = ["standardwebhooks", "svix"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("senders")
}

fn python() -> Command {
    let tools = Tools::of(&folder().join("requirements.txt"), &folder().join(".venv")).unwrap();
    let mut python = tools.command("python");
    python.arg(folder().join("sign.py"));
    python
}

fn node() -> Command {
    let listed = File::open(folder().join("package.json")).unwrap();
    listed.lock().unwrap();
    let stamp = folder().join("node_modules/installed-package.json");
    let wanted = fs::read_to_string(folder().join("package.json")).unwrap();
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]).current_dir(folder());
        assert!(
            npm.status().is_ok_and(|ended| ended.success()),
            "npm could not install tests/e2e/senders/package.json; on Debian and Ubuntu: apt-get install npm"
        );
        fs::write(stamp, wanted).unwrap();
    }
    let mut node = Command::new("node");
    node.arg(folder().join("sign.mjs"));
    node
}

fn program_of(language: &str) -> Command {
    if language == "python" { python() } else { node() }
}

/// The signature that a library makes.
fn sign(mut program: Command, library: &str, (message, seconds): (&str, i64), body: &str) -> String {
    program.args([library, SECOND_SIGNING_SECRET, message, &seconds.to_string()]);
    let mut running = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    running.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let ended = running.wait_with_output().unwrap();
    assert!(ended.status.success(), "{library} did not sign");
    String::from_utf8(ended.stdout).unwrap().trim().to_owned()
}

fn post(world: &World, message: &str, seconds: i64) -> RequestBuilder {
    let request = world.bundle.post(&format!("/hooks/events/harbour/{PATH_SECRET}"));
    request.header("webhook-id", message).header("webhook-timestamp", seconds.to_string())
}

/// ALL-07: what each library signs counts, and only as it was signed.
#[tokio::test]
async fn hooks_signed_by_libraries_of_other_languages_count() {
    let mut document = feed::document("coworks", &[json!({"kind": "resource", "id": "7", "groups": [501]})]);
    document["hooks"]["signing_secrets"] = json!([SECOND_SIGNING_SECRET]);
    let mut world = feed::world_of(document).await;
    let mut people = 0;
    for language in ["python", "node"] {
        for library in LIBRARIES {
            people += 1;
            let address = format!("é{people}@example.com");
            let events = json!([
                feed::now(&world, "member.upserted", member(people, "Åsa Example", &address)),
                feed::now(&world, "booking.upserted", booking(&format!("b{people}"), 7, people, ("09:00", "11:00"))),
            ]);
            let (message, seconds) = (format!("msg_{language}_{library}"), world.now().as_second());
            let body = events.to_string();
            let signature = sign(program_of(language), library, (&message, seconds), &body);

            let changed = post(&world, &message, seconds).body(body.replace("Åsa", "Eve"));
            refused(changed.header("webhook-signature", &signature), 401).await;
            let later = post(&world, &message, seconds + 1).body(body.clone());
            refused(later.header("webhook-signature", &signature), 401).await;
            let good = post(&world, &message, seconds).body(body).header("webhook-signature", signature);
            assert_eq!(accepted(good).await["accepted"], 2, "{language} {library}");
        }
    }
    world.settle().await;
    world.run_until(at("10:00")).await;
    for person in 1..=people {
        assert_eq!(world.groups(&person.to_string()), [501], "person {person}");
    }
}
