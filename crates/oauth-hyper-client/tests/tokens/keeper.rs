//! Who renews, and what everybody gets.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use oauth_hyper_client::{Locked, TokenError, TokenStoreError};
use oauth2_core::client::{KeeperError, Kept};

use crate::*;

#[tokio::test]
async fn l17_fifty_who_ask_at_once_make_one_request() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let keeper = keeping(&server, &clock).await;
    assert_eq!(keeper.tokens().await.unwrap().tokens.access_token.expose(), "a");
    assert_eq!(server.count(), 0);
    clock.pass(3600);
    let all: Vec<_> = (0..50)
        .map(|_| {
            let keeper = keeper.clone();
            tokio::spawn(async move { keeper.tokens().await.unwrap() })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap().tokens.access_token.expose(), "a0");
    }
    assert_eq!(server.forms(), ["grant_type=refresh_token&refresh_token=r&client_id=app"]);
}

#[tokio::test]
async fn tokens_are_renewed_ahead_of_time_while_they_are_used() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let keeper = keeping(&server, &clock).await;
    clock.pass(3550);
    // Nobody waits for it.
    for _ in 0..10 {
        assert_eq!(keeper.tokens().await.unwrap().tokens.access_token.expose(), "a");
    }
    let renewed = async {
        while keeper.tokens().await.unwrap().tokens.access_token.expose() != "a0" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), renewed).await.unwrap();
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_for_all_who_were_refused() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let keeper = keeping(&server, &clock).await;
    let refused = keeper.tokens().await.unwrap().tokens.access_token.clone();
    let (one, two) = tokio::join!(keeper.instead_of(&refused), keeper.instead_of(&refused));
    assert_eq!(one.unwrap().tokens.access_token.expose(), "a0");
    assert_eq!(two.unwrap().tokens.access_token.expose(), "a0");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_renewal_is_finished_when_whoever_asked_has_gone() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let store = Arc::new(MemoryTokens::new());
    let keeper = keeper_at(&server, store.clone(), clock.clone(), None);
    keeper.start(tokens("Bearer")).await.unwrap();
    clock.pass(3600);
    let gone = tokio::time::timeout(Duration::from_millis(20), keeper.tokens()).await;
    assert!(gone.is_err(), "the server takes longer");
    // What the server has given is in the store: the old refresh token may be worth nothing.
    let kept = store.lock("photos").await.unwrap().load().await.unwrap().unwrap();
    assert_eq!(kept.tokens.refresh_token.unwrap().expose(), "r0");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn l18_a_sick_server_costs_no_tokens_and_a_dead_grant_is_not_asked_for_again() {
    let answers = |n: usize, _: &Request<Bytes>| match n {
        0 => json(503, "{}"),
        1 => json(400, r#"{"error":"invalid_grant"}"#),
        n => granted(n),
    };
    let (server, clock) = (Peer::start(answers).await, Arc::new(Hands::default()));
    let keeper = keeping(&server, &clock).await;
    clock.pass(3600);
    let sick = keeper.tokens().await.unwrap_err();
    assert!(matches!(sick, TokenError::Renewal(_)) && !sick.is_dead_grant(), "{sick}");
    assert!(keeper.tokens().await.unwrap_err().is_dead_grant());
    let nothing = keeper.tokens().await.unwrap_err();
    assert!(matches!(nothing, TokenError::Keeper(KeeperError::Nothing)) && nothing.is_dead_grant());
    assert_eq!(server.count(), 2);
    // A person grants access anew.
    keeper.start(Tokens { expires_at: None, ..tokens("Bearer") }).await.unwrap();
    assert_eq!(keeper.tokens().await.unwrap().tokens.access_token.expose(), "a");
}

/// A store whose disk is full at times.
#[derive(Default)]
struct Full {
    inner: MemoryTokens,
    is_full: Arc<AtomicBool>,
}

struct Taken(Box<dyn Locked>, Arc<AtomicBool>);

#[async_trait]
impl TokenStore for Full {
    async fn lock(&self, name: &str) -> Result<Box<dyn Locked>, TokenStoreError> {
        Ok(Box::new(Taken(self.inner.lock(name).await?, self.is_full.clone())))
    }
}

#[async_trait]
impl Locked for Taken {
    async fn load(&mut self) -> Result<Option<Kept>, TokenStoreError> {
        self.0.load().await
    }

    async fn save(&mut self, kept: &Kept) -> Result<(), TokenStoreError> {
        match self.1.load(Ordering::SeqCst) {
            true => Err(io::Error::from(io::ErrorKind::StorageFull).into()),
            false => self.0.save(kept).await,
        }
    }

    async fn remove(&mut self) -> Result<(), TokenStoreError> {
        self.0.remove().await
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_used_and_is_stored_later() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let store = Arc::new(Full::default());
    let keeper = keeper_at(&server, store.clone(), clock.clone(), None);
    keeper.start(tokens("Bearer")).await.unwrap();
    clock.pass(3600);
    store.is_full.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let error = keeper.tokens().await.unwrap_err();
        assert!(matches!(error, TokenError::Unsaved(_)) && !error.is_dead_grant(), "{error}");
    }
    store.is_full.store(false, Ordering::SeqCst);
    // The refresh token was shown once: what it brought was not lost.
    assert_eq!(keeper.tokens().await.unwrap().tokens.access_token.expose(), "a0");
    assert_eq!(server.count(), 1);
    let kept = store.lock("photos").await.unwrap().load().await.unwrap().unwrap();
    assert_eq!(kept.tokens.refresh_token.unwrap().expose(), "r0");
}

#[tokio::test]
async fn l17_a_refresh_token_whose_successor_is_not_stored_yet_is_used_by_no_other_process() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let store = Arc::new(Full::default());
    let process = || keeper_at(&server, store.clone(), clock.clone(), None);
    let (one, two) = (process(), process());
    one.start(tokens("Bearer")).await.unwrap();
    clock.pass(3600);
    store.is_full.store(true, Ordering::SeqCst);
    assert!(matches!(one.tokens().await, Err(TokenError::Unsaved(_))));
    store.is_full.store(false, Ordering::SeqCst);
    let mut waits = tokio::spawn(async move { two.tokens().await });
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut waits).await.is_err());
    assert_eq!(one.tokens().await.unwrap().tokens.access_token.expose(), "a0");
    assert_eq!(waits.await.unwrap().unwrap().tokens.access_token.expose(), "a0");
    assert_eq!(server.count(), 1);
    let kept = store.lock("photos").await.unwrap().load().await.unwrap().unwrap();
    assert_eq!(kept.tokens.refresh_token.unwrap().expose(), "r0");
}

