//! How far Brivo's clock and ours are apart.

use super::{Case, Check, Finding};

/// From which difference of the clocks on somebody should look: what Brivo dates is off by seconds that people notice.
const NOTICED_S: u64 = 5;

/// From which difference on what Brivo dates is of no use: windows are arranged to the minute.
const USELESS_S: u64 = 60;

impl Case<'_> {
    pub(super) fn clock(&self) -> Vec<Finding> {
        let check = Check::Clock;
        if self.seen.clock.is_forbidden() {
            return vec![Finding::notice(
                check,
                "Not compared: the connected administrator may not ask Brivo for the time.",
            )];
        }
        let Some(reading) = self.seen.clock.seen() else {
            return Finding::unseen(check, "Brivo's clock", &self.seen.clock).into_iter().collect();
        };
        let ahead = reading.ahead();
        let apart = ahead.as_secs().unsigned_abs();
        let text = format!(
            "Brivo's clock is {apart} s {} ours: find out which is wrong, for what Brivo dates is off by as much.",
            if ahead.is_negative() { "behind" } else { "ahead of" },
        );
        vec![match apart {
            USELESS_S.. => Finding::fault(check, text),
            NOTICED_S.. => Finding::notice(check, text),
            0 => Finding::fine(check, "Brivo's clock and ours agree."),
            _ => Finding::fine(check, format!("Brivo's clock and ours are {apart} s apart, which does not matter.")),
        }]
    }
}
