//! Which PINs are taken.
//!
//! Source: support.brivo.com, rules of the web pages: four to eight digits, neither one digit repeated nor a run nor 2468. Assumed:
//! the API keeps them too; a run may fall as well as rise; a PIN is unique in the account, as it stands for its user; the texts.

use crate::brivo::account::Account;
use crate::brivo::ids::UserId;
use crate::brivo::profile::Profile;
use crate::brivo::refusal;
use crate::message::Response;

impl Account {
    /// Whether the PIN of a profile may be written; one that its user has already may stay.
    pub(in crate::brivo) fn check_pin(&self, profile: &Profile, own: Option<UserId>) -> Result<(), Response> {
        let Some(pin) = profile.pin.as_deref() else {
            return Ok(());
        };
        let has = |id: &UserId| self.users.get(id).is_some_and(|user| user.profile.pin.as_deref() == Some(pin));
        if own.as_ref().is_some_and(has) {
            return Ok(());
        }
        if !is_pin(pin) {
            return Err(refusal::coded(400, "Invalid PIN"));
        }
        if self.users.keys().any(has) {
            return Err(refusal::coded(400, "PIN is already in use"));
        }
        Ok(())
    }
}

fn is_pin(pin: &str) -> bool {
    let is_long_enough = (4..=8).contains(&pin.len()) && pin.bytes().all(|digit| digit.is_ascii_digit());
    let steps: Vec<i16> =
        pin.bytes().zip(pin.bytes().skip(1)).map(|(one, next)| i16::from(next) - i16::from(one)).collect();
    let is_even = |step: i16| steps.iter().all(|other| *other == step);
    is_long_enough && pin != "2468" && ![0, 1, -1].into_iter().any(is_even)
}

#[cfg(test)]
mod tests {
    use super::is_pin;

    #[test]
    fn repeated_digits_and_runs_are_no_pins() {
        for pin in ["123", "123456789", "1111", "1234", "4567", "9876", "2468", "12a4", ""] {
            assert!(!is_pin(pin), "{pin}");
        }
        for pin in ["5279", "90417355", "1112", "0246"] {
            assert!(is_pin(pin), "{pin}");
        }
    }
}
