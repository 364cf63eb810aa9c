//! The template and the scripts of the AWS side, as their own linters see them.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cloud::{Tools, workspace};

fn succeeds(command: &mut Command) -> Result<()> {
    let output = command.current_dir(workspace()).output().context("the linter does not start")?;
    let printed = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&printed));
    Ok(())
}

#[test]
fn cfn_lint_finds_nothing_in_the_template() -> Result<()> {
    succeeds(Tools::installed()?.command("cfn-lint").arg("infra/aws/template.yaml"))
}

#[test]
fn sam_finds_the_template_valid() -> Result<()> {
    let mut sam = Tools::installed()?.command("sam");
    succeeds(sam.args(["validate", "--lint", "--template-file", "infra/aws/template.yaml"]))
}

#[test]
fn shellcheck_finds_nothing_in_the_scripts() -> Result<()> {
    let mut shellcheck = Tools::installed()?.command("shellcheck");
    shellcheck.arg("infra/aws/deploy");
    for folder in ["deploy", "python"] {
        for fake in fs::read_dir(workspace().join("tests/cloud/fakes").join(folder))? {
            shellcheck.arg(fake?.path());
        }
    }
    succeeds(&mut shellcheck)
}
