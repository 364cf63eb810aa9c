//! An AWS account with what the template makes, as far as functions see it.

use std::{
    collections::BTreeMap,
    fmt::Write,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use aws_sdk_kms::types::DataKeySpec;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_sqs::{
    config::{Credentials, Region},
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cloud::{Emulator, Template};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use state::DynamoStore;

use crate::{binaries::binary, kms::CountingKms, lambda::Lambda};

/// The admin key; the account only knows its digest.
pub(crate) const ADMIN_KEY: &str = "planted-admin-key";

const REGION: &str = "eu-west-1";
const TABLE: &str = "latchwork-Table-1ABCDEFGHIJKL";
const GROUP: &str = "latchwork";
const ROLE: &str = "arn:aws:iam::000000000000:role/latchwork-MemberScheduleRole-1ABCDEFGHIJKL";

/// An account in which everything but the functions is there.
pub(crate) struct Account {
    emulator: Emulator,
    template: Template,
    sqs: aws_sdk_sqs::Client,
    scheduler: aws_sdk_scheduler::Client,
    pub(crate) kms: CountingKms,
    pub(crate) store: DynamoStore,
    queue_url: String,
    pub(crate) queue_arn: String,
    data_key: String,
}

impl Account {
    pub(crate) async fn new() -> Result<Self> {
        let template = Template::translated()?;
        let emulator = Emulator::start()?;
        let sqs = aws_sdk_sqs::Client::from_conf(
            aws_sdk_sqs::Config::builder()
                .region(Region::new(REGION))
                .credentials_provider(Credentials::for_tests())
                .endpoint_url(emulator.endpoint())
                .build(),
        );
        let queue_url = sqs.create_queue().queue_name("wake-ups").send().await?.queue_url;
        let queue_url = queue_url.context("a queue has an address")?;
        Ok(Self {
            template,
            scheduler: schedules(&emulator).await?,
            kms: CountingKms::before(&emulator).await?,
            store: table(&emulator).await?,
            queue_arn: queue_attribute(&sqs, &queue_url, QueueAttributeName::QueueArn).await?,
            queue_url,
            sqs,
            data_key: data_key(&emulator).await?,
            emulator,
        })
    }

    /// Starts a function with the environment that the template gives it.
    pub(crate) async fn start(&self, name: &str) -> Result<Lambda> {
        self.start_with(name, &self.settings(name)?).await
    }

    /// Starts a function with these settings.
    pub(crate) async fn start_with(&self, name: &str, settings: &BTreeMap<String, String>) -> Result<Lambda> {
        let endpoint = self.emulator.endpoint();
        let account = [
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "session"),
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ENDPOINT_URL_KMS", self.kms.endpoint()),
        ];
        let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Lambda::start(name, binary(name)?, account.into_iter().chain(settings)).await
    }

    /// The environment of a function in the template, with the values of this account.
    pub(crate) fn settings(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let functions = self.template.all_of("AWS::Lambda::Function");
        let code = format!("functions/{name}");
        let function = functions.into_values().find(|function| function["Code"]["S3Key"] == code);
        let function = function.with_context(|| format!("the template has no function {name}"))?;
        let variables = function["Environment"]["Variables"].as_object().context("a function has an environment")?;
        variables.iter().map(|(name, given)| Ok((name.clone(), self.value_of(given)?))).collect()
    }

    fn value_of(&self, given: &Value) -> Result<String> {
        let known = [
            (json!({"Ref": "Table"}), TABLE.to_owned()),
            (json!({"Ref": "WakeUps"}), self.queue_url.clone()),
            (json!({"Fn::GetAtt": ["WakeUps", "Arn"]}), self.queue_arn.clone()),
            (json!({"Ref": "MemberSchedules"}), GROUP.to_owned()),
            (json!({"Fn::GetAtt": ["MemberScheduleRole", "Arn"]}), ROLE.to_owned()),
            (json!({"Ref": "DataKey"}), self.data_key.clone()),
            (json!({"Ref": "BrivoApiKey"}), String::new()),
            (json!({"Ref": "AdminKeySha256"}), sha256(ADMIN_KEY)?),
        ];
        let value = known.into_iter().find(|(form, _)| form == given).map(|(_, value)| value);
        value.with_context(|| format!("{given} of the template is nothing this account has"))
    }

    /// Takes messages until `count` have arrived, one minute at most.
    pub(crate) async fn receive(&self, count: usize) -> Result<Vec<Message>> {
        let began = Instant::now();
        let mut messages = Vec::new();
        while messages.len() < count {
            ensure!(began.elapsed() < Duration::from_mins(1), "{} of {count} messages arrived", messages.len());
            let call = self.sqs.receive_message().queue_url(&self.queue_url).wait_time_seconds(5);
            let call = call.max_number_of_messages(10).message_system_attribute_names(MessageSystemAttributeName::All);
            let taken = call.send().await?.messages.unwrap_or_default();
            for message in &taken {
                let handle = message.receipt_handle.as_deref().context("a message has a handle")?;
                self.sqs.delete_message().queue_url(&self.queue_url).receipt_handle(handle).send().await?;
            }
            messages.extend(taken);
        }
        Ok(messages)
    }

    /// How many messages of the queue can be taken now, and how many are delayed.
    pub(crate) async fn waiting_messages(&self) -> Result<(u32, u32)> {
        let count =
            async |name| -> Result<u32> { Ok(queue_attribute(&self.sqs, &self.queue_url, name).await?.parse()?) };
        let visible = count(QueueAttributeName::ApproximateNumberOfMessages).await?;
        Ok((visible, count(QueueAttributeName::ApproximateNumberOfMessagesDelayed).await?))
    }

    /// The schedules of members.
    pub(crate) async fn schedules(&self) -> Result<Vec<GetScheduleOutput>> {
        let mut schedules = Vec::new();
        for summary in self.scheduler.list_schedules().group_name(GROUP).send().await?.schedules {
            let name = summary.name.context("a schedule has a name")?;
            schedules.push(self.scheduler.get_schedule().group_name(GROUP).name(name).send().await?);
        }
        Ok(schedules)
    }
}

async fn queue_attribute(sqs: &aws_sdk_sqs::Client, url: &str, name: QueueAttributeName) -> Result<String> {
    let asked = sqs.get_queue_attributes().queue_url(url).attribute_names(name.clone());
    let attributes = asked.send().await?.attributes.context("a queue has attributes")?;
    attributes.get(&name).cloned().with_context(|| format!("a queue has {}", name.as_str()))
}

async fn schedules(emulator: &Emulator) -> Result<aws_sdk_scheduler::Client> {
    let config = aws_sdk_scheduler::Config::builder()
        .region(Region::new(REGION))
        .credentials_provider(Credentials::for_tests())
        .endpoint_url(emulator.endpoint());
    let scheduler = aws_sdk_scheduler::Client::from_conf(config.build());
    scheduler.create_schedule_group().name(GROUP).send().await?;
    Ok(scheduler)
}

async fn table(emulator: &Emulator) -> Result<DynamoStore> {
    let config = aws_sdk_dynamodb::Config::builder()
        .region(Region::new(REGION))
        .credentials_provider(Credentials::for_tests())
        .endpoint_url(emulator.endpoint());
    let dynamodb = aws_sdk_dynamodb::Client::from_conf(config.build());
    state::create_table(&dynamodb, TABLE).await?;
    Ok(DynamoStore::new(dynamodb, TABLE))
}

/// A data key as the deploy script makes it.
async fn data_key(emulator: &Emulator) -> Result<String> {
    let config = aws_sdk_kms::Config::builder()
        .region(Region::new(REGION))
        .credentials_provider(Credentials::for_tests())
        .endpoint_url(emulator.endpoint());
    let kms = aws_sdk_kms::Client::from_conf(config.build());
    let key = kms.create_key().send().await?.key_metadata.context("a key has metadata")?;
    let call = kms.generate_data_key_without_plaintext().key_id(key.key_id).key_spec(DataKeySpec::Aes256);
    let ciphertext = call.send().await?.ciphertext_blob.context("a data key has a ciphertext")?;
    Ok(BASE64_STANDARD.encode(ciphertext))
}

fn sha256(text: &str) -> Result<String> {
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        write!(hex, "{byte:02x}")?;
    }
    Ok(hex)
}
