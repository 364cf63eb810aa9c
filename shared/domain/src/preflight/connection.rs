//! Whether Brivo speaks to us, who connected the account, and whether that suffices for the work.

use super::{Case, Check, Connection, Finding};
use crate::tenant::Region;

impl Case<'_> {
    pub(super) fn connection(&self) -> Vec<Finding> {
        let check = Check::Connection;
        let account = self.account;
        let region = self.rules.tenant().accounts.iter().find(|known| known.id == *account).map(|known| known.region);
        let region = region.map(|region| format!(", and whether it is of region {}", word(region))).unwrap_or_default();
        vec![match &self.seen.connection {
            Connection::NotLooked => Finding::notice(check, "Not looked at: there was no time left."),
            Connection::Works => Finding::fine(check, "Brivo answers."),
            Connection::Incomplete { missing } => Finding::fault(
                check,
                format!("The settings lack accounts.{account}.{missing}: add it, then connect the account."),
            ),
            Connection::NotConnected => Finding::fault(
                check,
                "The account is not connected, or not any more: make a link and have it opened by whoever has the login at Brivo.",
            ),
            Connection::ApplicationRefused => Finding::fault(
                check,
                format!(
                    "Brivo does not accept the application: compare accounts.{account}.client_id and client_secret with the \
                     application in Brivo Access{region}."
                ),
            ),
            Connection::KeyRefused => Finding::fault(
                check,
                format!(
                    "Brivo does not accept the API key, accounts.{account}.api_key: ask Brivo or your Brivo dealer whether it \
                     is active{region}."
                ),
            ),
            Connection::QuotaSpent => Finding::fault(
                check,
                "The calls of the API key are spent for now: ask Brivo or your Brivo dealer for more, or wait for the next period.",
            ),
            Connection::OutOfReach => Finding::notice(
                check,
                "Brivo could not be reached, did not answer, or asks to slow down: look again in a minute.",
            ),
        }]
    }

    pub(super) fn administrator(&self) -> Vec<Finding> {
        let check = Check::Administrator;
        let Some(administrator) = self.seen.administrator.seen() else {
            return Finding::unseen(check, "who connected the account", &self.seen.administrator).into_iter().collect();
        };
        let kind = administrator.kind.as_deref().unwrap_or("of an unknown kind");
        let who = format!("Administrator {} ({kind})", administrator.id);
        vec![if administrator.sees_everything {
            Finding::fine(check, format!("{who} connected the account and sees all of it."))
        } else {
            Finding::notice(
                check,
                format!(
                    "{who} connected the account and may not see all groups and people in it: connect it again as a senior \
                     administrator."
                ),
            )
        }]
    }

    pub(super) fn permissions(&self) -> Vec<Finding> {
        let check = Check::Permissions;
        let refused = self.refused_reads();
        if !refused.is_empty() {
            let fault = |what: &str| {
                Finding::fault(
                    check,
                    format!(
                        "The connected administrator may not {what}: grant that in Brivo Access, or connect the account as a \
                         senior administrator."
                    ),
                )
            };
            return refused.into_iter().map(fault).collect();
        }
        let seen = &self.seen;
        if seen.users.is_unanswered() && seen.groups.is_unanswered() && seen.sites.is_unanswered() {
            return vec![Finding::notice(check, "Not looked at: what the connected administrator may do.")];
        }
        vec![Finding::fine(check, "All that was read may be read. Writing is not tried.")]
    }

    /// What Brivo did not allow, each once.
    fn refused_reads(&self) -> Vec<&'static str> {
        let seen = self.seen;
        let groups = || seen.groups.seen().into_iter().flatten().map(|(_, group)| group);
        let sites = || seen.sites.seen().into_iter().flatten().map(|(_, site)| site);
        let reads = [
            (seen.administrator.is_forbidden(), "see its own account"),
            (seen.users.is_forbidden(), "view users"),
            (seen.groups.is_forbidden(), "view groups"),
            (groups().any(|group| group.people.is_forbidden()), "view who is in a group"),
            (groups().any(|group| group.doors.is_forbidden()), "view what a group opens"),
            (seen.sites.is_forbidden(), "view sites"),
            (sites().any(|site| site.doors.is_forbidden()), "view the doors of a site"),
        ];
        reads.into_iter().filter_map(|(is_refused, what)| is_refused.then_some(what)).collect()
    }
}

/// The region's name in documents.
fn word(region: Region) -> &'static str {
    match region {
        Region::Us => "us",
        Region::Eu => "eu",
    }
}
