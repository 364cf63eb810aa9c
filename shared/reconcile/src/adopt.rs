//! Looks whether a Brivo user that we did not make stands for the person already.

use std::collections::BTreeSet;

use brivo::BrivoError;
use domain::{
    AccountId, MemberKey, Subject, SubjectKind,
    adoption::{Match, existing},
    intake::Record,
    plan::{Existing, Plan, Write},
    policy::Adopt,
    profile::Profile,
};
use platforms::address_of;
use state::StoreError;

use crate::{pace::Session, run::Run};

/// Why it is not known.
#[derive(Debug)]
pub(crate) enum LookError {
    Store(StoreError),
    Brivo(BrivoError),
}

impl Run<'_> {
    /// Whether the plan would make a user before anybody looked for one with the person's address.
    pub(crate) fn has_to_look(&self, account: &AccountId, plan: &Plan) -> bool {
        let makes_a_user = matches!(plan.writes.first(), Some(Write::CreateUser { .. }));
        makes_a_user
            && !self.existing.contains_key(account)
            && self.gathered.rules.account_policy(account).adopt == Adopt::ExactEmail
    }

    /// Looks into the account's inventory, and at the users it names as they are now. Before all users of the account were
    /// read once, that it names none says little.
    pub(crate) async fn look_for_user(&mut self, session: &Session, account: &AccountId) -> Result<(), LookError> {
        let member = self.gathered.facts.member.as_ref();
        let found = match member.and_then(|member| member.answers_to()) {
            // Of several who share an address nobody can tell whose user it is.
            Some(address) if self.is_meant_by(address).await.map_err(LookError::Store)? => {
                let tenant = &self.lease.member.tenant;
                // Asked first: a reading that ends in between has filled the inventory.
                let sync = self.services.store.sync(tenant, account).await.map_err(LookError::Store)?;
                let users = self.services.store.inventory(tenant, account, address).await.map_err(LookError::Store)?;
                let mut matches = Vec::new();
                for user in users.into_keys() {
                    matches.extend(self.match_of(session, user, address).await.map_err(LookError::Brivo)?);
                }
                let fields = &self.gathered.rules.account_policy(account).profile_fields;
                let profile = member.and_then(|member| Profile::of(member, fields));
                let so_far = existing(&matches, &self.lease.member, profile.as_ref());
                if sync.users_read_at.is_some() { so_far } else { Existing::Unread(Box::new(so_far)) }
            }
            Some(_) | None => Existing::None,
        };
        self.existing.insert(account.clone(), found);
        Ok(())
    }

    /// Whether the address means this person and nobody else.
    async fn is_meant_by(&self, address: &domain::AddressId) -> Result<bool, StoreError> {
        let subject = Subject::new(SubjectKind::Address, address.as_str());
        let MemberKey { tenant, member } = &self.lease.member;
        let recall = self.services.store.recall(tenant, &[], &BTreeSet::from([subject.clone()]), None).await?;
        Ok(match recall.records.get(&subject) {
            Some(Some(Record::Address(record))) => record.person(address) == *member,
            Some(Some(Record::Member(_) | Record::Team(_) | Record::Entitlement(_)) | None) | None => false,
        })
    }

    /// The user, if there still is one and it still has the address.
    async fn match_of(
        &self,
        session: &Session,
        id: domain::BrivoUserId,
        address: &domain::AddressId,
    ) -> Result<Option<Match>, BrivoError> {
        let work = |brivo: brivo::Client, token| async move { brivo.user(&token, id).await };
        let user = match session.call(work).await {
            Ok(user) => user,
            Err(BrivoError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !user.emails.iter().any(|email| address_of(&email.address).as_ref() == Some(address)) {
            return Ok(None);
        }
        let work = |brivo: brivo::Client, token| async move { brivo.groups_of(&token, id).await };
        let groups = session.call(work).await?.len();
        Ok(Some(Match { user: id, external_id: user.external_id, suspended: user.suspended, groups }))
    }
}
