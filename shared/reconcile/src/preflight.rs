//! The preflight: looks at a Brivo account and at what we wrote there, and tells whether it is fit for the work.
//!
//! Everything here reads. What Brivo refuses is told and stops nothing else; what is not looked at in time is told as well.

mod look;

use std::collections::{BTreeMap, BTreeSet};

use brivo::Client;
use domain::{
    AccountId, BrivoUserId, DoorId, ExternalId, GroupId,
    drift::looked_for,
    preflight::{
        Administrator, ClockReading, Connection, Ledgers, Look, Panels, Passes, Report, Seen, SeenGroup, SeenSite,
    },
    rules::Rulebook,
};
use jiff::Timestamp;
use runtime::{Services, connections::ConnectionError, tenants::TenantError};
use state::{StoreError, TenantRecord};

use look::Looking;

use crate::pace::Session;

/// Who is in a group, each with the reference that the user bears.
type People = BTreeMap<BrivoUserId, Option<ExternalId>>;

/// Doors by name.
type Doors = BTreeMap<DoorId, String>;

/// Looks at an account until then: what the mappings need first, what else there is to choose from last.
///
/// Calls to Brivo: about eight, one for every site, two for every mapped group and one for every other, and one more for every
/// hundred entries of a list. A call that is under way at `until` is waited for. Requests to the state: one for every member.
///
/// # Errors
/// If the state failed, or a secret of the account cannot be opened.
pub async fn preflight(
    services: &Services,
    record: &TenantRecord,
    account: &AccountId,
    until: Timestamp,
) -> Result<Report, TenantError> {
    let rules = Rulebook::new(&record.tenant);
    let seen = match Session::of(services, record, account) {
        Ok(session) => look_around(Looking::new(services, session, until), record, account).await?,
        Err(ConnectionError::Incomplete { missing, .. }) => {
            Seen { connection: Connection::Incomplete { missing: missing.to_owned() }, ..Seen::default() }
        }
        Err(ConnectionError::Tenant(error)) => return Err(error),
    };
    Ok(Report::of(&rules, account, &seen))
}

async fn look_around(mut looking: Looking<'_>, record: &TenantRecord, account: &AccountId) -> Result<Seen, StoreError> {
    let administrator = looking.administrator().await;
    let clock = looking.clock().await;
    let mut groups = looking.groups().await;
    let mapped = looked_for(&record.tenant, account);
    let (wanted, others) = ids(&groups).into_iter().partition(|group| mapped.contains(group));
    looking.people(&mut groups, &wanted).await;
    let ledgers = looking.ledgers(record, account).await?;
    looking.group_doors(&mut groups, &wanted).await;
    let sites = looking.sites().await;
    let users = looking.ask(|brivo, token| async move { brivo.users(&token, 0).await }).await;
    let passes = looking.ask(|brivo, token| async move { brivo.pass_allotment(&token).await }).await;
    let panels = looking.panels().await;
    looking.people(&mut groups, &others).await;
    Ok(Seen {
        connection: looking.connection,
        administrator,
        clock,
        groups,
        sites,
        users: users.map(|page| page.count),
        passes: passes.map(|passes| Passes { all: passes.allotted, left: passes.left() }),
        panels,
        ledgers,
    })
}

