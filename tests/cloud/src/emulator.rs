//! An emulator of AWS (ministack) as a child process, for tests that speak to AWS through its SDK.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{Tools, workspace};

/// Somebody else may take a free port before the emulator does, hardly five times in a row.
const PORTS_TO_TRY: u32 = 5;
/// It is ready in half a second on an idle machine; 600 looks give a busy one a minute.
const LOOKS: u32 = 600;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A running emulator with an empty account of its own; it ends when this is dropped.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Emulator {
    /// Starts an emulator on a free port of the loopback address and waits until it answers.
    ///
    /// # Errors
    ///
    /// When the tools cannot be installed, or it does not come up; the text then carries its log.
    pub fn start() -> Result<Self> {
        let tools = Tools::installed()?;
        for _ in 0..PORTS_TO_TRY {
            let mut emulator = Self::spawn(&tools)?;
            if emulator.becomes_ready()? {
                return Ok(emulator);
            }
        }
        bail!("ministack found none of {PORTS_TO_TRY} ports free");
    }

    /// What to give to the SDK as its endpoint; any region and any credentials will do.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn spawn(tools: &Tools) -> Result<Self> {
        let address = free_address()?;
        let folder = tempfile::tempdir()?;
        let log = File::create(folder.path().join("log"))?;
        let child = tools
            .command("python")
            .arg(workspace().join("tests/cloud/emulator.py"))
            .env("BIND_HOST", address.ip().to_string())
            .env("GATEWAY_PORT", address.port().to_string())
            .env("MINISTACK_VERSION", identity(address))
            .env("TMPDIR", folder.path())
            // These two would listen on every network interface, on fixed ports.
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("ministack does not start")?;
        Ok(Self { child, address, folder })
    }

    /// Whether it came up; not if somebody else took its port.
    fn becomes_ready(&mut self) -> Result<bool> {
        for _ in 0..LOOKS {
            if self.answers() {
                return Ok(true);
            }
            if let Some(status) = self.child.try_wait()? {
                let log = self.log();
                if log.contains("already in use") {
                    return Ok(false);
                }
                bail!("ministack ended with {status}:\n{log}");
            }
            thread::sleep(LOOK_EVERY);
        }
        bail!("ministack is not ready after {:?}:\n{}", LOOK_EVERY * LOOKS, self.log());
    }

    /// Whether this very emulator, and no other on the same port, answers.
    fn answers(&self) -> bool {
        health(self.address).is_ok_and(|answer| answer.contains(&identity(self.address)))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Both only fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

/// What the emulator calls its version, so that it is known again.
fn identity(address: SocketAddr) -> String {
    format!("latchwork-{}-{}", std::process::id(), address.port())
}

fn health(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        Ok(_) | Err(_) => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_emulators_run_side_by_side_and_end_with_their_owners() {
        let first = Emulator::start().unwrap();
        let second = Emulator::start().unwrap();
        let address = first.address;
        assert_ne!(first.endpoint(), second.endpoint());
        assert!(address.ip().is_loopback());

        drop(first);

        assert!(health(address).is_err());
        assert!(second.answers());
    }

    #[test]
    fn an_emulator_ends_when_its_owner_can_no_longer_drop_it() {
        let mut emulator = Emulator::start().unwrap();

        drop(emulator.child.stdin.take()); // what the system does for an owner that was killed

        assert!(emulator.child.wait().unwrap().success());
    }
}
