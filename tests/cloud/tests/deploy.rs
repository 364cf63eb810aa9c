//! What `infra/aws/deploy` does, against stand-ins for the AWS CLI and the SAM CLI (`tests/cloud/fakes/deploy`).

use std::env;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use cloud::workspace;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A checkout whose build tools are installed, and an AWS account of its own.
struct Scene {
    folder: TempDir,
}

struct Run {
    succeeded: bool,
    output: String,
    complaint: String,
}

impl Scene {
    fn new() -> Result<Self> {
        let scene = Self { folder: tempfile::tempdir()? };
        let tools = scene.checkout().join(".aws-sam/tools");
        fs::create_dir_all(tools.join("bin"))?;
        fs::create_dir_all(scene.account().join("arm64-libraries"))?;
        let mut wanted = String::new();
        for file in ["deploy", "samconfig.toml", "requirements.txt", "requirements-deploy.txt"] {
            let text = fs::read_to_string(workspace().join("infra/aws").join(file))?;
            fs::write(scene.checkout().join(file), &text)?;
            if file.starts_with("requirements") {
                wanted.push_str(&text);
            }
        }
        fs::write(tools.join("installed"), wanted)?;
        symlink(fakes().join("sam"), tools.join("bin/sam"))?;
        Ok(scene)
    }

    fn checkout(&self) -> PathBuf {
        self.folder.path().join("checkout/infra/aws")
    }

    fn account(&self) -> PathBuf {
        self.folder.path().join("account")
    }

    fn given(self, fact: &str, value: &str) -> Result<Self> {
        fs::write(self.account().join(fact), format!("{value}\n"))?;
        Ok(self)
    }

    fn deploy(&self, arguments: &[&str]) -> Result<Run> {
        let mut path = OsString::from(fakes());
        path.push(":");
        path.push(env::var_os("PATH").context("there is no PATH")?);
        self.deploy_with(&path, arguments)
    }

    fn deploy_with(&self, path: &OsString, arguments: &[&str]) -> Result<Run> {
        let output = Command::new("/bin/bash")
            .arg(self.checkout().join("deploy"))
            .args(arguments)
            .env("PATH", path)
            .env("FAKE_AWS", self.account())
            .env_remove("AWS_REGION")
            .env_remove("AWS_DEFAULT_REGION")
            .output()?;
        Ok(Run {
            succeeded: output.status.success(),
            output: String::from_utf8(output.stdout)?,
            complaint: String::from_utf8(output.stderr)?,
        })
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.account().join("calls")).unwrap_or_default()
    }

    /// The one call that begins like this.
    fn call(&self, beginning: &str) -> Option<String> {
        let calls = self.calls();
        let mut found = calls.lines().filter(|call| call.starts_with(beginning));
        let call = found.next()?.to_owned();
        found.next().is_none().then_some(call)
    }
}

impl Run {
    /// The key shown to the engineer.
    fn admin_key(&self) -> Option<&str> {
        let (_, shown) = self.output.split_once("into your password manager now:")?;
        shown.split_whitespace().next()
    }
}

fn fakes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fakes/deploy")
}

fn sha256(text: &str) -> Result<String> {
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        write!(hex, "{byte:02x}")?;
    }
    Ok(hex)
}

#[test]
fn the_first_deployment_makes_the_keys_it_hands_over() -> Result<()> {
    let scene = Scene::new()?;

    let run = scene.deploy(&["--yes", "acme"])?;

    assert!(run.succeeded, "{}", run.complaint);
    let admin_key = run.admin_key().context("no admin key was shown")?;
    let deployed = scene.call("sam deploy ").context("it was not deployed once")?;
    assert!(scene.call("aws kms create-key ").is_some(), "{}", scene.calls());
    let alias = scene.call("aws kms create-alias ").context("no alias was made")?;
    assert!(alias.contains("--alias-name alias/latchwork-acme --target-key-id arn:aws:kms:"), "{alias}");
    assert!(deployed.contains("--stack-name acme --no-confirm-changeset --parameter-overrides "), "{deployed}");
    assert!(deployed.contains(" KmsKeyArn=arn:aws:kms:eu-west-1:123456789012:key/k1 "), "{deployed}");
    assert!(deployed.contains(" DataKey=c2VhbGVkIGRhdGEga2V5== "), "{deployed}");
    assert!(deployed.contains(&format!(" AdminKeySha256={}", sha256(admin_key)?)), "{deployed}");
    assert!(run.output.contains("https://example.invalid/api/v1"), "{}", run.output);
    Ok(())
}

