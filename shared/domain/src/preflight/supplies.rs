//! What the work needs beside groups and doors: mobile passes, and panels that answer.

use super::{Case, Check, Finding, Look, Passes, Refusal};
use crate::policy::Credential;

/// How few mobile passes left are worth a word: a small space hands out as many in a week, and more have to be bought.
const FEW_PASSES: u64 = 10;

impl Case<'_> {
    pub(super) fn mobile_passes(&self) -> Vec<Finding> {
        let check = Check::MobilePasses;
        let are_wanted = match self.rules.account_policy(self.account).credential {
            Credential::CodeMail | Credential::BrivoMail => true,
            Credential::None | Credential::AppHook => false,
        };
        vec![match &self.seen.passes {
            Look::Seen(passes) => passes_left(*passes, are_wanted),
            // Brivo says either when the account has not bought them.
            Look::Refused(Refusal::Forbidden | Refusal::NotOffered) if are_wanted => Finding::notice(
                check,
                "Mobile passes are not switched on in this Brivo account, or the administrator may not see them: ask Brivo or \
                 your Brivo dealer. Groups are kept in step without them.",
            ),
            Look::Refused(Refusal::Forbidden | Refusal::NotOffered) => {
                Finding::fine(check, "Mobile passes are not switched on in this Brivo account; the settings use none.")
            }
            other @ (Look::Refused(Refusal::Unknown | Refusal::Failed | Refusal::NoAnswer) | Look::NotLooked) => {
                return Finding::unseen(check, "mobile passes", other).into_iter().collect();
            }
        }]
    }

    pub(super) fn panels(&self) -> Vec<Finding> {
        let check = Check::Panels;
        match &self.seen.panels {
            Look::Seen(Some(panels)) if panels.offline > 0 => vec![Finding::notice(
                check,
                format!(
                    "{} of {} control panels do not answer, and their doors keep to what they were told last: ask whoever looks \
                     after them.",
                    panels.offline, panels.all
                ),
            )],
            Look::Seen(Some(_)) => {
                vec![Finding::fine(check, "Every control panel answers.")]
            }
            // Only a senior administrator is told, which is a matter of the administrator.
            Look::Seen(None) | Look::Refused(Refusal::Forbidden) => Vec::new(),
            other @ (Look::Refused(Refusal::NotOffered | Refusal::Unknown | Refusal::Failed | Refusal::NoAnswer)
            | Look::NotLooked) => {
                Finding::unseen(check, "whether the control panels answer", other).into_iter().collect()
            }
        }
    }
}

fn passes_left(passes: Passes, are_wanted: bool) -> Finding {
    let check = Check::MobilePasses;
    let Passes { all, left } = passes;
    match (left, are_wanted) {
        (0, true) => Finding::fault(
            check,
            format!("None of {all} mobile passes is left: order more from Brivo, or take back some that nobody uses."),
        ),
        (1..=FEW_PASSES, true) => Finding::notice(
            check,
            format!("Only {left} of {all} mobile passes are left: order more from Brivo in time."),
        ),
        (_, true | false) => Finding::fine(check, format!("{left} of {all} mobile passes are left.")),
    }
}
