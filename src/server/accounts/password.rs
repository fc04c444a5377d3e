//! Passwords: how they are kept, and which are taken.
//!
//! Argon2id with what OWASP recommends: 19 MiB, two passes, one lane. That costs some tens of milliseconds of a core on
//! purpose, so it is done away from the threads that serve, by few at a time; who comes when many wait is told to come
//! again. A name that there is not costs as much as a wrong password.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use tokio::{sync::Semaphore, task::spawn_blocking};
use zxcvbn::{Score, zxcvbn};

use super::token;
use crate::{
    error::{Error, ErrorKind, Result},
    words::told,
};

/// Memory in KiB, passes and lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// The hash of a password that nobody has, who is looked at in the place of a name that there is not: made once for all, so
/// that no start takes the time and the memory for it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Z8diM8XG+h0yi3hvnzrD+A$HG1dF+I7bPmkk3NJllLlsFBU7XcnTPOlHEaScpZDrRU";

/// The fewest characters.
const SHORTEST: usize = 8;

/// The most, in bytes: more is no password.
pub const LONGEST: usize = 1024;

/// How many may wait to be looked at.
const MOST_WAITING: usize = 64;

/// Who looks at passwords; cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// How many are looked at at once.
    places: Arc<Semaphore>,
    /// How many are looked at, or wait.
    inside: AtomicUsize,
}

/// That one is looked at, or waits.
struct Inside(Arc<Inner>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// `places`: how many are looked at at once.
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Inner {
            places: Arc::new(Semaphore::new(places.max(1))),
            inside: AtomicUsize::new(0),
        }))
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when too many wait.
    pub async fn hash(&self, password: String) -> Result<String> {
        let hashed = self.away(move || hash(&password)).await?;
        hashed.map_err(|_| Error::default())
    }

    /// Whether a password is the one of this hash; `None`: there is nobody, which takes as long.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let is_somebody = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let verify = move || hasher().is_ok_and(|it| verifies(&it, &password, &hash));
        Ok(self.away(verify).await? && is_somebody)
    }

    /// Holds a new password of somebody of this name to what is taken.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] that says what is wrong with it; [`ErrorKind::Busy`] when too many wait.
    pub async fn check(&self, password: &str, name: &str) -> Result<()> {
        check_length(password)?;
        let (password, name) = (password.to_owned(), name.to_owned());
        if self.away(move || is_easy(&password, &name)).await? {
            return Err(Error::told(ErrorKind::BadRequest, told::password_easy()));
        }
        Ok(())
    }

    /// Does it away from the threads that serve, when there is a place.
    async fn away<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let inner = &self.0;
        let before = inner.inside.fetch_add(1, Ordering::Relaxed);
        let inside = Inside(Arc::clone(inner));
        if before >= MOST_WAITING {
            return Err(Error::told(ErrorKind::Busy, told::passwords_busy()));
        }
        let place = Arc::clone(&inner.places).acquire_owned().await;
        let place = place.map_err(|_| Error::default())?;
        // Whoever leaves meanwhile leaves the work behind, which has its place until it is done.
        let work = move || {
            let _held = (inside, place);
            work()
        };
        spawn_blocking(work).await.map_err(|_| Error::default())
    }
}

fn hasher() -> argon2::Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Holds a new password to its bounds.
///
/// # Errors
/// [`ErrorKind::BadRequest`].
pub fn check_length(password: &str) -> Result<()> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        let sentence = told::password_length(&SHORTEST.to_string());
        return Err(Error::told(ErrorKind::BadRequest, sentence));
    }
    Ok(())
}

/// Whether a new password of somebody of this name is too easily guessed, here and now.
pub fn is_easy(password: &str, name: &str) -> bool {
    zxcvbn(password, &[name, "brooklet", "ollama"]).score() < Score::Two
}

/// The hash of a password, here and now: for a command, which serves nobody.
///
/// # Errors
/// When the system has no randomness.
pub fn hash(password: &str) -> io::Result<String> {
    let hasher = hasher().map_err(io::Error::other)?;
    let salt = token::random::<16>()?;
    let hash = hasher.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(io::Error::other)?.to_string())
}

fn verifies(hasher: &Argon2<'_>, password: &str, hash: &str) -> bool {
    let verified: Result<(), argon2::password_hash::Error> =
        PasswordVerifier::<str>::verify_password(hasher, password.as_bytes(), hash);
    verified.is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_kept_as_owasp_says() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("brook trout".to_owned()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let verify = |password: &str, hash: Option<String>| {
            let password = password.to_owned();
            async { passwords.verify(password, hash).await.unwrap() }
        };
        assert!(verify("brook trout", Some(hash.clone())).await);
        assert!(!verify("brook trout ", Some(hash)).await);
        assert!(!verify("brook trout", None).await);
        // It is as dear as any.
        let dear = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        let other = passwords.hash("brook trout".to_owned()).await.unwrap();
        assert_eq!(dear(NOBODY), dear(&other));
        assert_eq!(NOBODY.len(), other.len());
    }

    #[tokio::test]
    async fn what_everybody_guesses_is_not_taken() {
        let passwords = Passwords::new(1);
        for (password, taken) in [
            ("short", false),
            ("password", false),
            ("12345678", false),
            ("qwertyuiop", false),
            ("catherine1", false),
            ("brooklet1", false),
            ("seven brown trout", true),
            ("käse und brot im wald", true),
            ("🐟 trout 🦆 heron", true),
            ("🐟🐟🐟🐟🐟🐟🐟🐟", false),
        ] {
            let checked = passwords.check(password, "Catherine").await;
            assert_eq!(checked.is_ok(), taken, "{password}");
        }
        let long = "a b".repeat(LONGEST);
        assert!(passwords.check(&long, "x").await.is_err());
    }
}
