//! One refresh at a time, none too many, and no refresh token lost.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use brivo::{BrivoError, Claim, MemoryVault, Session, TokenGrant, TokenKeeper, TokenVault, Tokens, VaultError};
use domain::BrivoUserId;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use crate::fake::{Fake, Reply, Seen, application, reply};

const NO_GROUPS: &str = r#"{"count":0,"data":[]}"#;

/// Source: Brivo API, wrong credentials, 2025-11-25.
const INVALID_GRANT: &str = r#"{"error":"invalid_grant","error_description":"Bad credentials"}"#;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// Tokens issued at second 0 that live for a minute: fresh before second 48.
fn tokens(version: u64) -> Tokens {
    let grant = TokenGrant {
        access: format!("a{version}").into(),
        refresh: format!("r{version}").into(),
        expires_in: std::time::Duration::from_mins(1),
    };
    Tokens::of(grant, at(0), version)
}

fn vault() -> Arc<MemoryVault> {
    Arc::new(MemoryVault::holding(tokens(1)))
}

fn keeper(brivo: &Fake, vault: &Arc<MemoryVault>) -> TokenKeeper {
    TokenKeeper::new(brivo.client(), application(), Arc::clone(vault) as Arc<dyn TokenVault>)
}

/// Grants `a2`, `r2` for `r1` and so on; every refresh token counts once only. Any call with another token than the newest
/// is refused.
fn rotating() -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let version = AtomicU64::new(1);
    move |seen| {
        let now = version.load(Ordering::Relaxed);
        if seen.path != "/oauth/token" {
            let newest = seen.header("authorization") == format!("bearer a{now}");
            return if newest { reply(200, NO_GROUPS) } else { reply(401, r#"{"error":"invalid_token"}"#) };
        }
        if !seen.body.ends_with(&format!("refresh_token=r{now}")) {
            return reply(401, INVALID_GRANT);
        }
        version.store(now + 1, Ordering::Relaxed);
        grant(now + 1)
    }
}

fn grant(version: u64) -> Reply {
    reply(200, format!(r#"{{"access_token":"a{version}","refresh_token":"r{version}","expires_in":60}}"#))
}

fn refreshes(brivo: &Fake) -> usize {
    brivo.lines().iter().filter(|line| *line == "POST /oauth/token").count()
}

async fn version_in(vault: &MemoryVault) -> u64 {
    vault.load().await.unwrap().unwrap().version
}

#[tokio::test]
async fn a_token_is_refreshed_at_four_fifths_of_its_life_and_not_before() {
    let brivo = Fake::answering(rotating()).await;
    let vault = vault();
    let keeper = keeper(&brivo, &vault);

    keeper.token(at(0)).await.unwrap();
    keeper.token(at(47)).await.unwrap();
    assert_eq!(refreshes(&brivo), 0);
    keeper.token(at(48)).await.unwrap();
    keeper.token(at(48 + 47)).await.unwrap();

    assert_eq!(refreshes(&brivo), 1);
    assert_eq!(vault.load().await.unwrap().unwrap().refresh.expose_secret(), "r2");
}

#[tokio::test]
async fn tokens_to_begin_with_spare_the_vault_while_they_are_good_and_no_longer() {
    let brivo = Fake::answering(rotating()).await;
    // Another process has refreshed since they were read.
    let vault = vault();
    let begun = || keeper(&brivo, &vault).beginning_with(Some(tokens(1)));
    keeper(&brivo, &vault).token(at(50)).await.unwrap();
    assert_eq!(version_in(&vault).await, 2);

    let good = begun().token(at(47)).await.unwrap();
    let too_old = begun().token(at(48)).await.unwrap();
    let refused = begun();
    let first = refused.token(at(47)).await.unwrap();
    let second = refused.refused(&first, at(60)).await.unwrap();

    assert_eq!(format!("{good:?}"), format!("{first:?}"));
    assert_ne!(format!("{too_old:?}"), format!("{good:?}"), "that of the vault");
    assert_eq!(format!("{second:?}"), format!("{too_old:?}"));
    assert_eq!(refreshes(&brivo), 1, "the newest in the vault counts before another refresh");
}

/// ALL-02.
#[tokio::test]
async fn fifty_callers_at_once_cause_one_refresh() {
    let brivo = Fake::answering(rotating()).await;
    let keeper = keeper(&brivo, &vault());

    let tokens = join_all((0..50).map(|_| keeper.token(at(70)))).await;

    assert!(tokens.iter().all(Result::is_ok));
    assert_eq!(refreshes(&brivo), 1);
}

#[tokio::test]
async fn fifty_callers_behind_a_failing_refresh_do_not_each_try_again() {
    let brivo = Fake::answering(|_| reply(503, "")).await;
    let keeper = keeper(&brivo, &vault());

    let tokens = join_all((0..50).map(|_| keeper.token(at(70)))).await;

    assert!(tokens.iter().all(|token| token.as_ref().is_err_and(BrivoError::is_transient)));
    assert_eq!(refreshes(&brivo), 1);
    assert!(keeper.token(at(71)).await.is_err());
    assert_eq!(refreshes(&brivo), 2);
}

/// ALL-06: while Brivo's login is down, everybody who waits for a token comes again when it is tried again, and not each second.
#[tokio::test]
async fn a_refresh_that_fails_again_and_again_is_tried_ever_more_rarely() {
    let brivo = Fake::answering(|_| reply(503, "")).await;
    let keeper = keeper(&brivo, &vault());

    let mut tried_at = Vec::new();
    for second in 70..140 {
        let before = refreshes(&brivo);
        let error = keeper.token(at(second)).await.unwrap_err();
        if refreshes(&brivo) > before {
            tried_at.push(second - 70);
        } else {
            let next = error.retry_after().unwrap().as_secs();
            assert!((1..=16).contains(&next), "{next}");
        }
    }

    assert_eq!(tried_at, [0, 1, 3, 7, 15, 31, 47, 63]);
}

#[tokio::test]
async fn while_another_process_refreshes_the_present_token_is_used_until_it_ends() {
    let brivo = Fake::answering(rotating()).await;
    let vault = vault();
    let keeper = keeper(&brivo, &vault);
    assert!(vault.claim(Claim { version: 1, until: at(80) }, at(50)).await.unwrap());

    assert!(keeper.token(at(59)).await.is_ok());
    tokio::time::pause();
    let error = keeper.token(at(60)).await.unwrap_err();
    assert!(matches!(error, BrivoError::Refreshing { .. }), "{error:?}");
    assert_eq!(error.retry_after().unwrap().as_secs(), 1);
    let later = keeper.token(at(64)).await.unwrap_err();
    assert_eq!(later.retry_after().unwrap().as_secs(), 4, "whoever refreshes may have died");
    let later = keeper.token(at(75)).await.unwrap_err();
    assert_eq!(later.retry_after().unwrap().as_secs(), 8);
    assert_eq!(refreshes(&brivo), 0);

    tokio::time::resume();
    assert!(keeper.token(at(80)).await.is_ok(), "a claim that was never given back runs out");
    assert_eq!(refreshes(&brivo), 1);
}

/// Nothing is refreshed here, so no time passes but that of the wait.
#[tokio::test(start_paused = true)]
async fn whoever_has_no_valid_token_waits_for_that_of_another_process() {
    let brivo = Fake::answering(rotating()).await;
    let vault = vault();
    let keeper = keeper(&brivo, &vault);
    let old = keeper.token(at(1)).await.unwrap();
    assert!(vault.claim(Claim { version: 1, until: at(80) }, at(1)).await.unwrap());
    let another = async {
        tokio::task::yield_now().await;
        vault.store(&tokens(2)).await.unwrap()
    };

    let (token, stored) = tokio::join!(keeper.refused(&old, at(2)), another);

    assert!(stored && token.is_ok(), "{token:?}");
    assert_eq!((refreshes(&brivo), version_in(&vault).await), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_hears_that_the_account_has_to_be_connected_again() {
    let brivo = Fake::answering(rotating()).await;
    let vault = vault();
    let keeper = keeper(&brivo, &vault);
    assert!(vault.claim(Claim { version: 1, until: at(90) }, at(60)).await.unwrap());
    let another = async {
        tokio::task::yield_now().await;
        vault.disconnect(1).await.unwrap();
    };

    let (token, ()) = tokio::join!(keeper.token(at(61)), another);

    assert!(matches!(token, Err(BrivoError::Disconnected)), "{token:?}");
}

#[tokio::test]
async fn two_processes_share_what_one_of_them_refreshed() {
    let brivo = Fake::answering(rotating()).await;
    let vault = vault();
    let (one, other) = (keeper(&brivo, &vault), keeper(&brivo, &vault));

    one.token(at(70)).await.unwrap();
    other.token(at(71)).await.unwrap();

    assert_eq!(refreshes(&brivo), 1);
}

#[tokio::test]
async fn a_failed_refresh_gives_the_claim_back_and_a_valid_token_tides_over() {
    let brivo = Fake::answering(|_| reply(503, "")).await;
    let vault = vault();

    assert!(keeper(&brivo, &vault).token(at(50)).await.is_ok());

    assert!(vault.claim(Claim { version: 1, until: at(90) }, at(51)).await.unwrap());
}

#[tokio::test]
async fn callers_who_were_refused_the_same_token_share_one_refresh() {
    let brivo = Fake::answering(rotating()).await;
    let keeper = keeper(&brivo, &vault());
    let old = keeper.token(at(1)).await.unwrap();

    let tokens = join_all((0..50).map(|_| keeper.refused(&old, at(2)))).await;

    assert!(tokens.iter().all(Result::is_ok));
    assert_eq!(refreshes(&brivo), 1);
}

#[tokio::test]
async fn after_invalid_grant_nothing_is_tried_until_somebody_connects_the_account() {
    let brivo =
        Fake::answering(|seen| if seen.body.ends_with("r1") { reply(401, INVALID_GRANT) } else { grant(3) }).await;
    let vault = vault();
    let keeper = keeper(&brivo, &vault);

    for now in [50, 51, 1000] {
        assert!(matches!(keeper.token(at(now)).await, Err(BrivoError::Disconnected)));
    }
    assert_eq!(refreshes(&brivo), 1);
    assert!(vault.load().await.unwrap().unwrap().needs_reconnect);

    assert!(vault.store(&tokens(2)).await.unwrap());
    assert!(keeper.token(at(1001)).await.is_ok());
    assert_eq!(version_in(&vault).await, 3);
}

#[tokio::test]
async fn an_account_that_was_never_connected_is_disconnected() {
    let brivo = Fake::answering(rotating()).await;
    let keeper = keeper(&brivo, &Arc::new(MemoryVault::default()));

    assert!(matches!(keeper.token(at(0)).await, Err(BrivoError::Disconnected)));
    assert_eq!(refreshes(&brivo), 0);
}

/// A vault that can be out of reach for writes, and in which others may write.
struct Moody {
    memory: Arc<MemoryVault>,
    out_of_reach: AtomicBool,
    overtaken: AtomicBool,
}

#[async_trait]
impl TokenVault for Moody {
    async fn load(&self) -> Result<Option<Tokens>, VaultError> {
        self.memory.load().await
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<bool, VaultError> {
        let taken = self.memory.claim(claim, now).await?;
        if self.overtaken.load(Ordering::Relaxed) {
            self.memory.store(&tokens(9)).await?;
        }
        Ok(taken)
    }

    async fn release(&self, claim: Claim) -> Result<(), VaultError> {
        self.memory.release(claim).await
    }

    async fn store(&self, tokens: &Tokens) -> Result<bool, VaultError> {
        if self.out_of_reach.load(Ordering::Relaxed) {
            return Err(VaultError::new("out of reach"));
        }
        self.memory.store(tokens).await
    }

    async fn disconnect(&self, version: u64) -> Result<(), VaultError> {
        self.memory.disconnect(version).await
    }
}

fn moody(brivo: &Fake, out_of_reach: bool, overtaken: bool) -> (Arc<Moody>, TokenKeeper) {
    let vault = Arc::new(Moody { memory: vault(), out_of_reach: out_of_reach.into(), overtaken: overtaken.into() });
    let keeper = TokenKeeper::new(brivo.client(), application(), Arc::clone(&vault) as Arc<dyn TokenVault>);
    (vault, keeper)
}

/// ALL-02.
#[tokio::test]
async fn a_new_token_is_not_used_before_its_refresh_token_is_stored_nor_is_that_lost() {
    let brivo = Fake::answering(rotating()).await;
    let (vault, keeper) = moody(&brivo, true, false);

    let error = keeper.token(at(70)).await.unwrap_err();
    assert!(matches!(error, BrivoError::Vault(_)) && error.is_transient(), "{error:?}");
    assert!(keeper.token(at(71)).await.is_err());
    vault.out_of_reach.store(false, Ordering::Relaxed);
    assert!(keeper.token(at(72)).await.is_ok());

    assert_eq!(refreshes(&brivo), 1);
    assert_eq!(version_in(&vault.memory).await, 2);
}

#[tokio::test]
async fn a_refusal_of_tokens_that_others_have_replaced_does_not_disconnect() {
    let brivo = Fake::answering(|_| reply(400, INVALID_GRANT)).await;
    let (vault, keeper) = moody(&brivo, false, true);

    assert!(keeper.token(at(50)).await.is_ok());

    let remembered = vault.load().await.unwrap().unwrap();
    assert_eq!((remembered.version, remembered.needs_reconnect), (9, false));
}

#[tokio::test]
async fn a_refresh_does_not_overwrite_an_account_that_was_connected_meanwhile() {
    let brivo = Fake::answering(rotating()).await;
    let (vault, keeper) = moody(&brivo, false, true);

    let token = keeper.token(at(50)).await.unwrap();

    let _refused = brivo.client().whoami(&token).await;
    assert_eq!(brivo.seen().last().unwrap().header("authorization"), "bearer a9");
    assert_eq!(version_in(&vault.memory).await, 9);
}

/// ALL-02.
#[tokio::test]
async fn a_refresh_that_nobody_waits_for_any_more_is_stored_all_the_same() {
    let brivo = Fake::answering(rotating()).await;
    let vault = vault();
    let keeper = keeper(&brivo, &vault);

    {
        let waiting = keeper.token(at(70));
        futures::pin_mut!(waiting);
        assert!(futures::poll!(waiting.as_mut()).is_pending());
    }
    keeper.token(at(70)).await.unwrap();

    assert_eq!(refreshes(&brivo), 1);
    assert_eq!(version_in(&vault).await, 2);
}

#[tokio::test]
async fn a_session_repeats_a_refused_call_once_with_another_token() {
    let brivo = Fake::answering(rotating()).await;
    keeper(&brivo, &Arc::new(MemoryVault::holding(tokens(1)))).token(at(70)).await.unwrap();
    let behind = Arc::new(MemoryVault::holding(Tokens { refresh: "r2".into(), ..tokens(1) }));
    let session = Session::new(brivo.client(), keeper(&brivo, &behind));

    // A task, because callers run their calls in tasks: the call's future has to be `Send`.
    let task = tokio::spawn(async move {
        let user = BrivoUserId(7);
        session.call(at(1), |client, token| async move { client.groups_of(&token, user).await }).await
    });

    assert!(task.await.unwrap().unwrap().is_empty());
    assert_eq!(
        brivo.lines(),
        ["POST /oauth/token", "GET /v1/api/users/7/groups", "POST /oauth/token", "GET /v1/api/users/7/groups"]
    );
}

#[tokio::test]
async fn a_token_that_is_refused_twice_is_given_up() {
    let brivo = Fake::answering(|seen| if seen.path == "/oauth/token" { grant(2) } else { reply(401, "") }).await;
    let session = Session::new(brivo.client(), keeper(&brivo, &vault()));
    let user = BrivoUserId(7);

    let outcome = session.call(at(1), |client, token| async move { client.groups_of(&token, user).await }).await;

    assert!(matches!(outcome, Err(BrivoError::TokenRefused)));
    assert_eq!(brivo.lines(), ["GET /v1/api/users/7/groups", "POST /oauth/token", "GET /v1/api/users/7/groups"]);
}
