//! Python tools that tests run, each list of them installed once into a folder of its own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace;

/// The installed tools.
#[derive(Debug, Clone)]
pub struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Installs what `infra/aws/requirements.txt` lists into `.venv` at the workspace root, unless exactly that is installed already.
    ///
    /// Takes about a minute the first time; other processes that ask meanwhile wait for it.
    ///
    /// # Errors
    ///
    /// When there is no Python with `venv`, or a package cannot be had. The text says what to do.
    pub fn installed() -> Result<Self> {
        Self::of(&workspace().join("infra/aws/requirements.txt"), &workspace().join(".venv"))
    }

    /// Installs another list of Python packages into a folder of its own, unless exactly that is installed already.
    ///
    /// # Errors
    ///
    /// As [`Tools::installed`].
    pub fn of(requirements: &Path, folder: &Path) -> Result<Self> {
        Self::installed_with(Path::new("python3"), requirements, folder)
    }

    /// A command that runs one of the tools, for example `cfn-lint`, deaf to the AWS account of whoever runs the tests.
    pub fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(self.folder.join("bin").join(tool));
        command
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("SAM_CLI_TELEMETRY", "0")
            .env_remove("AWS_REGION")
            .env_remove("AWS_PROFILE");
        command
    }

    fn installed_with(python: &Path, requirements: &Path, folder: &Path) -> Result<Self> {
        let listed = File::open(requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
        // The list itself is the lock: tests run as many processes, and only one may install.
        listed.lock().context("cannot lock the requirements")?;
        let wanted = fs::read_to_string(requirements)?;
        let stamp = folder.join("installed-requirements");
        let is_installed =
            folder.join("bin/python").exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
        if !is_installed {
            make_environment(python, folder)?;
            install(requirements, folder)?;
            fs::write(&stamp, &wanted)?;
        }
        Ok(Self { folder: folder.to_path_buf() })
    }
}

fn make_environment(python: &Path, folder: &Path) -> Result<()> {
    let arguments = [OsString::from("-m"), "venv".into(), "--clear".into(), folder.into()];
    run(Command::new(python).args(arguments))
        .context("some tests need Python 3 with venv; on Debian and Ubuntu: apt-get install python3 python3-venv")
}

fn install(requirements: &Path, folder: &Path) -> Result<()> {
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    run(pip.arg(requirements))
        .with_context(|| format!("the tools of {} could not be installed", requirements.display()))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{} does not start", command.get_program().display()))?;
    let printed = [output.stdout, output.stderr].concat();
    ensure!(
        output.status.success(),
        "{} ended with {}:\n{}",
        command.get_program().display(),
        output.status,
        String::from_utf8_lossy(&printed).trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scene {
        folder: tempfile::TempDir,
    }

    impl Scene {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn install(&self, fake: &str, requirements: &str) -> Result<Tools> {
            fs::write(self.requirements(), requirements).unwrap();
            self.install_what_is_listed(fake)
        }

        fn install_what_is_listed(&self, fake: &str) -> Result<Tools> {
            let python = workspace().join("tests/cloud/fakes/python").join(fake);
            Tools::installed_with(&python, &self.requirements(), &self.folder.path().join("venv"))
        }

        fn requirements(&self) -> PathBuf {
            self.folder.path().join("requirements.txt")
        }

        fn installations(&self) -> usize {
            let calls = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
            calls.lines().filter(|call| call.starts_with("-m pip install")).count()
        }
    }

    #[test]
    fn tools_are_installed_once() {
        let scene = Scene::new();

        scene.install("python3", "a==1\n").unwrap();
        scene.install("python3", "a==1\n").unwrap();

        assert_eq!(scene.installations(), 1);
    }

    #[test]
    fn changed_requirements_are_installed_again() {
        let scene = Scene::new();

        scene.install("python3", "a==1\n").unwrap();
        scene.install("python3", "a==2\n").unwrap();

        assert_eq!(scene.installations(), 2);
    }

    #[test]
    fn processes_that_ask_at_once_install_once() {
        let scene = Scene::new();
        fs::write(scene.requirements(), "a==1\n").unwrap();

        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| scene.install_what_is_listed("python3").unwrap());
            }
        });

        assert_eq!(scene.installations(), 1);
    }

    #[test]
    fn a_failed_installation_is_tried_again() {
        let scene = Scene::new();

        let failed = scene.install("python3", "unobtainable\n").unwrap_err();
        scene.install("python3", "a==1\n").unwrap();

        assert!(format!("{failed:#}").contains("no such package"), "{failed:#}");
        assert_eq!(scene.installations(), 2);
    }

    #[test]
    fn a_python_without_venv_is_told_what_to_install() {
        let failed = Scene::new().install("python3-without-venv", "a==1\n").unwrap_err();

        assert!(format!("{failed:#}").contains("apt-get install python3 python3-venv"), "{failed:#}");
    }

    #[test]
    fn a_machine_without_python_is_told_what_to_install() {
        let failed = Scene::new().install("no-such-python", "a==1\n").unwrap_err();

        assert!(format!("{failed:#}").contains("apt-get install python3 python3-venv"), "{failed:#}");
    }
}