#[test]
fn the_admin_key_is_strong_shown_once_and_given_to_nobody() -> Result<()> {
    let scene = Scene::new()?;

    let run = scene.deploy(&["--yes"])?;

    let admin_key = run.admin_key().context("no admin key was shown")?;
    assert!(admin_key.len() >= 43, "less than 32 random bytes: {admin_key}");
    assert_eq!(run.output.matches(admin_key).count(), 1);
    assert!(!scene.calls().contains(admin_key));
    assert!(!run.complaint.contains(admin_key));
    Ok(())
}

#[test]
fn a_later_deployment_keeps_all_keys() -> Result<()> {
    let scene = Scene::new()?;
    scene.deploy(&["--yes"])?;
    fs::remove_file(scene.account().join("calls"))?;

    let run = scene.deploy(&["--yes"])?;

    assert!(run.succeeded, "{}", run.complaint);
    assert_eq!(run.admin_key(), None);
    assert!(!scene.calls().contains("aws kms "), "{}", scene.calls());
    let deployed = scene.call("sam deploy ").context("it was not deployed once")?;
    assert!(!deployed.contains("--parameter-overrides"), "{deployed}");
    Ok(())
}

#[test]
fn a_lost_admin_key_is_replaced_and_nothing_else() -> Result<()> {
    let scene = Scene::new()?.given("stack-status", "UPDATE_COMPLETE")?.given("AdminKeySha256", "old")?;

    let run = scene.deploy(&["--yes", "--new-admin-key"])?;

    let admin_key = run.admin_key().context("no admin key was shown")?;
    let deployed = scene.call("sam deploy ").context("it was not deployed once")?;
    assert!(deployed.ends_with(&format!("--parameter-overrides AdminKeySha256={}", sha256(admin_key)?)), "{deployed}");
    assert!(!scene.calls().contains("aws kms "), "{}", scene.calls());
    Ok(())
}

/// A running stack with one data key, of 32 bytes `7`.
fn running() -> Result<Scene> {
    let scene = Scene::new()?.given("stack-status", "UPDATE_COMPLETE")?;
    let scene = scene.given("KmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/k1")?;
    scene.given("DataKey", &BASE64_STANDARD.encode([7; 32]))
}

impl Scene {
    /// The data keys of every deployment, one after the other; the stand-in for KMS leaves them in clear.
    fn deployed_data_keys(&self) -> Result<Vec<Vec<u8>>> {
        let calls = self.calls();
        let deployed = calls.lines().filter(|call| call.starts_with("sam deploy "));
        let given = deployed.filter_map(|call| call.split_once(" DataKey=")?.1.split_whitespace().next());
        given.map(|given| Ok(BASE64_STANDARD.decode(given)?)).collect()
    }
}

#[test]
fn a_new_data_key_opens_everywhere_before_it_seals_anywhere() -> Result<()> {
    let scene = running()?;

    let run = scene.deploy(&["--yes", "--new-data-key"])?;

    assert!(run.succeeded, "{}", run.complaint);
    let deployed = scene.deployed_data_keys()?;
    let [added, in_front] = deployed.as_slice() else { anyhow::bail!("{deployed:?}") };
    assert_eq!((added.len(), &added[..32]), (64, &[7; 32][..]));
    assert_ne!(added[32..], [7; 32]);
    assert_eq!(*in_front, [&added[32..], &added[..32]].concat());
    assert!(run.output.contains(&BASE64_STANDARD.encode(in_front)), "the copy for the backups: {}", run.output);
    Ok(())
}

#[test]
fn old_data_keys_are_dropped_and_the_newest_stays() -> Result<()> {
    let scene = running()?.given("DataKey", &BASE64_STANDARD.encode([[9; 32], [7; 32]].concat()))?;

    let run = scene.deploy(&["--yes", "--drop-old-data-keys"])?;

    assert!(run.succeeded, "{}", run.complaint);
    assert_eq!(scene.deployed_data_keys()?, [[9; 32]]);
    Ok(())
}

