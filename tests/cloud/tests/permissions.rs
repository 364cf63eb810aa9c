//! What each role of `infra/aws/template.yaml` may do, and nothing beyond.
#![expect(clippy::indexing_slicing, reason = "a missing member of a JSON value reads as null, it does not panic")]

use std::collections::BTreeMap;

use anyhow::Result;
use cloud::Template;
use serde_json::{Value, json};

/// Reading and writing items; a transaction is authorised by the actions of its items.
const STATE: [&str; 7] = [
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
];
const LOGS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

/// A `Sid`, the sorted actions, the resource.
type Permission = (String, Vec<String>, Value);

fn many(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn statements(role: &Value) -> Vec<Value> {
    many(&role["Policies"]).iter().flat_map(|policy| many(&policy["PolicyDocument"]["Statement"])).collect()
}

fn permissions(template: &Template, role: &str) -> Vec<Permission> {
    statements(template.properties(role))
        .iter()
        .map(|statement| {
            let mut actions: Vec<String> =
                many(&statement["Action"]).iter().filter_map(|action| action.as_str().map(str::to_owned)).collect();
            actions.sort();
            (statement["Sid"].as_str().unwrap_or_default().to_owned(), actions, statement["Resource"].clone())
        })
        .collect()
}

fn permission(sid: &str, actions: &[&str], resource: Value) -> Permission {
    (sid.to_owned(), actions.iter().map(|&action| action.to_owned()).collect(), resource)
}

fn arn_of(logical_id: &str) -> Value {
    json!({"Fn::GetAtt": [logical_id, "Arn"]})
}

#[test]
fn receive_webhook_may_record_and_wake() -> Result<()> {
    let template = Template::translated()?;
    assert_eq!(
        permissions(&template, "ReceiveWebhookRole"),
        [
            permission("WriteOwnLogs", &LOGS, arn_of("ReceiveWebhookLogs")),
            permission("ReadAndWriteState", &STATE, arn_of("Table")),
            permission("SendWakeUps", &["sqs:SendMessage"], arn_of("WakeUps")),
            permission("OpenDataKey", &["kms:Decrypt"], json!({"Ref": "KmsKeyArn"})),
        ]
    );
    Ok(())
}

#[test]
fn reconcile_access_may_find_take_and_schedule_what_is_due() -> Result<()> {
    let template = Template::translated()?;
    let schedules = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${MemberSchedules}/*";
    let senders = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailFrom}";
    assert_eq!(
        permissions(&template, "ReconcileAccessRole"),
        [
            permission("WriteOwnLogs", &LOGS, arn_of("ReconcileAccessLogs")),
            permission("ReadAndWriteState", &STATE, arn_of("Table")),
            permission("FindWhoIsDue", &["dynamodb:Query"], json!({"Fn::Sub": "${Table.Arn}/index/due"})),
            permission(
                "TakeWakeUps",
                &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                arn_of("WakeUps"),
            ),
            permission("SendWakeUps", &["sqs:SendMessage"], arn_of("WakeUps")),
            permission(
                "ScheduleMembers",
                &["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
                json!({"Fn::Sub": schedules}),
            ),
            permission("LendMemberScheduleRole", &["iam:PassRole"], arn_of("MemberScheduleRole")),
            permission("MailPassCodes", &["ses:SendEmail"], json!({"Fn::Sub": senders})),
            permission("OpenDataKey", &["kms:Decrypt"], json!({"Ref": "KmsKeyArn"})),
        ]
    );
    Ok(())
}

#[test]
fn whoever_has_everyone_looked_at_may_list_members_and_wake_them() -> Result<()> {
    let template = Template::translated()?;
    for name in ["ConnectAccount", "ServeConsole", "SyncMembers"] {
        assert_eq!(
            permissions(&template, &format!("{name}Role")),
            [
                permission("WriteOwnLogs", &LOGS, arn_of(&format!("{name}Logs"))),
                permission("ReadAndWriteState", &STATE, arn_of("Table")),
                permission("ListMembers", &["dynamodb:Query"], json!({"Fn::Sub": "${Table.Arn}/index/roster"})),
                permission("FindWhoIsDue", &["dynamodb:Query"], json!({"Fn::Sub": "${Table.Arn}/index/due"})),
                permission("SendWakeUps", &["sqs:SendMessage"], arn_of("WakeUps")),
                permission("OpenDataKey", &["kms:Decrypt"], json!({"Ref": "KmsKeyArn"})),
            ],
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn the_scheduler_may_wake_members_and_start_the_sweep_and_the_full_read() -> Result<()> {
    let template = Template::translated()?;
    assert_eq!(
        permissions(&template, "MemberScheduleRole"),
        [permission("SendWakeUps", &["sqs:SendMessage"], arn_of("WakeUps"))]
    );
    assert_eq!(
        permissions(&template, "SweepRole"),
        [permission("StartTheSweep", &["lambda:InvokeFunction"], arn_of("ReconcileAccess"))]
    );
    assert_eq!(
        permissions(&template, "PassRole"),
        [permission("StartThePass", &["lambda:InvokeFunction"], arn_of("SyncMembers"))]
    );
    Ok(())
}

#[test]
fn the_schedule_role_is_lent_to_the_scheduler_only() -> Result<()> {
    let template = Template::translated()?;
    let lending: Vec<Value> = template
        .all_of("AWS::IAM::Role")
        .values()
        .flat_map(|role| statements(role))
        .filter(|statement| statement["Action"] == "iam:PassRole")
        .collect();

    assert_eq!(lending.len(), 1);
    assert_eq!(
        lending.first().map(|statement| &statement["Condition"]),
        Some(&json!({"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}))
    );
    Ok(())
}

#[test]
fn roles_are_trusted_to_their_own_service_and_schedules() -> Result<()> {
    let template = Template::translated()?;
    let default_group = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default";
    let condition = |group: Value| json!({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}, "aws:SourceArn": group}});
    let expected: BTreeMap<&str, (&str, Value)> = [
        ("MemberScheduleRole", ("scheduler.amazonaws.com", condition(arn_of("MemberSchedules")))),
        ("SweepRole", ("scheduler.amazonaws.com", condition(json!({"Fn::Sub": default_group})))),
        ("PassRole", ("scheduler.amazonaws.com", condition(json!({"Fn::Sub": default_group})))),
        ("ConnectAccountRole", ("lambda.amazonaws.com", Value::Null)),
        ("ReceiveWebhookRole", ("lambda.amazonaws.com", Value::Null)),
        ("ReconcileAccessRole", ("lambda.amazonaws.com", Value::Null)),
        ("ServeConsoleRole", ("lambda.amazonaws.com", Value::Null)),
        ("SyncMembersRole", ("lambda.amazonaws.com", Value::Null)),
    ]
    .into();

    let roles = template.all_of("AWS::IAM::Role");
    assert!(roles.keys().eq(expected.keys()), "{:?}", roles.keys());
    for (logical_id, (service, condition)) in expected {
        let trust = many(&template.properties(logical_id)["AssumeRolePolicyDocument"]["Statement"]);
        assert_eq!(trust.len(), 1, "{logical_id}");
        for statement in trust {
            assert_eq!(statement["Principal"], json!({"Service": service}), "{logical_id}");
            assert_eq!(statement["Action"], "sts:AssumeRole", "{logical_id}");
            assert_eq!(statement["Condition"], condition, "{logical_id}");
        }
    }
    Ok(())
}

/// SAM adds roles and AWS's own policies where a template leaves room; those reach every queue and log group of the account.
#[test]
fn each_function_has_the_role_written_for_it_and_no_policy_of_awss_own() -> Result<()> {
    let template = Template::translated()?;
    for (logical_id, function) in template.all_of("AWS::Lambda::Function") {
        assert_eq!(function["Role"], arn_of(&format!("{logical_id}Role")));
    }
    for (logical_id, role) in template.all_of("AWS::IAM::Role") {
        assert_eq!(role["ManagedPolicyArns"], Value::Null, "{logical_id}");
    }
    let elsewhere: Vec<_> = template
        .types()
        .into_iter()
        .filter(|(_, kind)| kind.contains("Policy") || (kind.starts_with("AWS::IAM::") && *kind != "AWS::IAM::Role"))
        .collect();
    assert!(elsewhere.is_empty(), "permissions outside the roles: {elsewhere:?}");
    Ok(())
}

/// The rule behind the lists above; it also holds for the statements of functions yet to come.
#[test]
fn no_statement_allows_everything_of_anything() -> Result<()> {
    let template = Template::translated()?;
    for (logical_id, role) in template.all_of("AWS::IAM::Role") {
        for statement in statements(role) {
            assert_eq!(statement["Effect"], "Allow", "{logical_id}");
            assert!(statement["Sid"].is_string(), "{logical_id}: a statement does not say what it is for: {statement}");
            assert_eq!(statement["NotAction"], Value::Null, "{logical_id}");
            assert_eq!(statement["NotResource"], Value::Null, "{logical_id}");
            for action in many(&statement["Action"]) {
                assert!(action.as_str().is_some_and(|name| !name.contains('*')), "{logical_id}: {action}");
            }
            for resource in many(&statement["Resource"]) {
                let written = resource.as_str().or_else(|| resource["Fn::Sub"].as_str()).unwrap_or_default();
                let is_named = !written.trim_end_matches("${MemberSchedules}/*").contains('*');
                assert!(is_named && !resource.is_null(), "{logical_id}: {resource}");
            }
        }
    }
    Ok(())
}

#[test]
fn only_the_http_api_may_invoke_what_it_routes_to() -> Result<()> {
    let template = Template::translated()?;
    for (logical_id, permission) in template.all_of("AWS::Lambda::Permission") {
        assert_eq!(permission["Principal"], "apigateway.amazonaws.com", "{logical_id}");
        let source = permission["SourceArn"]["Fn::Sub"][0].as_str().unwrap_or_default();
        assert!(source.contains("${__ApiId__}/${__Stage__}/"), "{logical_id}: {source}");
        let routes = ["/hooks/*", "/api/v1/*", "/connect/*"];
        assert!(routes.iter().any(|route| source.ends_with(route)), "{logical_id}: {source}");
    }
    Ok(())
}
