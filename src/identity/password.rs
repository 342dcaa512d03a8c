//! Passwords: argon2id (RFC 9106), kept as PHC strings, hashed off the workers and a bounded number at a
//! time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use zxcvbn::{Score, zxcvbn};

/// The shortest password that is accepted, in characters.
pub const SHORTEST: usize = 12;
/// The longest password that is accepted, in characters.
pub const LONGEST: usize = 128;

/// What one hash costs in memory, passes and lanes.
#[derive(Clone, Debug)]
pub struct PasswordCost(Params);

impl Default for PasswordCost {
    /// 19 MiB, 2 passes, 1 lane: the OWASP Password Storage Cheat Sheet's recommendation for argon2id.
    fn default() -> Self {
        Self(Params::DEFAULT)
    }
}

impl PasswordCost {
    /// 8 KiB, 1 pass, 1 lane. Guards nothing: only for tests that sign in many times.
    #[must_use]
    pub fn cheap_for_tests() -> Self {
        Self(Params::new(Params::MIN_M_COST, 1, 1, None).unwrap_or(Params::DEFAULT))
    }

    /// Whether a hash costs less than this to guess at: by another function, or by less memory, rounds or lanes. Where one
    /// is less and another is more, it is left as it is: two servers with costs of their own must not hash by turns.
    fn is_above(&self, hash: &str) -> bool {
        let Ok(hash) = PasswordHash::new(hash) else {
            return false;
        };
        let is_ours = hash.algorithm == Algorithm::Argon2id.ident()
            && hash.version == Some(Version::V0x13.into());
        let of_hash = Params::try_from(&hash).ok().filter(|_| is_ours);
        let Some(of_hash) = of_hash else {
            return true;
        };
        let costs = |params: &Params| [params.m_cost(), params.t_cost(), params.p_cost()];
        let (today, then) = (costs(&self.0), costs(&of_hash));
        today != then && today.iter().zip(then).all(|(today, then)| *today >= then)
    }

    fn argon2id(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.0.clone())
    }
}

/// A password somebody chose, of acceptable length.
///
/// Any character counts, and none is changed: no trimming, no normalisation, no composition rules.
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

/// Why a chosen password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitPassword {
    /// Fewer than [`SHORTEST`] characters.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// More than [`LONGEST`] characters.
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    /// A few tries with what is known of the person and of people would find it.
    #[error(
        "this password is easy to guess; choose a longer one, such as four or more words that do not belong together"
    )]
    Guessable,
}

/// How hard to guess a chosen password must be, of 4: 10⁸ tries and more.
const HARD_ENOUGH: Score = Score::Three;

impl NewPassword {
    /// Accepts what [`NewPassword::parse`] does, if it is hard to guess for somebody who knows this about the person.
    ///
    /// # Errors
    ///
    /// [`UnfitPassword`] where it is shorter, longer or easier.
    pub fn judged(typed: impl Into<SecretString>, about: &[&str]) -> Result<Self, UnfitPassword> {
        let password = Self::parse(typed)?;
        // Parts count as well: a name's words, an address's domain.
        let parts = about
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .filter(|part| part.chars().count() > 2);
        let known: Vec<&str> = about.iter().copied().chain(parts).collect();
        if zxcvbn(password.0.expose_secret(), &known).score() < HARD_ENOUGH {
            return Err(UnfitPassword::Guessable);
        }
        Ok(password)
    }

    /// Accepts [`SHORTEST`] to [`LONGEST`] characters (Unicode scalar values).
    ///
    /// # Errors
    ///
    /// [`UnfitPassword`] where it is shorter or longer.
    pub fn parse(typed: impl Into<SecretString>) -> Result<Self, UnfitPassword> {
        let typed = typed.into();
        match typed.expose_secret().chars().count() {
            ..SHORTEST => Err(UnfitPassword::TooShort),
            SHORTEST..=LONGEST => Ok(Self(typed)),
            _ => Err(UnfitPassword::TooLong),
        }
    }
}

