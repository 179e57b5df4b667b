//! Secrets: made, hashed, compared, and hidden from logs.

use crate::{Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64_simd::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// A text that is shown once and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that logs must not show.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// A head such as `pt_`, then 24 random bytes in base64url (32 characters).
    pub(crate) fn random(head: &str) -> Result<Self> {
        let bytes: [u8; domain::key::SECRET_BYTES] = random_bytes()?;
        Ok(Self(format!("{head}{}", URL_SAFE_NO_PAD.encode_to_string(bytes))))
    }

    /// The text itself, for the one place that shows or sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Randomness from the operating system.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::Crypto(format!("the operating system gave no randomness: {e}")))?;
    Ok(bytes)
}

/// SHA-256 in lower-case hex: right for random secrets, which cannot be guessed from a fast hash.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// The bytes of a hash of [`sha256_hex`]; nothing where it is none.
pub(crate) fn hash_of(hex: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(hex, &mut hash).is_ok().then_some(hash)
}

/// Whether a text has this hash; in a time that says nothing about where they differ.
pub(crate) fn has_hash(text: &str, hash: &[u8; 32]) -> bool {
    Sha256::digest(text).ct_eq(hash).into()
}

/// How much work a password costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCost {
    /// What OWASP recommends for argon2id: 19 MiB, two passes.
    Full,
    /// The least that argon2 takes, for tests.
    Cheap,
}

/// Hashes and checks passwords on threads of their own, no more at once than there are cores: each takes 19 MiB.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// A hash that no password fits: checked where no person is found, so that both take as long.
    pub(crate) dummy: String,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Result<Self> {
        let (memory_kib, passes) = match cost {
            PasswordCost::Full => (19 * 1024, 2),
            PasswordCost::Cheap => (8, 1),
        };
        let params = Params::new(memory_kib, passes, 1, None).map_err(unhashable)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = argon2.hash_password(&random_bytes::<32>()?).map_err(unhashable)?.to_string();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { argon2, turns: Arc::new(Semaphore::new(cores)), dummy })
    }

    /// The PHC string to store.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.work(move |argon2| Ok(argon2.hash_password(password.as_bytes()).map_err(unhashable)?.to_string())).await
    }

    /// Whether the password fits each of the hashes; all are checked, whichever fits.
    pub(crate) async fn fits(&self, password: &str, hashes: Vec<String>) -> Result<Vec<bool>> {
        let password = password.to_owned();
        self.work(move |argon2| Ok(hashes.iter().map(|hash| argon2.verify_password(password.as_bytes(), hash.as_str()).is_ok()).collect()))
            .await
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce(&Argon2<'static>) -> Result<T> + Send + 'static) -> Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|e| Error::Crypto(e.to_string()))?;
        let argon2 = self.argon2.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            job(&argon2)
        });
        work.await.map_err(|e| Error::Crypto(format!("hashing stopped: {e}")))?
    }
}

fn unhashable(error: impl std::fmt::Display) -> Error {
    Error::Crypto(format!("the password could not be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_hide_in_debug_and_differ() {
        let (one, two) = (Secret::random("pt_").unwrap(), Secret::random("pt_").unwrap());
        assert_eq!(one.reveal().len(), "pt_".len() + 32);
        assert_ne!(one, two);
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }

    #[test]
    fn hashes_are_lower_case_hex() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let hash = sha256_hex("ab");
        let bytes = hash_of(&hash).unwrap();
        assert!(has_hash("ab", &bytes) && !has_hash("ac", &bytes));
        assert!(hash_of(&hash[1..]).is_none() && hash_of("").is_none());
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new(PasswordCost::Cheap).unwrap();
        let (ours, salted) = (passwords.hash("correct horse").await.unwrap(), passwords.hash("correct horse").await.unwrap());
        assert_ne!(ours, salted, "each hash has a salt of its own");
        let hashes = vec![passwords.dummy.clone(), ours, "not a hash".to_owned()];
        assert_eq!(passwords.fits("correct horse", hashes.clone()).await.unwrap(), [false, true, false]);
        assert_eq!(passwords.fits("correct horsf", hashes).await.unwrap(), [false, false, false]);
    }

    #[test]
    fn the_full_cost_is_what_owasp_recommends() {
        let passwords = Passwords::new(PasswordCost::Full).unwrap();
        assert!(passwords.dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", passwords.dummy);
    }
}