#[tokio::test]
async fn what_was_held_is_not_used_after_a_start_that_could_not_be_stored() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let store = Arc::new(Full::default());
    let keeper = keeper_at(&server, store.clone(), clock.clone(), None);
    keeper.start(tokens("Bearer")).await.unwrap();
    store.is_full.store(true, Ordering::SeqCst);
    // It may be another person who has logged in.
    let other = Tokens { access_token: "other".into(), ..tokens("Bearer") };
    assert!(matches!(keeper.start(other).await, Err(TokenError::Unsaved(_))));
    assert!(matches!(keeper.tokens().await, Err(TokenError::Unsaved(_))));
    store.is_full.store(false, Ordering::SeqCst);
    assert_eq!(keeper.tokens().await.unwrap().tokens.access_token.expose(), "other");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn what_could_not_be_stored_holds_nobody_up_once_it_is_forgotten_replaced_or_lost() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let store = Arc::new(Full::default());
    let unsaved = async || {
        let keeper = keeper_at(&server, store.clone(), clock.clone(), None);
        keeper.start(tokens("Bearer")).await.unwrap();
        clock.pass(7200);
        store.is_full.store(true, Ordering::SeqCst);
        assert!(matches!(keeper.tokens().await, Err(TokenError::Unsaved(_))));
        store.is_full.store(false, Ordering::SeqCst);
        keeper
    };
    let stored = async || {
        let kept = store.lock("photos").await.unwrap().load().await.unwrap();
        kept.map(|kept| kept.tokens.refresh_token.unwrap().expose().to_owned())
    };
    let all = async {
        unsaved().await.forget().await.unwrap();
        assert_eq!(stored().await, None);
        let keeper = unsaved().await;
        keeper.start(Tokens { refresh_token: Some("new".into()), ..tokens("Bearer") }).await.unwrap();
        assert_eq!(stored().await.as_deref(), Some("new"));
        keeper.tokens().await.unwrap();
        assert!(server.forms().pop().unwrap().contains("refresh_token=new"), "the others are not put back");
        drop(keeper);
        drop(unsaved().await);
        assert_eq!(stored().await.as_deref(), Some("r"));
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.unwrap();
}

#[tokio::test]
async fn what_is_forgotten_is_gone() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let keeper = keeping(&server, &clock).await;
    keeper.forget().await.unwrap();
    assert!(matches!(keeper.tokens().await, Err(TokenError::Keeper(KeeperError::Nothing))));
    assert_eq!(server.count(), 0);
}