/// Why a password could not be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The hash function refused, for want of memory.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// The program is stopping.
    #[error("the password could not be hashed: the program is stopping")]
    Stopping,
    /// [`WAITING_MAX`] others wait already.
    #[error("too many passwords are being checked")]
    Busy,
}

/// Most callers that wait for their turn; more are refused at once.
pub const WAITING_MAX: usize = 32;

/// Hashes and verifies passwords.
///
/// Each hash fills 19 MiB and a core, so at most `at_once` run at a time, on tokio's blocking threads;
/// further callers wait their turn, first come, first served, at most [`WAITING_MAX`] of them. A flood of
/// sign-ins starves nothing but sign-ins, and those not for long. Clones share the bound.
#[derive(Clone, Debug)]
pub struct Passwords {
    cost: PasswordCost,
    turns: Arc<Semaphore>,
    /// Those who wait and those whose turn it is.
    places: Arc<Semaphore>,
}

impl Passwords {
    /// Hashes at this cost, at most `at_once` (at least one) at a time.
    #[must_use]
    pub fn new(cost: PasswordCost, at_once: usize) -> Self {
        let at_once = at_once.clamp(1, 1024);
        Self {
            cost,
            turns: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once + WAITING_MAX)),
        }
    }

    /// The PHC string to keep for a new password. The salt must be drawn anew each time.
    ///
    /// # Errors
    ///
    /// [`PasswordError`] where there is no memory for it, or the program is stopping.
    pub async fn hash(
        &self,
        password: &NewPassword,
        salt: [u8; 16],
    ) -> Result<String, PasswordError> {
        let _place = self.place()?;
        let turn = self.turn().await?;
        let (argon2, password) = (self.cost.argon2id(), password.0.clone());
        spawn_blocking(move || {
            let _turn = turn;
            let phrase = password.expose_secret().as_bytes();
            argon2
                .hash_password_with_salt(phrase, &salt)
                .map(|hash| hash.to_string())
                .map_err(PasswordError::Hash)
        })
        .await
        .map_err(|_| PasswordError::Stopping)?
    }

    /// Whether this hash costs less than a new one would.
    #[must_use]
    pub fn is_below_todays_cost(&self, hash: &str) -> bool {
        self.cost.is_above(hash)
    }

    /// Whether this is the password that was hashed.
    ///
    /// Without a hash (nobody has that address), with one that cannot be read, and for a password longer
    /// than [`LONGEST`], the answer is no after the same work, so that its time tells nothing.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Busy`] at once where too many wait, [`PasswordError::Stopping`] where the program is stopping.
    pub async fn verify(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let _place = self.place()?;
        let turn = self.turn().await?;
        let argon2 = self.cost.argon2id();
        spawn_blocking(move || {
            let _turn = turn;
            matches(&argon2, password.expose_secret(), hash.as_deref())
        })
        .await
        .map_err(|_| PasswordError::Stopping)
    }

    /// A flood is turned away at the door instead of making everybody wait for it.
    fn place(&self) -> Result<OwnedSemaphorePermit, PasswordError> {
        Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy)
    }

    /// The turn goes along into the blocking thread: work whose caller went away still counts.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, PasswordError> {
        Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Stopping)
    }
}