#[test]
fn data_keys_that_kms_does_not_decrypt_are_never_replaced() -> Result<()> {
    let refused = running()?.given("decrypt-refused", "")?;
    let full = running()?.given("DataKey", &BASE64_STANDARD.encode([7; 8 * 32]))?;
    let no_stack = Scene::new()?;

    for (scene, complaint) in
        [(refused, "AccessDenied"), (full, "--drop-old-data-keys first"), (no_stack, "for a running stack")]
    {
        let run = scene.deploy(&["--yes", "--new-data-key"])?;
        assert!(!run.succeeded);
        assert!(run.complaint.contains(complaint), "{}", run.complaint);
        assert!(!scene.calls().contains("sam deploy"), "{}", scene.calls());
    }
    let declined = running()?.given("declined", "")?;
    let run = declined.deploy(&["--new-data-key"])?;
    assert!(run.complaint.contains("stays in force"), "{}", run.complaint);
    assert_eq!(declined.deployed_data_keys()?.len(), 1);
    Ok(())
}

/// CWK-02: the key for all is never deployed in clear.
#[test]
fn a_brivo_api_key_is_taken_sealed_and_in_no_other_way() -> Result<()> {
    let scene = running()?;

    let clear = scene.deploy(&["--yes", "--brivo-api-key", "planted-key"])?;
    assert!(!clear.succeeded);
    assert!(clear.complaint.contains("never in clear"), "{}", clear.complaint);
    assert!(!clear.complaint.contains("planted-key") && !scene.calls().contains("sam "), "{}", clear.complaint);
    let sealed = scene.deploy(&["--yes", "--brivo-api-key", "lw1.AAAA.BBBB"])?;

    assert!(sealed.succeeded, "{}", sealed.complaint);
    let deployed = scene.call("sam deploy ").context("it was not deployed once")?;
    assert!(deployed.ends_with("--parameter-overrides BrivoApiKey=lw1.AAAA.BBBB"), "{deployed}");
    Ok(())
}

#[test]
fn what_mails_are_sent_from_is_handed_over_and_has_to_be_a_name() -> Result<()> {
    let scene = Scene::new()?.given("stack-status", "UPDATE_COMPLETE")?;

    let run = scene.deploy(&["--yes", "--mail-from", "example.com"])?;
    let unfit = scene.deploy(&["--yes", "--mail-from", "a b"])?;
    let missing = scene.deploy(&["--mail-from"])?;

    assert!(run.succeeded, "{}", run.complaint);
    let deployed = scene.call("sam deploy ").context("it was not deployed once")?;
    assert!(deployed.ends_with("--parameter-overrides MailFrom=example.com"), "{deployed}");
    for refused in [unfit, missing] {
        assert!(
            !refused.succeeded && refused.complaint.contains("--mail-from needs a domain"),
            "{}",
            refused.complaint
        );
    }
    Ok(())
}

#[test]
fn without_yes_the_sam_cli_asks() -> Result<()> {
    let scene = Scene::new()?.given("stack-status", "CREATE_COMPLETE")?;

    scene.deploy(&[])?;

    let deployed = scene.call("sam deploy ").context("it was not deployed once")?;
    assert!(!deployed.contains("--no-confirm-changeset"), "{deployed}");
    let config = fs::read_to_string(workspace().join("infra/aws/samconfig.toml"))?;
    assert!(config.contains("confirm_changeset = true"), "{config}");
    Ok(())
}

#[test]
fn no_key_is_shown_that_did_not_come_into_force() -> Result<()> {
    let new = Scene::new()?.given("declined", "")?;
    let running = Scene::new()?
        .given("declined", "")?
        .given("stack-status", "CREATE_COMPLETE")?
        .given("AdminKeySha256", "old")?;

    for (scene, arguments) in [(new, &[][..]), (running, &["--new-admin-key"][..])] {
        let run = scene.deploy(arguments)?;

        assert!(!run.succeeded);
        assert!(run.complaint.contains("declined"), "{}", run.complaint);
        assert_eq!(run.admin_key(), None);
    }
    Ok(())
}

#[test]
fn a_second_try_uses_the_kms_key_of_the_first() -> Result<()> {
    let scene = Scene::new()?.given("deploy-fails", "")?;
    let failed = scene.deploy(&["--yes"])?;
    fs::remove_file(scene.account().join("deploy-fails"))?;

    let run = scene.deploy(&["--yes"])?;

    assert!(!failed.succeeded);
    assert_eq!(failed.admin_key(), None);
    assert!(run.succeeded, "{}", run.complaint);
    assert!(scene.call("aws kms create-key ").is_some(), "made twice: {}", scene.calls());
    Ok(())
}

