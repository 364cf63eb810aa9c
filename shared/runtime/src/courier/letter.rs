//! The e-mail with a pass code.

use domain::tenant::{CodeMail, Location, Tenant};
use jiff::{Timestamp, tz::TimeZone};
use secrecy::ExposeSecret;

use super::{
    Mail, PassCode,
    template::{Placeholder, Template},
};

/// The subject unless the tenant has its own.
const SUBJECT: &str = "Your pass code for our doors";

/// The text unless the tenant has its own.
const TEXT: &str = "\
Hello {first_name},

with Brivo Mobile Pass your phone opens our doors:

1. Install Brivo Mobile Pass from the App Store or from Google Play.
2. Add a pass, and enter

   Pass ID: {pass_id}
   Pass Code: {pass_code}

The Pass ID has to be this e-mail address.
The code can be used once, until {expires}.
Your booking starts {starts}.
Where: {location}

Please do not pass this mail on: whoever has the code can take your pass.
";

/// How long a value can be, in characters: names come from whoever typed them.
const LONGEST_VALUE: usize = 100;

/// Writes the mail. A template of the tenant that cannot be read, or lacks something known in a subject, gives way to ours.
pub(super) fn write(settings: &CodeMail, tenant: &Tenant, pass: &PassCode) -> Mail {
    let known = |placeholder| value(placeholder, tenant, pass);
    let filled = |own: Option<&String>, ours: &str| {
        let own = own.and_then(|own| Template::parse(own).ok()).map(|own| own.fill(known));
        let own = own.filter(|text| !text.trim().is_empty());
        own.or_else(|| Some(Template::parse(ours).ok()?.fill(known))).unwrap_or_default()
    };
    Mail {
        from: settings.from.clone(),
        reply_to: settings.reply_to.clone(),
        to: pass.pass_id.clone(),
        subject: filled(settings.subject.as_ref(), SUBJECT),
        text: filled(settings.text.as_ref(), TEXT).into(),
    }
}

/// What stands in for a placeholder: one short line.
fn value(placeholder: Placeholder, tenant: &Tenant, pass: &PassCode) -> Option<String> {
    let location = pass.location.as_ref().and_then(|id| tenant.location(id));
    let shown = |instant| shown(instant, location.or(tenant.locations.first()));
    let text = match placeholder {
        Placeholder::FirstName => pass.first_name.clone()?,
        Placeholder::PassId => pass.pass_id.clone(),
        Placeholder::PassCode => pass.pass_code.expose_secret().to_owned(),
        Placeholder::Expires => shown(pass.expires_at?),
        Placeholder::Starts => shown(pass.starts_at?),
        Placeholder::Location => location?.name.clone(),
    };
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.chars().take(LONGEST_VALUE).collect())
}

/// An instant as people read it: `Mon 2 Mar 2026, 09:00 (Europe/London)`; in UTC without a location.
fn shown(instant: Timestamp, location: Option<&Location>) -> String {
    let zone = location.and_then(|location| TimeZone::get(&location.time_zone).ok()).unwrap_or(TimeZone::UTC);
    instant.to_zoned(zone).strftime("%a %-d %b %Y, %H:%M (%Q)").to_string()
}
