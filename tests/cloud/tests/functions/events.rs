//! Events as AWS hands them to functions, and what their senders put into them.

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

pub(crate) const PATH_SECRET: &str = "planted-path-secret-0123456789abcdef";
pub(crate) const SIGNING_SECRET: &str = "planted-signing-secret";
/// Anna's name; it has to stay out of logs.
pub(crate) const NAME: &str = "Planted-Nameson";

/// A request to the admin API.
pub(crate) fn api(method: &str, path: &str, key: &str, body: Option<&Value>) -> Value {
    let path = format!("/api/v1/{path}");
    http(method, ("/api/v1/{proxy+}", &path), key, body)
}

/// A delivery of the canonical feed.
pub(crate) fn hook(path_secret: &str, token: &str, body: &Value) -> Value {
    let path = format!("/hooks/events/acme/{path_secret}");
    http("POST", ("/hooks/{proxy+}", &path), token, Some(body))
}

/// An event of an HTTP API.
///
/// Source: Amazon API Gateway developer guide, HTTP APIs, payload format version 2.0, 2026-11.
fn http(method: &str, (route, path): (&str, &str), token: &str, body: Option<&Value>) -> Value {
    let route_key = format!("{method} {route}");
    let proxy = path.strip_prefix(route.trim_end_matches("{proxy+}"));
    json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "authorization": format!("Bearer {token}"),
            "content-type": "application/json",
            "host": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
            "user-agent": "tests",
            "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "abcdef1234",
            "domainName": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "abcdef1234",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "tests",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route_key,
            "stage": "$default",
            "time": "01/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_793_534_400_000_i64,
        },
        "pathParameters": {"proxy": proxy},
        "body": body.map(Value::to_string),
        "isBase64Encoded": false,
    })
}

/// The same with its body in base64, as API Gateway has it where the content type is none it knows as text.
pub(crate) fn in_base64(mut event: Value) -> Value {
    let body = BASE64_STANDARD.encode(event["body"].as_str().unwrap_or_default());
    event["headers"]["content-type"] = json!("application/cloudevents-batch+json");
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(true);
    event
}

/// A batch of messages as the event source mapping hands them over.
///
/// Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS", 2026-11.
pub(crate) fn batch(messages: &[Message], queue_arn: &str) -> Result<Value> {
    let records = messages.iter().map(|message| {
        let attributes = message.attributes.iter().flatten();
        let attributes: Map<String, Value> =
            attributes.map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
        Ok(json!({
            "messageId": message.message_id.as_deref().context("a message has an id")?,
            "receiptHandle": message.receipt_handle.as_deref().context("a message has a handle")?,
            "body": message.body.as_deref().context("a message has a body")?,
            "attributes": attributes,
            "messageAttributes": {},
            "md5OfBody": message.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": "eu-west-1",
        }))
    });
    Ok(json!({"Records": records.collect::<Result<Vec<_>>>()?}))
}

/// A system attribute of a message.
pub(crate) fn attribute(message: &Message, name: &MessageSystemAttributeName) -> Option<String> {
    message.attributes.as_ref()?.get(name).cloned()
}

/// The tenant `acme`: whoever books room 7 is in group 501 from 30 minutes before until 30 minutes after. Its Brivo account
/// is not connected yet, so nothing in it makes a function speak to Brivo; nor does anything make one read Spacebring, as half a login
/// is none.
pub(crate) fn tenant() -> Value {
    json!({
        "tenant": "acme",
        "platform": "spacebring",
        "accounts": [{
            "id": "hq", "region": "us", "api_key": "planted-api-key",
            "client_id": "planted-client-id", "client_secret": "planted-client-secret",
        }],
        "locations": [{"id": "main", "name": "Main", "time_zone": "Europe/London", "account": "hq", "site": 7_833_522}],
        "mappings": [{"kind": "resource", "id": "room-7", "groups": [501]}],
        "hooks": {"path_secret": PATH_SECRET, "signing_secrets": [SIGNING_SECRET]},
        "platform_api": {"client_id": "planted-platform-client"},
    })
}

/// A member, and a booking of room 7 for an hour.
pub(crate) fn booked(member: &str, starts: Timestamp, now: Timestamp) -> Value {
    let person = json!({
        "id": member, "status": "active", "first_name": "Anna", "last_name": NAME, "email": "anna@planted.example",
    });
    let booking = json!({
        "id": format!("of-{member}"), "resource": "room-7", "kind": "room", "location": "main", "status": "confirmed",
        "starts": starts, "ends": starts + SignedDuration::from_hours(1), "booker": {"member": member},
    });
    let told = |kind: &str, data: Value| {
        let subject = format!("{kind}/{}", data["id"].as_str().unwrap_or_default());
        json!({
            "specversion": "1.0", "id": format!("told-{subject}"), "source": "tests", "subject": subject,
            "type": format!("coworking.{kind}.upserted"), "time": now, "data": data,
        })
    };
    json!([told("member", person), told("booking", booking)])
}
