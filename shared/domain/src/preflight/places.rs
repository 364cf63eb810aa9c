//! What the mapped groups open, and whether the sites and doors of the settings are there.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Case, Check, Finding, Look, SeenGroup, SeenSite,
    words::{named, some_of},
};
use crate::{DoorId, GroupId, tenant::Door};

impl Case<'_> {
    pub(super) fn doors(&self) -> Vec<Finding> {
        let check = Check::Doors;
        let mut findings: Vec<Finding> = self.opening_nothing().into_iter().collect();
        let refused = self.mapped_and_there().filter_map(|(group, seen)| {
            Finding::unseen_but_tried(check, &format!("what group {} opens", named(group, &seen.name)), &seen.doors)
        });
        findings.extend(refused);
        findings.extend(self.unknown_doors());
        let unread = self.mapped_and_there().filter(|(_, seen)| seen.doors == Look::NotLooked);
        let unread: Vec<GroupId> = unread.map(|(group, _)| group).collect();
        if self.seen.groups == Look::NotLooked {
            findings.push(Finding::notice(check, "Not looked at: what the mapped groups open."));
        } else if !unread.is_empty() {
            findings.push(Finding::notice(check, format!("Not looked at: what group {} opens.", some_of(unread))));
        }
        if findings.is_empty() && self.of_every_mapped(|_, seen| seen.doors.seen().is_some()) {
            findings.push(Finding::fine(check, "Every mapped group opens a door."));
        }
        findings
    }

    fn opening_nothing(&self) -> Option<Finding> {
        let opens_nothing = |seen: &SeenGroup| seen.doors.seen().is_some_and(BTreeMap::is_empty);
        let idle = self.mapped_and_there().filter(|(_, seen)| opens_nothing(seen));
        let idle: Vec<String> = idle.map(|(group, seen)| named(group, &seen.name)).collect();
        (!idle.is_empty()).then(|| {
            Finding::notice(
                Check::Doors,
                format!(
                    "No door opens to group {}: give it doors and a schedule in Brivo, or whoever gets it gets in nowhere.",
                    some_of(idle)
                ),
            )
        })
    }

    /// The doors of the settings that no site of the account has, once all were read.
    fn unknown_doors(&self) -> Vec<Finding> {
        let tenant = self.rules.tenant();
        let is_here =
            |door: &&Door| tenant.location(&door.location).is_some_and(|location| location.account == *self.account);
        let named: BTreeSet<DoorId> = tenant.doors.iter().filter(is_here).map(|door| door.door).collect();
        let Some(there) = self.all_doors().filter(|_| !named.is_empty()) else { return Vec::new() };
        let missing = named.difference(&there).map(|door| {
            Finding::notice(
                Check::Doors,
                format!(
                    "The settings name door {door}, which Brivo does not have or hides from the administrator: choose another, \
                     or take it out."
                ),
            )
        });
        missing.collect()
    }

    fn all_doors(&self) -> Option<BTreeSet<DoorId>> {
        let doors: Option<Vec<_>> = self.seen.sites.seen()?.values().map(|site| site.doors.seen()).collect();
        Some(doors?.into_iter().flatten().map(|(door, _)| *door).collect())
    }

    pub(super) fn sites(&self) -> Vec<Finding> {
        let check = Check::Sites;
        let Some(sites) = self.seen.sites.seen() else {
            return Finding::unseen(check, "the sites of the account", &self.seen.sites).into_iter().collect();
        };
        let here = self.rules.tenant().locations.iter().filter(|location| location.account == *self.account);
        let tied: Vec<_> = here.filter_map(|location| Some((&location.id, location.site?))).collect();
        let mut findings: Vec<Finding> = tied
            .iter()
            .filter(|(_, site)| !sites.contains_key(site))
            .map(|(location, site)| {
                Finding::notice(
                    check,
                    format!(
                        "Location {location} names site {site}, which Brivo does not have: {}.",
                        choice(sites.iter())
                    ),
                )
            })
            .collect();
        let unread = sites.iter().filter(|(_, site)| site.doors == Look::NotLooked).map(|(site, _)| *site);
        let unread: Vec<i64> = unread.collect();
        if !unread.is_empty() {
            findings.push(Finding::notice(check, format!("Not looked at: the doors of site {}.", some_of(unread))));
        }
        let failed = sites.iter().filter_map(|(id, site)| {
            Finding::unseen_but_tried(check, &format!("the doors of site {}", named(id, &site.name)), &site.doors)
        });
        findings.extend(failed);
        if findings.is_empty() {
            let text = match tied.len() {
                0 => format!("No location names a site; the account has {}.", sites.len()),
                _ => "Every site that a location names is there.".to_owned(),
            };
            findings.push(Finding::fine(check, text));
        }
        findings
    }
}

fn choice<'a>(sites: impl ExactSizeIterator<Item = (&'a i64, &'a SeenSite)>) -> String {
    if sites.len() == 0 {
        return "the administrator sees no site at all".to_owned();
    }
    format!("choose from {}", some_of(sites.map(|(site, seen)| named(site, &seen.name))))
}
