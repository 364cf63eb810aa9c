//! Links with which accounts are connected, and the logins they begin.

use domain::connect::{AnotherAccount, BrivoAccount, LINK_LIFE, LOGIN_LIFE, Link, Refusal, same_account};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const MOMENT: SignedDuration = SignedDuration::from_millis(1);

fn link() -> Link {
    Link::new("secret".to_owned(), NOW)
}

#[test]
fn a_link_opens_with_its_secret_until_it_ends() {
    assert_eq!(link().check("secret", NOW + LINK_LIFE - MOMENT), Ok(()));
    assert_eq!(link().check("secret", NOW + LINK_LIFE), Err(Refusal::Over));
    assert_eq!(link().check("another", NOW), Err(Refusal::Unknown));
    assert_eq!(link().check("", NOW), Err(Refusal::Unknown));
}

/// ALL-01, CWK-03: the state is single-use and ends.
#[test]
fn a_login_comes_back_once_and_in_time() {
    let begun = link().with_login("state".to_owned(), NOW);

    assert_eq!(begun.clone().without_login("another", NOW), Err(Refusal::Unknown));
    assert_eq!(begun.clone().without_login("state", NOW + LOGIN_LIFE), Err(Refusal::Over));
    let back = begun.without_login("state", NOW + LOGIN_LIFE - MOMENT).unwrap();
    assert_eq!(back, link());
    assert_eq!(back.without_login("state", NOW), Err(Refusal::Unknown));
}

proptest! {
    /// ALL-01: of all logins that a link ever began, only the last can come back, and that once.
    #[test]
    fn only_the_last_login_comes_back(returns in prop::collection::vec((0_u8..4, any::<bool>()), 0..20)) {
        let mut link = link();
        let mut open: Option<String> = None;
        for (state, begins) in returns {
            let state = state.to_string();
            if begins {
                link = link.with_login(state.clone(), NOW);
                open = Some(state);
            } else {
                let answer = link.clone().without_login(&state, NOW);
                prop_assert_eq!(answer.is_ok(), open.as_ref() == Some(&state));
                if let Ok(rest) = answer {
                    (link, open) = (rest, None);
                }
            }
        }
    }
}

/// ORD-04.
#[test]
fn an_account_is_another_only_if_one_was_known_before() {
    let account = |id, name: &str| BrivoAccount { id, name: Some(name.to_owned()) };
    let (acme, renamed, other) = (account(1, "Acme"), account(1, "Acme, renamed"), account(2, "Acme"));

    assert_eq!(same_account(Some(&acme), Some(&renamed)), Ok(()));
    assert_eq!((same_account(None, Some(&acme)), same_account(None, None)), (Ok(()), Ok(())));
    for found in [Some(other), None] {
        let refused = AnotherAccount { before: acme.clone(), found: found.clone() };
        assert_eq!(same_account(Some(&acme), found.as_ref()), Err(refused), "who cannot be told apart is another");
    }
}
