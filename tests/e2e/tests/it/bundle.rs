//! The process under test and its HTTP interface.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// The admin key every bundle is started with.
pub(crate) const ADMIN_KEY: &str = "planted-admin-key-of-the-tests";

/// With which flags a bundle is started.
#[derive(Clone, Debug)]
pub(crate) struct Flags {
    pub(crate) start_at: Timestamp,
    pub(crate) data: Option<PathBuf>,
    pub(crate) tenants: Vec<PathBuf>,
    pub(crate) brivo_auth: String,
    pub(crate) brivo_api: String,
    pub(crate) platform_api: String,
    pub(crate) brivo_api_key_file: Option<PathBuf>,
    pub(crate) stderr: PathBuf,
}

/// A running bundle; dropping it kills it without a word.
pub(crate) struct Bundle {
    process: Child,
    http: Client,
    url: String,
    /// The first line it said.
    pub(crate) announced: Value,
    /// Kept open, so that what else it says does not fail.
    _stdout: BufReader<ChildStdout>,
}

/// Status and body of an answer; null if the body is not JSON.
pub(crate) type Answer = (u16, Value);

impl Bundle {
    pub(crate) fn start(flags: &Flags) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bundle"));
        command.args(["serve", "--port", "0", "--clock", "manual", "--admin-key", ADMIN_KEY]);
        command.args(["--start-at", &flags.start_at.to_string()]);
        command.args(["--brivo-auth", &flags.brivo_auth, "--brivo-api", &flags.brivo_api]);
        command.args(["--platform-api", &flags.platform_api]);
        for tenant in &flags.tenants {
            command.arg("--tenant").arg(tenant);
        }
        if let Some(file) = &flags.brivo_api_key_file {
            command.arg("--brivo-api-key-file").arg(file);
        }
        if let Some(data) = &flags.data {
            command.arg("--data").arg(data);
        }
        let stderr = File::options().create(true).append(true).open(&flags.stderr).unwrap();
        let mut process = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let announced: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("the bundle did not start: {}", std::fs::read_to_string(&flags.stderr).unwrap())
        });
        let url = announced["url"].as_str().unwrap().to_owned();
        let http = Client::builder().no_proxy().build().unwrap();
        Self { process, http, url, announced, _stdout: stdout }
    }

    /// Ends the process as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A command for a bundle that is stopped: whether it succeeded, and what it complained of.
    pub(crate) fn command(arguments: &[&str], data: &Path) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bundle"));
        let output = command.args(arguments).arg("--data").arg(data).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    }

    /// A call of the operator's API.
    pub(crate) async fn api(&self, path: &str) -> Answer {
        answer(self.get(&format!("/api/v1{path}")).bearer_auth(ADMIN_KEY)).await
    }

    pub(crate) async fn put_tenant(&self, tenant: &str, document: &Value) -> Answer {
        let put = self.http.put(format!("{}/api/v1/tenants/{tenant}", self.url));
        answer(put.bearer_auth(ADMIN_KEY).json(document)).await
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url))
    }

    /// The manual clock's instant, and when something is due next.
    pub(crate) async fn clock(&self) -> (Timestamp, Option<Timestamp>) {
        let (status, body) = answer(self.get("/local/clock")).await;
        assert_eq!(status, 200, "{body}");
        (instant(&body["now"]).unwrap(), instant(&body["next_due"]))
    }

    /// A step of the manual clock that is not sent yet.
    pub(crate) fn step(&self, to: Timestamp) -> RequestBuilder {
        self.post("/local/clock").json(&json!({"to": to}))
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        // It may have been killed by the test already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// Everything the bundle wrote to a folder, file by file.
pub(crate) fn files_under(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| {
        if path.is_dir() { files_under(&path) } else { vec![(path.clone(), std::fs::read(&path).unwrap())] }
    });
    files.collect()
}
