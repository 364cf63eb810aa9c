//! A person's names and addresses in Brivo.

use std::collections::BTreeSet;

use brivo::{BrivoError, Email, Phone, User, UserPatch};
use domain::{
    AccountId,
    policy::ProfileField,
    profile::{Profile, Sent, with_our_entry},
};

use crate::{pace::Session, run::Run};

impl Run<'_> {
    /// Sends these fields of the profile. Brivo takes addresses and numbers as a whole, and staff may have typed some of their own:
    /// so the user is looked at first where they are sent.
    pub(crate) async fn patch_profile(
        &mut self,
        session: &Session,
        account: &AccountId,
        (profile, fields): (&Profile, &BTreeSet<ProfileField>),
    ) -> Result<(), BrivoError> {
        let user = self.user(account)?;
        let shown = if fields.iter().any(|field| field.is_listed()) {
            let shown = session.call(|brivo, token| async move { brivo.user(&token, user).await }).await;
            Some(shown.map_err(|error| self.gone(account, error))?)
        } else {
            None
        };
        let patch = &patch((profile, fields), self.ledger.account(account).profile.as_ref(), shown);
        let sent = session.call(|brivo, token| async move { brivo.patch_user(&token, user, patch).await }).await;
        sent.map_err(|error| self.gone(account, error))?;
        self.ledger.account(account).profile_sent(profile, fields);
        Ok(())
    }

    /// Whether Brivo shows a profile that was begun to be sent.
    pub(crate) async fn read_profile_back(
        &mut self,
        session: &Session,
        account: &AccountId,
        (profile, fields): (&Profile, &BTreeSet<ProfileField>),
    ) -> Result<bool, BrivoError> {
        let Some(user) = self.ledger.account(account).user else { return Ok(false) };
        let shown = match session.call(|brivo, token| async move { brivo.user(&token, user).await }).await {
            Ok(shown) => shown,
            Err(BrivoError::NotFound) => {
                self.ledger.account(account).user_gone();
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let came_about = shows(&shown, profile, fields);
        if came_about {
            self.ledger.account(account).profile_sent(profile, fields);
        }
        Ok(came_about)
    }
}

/// What is to be changed of a user that Brivo shows so, whom we sent that before.
fn patch<'a>(
    (profile, fields): (&'a Profile, &BTreeSet<ProfileField>),
    sent: Option<&Profile>,
    shown: Option<User>,
) -> UserPatch<'a> {
    let (emails, phones) = shown.map(|user| (user.emails, user.phones)).unwrap_or_default();
    let is_sent = |field| fields.contains(&field);
    let email = || profile.email.as_deref().map(Email::ours);
    let phone = || profile.phone.as_deref().map(Phone::ours);
    UserPatch {
        first: is_sent(ProfileField::First).then_some(&profile.first),
        last: is_sent(ProfileField::Last).then_some(&profile.last),
        emails: is_sent(ProfileField::Email)
            .then(|| with_our_entry(emails, Sent::of(sent, |sent| sent.email.as_deref()), email())),
        phones: is_sent(ProfileField::Phone)
            .then(|| with_our_entry(phones, Sent::of(sent, |sent| sent.phone.as_deref()), phone())),
    }
}

/// Whether Brivo shows these fields as they are in the profile; of what is not known it cannot be told.
fn shows(user: &User, profile: &Profile, fields: &BTreeSet<ProfileField>) -> bool {
    fields.iter().all(|field| match field {
        ProfileField::First => user.first == profile.first,
        ProfileField::Last => user.last == profile.last,
        ProfileField::Email => {
            profile.email.as_ref().is_some_and(|ours| user.emails.iter().any(|email| email.address == *ours))
        }
        ProfileField::Phone => {
            profile.phone.as_ref().is_some_and(|ours| user.phones.iter().any(|phone| phone.number == *ours))
        }
        ProfileField::Pin => true,
    })
}
