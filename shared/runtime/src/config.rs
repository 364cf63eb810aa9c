//! Settings of the functions in the cloud: the only place that reads the environment.

use std::{sync::Arc, time::Duration};

use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client as DynamoDb;
use secrecy::SecretString;
use state::DynamoStore;

use crate::{
    Services,
    clock::SystemClock,
    connections::Connections,
    courier::{AppHooks, Messenger, Reach, SesMailer},
    data_key::DataKeyError,
    key_ring::KeyRing,
    platform_api::PlatformApis,
    seal::{Sealed, Sealer},
    services::Process,
    vendor_key,
    wakeups::{AwsWakeUps, ScheduleSettings},
};

/// How long sending a mail may take, repetitions and all: well within the lease of a run.
const MAIL_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is missing.
    #[error("the environment variable {0} is missing; deploy with infra/aws/deploy, which sets it")]
    Missing(&'static str),
    /// The data key cannot be had.
    #[error("the data key cannot be opened")]
    DataKey(#[from] DataKeyError),
    /// No HTTP client can be made.
    #[error("no HTTP client can be made")]
    Http(#[from] reqwest::Error),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness,
}

impl Services {
    /// The services of a function in AWS Lambda. One KMS decrypt, once per cold start.
    ///
    /// # Errors
    /// If a setting is missing or the data key cannot be opened.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let aws = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        let kms = aws_sdk_kms::Client::new(&aws);
        let keys = KeyRing::from_kms(&kms, &setting("LATCHWORK_DATA_KEY")?).await?;
        let sealer = Arc::new(Sealer::new(keys));
        let store: Arc<dyn state::Store> = Arc::new(DynamoStore::new(DynamoDb::new(&aws), setting("LATCHWORK_TABLE")?));
        let http = Arc::new(brivo::http_client()?);
        let queue = AwsWakeUps::new(aws_sdk_sqs::Client::new(&aws), setting("LATCHWORK_QUEUE_URL")?);
        let wakeups = match schedule_settings()? {
            None => queue,
            Some(settings) => queue.with_schedules(aws_sdk_scheduler::Client::new(&aws), settings),
        };
        let connections = Connections::new(Arc::clone(&store), Arc::clone(&sealer), http, None);
        let app_hooks = AppHooks::new(Reach::Public, Arc::clone(&sealer))?;
        let courier = Messenger::default().with_mail(Arc::new(SesMailer::new(ses(&aws)))).with_app_hooks(app_hooks);
        Ok(Self {
            connections: Arc::new(connections.with_vendor_key(brivo_api_key(&sealer))),
            store,
            clock: Arc::new(SystemClock),
            wakeups: Arc::new(wakeups),
            sealer,
            platforms: PlatformApis::new(None)?,
            courier: Arc::new(courier),
            process: Process { name: process_name()?, alone: false },
        })
    }
}

/// SES, which may take no longer than anything else that is called in a run.
fn ses(aws: &aws_config::SdkConfig) -> aws_sdk_sesv2::Client {
    let timeouts = TimeoutConfig::builder().operation_timeout(MAIL_TIMEOUT).build();
    let config = aws_sdk_sesv2::config::Builder::from(aws).timeout_config(timeouts);
    aws_sdk_sesv2::Client::from_conf(config.build())
}

/// The digest of the admin key, for the function that serves the console.
///
/// # Errors
/// If it is missing.
pub fn admin_key_sha256() -> Result<String, ConfigError> {
    setting("LATCHWORK_ADMIN_KEY_SHA256")
}

/// The Brivo API key for all tenants that bring none, if there is one. One that cannot be opened keeps nobody else waiting.
fn brivo_api_key(sealer: &Sealer) -> Option<SecretString> {
    let key = Sealed::from_text(setting("LATCHWORK_BRIVO_API_KEY").ok()?);
    if !sealer.is_current(&key) {
        tracing::warn!(
            "the Brivo API key for all is not sealed under the newest data key: seal it anew before that is dropped"
        );
    }
    let opened = vendor_key::open(sealer, &key);
    opened.inspect_err(|error| tracing::error!(error = %error, "the Brivo API key for all cannot be used")).ok()
}

/// The scheduler's settings, which only the function that makes schedules has.
fn schedule_settings() -> Result<Option<ScheduleSettings>, ConfigError> {
    let Ok(schedule_group) = setting("LATCHWORK_SCHEDULE_GROUP") else {
        return Ok(None);
    };
    Ok(Some(ScheduleSettings {
        group: schedule_group,
        role_arn: setting("LATCHWORK_SCHEDULE_ROLE_ARN")?,
        queue_arn: setting("LATCHWORK_QUEUE_ARN")?,
    }))
}

#[expect(clippy::disallowed_methods, reason = "this is the place where settings are read")]
fn setting(name: &'static str) -> Result<String, ConfigError> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name))
}

/// A name that no other process has.
///
/// # Errors
/// If the system gives no random bytes.
pub fn process_name() -> Result<String, ConfigError> {
    let mut bytes = [0; 12];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ConfigError::NoRandomness)?;
    Ok(hex::encode(bytes))
}