fn matches(argon2: &Argon2<'_>, password: &str, hash: Option<&str>) -> bool {
    let fits = password.chars().nth(LONGEST).is_none();
    let phrase = if fits { password.as_bytes() } else { b"" };
    match hash.map(PasswordHash::new) {
        Some(Ok(hash)) => argon2.verify_password(phrase, &hash).is_ok() && fits,
        unknown => {
            if unknown.is_some() {
                tracing::error!("a stored password hash is not a PHC string");
            }
            // The same work for nobody; what comes of it matters to no one.
            let _ = argon2.hash_password_with_salt(phrase, &[0; 16]);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const PHRASE: &str = "correct horse battery staple";

    fn cheap() -> Passwords {
        Passwords::new(PasswordCost::cheap_for_tests(), 2)
    }

    async fn hashed(passwords: &Passwords, phrase: &str) -> String {
        let password = NewPassword::parse(phrase).unwrap();
        passwords.hash(&password, [9; 16]).await.unwrap()
    }

    #[test]
    fn length_is_counted_in_characters() {
        let length = |n: usize| NewPassword::parse("ß".repeat(n)).map(|_| ());
        assert_eq!(length(11), Err(UnfitPassword::TooShort));
        assert_eq!(length(12), Ok(()));
        assert_eq!(length(128), Ok(()));
        assert_eq!(length(129), Err(UnfitPassword::TooLong));
    }

    #[tokio::test]
    async fn costs_what_owasp_recommends() {
        let passwords = Passwords::new(PasswordCost::default(), 1);
        let hash = hashed(&passwords, PHRASE).await;
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$CQkJ"),
            "{hash}"
        );
        assert!(passwords.verify(PHRASE.into(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn knows_its_password_and_no_other() {
        let passwords = cheap();
        let hash = hashed(&passwords, PHRASE).await;
        assert!(
            passwords
                .verify(PHRASE.into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        for other in ["", "Correct horse battery staple", &format!("{PHRASE} ")] {
            assert!(
                !passwords
                    .verify(other.into(), Some(hash.clone()))
                    .await
                    .unwrap()
            );
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_still_verifies() {
        let hash = hashed(&cheap(), PHRASE).await;
        let dearer = Passwords::new(PasswordCost::default(), 1);
        assert!(!cheap().is_below_todays_cost(&hash) && dearer.is_below_todays_cost(&hash));
        for weaker in [
            hash.replace("argon2id", "argon2i"),
            hash.replace("v=19", "v=16"),
        ] {
            assert!(cheap().is_below_todays_cost(&weaker), "{weaker}");
        }
        assert!(dearer.verify(PHRASE.into(), Some(hash)).await.unwrap());
        let hash = hashed(&dearer, PHRASE).await;
        assert!(!dearer.is_below_todays_cost(&hash));
        assert!(
            !cheap().is_below_todays_cost(&hash),
            "nothing is made cheaper"
        );
    }

    #[tokio::test]
    async fn nobody_a_broken_hash_and_a_long_password_are_no() {
        let passwords = cheap();
        assert!(!passwords.verify(PHRASE.into(), None).await.unwrap());
        let broken = Some("plain text".to_owned());
        assert!(!passwords.verify(PHRASE.into(), broken).await.unwrap());
        let longest = "x".repeat(LONGEST);
        let hash = hashed(&passwords, &longest).await;
        assert!(passwords.verify(longest.into(), Some(hash)).await.unwrap());
        // Even where the placeholder for the long password would match.
        let argon2 = PasswordCost::cheap_for_tests().argon2id();
        let of_nothing = argon2.hash_password_with_salt(b"", &[9; 16]).unwrap();
        let long = SecretString::from("x".repeat(LONGEST + 1));
        assert!(
            !passwords
                .verify(long, Some(of_nothing.to_string()))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn a_flood_is_turned_away_at_once() {
        let passwords = Passwords::new(PasswordCost::cheap_for_tests(), 1);
        let places: Vec<_> = std::iter::repeat_with(|| passwords.place())
            .take(1 + WAITING_MAX)
            .collect();
        assert!(places.iter().all(Result::is_ok));
        let refused = passwords.verify(PHRASE.into(), None).await;
        assert!(matches!(refused, Err(PasswordError::Busy)));
        drop(places);
        assert!(!passwords.verify(PHRASE.into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn callers_wait_their_turn() {
        let passwords = Passwords::new(PasswordCost::cheap_for_tests(), 1);
        let busy = passwords.turn().await.unwrap();
        let waiting = passwords.verify(PHRASE.into(), None);
        let waited = tokio::time::timeout(Duration::from_millis(50), waiting).await;
        assert!(waited.is_err());
        drop(busy);
        assert!(!passwords.verify(PHRASE.into(), None).await.unwrap());
        assert_eq!(passwords.turns.available_permits(), 1);
    }

    #[test]
    fn prints_no_password() {
        let password = NewPassword::parse(PHRASE).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }
}
