//! What `infra/aws/template.yaml` asks AWS for, claim by claim.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use cloud::{Template, workspace};
use serde_json::{Value, json};

/// Every function: logical id, folder and package name, timeout in seconds, environment beside what all have.
const FUNCTIONS: [(&str, &str, u64, &[&str]); 5] = [
    ("ConnectAccount", "connect-account", 30, &[]),
    ("ReceiveWebhook", "receive-webhook", 29, &[]),
    (
        "ReconcileAccess",
        "reconcile-access",
        60,
        &["LATCHWORK_QUEUE_ARN", "LATCHWORK_SCHEDULE_GROUP", "LATCHWORK_SCHEDULE_ROLE_ARN"],
    ),
    ("ServeConsole", "serve-console", 30, &["LATCHWORK_ADMIN_KEY_SHA256"]),
    ("SyncMembers", "sync-members", 900, &[]),
];
const ENVIRONMENT_OF_ALL: [&str; 4] =
    ["LATCHWORK_TABLE", "LATCHWORK_QUEUE_URL", "LATCHWORK_DATA_KEY", "LATCHWORK_BRIVO_API_KEY"];

fn arn_of(logical_id: &str) -> Value {
    json!({"Fn::GetAtt": [logical_id, "Arn"]})
}

#[test]
fn every_function_of_the_workspace_is_deployed_and_nothing_else() -> Result<()> {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(workspace().join("functions"))? {
        let folder = entry?.file_name().into_string().ok().context("a folder's name is not UTF-8")?;
        folders.insert(format!("functions/{folder}"));
    }
    let template = Template::translated()?;

    let deployed: BTreeSet<String> = template
        .all_of("AWS::Lambda::Function")
        .values()
        .filter_map(|function| Some(function["Code"]["S3Key"].as_str()?.to_owned()))
        .collect();

    assert_eq!(deployed, folders);
    Ok(())
}

#[test]
fn a_function_folder_has_the_name_of_its_package_and_so_of_its_binary() -> Result<()> {
    for (_, name, _, _) in FUNCTIONS {
        let manifest = fs::read_to_string(workspace().join("functions").join(name).join("Cargo.toml"))?;
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}: {manifest}");
    }
    Ok(())
}

#[test]
fn functions_are_small_arm64_binaries_built_by_cargo_lambda() -> Result<()> {
    let template = Template::translated()?;
    assert_eq!(template.all_of("AWS::Lambda::Function").len(), FUNCTIONS.len());
    for (logical_id, name, timeout, _) in FUNCTIONS {
        let function = template.properties(logical_id);
        assert_eq!(function["Code"]["S3Key"], format!("functions/{name}"), "{logical_id}");
        assert_eq!(function["Architectures"], json!(["arm64"]), "{logical_id}");
        assert_eq!(function["Runtime"], "provided.al2023", "{logical_id}");
        assert_eq!(function["Handler"], "bootstrap", "{logical_id}");
        assert_eq!(function["MemorySize"], 256, "{logical_id}");
        assert_eq!(function["Timeout"], timeout, "{logical_id}");
        assert_eq!(function["ReservedConcurrentExecutions"], Value::Null, "{logical_id}");
        assert_eq!(template.resource(logical_id)["Metadata"]["BuildMethod"], "rust-cargolambda", "{logical_id}");
    }
    Ok(())
}

#[test]
fn functions_get_the_settings_they_need_and_no_more() -> Result<()> {
    let template = Template::translated()?;
    for (logical_id, _, _, own) in FUNCTIONS {
        let variables = &template.properties(logical_id)["Environment"]["Variables"];
        let given: BTreeSet<&str> =
            variables.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let needed: BTreeSet<&str> = ENVIRONMENT_OF_ALL.iter().chain(own).copied().collect();
        assert_eq!(given, needed, "{logical_id}");
        assert_eq!(variables["LATCHWORK_TABLE"], json!({"Ref": "Table"}));
        assert_eq!(variables["LATCHWORK_QUEUE_URL"], json!({"Ref": "WakeUps"}));
        assert_eq!(variables["LATCHWORK_DATA_KEY"], json!({"Ref": "DataKey"}));
        assert_eq!(variables["LATCHWORK_BRIVO_API_KEY"], json!({"Ref": "BrivoApiKey"}));
    }
    let reconcile = &template.properties("ReconcileAccess")["Environment"]["Variables"];
    assert_eq!(reconcile["LATCHWORK_QUEUE_ARN"], arn_of("WakeUps"));
    assert_eq!(reconcile["LATCHWORK_SCHEDULE_GROUP"], json!({"Ref": "MemberSchedules"}));
    assert_eq!(reconcile["LATCHWORK_SCHEDULE_ROLE_ARN"], arn_of("MemberScheduleRole"));
    let console = &template.properties("ServeConsole")["Environment"]["Variables"];
    assert_eq!(console["LATCHWORK_ADMIN_KEY_SHA256"], json!({"Ref": "AdminKeySha256"}));
    Ok(())
}

