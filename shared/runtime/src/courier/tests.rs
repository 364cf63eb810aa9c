//! What people read in their mails.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use state::MemoryStore;

use super::*;
use crate::{data_key::DataKey, document::Document, seal::Sealer, tenants::install};

/// A pass code with all that can be told.
pub(super) fn pass() -> PassCode {
    PassCode {
        invitation: InvitationId(71),
        credential: Some(CredentialId(72)),
        member: "31".into(),
        first_name: Some("Ann".to_owned()),
        pass_id: "ann@example.com".to_owned(),
        pass_code: "AB12CD34".into(),
        expires_at: Some("2026-03-05T09:00:00Z".parse().unwrap()),
        starts_at: Some("2026-03-02T10:00:00Z".parse().unwrap()),
        location: Some("london".into()),
    }
}

async fn record(code_mail: Value) -> TenantRecord {
    let document = json!({
        "tenant": "acme", "platform": "nexudus", "code_mail": code_mail,
        "accounts": [{"id": "hq", "region": "us"}],
        "locations": [
            {"id": "auckland", "name": "Harbour House", "time_zone": "Pacific/Auckland", "account": "hq"},
            {"id": "london", "name": "Mill Lane", "time_zone": "Europe/London", "account": "hq"},
        ],
    });
    let store = MemoryStore::default();
    let sealer = Sealer::new(DataKey::generate().unwrap());
    install(&store, &sealer, &Document::from_json(document.to_string().as_bytes()).unwrap()).await.unwrap();
    state::Store::tenant(&store, &"acme".into()).await.unwrap().unwrap()
}

/// The mail that comes of it.
async fn mailed(code_mail: Value, pass: &PassCode) -> Result<Mail, CourierError> {
    let outbox = Arc::new(Outbox::default());
    let messenger = Messenger::default().with_mail(Arc::clone(&outbox) as _);
    messenger.deliver(&record(code_mail).await, Way::Mail, pass, Timestamp::UNIX_EPOCH).await?;
    Ok(outbox.mails().remove(0).mail)
}

/// NEX-23, NEX-26: to the registered address, which is the Pass ID.
#[tokio::test]
async fn the_mail_tells_what_to_install_and_what_to_enter() {
    let mail = mailed(json!({"from": "door@example.com", "reply_to": "desk@example.com"}), &pass()).await.unwrap();

    assert_eq!((mail.from.as_str(), mail.reply_to.as_deref()), ("door@example.com", Some("desk@example.com")));
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("ann@example.com", "Your pass code for our doors"));
    let text = "\
Hello Ann,

with Brivo Mobile Pass your phone opens our doors:

1. Install Brivo Mobile Pass from the App Store or from Google Play.
2. Add a pass, and enter

   Pass ID: ann@example.com
   Pass Code: AB12CD34

The Pass ID has to be this e-mail address.
The code can be used once, until Thu 5 Mar 2026, 09:00 (Europe/London).
Your booking starts Mon 2 Mar 2026, 10:00 (Europe/London).
Where: Mill Lane

Please do not pass this mail on: whoever has the code can take your pass.";
    assert_eq!(mail.text.expose_secret(), text);
    assert!(!format!("{mail:?} {:?}", pass()).contains("ann@"));
}

#[tokio::test]
async fn what_is_not_known_is_left_out_and_times_are_those_of_the_first_location() {
    let bare = PassCode { first_name: None, starts_at: None, location: None, ..pass() };

    let mail = mailed(json!({"from": "door@example.com"}), &bare).await.unwrap();

    let text = mail.text.expose_secret();
    assert!(text.contains("until Thu 5 Mar 2026, 22:00 (Pacific/Auckland)."), "{text}");
    assert!(!text.contains("Hello") && !text.contains("booking") && !text.contains("Where"), "{text}");
}

#[tokio::test]
async fn a_tenant_says_it_in_its_own_words() {
    let own = json!({
        "from": "door@example.com", "subject": "Türcode für {first_name}",
        "text": "Code {pass_code} ({pass_id})\nab {starts}\nbei {location}",
    });
    let nameless = PassCode { first_name: None, starts_at: None, ..pass() };

    let known = mailed(own.clone(), &pass()).await.unwrap();
    let unknown = mailed(own, &nameless).await.unwrap();

    assert_eq!(known.subject, "Türcode für Ann");
    assert_eq!(unknown.subject, "Your pass code for our doors");
    assert_eq!(unknown.text.expose_secret(), "Code AB12CD34 (ann@example.com)\nbei Mill Lane");
}

#[tokio::test]
async fn a_name_cannot_write_lines_of_its_own() {
    let eve = PassCode { first_name: Some("Eve\r\nBcc: all@example.com {pass_code}".to_owned()), ..pass() };

    let mail = mailed(json!({"from": "door@example.com", "subject": "For {first_name}"}), &eve).await.unwrap();

    assert_eq!(mail.subject, "For Eve  Bcc: all@example.com {pass_code}");
}

#[tokio::test]
async fn what_cannot_be_mailed_needs_a_person() {
    let two = PassCode { pass_id: "ann@example.com, eve@example.com".to_owned(), ..pass() };

    let refused = mailed(json!({"from": "door@example.com"}), &two).await.unwrap_err();
    let no_table = mailed(Value::Null, &pass()).await.unwrap_err();

    assert!(refused.needs_person() && !refused.to_string().contains("ann@"), "{refused}");
    assert!(matches!(no_table, CourierError::NotReady(Way::Mail)), "{no_table}");
    assert!(!record(Value::Null).await.courier_ready(Way::Mail));
}
