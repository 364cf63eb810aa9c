//! AWS Lambda around one process of a function: its environment, and the Runtime API from which it takes event after event.
//!
//! Source: AWS Lambda developer guide, "Using the Lambda runtime API" and "Defined runtime environment variables", 2026-11.

use std::{
    collections::HashMap,
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{self, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use runtime::clock::{Clock, SystemClock};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc, oneshot},
    time::timeout,
};

/// A debug build on a busy machine answers well within this.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a process that does not answer is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a function said to an event: its response, or its error.
pub(crate) type Answer = Result<Value, Value>;

/// A running function; its process is killed when this is dropped.
pub(crate) struct Lambda {
    process: Child,
    events: mpsc::Sender<Invocation>,
    folder: TempDir,
}

impl Lambda {
    /// Starts a binary in an environment that holds what Lambda sets, `settings`, and nothing else.
    pub(crate) async fn start<'a>(
        name: &str,
        binary: &Path,
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self> {
        let (events, taken) = mpsc::channel(1);
        let address = serve(name, taken).await?;
        let folder = tempfile::tempdir()?;
        let log = File::create(folder.path().join("log"))?;
        let process = Command::new(binary)
            .current_dir(folder.path())
            .env_clear()
            .envs(environment(name, address))
            .envs(settings)
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        Ok(Self { process, events, folder })
    }

    /// Hands an event to the function and waits for what it says.
    pub(crate) async fn invoke(&mut self, event: Value) -> Result<Answer> {
        let (answer, mut answered) = oneshot::channel();
        let invocation = Invocation { event, answer };
        timeout(PATIENCE, self.events.send(invocation)).await.context("an earlier event was not taken")??;
        let began = Instant::now();
        loop {
            if let Ok(answer) = timeout(LOOK_EVERY, &mut answered).await {
                return answer.context("the function answered with something that is no JSON");
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the function ended with {status}:\n{}", self.log()?);
            }
            ensure!(began.elapsed() < PATIENCE, "the function does not answer:\n{}", self.log()?);
        }
    }

    /// Status and JSON body of the answer to an event of an HTTP API.
    pub(crate) async fn call(&mut self, event: Value) -> Result<(u64, Value)> {
        let answer = match self.invoke(event).await? {
            Ok(answer) => answer,
            Err(error) => bail!("the function failed: {error}\n{}", self.log()?),
        };
        let status = answer["statusCode"].as_u64().with_context(|| format!("no answer to HTTP: {answer}"))?;
        ensure!(answer["isBase64Encoded"] == false, "JSON is text: {answer}");
        Ok((status, serde_json::from_str(answer["body"].as_str().unwrap_or("null"))?))
    }

    /// Waits for a function to end by itself.
    pub(crate) async fn ends(&mut self) -> Result<ExitStatus> {
        let began = Instant::now();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            ensure!(began.elapsed() < PATIENCE, "the function runs on:\n{}", self.log()?);
            looks.tick().await;
        }
    }

    /// All that the function wrote to standard output and standard error.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("log"))?)
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        // Both only fail when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What Lambda sets in every function of the runtime `provided.al2023` whose log format is JSON.
fn environment(name: &str, runtime_api: SocketAddr) -> [(&'static str, String); 14] {
    [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/latchwork/latchwork/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/01/[$LATEST]0123456789abcdef".to_owned()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ]
}

/// One event, and where its answer goes.
struct Invocation {
    event: Value,
    answer: oneshot::Sender<Answer>,
}

struct RuntimeApi {
    name: String,
    events: Mutex<mpsc::Receiver<Invocation>>,
    taken: AtomicU64,
    unanswered: std::sync::Mutex<HashMap<String, oneshot::Sender<Answer>>>,
}

/// Serves the Runtime API to one process until the test ends.
async fn serve(name: &str, events: mpsc::Receiver<Invocation>) -> Result<SocketAddr> {
    let api = RuntimeApi {
        name: name.to_owned(),
        events: Mutex::new(events),
        taken: AtomicU64::new(0),
        unanswered: std::sync::Mutex::default(),
    };
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(StatusCode::ACCEPTED))
        .with_state(Arc::new(api));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}

/// Answers only when there is an event.
async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    let Some(Invocation { event, answer }) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let number = api.taken.fetch_add(1, Ordering::Relaxed);
    let id = format!("8476a536-e9f4-11e8-9739-{number:012}");
    api.unanswered.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), answer);
    let deadline_ms = SystemClock.now().as_millisecond().saturating_add(60_000);
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", format!("arn:aws:lambda:eu-west-1:000000000000:function:{}", api.name)),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned()),
    ];
    (headers, Json(event)).into_response()
}

async fn response(State(api): State<Arc<RuntimeApi>>, id: extract::Path<String>, said: Bytes) -> StatusCode {
    api.answer(&id, serde_json::from_slice(&said).map(Ok))
}

async fn error(State(api): State<Arc<RuntimeApi>>, id: extract::Path<String>, said: Bytes) -> StatusCode {
    api.answer(&id, serde_json::from_slice(&said).map(Err))
}

impl RuntimeApi {
    /// Passes on what a function said. If that is no JSON nothing is passed on, and whoever waits is told so at once.
    fn answer(&self, id: &str, said: serde_json::Result<Answer>) -> StatusCode {
        let waiting = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        let passed = waiting.zip(said.ok()).is_some_and(|(waiting, said)| waiting.send(said).is_ok());
        if passed { StatusCode::ACCEPTED } else { StatusCode::BAD_REQUEST }
    }
}