#[test]
fn keys_have_no_default_that_could_be_deployed_by_mistake() -> Result<()> {
    let template = Template::translated()?;
    for parameter in ["KmsKeyArn", "DataKey", "AdminKeySha256"] {
        let declared = &template.parameters()[parameter];
        assert_eq!(declared["Type"], "String", "{parameter}");
        assert_eq!(declared["Default"], Value::Null, "{parameter}");
        assert!(declared["AllowedPattern"].is_string(), "{parameter}");
    }
    assert_eq!(template.parameters()["ReconcileConcurrency"]["Default"], 10);
    assert_eq!(template.parameters()["BrivoApiKey"]["Default"], "");
    assert!(template.parameters()["BrivoApiKey"]["AllowedPattern"].as_str().is_some_and(|it| it.contains("lw1")));
    Ok(())
}

/// A name below `.invalid` is nobody's, so nothing is mailed until an operator says from where.
#[test]
fn mails_are_sent_from_nowhere_unless_it_is_said() -> Result<()> {
    let template = Template::translated()?;
    assert_eq!(template.parameters()["MailFrom"]["Default"], "nothing.invalid");
    Ok(())
}

#[test]
fn the_table_is_keyed_and_indexed_as_the_store_expects() -> Result<()> {
    let template = Template::translated()?;
    let table = template.properties("Table");
    let key = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);

    assert_eq!(template.all_of("AWS::DynamoDB::Table").len(), 1);
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["KeySchema"], key("pk", "sk"));
    let attributes: BTreeMap<&str, &str> = table["AttributeDefinitions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|attribute| Some((attribute["AttributeName"].as_str()?, attribute["AttributeType"].as_str()?)))
        .collect();
    assert_eq!(
        attributes,
        BTreeMap::from([
            ("pk", "S"),
            ("sk", "S"),
            ("due_shard", "S"),
            ("due_at", "N"),
            ("roster", "S"),
            ("member", "S"),
        ])
    );
    assert_eq!(
        table["GlobalSecondaryIndexes"],
        json!([
            {"IndexName": "due", "KeySchema": key("due_shard", "due_at"), "Projection": {"ProjectionType": "KEYS_ONLY"}},
            {"IndexName": "roster", "KeySchema": key("roster", "member"), "Projection": {"ProjectionType": "KEYS_ONLY"}},
        ])
    );
    Ok(())
}

#[test]
fn the_table_forgets_what_expired_and_loses_nothing_else() -> Result<()> {
    let template = Template::translated()?;
    let table = template.properties("Table");

    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": "expires_at", "Enabled": true}));
    assert_eq!(table["PointInTimeRecoverySpecification"], json!({"PointInTimeRecoveryEnabled": true}));
    assert_eq!(table["SSESpecification"], json!({"SSEEnabled": true}));
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(template.resource("Table")["DeletionPolicy"], "Retain");
    assert_eq!(template.resource("Table")["UpdateReplacePolicy"], "Retain");
    Ok(())
}

#[test]
fn wake_ups_that_keep_failing_are_set_aside_for_a_fortnight() -> Result<()> {
    let template = Template::translated()?;
    let queue = template.properties("WakeUps");
    let dead = template.properties("DeadWakeUps");

    assert_eq!(queue["RedrivePolicy"], json!({"deadLetterTargetArn": arn_of("DeadWakeUps"), "maxReceiveCount": 5}));
    assert_eq!(dead["MessageRetentionPeriod"], 14 * 24 * 60 * 60);
    for queue in [queue, dead] {
        assert_eq!(queue["FifoQueue"], Value::Null);
        assert_eq!(queue["SqsManagedSseEnabled"], true);
    }
    Ok(())
}

#[test]
fn a_wake_up_stays_hidden_for_six_times_as_long_as_its_function_may_take() -> Result<()> {
    let template = Template::translated()?;

    let hidden = template.properties("WakeUps")["VisibilityTimeout"].as_u64();
    let timeout = template.properties("ReconcileAccess")["Timeout"].as_u64();

    assert!(hidden >= timeout.map(|seconds| 6 * seconds), "{hidden:?} {timeout:?}");
    Ok(())
}

#[test]
fn one_failed_wake_up_does_not_repeat_its_whole_batch() -> Result<()> {
    let template = Template::translated()?;
    let mappings = template.all_of("AWS::Lambda::EventSourceMapping");
    assert_eq!(mappings.len(), 1);
    for mapping in mappings.values() {
        assert_eq!(mapping["EventSourceArn"], arn_of("WakeUps"));
        assert_eq!(mapping["FunctionName"], json!({"Ref": "ReconcileAccess"}));
        assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
        assert_eq!(mapping["ScalingConfig"]["MaximumConcurrency"], json!({"Ref": "ReconcileConcurrency"}));
        assert_eq!(mapping["MaximumBatchingWindowInSeconds"], Value::Null, "a window would delay every wake-up");
    }
    Ok(())
}

