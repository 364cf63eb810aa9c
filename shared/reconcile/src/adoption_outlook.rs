//! Who would become whom in Brivo: members without a user, beside the users that have their e-mail addresses.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AccountId, AddressId, MemberId, MemberKey, Subject, SubjectKind, TenantId,
    adoption::{Address, Outlook, WithoutUser, outlook},
    case::Case,
    facts::MemberFacts,
    intake::Record,
    reasons::reasons,
    rules::Rulebook,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use runtime::Services;
use state::{MemberItems, StoreError, TenantRecord};

use crate::{drift::Passed, gather::facts};

/// How many members, and how many addresses, are looked up side by side.
const SIDE_BY_SIDE: usize = 16;

/// How many addresses are asked for at once.
const LOOKED_UP: usize = 90;

/// A member without a user in an account where one is or may be needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub member: MemberId,
    /// Where.
    pub account: AccountId,
    /// Whether something gives the member access there, now or later.
    pub has_reason: bool,
    /// What is found there, and what follows.
    pub outlook: Outlook,
}

/// A page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows, by member and account.
    pub rows: Vec<Row>,
    /// How many members were looked at, with those who have a user.
    pub members: usize,
    /// After whom the next page begins, if there may be more.
    pub next_after: Option<MemberId>,
}

/// The members of the platform after `after`, at most `limit` of them, who have no user of ours yet.
///
/// They are told in every account in which something gives them access, and in the only one there is. `passed` says how the
/// accounts stood after their last readings.
///
/// Brivo is not asked: so a user may be named who was deleted or has another address since the last readings. Requests: one or
/// two for each member and each account, and one for each of the member's teams.
///
/// # Errors
/// If the state failed.
pub async fn outlooks(
    services: &Services,
    tenant: &TenantRecord,
    passed: &Passed,
    (after, limit): (Option<&MemberId>, usize),
) -> Result<Page, StoreError> {
    let (store, id) = (&services.store, &tenant.tenant.id);
    let mut listed = store.listed(id, SubjectKind::Member, after.map(MemberId::as_str)).await?;
    let is_more = listed.len() > limit || listed.len() == state::items::PAGE;
    listed.truncate(limit);
    let next_after = listed.last().filter(|_| is_more).map(MemberId::new);
    let rules = &Rulebook::new(&tenant.tenant);
    let now = services.clock.now();
    let members = listed.len();
    let read = listed.into_iter().map(|member| async move {
        let key = MemberKey { tenant: id.clone(), member: MemberId::new(member) };
        let items = store.member(&key).await?;
        let facts = facts(services, &key, &items, rules.shares_payers_memberships()).await?;
        Ok::<_, StoreError>(Someone { accounts: lacking(rules, (&key, &facts), &items, now), facts, key })
    });
    let people: Vec<Someone> = stream::iter(read).buffered(SIDE_BY_SIDE).try_collect().await?;
    let owners = owners(services, id, &people).await?;
    let looks = people.iter().flat_map(|someone| someone.accounts.iter().map(move |account| (someone, account)));
    let rows = looks.map(|(someone, account)| row(services, (rules, passed), (someone, account), &owners));
    let rows = stream::iter(rows.collect::<Vec<_>>()).buffered(SIDE_BY_SIDE).try_collect().await?;
    Ok(Page { rows, members, next_after })
}

/// A member, and the accounts in which a user of ours is lacking: whether something gives access there.
struct Someone {
    key: MemberKey,
    facts: MemberFacts,
    accounts: BTreeMap<AccountId, bool>,
}

impl Someone {
    fn address(&self) -> Option<&AddressId> {
        self.facts.member.as_ref().and_then(|member| member.answers_to())
    }
}

fn lacking(
    rules: &Rulebook,
    (key, facts): (&MemberKey, &MemberFacts),
    MemberItems { ledger, .. }: &MemberItems,
    now: Timestamp,
) -> BTreeMap<AccountId, bool> {
    let reasons = reasons(rules, facts);
    let case = Case { rules, facts, reasons: &reasons, external_id: &key.external_id(), now };
    let has_user = |account: &AccountId| ledger.accounts.get(account).is_some_and(|known| known.user.is_some());
    case.accounts_with_user().into_iter().filter(|(account, _)| !has_user(account)).collect()
}

/// Whose each address is, of those that these people have.
async fn owners(
    services: &Services,
    tenant: &TenantId,
    people: &[Someone],
) -> Result<BTreeMap<AddressId, BTreeSet<MemberId>>, StoreError> {
    let wanted = people.iter().filter(|someone| !someone.accounts.is_empty()).filter_map(Someone::address);
    let subjects: BTreeSet<Subject> =
        wanted.map(|address| Subject::new(SubjectKind::Address, address.as_str())).collect();
    let subjects: Vec<Subject> = subjects.into_iter().collect();
    let mut owners = BTreeMap::new();
    for some in subjects.chunks(LOOKED_UP) {
        let recall = services.store.recall(tenant, &[], &some.iter().cloned().collect(), None).await?;
        for (subject, record) in recall.records {
            if let Some(Record::Address(record)) = record {
                owners.insert(AddressId::new(subject.id), record.members);
            }
        }
    }
    Ok(owners)
}

async fn row(
    services: &Services,
    (rules, passed): (&Rulebook, &Passed),
    (someone, (account, has_reason)): (&Someone, (&AccountId, &bool)),
    owners: &BTreeMap<AddressId, BTreeSet<MemberId>>,
) -> Result<Row, StoreError> {
    let MemberKey { tenant, member } = &someone.key;
    let address = Address::of(someone.address(), member, owners);
    let users = match someone.address() {
        Some(address) => services.store.inventory(tenant, account, address).await?,
        None => BTreeMap::new(),
    };
    let outlook = outlook(WithoutUser {
        external_id: &someone.key.external_id(),
        address,
        users: &users,
        read_whole: passed.accounts.get(account).is_some_and(|sync| sync.users_read_at.is_some()),
        adopt: rules.account_policy(account).adopt,
    });
    Ok(Row { member: member.clone(), account: account.clone(), has_reason: *has_reason, outlook })
}
