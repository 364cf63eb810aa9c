//! Mails by Amazon SES.

use async_trait::async_trait;
use aws_sdk_sesv2::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message},
};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::{CourierError, Mail, Mailer, mailbox::Mailbox};

/// Sends mails in the function's own region and AWS account.
#[derive(Debug)]
pub struct SesMailer {
    ses: Client,
}

impl SesMailer {
    /// Sends by this client.
    pub fn new(ses: Client) -> Self {
        Self { ses }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail, _now: Timestamp) -> Result<(), CourierError> {
        let unfit = |_: BuildError| CourierError::Refused("the mail could not be written".to_owned());
        let header = |text: &str| Mailbox::parse(text).map(|mailbox| mailbox.header()).unwrap_or_default();
        let message = Message::builder()
            .subject(content(&mail.subject).map_err(unfit)?)
            .body(Body::builder().text(content(mail.text.expose_secret()).map_err(unfit)?).build());
        let call = self
            .ses
            .send_email()
            .from_email_address(header(&mail.from))
            .set_reply_to_addresses(mail.reply_to.as_deref().map(|text| vec![header(text)]))
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(EmailContent::builder().simple(message.build()).build());
        call.send().await.map(drop).map_err(|error| failure(&error))
    }
}

fn content(text: &str) -> Result<Content, BuildError> {
    Content::builder().data(text).charset("UTF-8").build()
}

/// Tells what may pass by itself from a refusal. SES's own words stay out: they name addresses.
///
/// Source: Amazon SES API v2 reference, `SendEmail`, and IAM's `AccessDenied`, 2026-11.
fn failure(error: &SdkError<SendEmailError>) -> CourierError {
    let code = error.code().unwrap_or("no code");
    let passing = ["Throttl", "TooManyRequests", "LimitExceeded"];
    let may_pass = passing.iter().any(|word| code.contains(word));
    let is_refused = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
    if may_pass || !is_refused {
        return CourierError::Unavailable(format!("SES did not take the mail ({code})"));
    }
    let what_to_do = match code {
        "MessageRejected" | "MailFromDomainNotVerifiedException" => {
            "verify the address or the domain of code_mail.from in SES, and have SES taken out of its sandbox"
        }
        "AccessDeniedException" | "AccessDenied" => {
            "name the address or the domain of code_mail.from with infra/aws/deploy --mail-from"
        }
        "AccountSuspendedException" | "SendingPausedException" => "SES's console says why it sends nothing at present",
        "BadRequestException" => "SES finds the person's address or code_mail.from malformed",
        _ => "SES's console may say more",
    };
    CourierError::Refused(format!("SES answered {code}; {what_to_do}"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_sesv2::config::{Config, Credentials, Region, retry::RetryConfig};
    use aws_smithy_http_client::test_util::infallible_client_fn;
    use serde_json::{Value, json};

    use super::*;

    type Asked = Arc<Mutex<Vec<(String, Value)>>>;

    /// A mailer on an SES that always answers this, and what it was asked: method with path, and body.
    fn on_ses(status: u16, answer: Value) -> (SesMailer, Asked) {
        let asked = Asked::default();
        let heard = Arc::clone(&asked);
        let http = infallible_client_fn(move |request| {
            let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            heard.lock().unwrap().push((format!("{} {}", request.method(), request.uri().path()), body));
            http::Response::builder().status(status).body(answer.to_string()).unwrap()
        });
        let config = Config::builder()
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(http);
        (SesMailer::new(Client::from_conf(config.build())), asked)
    }

    fn mail() -> Mail {
        Mail {
            from: "Zoë, Inc. <door@example.com>".to_owned(),
            reply_to: Some("Desk <desk@example.com>".to_owned()),
            to: "ann@example.com".to_owned(),
            subject: "Grüße".to_owned(),
            text: "Pass Code: AB12CD34".into(),
        }
    }

    /// NEX-23: the code goes to the person's own address, from the operator's.
    #[tokio::test]
    async fn a_mail_is_one_request_to_ses() {
        let (mailer, asked) = on_ses(200, json!({"MessageId": "1"}));

        mailer.send(&mail(), Timestamp::UNIX_EPOCH).await.unwrap();

        let body = json!({
            "FromEmailAddress": "=?UTF-8?B?Wm/DqywgSW5jLg==?= <door@example.com>",
            "ReplyToAddresses": ["\"Desk\" <desk@example.com>"],
            "Destination": {"ToAddresses": ["ann@example.com"]},
            "Content": {"Simple": {
                "Subject": {"Data": "Grüße", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Pass Code: AB12CD34", "Charset": "UTF-8"}},
            }},
        });
        assert_eq!(*asked.lock().unwrap(), [("POST /v2/email/outbound-emails".to_owned(), body)]);
    }

    #[tokio::test]
    async fn what_may_pass_is_told_from_what_somebody_has_to_see_to() {
        for (status, code, needs_person) in [
            (429, "TooManyRequestsException", false),
            (400, "LimitExceededException", false),
            (400, "ThrottlingException", false),
            (500, "InternalFailure", false),
            (503, "ServiceUnavailable", false),
            (400, "MessageRejected", true),
            (400, "MailFromDomainNotVerifiedException", true),
            (400, "SendingPausedException", true),
            (400, "BadRequestException", true),
            (403, "AccessDeniedException", true),
        ] {
            let (mailer, _) = on_ses(status, json!({"__type": code, "message": "failed for ann@example.com"}));

            let error = mailer.send(&mail(), Timestamp::UNIX_EPOCH).await.unwrap_err();

            assert_eq!(error.needs_person(), needs_person, "{error}");
            assert!(error.to_string().contains(code), "{error}");
            assert!(!format!("{error:?}").contains("ann@"), "{error:?}");
        }
    }
}
