//! When a webhook came to be, which is not when it was sent: attempts go on for 28 hours.

use jiff::{SignedDuration, Timestamp};

/// What the ids of messages begin with.
const PREFIX: &str = "msg_";

/// The digits of a KSUID, in the order of their value.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many digits a KSUID has, and how many bytes they stand for.
const LENGTHS: (usize, usize) = (27, 20);

/// Second 0 of a KSUID, in Unix time.
const EPOCH: i64 = 1_400_000_000;

/// The oldest message that is still sent, by hand from Svix' portal; an id that tells of an older one is none of its making.
const OLDEST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The instant a message was made, if its id tells, else that of this attempt.
///
/// The header `svix-timestamp` is of the attempt: it must be within five minutes of our clock even for one that was first sent
/// yesterday. Taken for the time of what is told, it would let an attempt that was held up undo all that was told meanwhile. The
/// id stays the same over attempts, is covered by the signature, and as a KSUID begins with the second it was made in.
///
/// Source: docs.svix.com/receiving/verifying-payloads/how-manual and /retries; that ids are KSUIDs is seen in them and in the
/// public server of Svix and nowhere promised, so an id of another make is no fault; 2026-11.
pub(super) fn made_at(id: &str, sent_at: Timestamp) -> Timestamp {
    let oldest = sent_at.checked_sub(OLDEST).unwrap_or(Timestamp::MIN);
    let made_at = id.strip_prefix(PREFIX).and_then(second_of);
    made_at.filter(|made_at| (oldest..=sent_at).contains(made_at)).unwrap_or(sent_at)
}

/// The second a KSUID was made in: the first four bytes of the number that its digits are, to the base of 62.
fn second_of(ksuid: &str) -> Option<Timestamp> {
    let (digits, bytes) = LENGTHS;
    if ksuid.len() != digits {
        return None;
    }
    let mut number = vec![0_u8; bytes];
    for digit in ksuid.bytes() {
        let mut carry = u32::try_from(DIGITS.iter().position(|known| *known == digit)?).ok()?;
        for byte in number.iter_mut().rev() {
            carry += u32::from(*byte) * 62;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    let second = u32::from_be_bytes(*number.first_chunk()?);
    Timestamp::from_second(EPOCH + i64::from(second)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;

    /// The example of github.com/segmentio/ksuid, second 107608047 of its time.
    const MADE: &str = "msg_0ujtsYcgvSTl8PAuAdqWYSMnLOv";

    #[test]
    fn a_message_is_of_when_it_was_made_however_often_it_is_sent() {
        let made = at("2017-10-10T04:00:47Z");

        for sent_at in ["2017-10-10T04:00:47Z", "2017-10-10T04:00:49Z", "2017-10-11T08:00:00Z"] {
            assert_eq!(made_at(MADE, at(sent_at)), made, "{sent_at}");
        }
    }

    #[test]
    fn an_id_that_tells_no_believable_instant_leaves_that_of_the_attempt() {
        let sent_at = at("2026-11-21T09:00:00Z");

        let endless = format!("msg_{}", "z".repeat(27));
        for id in ["msg_p5jXN8AQM9LWM0D4loKWxJek", MADE, &endless, "0ujtsYcgvSTl8PAuAdqWYSMnLOv", "", "msg_ü", "msg_-"]
        {
            assert_eq!(made_at(id, sent_at), sent_at, "{id}");
        }
        assert_eq!(made_at(MADE, at("2017-10-10T04:00:46Z")), at("2017-10-10T04:00:46Z"));
    }
}