impl Looking<'_> {
    async fn administrator(&mut self) -> Look<Administrator> {
        let asked = self.ask(|brivo, token| async move { brivo.whoami(&token).await }).await;
        asked.map(|who| Administrator { id: who.id, sees_everything: who.is_senior(), kind: who.identity_type })
    }

    async fn clock(&mut self) -> Look<ClockReading> {
        let asked = self.services.clock.now();
        let shown = self.ask(|brivo, token| async move { brivo.server_time(&token, asked).await }).await;
        let answered = self.services.clock.now();
        shown.map(|shown| ClockReading { asked, answered, shown })
    }

    /// The groups by name, nobody in them yet.
    async fn groups(&mut self) -> Look<BTreeMap<GroupId, SeenGroup>> {
        let page = |brivo: Client, token, offset| async move { brivo.groups(&token, offset).await };
        let seen = self.list(page, |group| (group.id, SeenGroup { name: group.name, ..SeenGroup::default() })).await;
        seen.map(|groups| groups.into_iter().collect())
    }

    async fn people(&mut self, groups: &mut Look<BTreeMap<GroupId, SeenGroup>>, wanted: &BTreeSet<GroupId>) {
        for (group, seen) in among(groups, wanted) {
            let page = |brivo: Client, token, offset| async move { brivo.members(&token, group, offset).await };
            let people = self.list(page, |user| (user.id, user.external_id)).await;
            seen.people = people.map(People::from_iter);
        }
    }

    async fn group_doors(&mut self, groups: &mut Look<BTreeMap<GroupId, SeenGroup>>, wanted: &BTreeSet<GroupId>) {
        for (group, seen) in among(groups, wanted) {
            let page = |brivo: Client, token, offset| async move { brivo.group_doors(&token, group, offset).await };
            let doors = self.list(page, |door| (door.access_point.id, door.access_point.name)).await;
            seen.doors = doors.map(Doors::from_iter);
        }
    }

    async fn sites(&mut self) -> Look<BTreeMap<i64, SeenSite>> {
        let page = |brivo: Client, token, offset| async move { brivo.sites(&token, offset).await };
        let mut sites = match self.list(page, |site| (site.id, site.name)).await {
            Look::Seen(sites) => sites,
            Look::Refused(refusal) => return Look::Refused(refusal),
            Look::NotLooked => return Look::NotLooked,
        };
        sites.sort();
        let mut seen = BTreeMap::new();
        for (site, name) in sites {
            let doors = self.ask(|brivo, token| async move { brivo.access_points_of(&token, site).await }).await;
            let doors = doors.map(|doors| doors.into_iter().map(|door| (door.id, door.name)).collect());
            seen.insert(site.0, SeenSite { name, doors });
        }
        Look::Seen(seen)
    }

    async fn panels(&mut self) -> Look<Option<Panels>> {
        let summary = self.ask(|brivo, token| async move { brivo.account_summary(&token).await }).await;
        summary.map(|told| Some(Panels { all: told.panel_count?, offline: told.panels_offline? }))
    }

    /// What every ledger of the tenant says of the account.
    async fn ledgers(&self, record: &TenantRecord, account: &AccountId) -> Result<Look<Ledgers>, StoreError> {
        let (store, tenant) = (&self.services.store, &record.tenant.id);
        let (mut ledgers, mut after) = (Ledgers::default(), None);
        while self.is_time_left() {
            let page = store.members(tenant, after.as_ref()).await?;
            let Some(last) = page.last().cloned() else { return Ok(Look::Seen(ledgers)) };
            for ledger in store.ledgers(tenant, &page).await?.values() {
                if let Some(ledger) = ledger.accounts.get(account) {
                    ledgers.note(ledger);
                }
            }
            after = Some(last);
        }
        Ok(Look::NotLooked)
    }
}

fn ids(groups: &Look<BTreeMap<GroupId, SeenGroup>>) -> BTreeSet<GroupId> {
    groups.seen().into_iter().flatten().map(|(group, _)| *group).collect()
}

/// The groups that were seen and are wanted.
fn among<'a>(
    groups: &'a mut Look<BTreeMap<GroupId, SeenGroup>>,
    wanted: &'a BTreeSet<GroupId>,
) -> impl Iterator<Item = (GroupId, &'a mut SeenGroup)> {
    let groups = match groups {
        Look::Seen(groups) => Some(groups),
        Look::Refused(_) | Look::NotLooked => None,
    };
    groups.into_iter().flatten().filter(|(group, _)| wanted.contains(group)).map(|(group, seen)| (*group, seen))
}