#[test]
fn the_sweep_runs_every_minute_and_the_full_read_every_hour() -> Result<()> {
    let template = Template::translated()?;
    let schedules = template.all_of("AWS::Scheduler::Schedule");
    let mut started = BTreeSet::new();
    for schedule in schedules.values() {
        let target = &schedule["Target"];
        let part = |value: &Value| value.as_str().map(str::to_owned);
        let (every, input) = (part(&schedule["ScheduleExpression"]), part(&target["Input"]));
        started.insert((
            every,
            part(&target["Arn"]["Fn::GetAtt"][0]),
            part(&target["RoleArn"]["Fn::GetAtt"][0]),
            input,
        ));
        assert_eq!(schedule["FlexibleTimeWindow"], json!({"Mode": "OFF"}));
        assert_eq!(schedule["State"], Value::Null, "enabled unless said otherwise");
        assert_eq!(schedule["GroupName"], Value::Null, "not where reconcile-access may delete it");
        assert_eq!(schedule["Name"], Value::Null, "two stacks of one account must not meet");
    }
    let expected = [
        ("rate(1 hour)", "SyncMembers", "PassRole", "{}"),
        ("rate(1 minute)", "ReconcileAccess", "SweepRole", r#"{"sweep":true}"#),
    ];
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        started,
        expected.map(|(every, function, role, input)| (some(every), some(function), some(role), some(input))).into()
    );
    assert_eq!(schedules.len(), expected.len());
    Ok(())
}

#[test]
fn requests_reach_the_function_that_answers_them() -> Result<()> {
    let template = Template::translated()?;
    let mut routes = BTreeSet::new();
    for (path, methods) in template.properties("HttpApi")["Body"]["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let integration = &operation["x-amazon-apigateway-integration"];
            assert_eq!(integration["payloadFormatVersion"], "2.0");
            let target = integration["uri"]["Fn::Sub"].as_str().unwrap_or_default();
            let function = FUNCTIONS.iter().find(|(logical_id, ..)| target.contains(&format!("${{{logical_id}.Arn}}")));
            routes.insert(format!("{method} {path} -> {}", function.map_or("nothing", |(_, name, ..)| name)));
        }
    }

    let expected = [
        "get /connect/{proxy+} -> connect-account",
        "post /connect/{proxy+} -> connect-account",
        "get /hooks/{proxy+} -> receive-webhook",
        "post /hooks/{proxy+} -> receive-webhook",
        "get /api/v1/{proxy+} -> serve-console",
        "put /api/v1/{proxy+} -> serve-console",
        "post /api/v1/{proxy+} -> serve-console",
        "delete /api/v1/{proxy+} -> serve-console",
    ];
    assert_eq!(routes, expected.map(str::to_owned).into());
    Ok(())
}

#[test]
fn requests_are_throttled() -> Result<()> {
    let template = Template::translated()?;
    let settings = &template.properties("HttpApiApiGatewayDefaultStage")["DefaultRouteSettings"];
    assert!(settings["ThrottlingBurstLimit"].as_u64() > Some(0), "{settings}");
    assert!(settings["ThrottlingRateLimit"].as_u64() > Some(0), "{settings}");
    Ok(())
}

/// The path of a webhook holds its secret.
#[test]
fn access_logs_hold_no_path() -> Result<()> {
    let template = Template::translated()?;
    let stages = template.all_of("AWS::ApiGatewayV2::Stage");
    assert_eq!(stages.len(), 1);
    for stage in stages.values() {
        let format = stage["AccessLogSettings"]["Format"].as_str().context("there is no access log")?;
        let logged: Value = serde_json::from_str(format)?;
        assert_eq!(
            logged,
            json!({
                "requestId": "$context.requestId",
                "status": "$context.status",
                "routeKey": "$context.routeKey",
                "latency": "$context.responseLatency",
            })
        );
    }
    Ok(())
}

#[test]
fn logs_are_json_and_kept_for_thirty_days() -> Result<()> {
    let template = Template::translated()?;
    let log_groups = template.all_of("AWS::Logs::LogGroup");
    assert_eq!(log_groups.len(), FUNCTIONS.len() + 1);
    for (logical_id, log_group) in log_groups {
        assert_eq!(log_group["RetentionInDays"], 30, "{logical_id}");
    }
    for (logical_id, ..) in FUNCTIONS {
        let logging = &template.properties(logical_id)["LoggingConfig"];
        assert_eq!(logging["LogFormat"], "JSON", "{logical_id}");
        assert_eq!(logging["LogGroup"], json!({"Ref": format!("{logical_id}Logs")}), "{logical_id}");
    }
    Ok(())
}

#[test]
fn an_operator_is_told_the_addresses() -> Result<()> {
    let template = Template::translated()?;
    let outputs: BTreeSet<&str> =
        template.outputs().as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        outputs,
        ["ApiUrl", "BrivoRedirectUrl", "DeadWakeUpQueueUrl", "TableName", "WakeUpQueueUrl", "WebhookBaseUrl"].into()
    );
    Ok(())
}
