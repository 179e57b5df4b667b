//! Tokens for machines.

use crate::databases::both;
use crate::portal::{by, field, noon};
use chrono::TimeDelta;
use store::TokenScope;

#[tokio::test]
async fn a_token_works_until_it_expires_or_is_revoked() {
    both(async |store| {
        let expires = Some(noon() + TimeDelta::hours(1));
        let (token, secret) = store.create_token(" CI ", TokenScope::Publish, expires, &by(), noon()).await.unwrap();
        assert_eq!((secret.reveal().len(), secret.reveal().starts_with("pt_")), (35, true));
        assert_eq!((token.name.as_str(), token.created_by.as_str(), token.last_used_at), ("CI", "Portico", None));
        let used = store.authenticate_token(secret.reveal(), noon()).await.unwrap().unwrap();
        assert_eq!((used.id, used.last_used_at), (token.id, Some(noon())));
        store.authenticate_token(secret.reveal(), noon() + TimeDelta::seconds(59)).await.unwrap();
        assert_eq!(store.tokens().await.unwrap()[0].last_used_at, Some(noon()), "written down once a minute");
        assert_eq!(store.authenticate_token(secret.reveal(), noon() + TimeDelta::hours(1)).await.unwrap(), None);
        assert_eq!(store.authenticate_token("pt_guess", noon()).await.unwrap(), None);

        assert!(store.revoke_token(token.id, &by(), noon()).await.unwrap());
        assert!(!store.revoke_token(token.id, &by(), noon()).await.unwrap());
        assert_eq!(store.authenticate_token(secret.reveal(), noon()).await.unwrap(), None);
        assert!(store.tokens().await.unwrap()[0].revoked_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_token_needs_a_name_and_a_future() {
    both(async |store| {
        let past = Some(noon());
        assert_eq!(field(store.create_token("", TokenScope::Publish, None, &by(), noon()).await), "name");
        assert_eq!(field(store.create_token("CI", TokenScope::Publish, past, &by(), noon()).await), "expires_at");
        assert!(store.tokens().await.unwrap().is_empty());
    })
    .await;
}