#[test]
fn a_build_that_fails_leaves_nothing_in_the_account() -> Result<()> {
    let scene = Scene::new()?.given("build-fails", "")?;

    let run = scene.deploy(&["--yes"])?;

    assert!(!run.succeeded);
    assert!(run.complaint.contains("nothing has changed in AWS yet"), "{}", run.complaint);
    assert!(!scene.calls().contains("create-key"), "{}", scene.calls());
    assert!(!scene.calls().contains("sam deploy"), "{}", scene.calls());
    Ok(())
}

#[test]
fn a_deployment_that_fails_says_what_runs_now_and_where_to_look() -> Result<()> {
    let scene = Scene::new()?.given("stack-status", "UPDATE_COMPLETE")?.given("deploy-fails", "")?;

    let run = scene.deploy(&["--yes"])?;

    assert!(!run.succeeded);
    assert!(run.complaint.contains("the version from before keeps running"), "{}", run.complaint);
    assert!(
        run.complaint.contains("aws cloudformation describe-stack-events --stack-name latchwork"),
        "{}",
        run.complaint
    );
    Ok(())
}

#[test]
fn a_stack_that_cannot_be_updated_is_named_with_the_way_out() -> Result<()> {
    let cases = [
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --region eu-west-1 --stack-name latchwork"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "wait and run this again"),
    ];
    for (status, way_out) in cases {
        let scene = Scene::new()?.given("stack-status", status)?;

        let run = scene.deploy(&["--yes"])?;

        assert!(!run.succeeded, "{status}");
        assert!(run.complaint.contains(way_out), "{status}: {}", run.complaint);
        assert!(!scene.calls().contains("sam "), "{status}: {}", scene.calls());
    }
    Ok(())
}

#[test]
fn a_declined_first_change_counts_as_no_stack() -> Result<()> {
    let scene = Scene::new()?.given("stack-status", "REVIEW_IN_PROGRESS")?;

    let run = scene.deploy(&["--yes"])?;

    assert!(run.succeeded, "{}", run.complaint);
    assert!(run.admin_key().is_some());
    Ok(())
}

#[test]
fn a_kms_key_on_its_way_out_is_not_used() -> Result<()> {
    let scene = Scene::new()?.given("key-state", "PendingDeletion")?;

    let run = scene.deploy(&["--yes"])?;

    assert!(!run.succeeded);
    assert!(run.complaint.contains("cancel its deletion"), "{}", run.complaint);
    assert!(!scene.calls().contains("sam deploy"), "{}", scene.calls());
    Ok(())
}

#[test]
fn expired_credentials_are_told_before_anything_is_built() -> Result<()> {
    let scene = Scene::new()?.given("logged-out", "")?;

    let run = scene.deploy(&["--yes"])?;

    assert!(!run.succeeded);
    assert!(run.complaint.contains("AWS does not accept the current credentials"), "{}", run.complaint);
    assert!(!scene.calls().contains("sam "), "{}", scene.calls());
    Ok(())
}

#[test]
fn a_missing_tool_is_named() -> Result<()> {
    let scene = Scene::new()?;

    let run = scene.deploy_with(&OsString::from("/nowhere"), &[])?;

    assert!(!run.succeeded);
    assert!(run.complaint.contains("aws is missing; install the AWS CLI"), "{}", run.complaint);
    Ok(())
}

#[test]
fn a_rust_that_cannot_build_for_arm64_is_told_how() -> Result<()> {
    let scene = Scene::new()?;
    fs::remove_dir(scene.account().join("arm64-libraries"))?;

    let run = scene.deploy(&[])?;

    assert!(!run.succeeded);
    assert!(run.complaint.contains("rustup target add aarch64-unknown-linux-gnu"), "{}", run.complaint);
    Ok(())
}

#[test]
fn arguments_that_make_no_sense_change_nothing() -> Result<()> {
    for arguments in [&["--force"][..], &["my stack"][..], &["--new-admin-key"][..]] {
        let scene = Scene::new()?;

        let run = scene.deploy(arguments)?;

        assert!(!run.succeeded, "{arguments:?}");
        assert!(!scene.calls().contains("sam "), "{arguments:?}: {}", scene.calls());
    }
    Ok(())
}
