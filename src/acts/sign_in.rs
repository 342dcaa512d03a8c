//! Signing in, and showing the second factor afresh.
//!
//! The types are the proof: a [`HalfIn`] has shown a password, a [`SignedIn`] both factors, and a [`Fresh`] has
//! shown the second one within the last five minutes. Acts ask for the type they need.

use std::net::IpAddr;
use std::ops::Deref;

use chrono::TimeDelta;
use metrics::counter;
use secrecy::{ExposeSecret, SecretString};

use super::hash_anew::at_todays_cost;
use super::tries::{self, Origin, Trying};
use super::{ActError, Flaw, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Proof};
use crate::domain::hex::sha256_hex;
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::rights::Asker;
use crate::domain::second_factor::{FactorKind, SecondFactor};
use crate::domain::text::{EmailAddress, sentence};
use crate::domain::time::Moment;
use crate::identity::password::NewPassword;
use crate::identity::sealed::Place;
use crate::identity::totp::TotpSecret;
use crate::store::tries::{Budget, Subject};
use crate::store::{self, StoreError, Stored, credentials};

/// How long a second factor counts as fresh.
pub const FRESH_FOR: TimeDelta = TimeDelta::minutes(5);

/// How much of something that is no mail address is looked at, in characters.
const EMAIL_MAX: usize = 254;

/// Somebody who has shown the right password and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfIn(pub PersonId);

/// Somebody who has shown both factors in this session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// The session's random id, by which the audit log names it; no key.
    pub session: String,
    /// From which address.
    pub source: Option<IpAddr>,
    /// The second factor they showed.
    pub second_factor: SecondFactor,
    /// When it was last shown.
    pub second_factor_at: Moment,
}

/// Somebody who has shown the second factor within [`FRESH_FOR`]. Only [`SignedIn::fresh`] makes one.
#[derive(Debug, Clone)]
pub struct Fresh(SignedIn);

impl SignedIn {
    /// Somebody as if they had shown their authenticator app at this instant: people of the demo and of tests.
    #[must_use]
    pub fn with_app(person: Person, session: &str, at: Moment) -> Self {
        Self {
            second_factor: SecondFactor::app(person.second_factor_since.unwrap_or(at)),
            second_factor_at: at,
            session: session.to_owned(),
            source: None,
            person,
        }
    }

    /// This person as the author of an act.
    #[must_use]
    pub fn author(&self) -> Author {
        Author {
            actor: Actor::of(&self.person),
            source: self.source,
            proof: Some(Proof {
                session: self.session.clone(),
                second_factor_at: self.second_factor_at,
                second_factor: Some(self.second_factor),
            }),
        }
    }

    /// The same person, if the second factor is fresh at `now`. A recovery code never is.
    #[must_use]
    pub fn fresh(&self, now: Moment) -> Option<Fresh> {
        let confirms = self.second_factor.kind != FactorKind::RecoveryCode;
        (confirms && self.was_lately(now)).then(|| Fresh(self.clone()))
    }

    /// The same person, if they may gain a second factor at `now`.
    #[must_use]
    pub fn gaining(&self, now: Moment) -> Option<Gaining> {
        self.was_lately(now).then(|| Gaining(self.clone()))
    }

    /// Whether they showed their second factor for an access that began then: with its start, or since. A recovery code
    /// is none for it.
    #[must_use]
    pub fn showed_for(&self, start: Moment) -> bool {
        let confirms = self.second_factor.kind != FactorKind::RecoveryCode;
        confirms && start - self.second_factor_at < FRESH_FOR
    }

    fn was_lately(&self, now: Moment) -> bool {
        let age = now - self.second_factor_at;
        TimeDelta::zero() <= age && age < FRESH_FOR
    }
}

/// Somebody who may gain a second factor: [`Fresh`], or let in by a recovery code within [`FRESH_FOR`], which is good for
/// nothing else. Only [`SignedIn::gaining`] makes one.
#[derive(Debug, Clone)]
pub struct Gaining(SignedIn);

impl Deref for Gaining {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

/// Judged with the second factor they showed.
impl<'a> From<&'a SignedIn> for Asker<'a> {
    fn from(who: &'a SignedIn) -> Self {
        Self::showing(&who.person, who.second_factor)
    }
}

impl Deref for Fresh {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

/// What came of showing a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// It was right. SHA-256 of the hash by which it is kept, in hex, says which one it was.
    Right(HalfIn, String),
    /// It was wrong, or nobody has this address.
    Wrong,
    /// It was not looked at: too many wrong ones came before it. There are tries again at this moment.
    TooMany(Moment),
}

/// The first factor. A stranger's address and a wrong password take the same time and get the same answer.
///
/// # Errors
/// When the store does not answer, and [`ActError::Busy`].
pub async fn show_password(
    lockbox: &Lockbox,
    email: &str,
    password: SecretString,
    from: Origin,
) -> Result<Shown, ActError> {
    let email = EmailAddress::parse(email).map_err(|_| email.chars().take(EMAIL_MAX).collect());
    let found = lockbox
        .acting(move |lockbox| account(lockbox, &email, &from))
        .await?;
    let Account {
        person,
        hash,
        tries,
    } = match found {
        Ok(account) => account,
        Err(until) => {
            counter!("lockbox_sign_ins_refused_total").increment(1);
            tracing::warn!("too many wrong passwords; no more are compared for a while");
            return Ok(Shown::TooMany(until));
        }
    };
    let verified = lockbox
        .passwords
        .verify(password.clone(), hash.clone())
        .await;
    if !matches!(verified, Ok(false)) {
        lockbox
            .acting(move |lockbox| lockbox.store.keep(|books| books.give_back_tries(&tries)))
            .await
            .map_err(|e: StoreError| e)?;
    }
    let right = verified.map_err(|_| ActError::Busy)?;
    if let (true, Some(person), Some(hash)) = (right, person, hash)
        && let Some(hash) = at_todays_cost(lockbox, person, password, hash).await?
    {
        let kept = sha256_hex(hash.as_bytes());
        return Ok(Shown::Right(HalfIn(person), kept));
    }
    counter!("lockbox_sign_ins_failed_total", "factor" => "password").increment(1);
    tracing::warn!(
        person = person.map(tracing::field::display),
        "a wrong password"
    );
    Ok(Shown::Wrong)
}

/// Whose password is tried, and what the try is counted for.
struct Account {
    person: Option<PersonId>,
    hash: Option<String>,
    tries: Vec<(Subject, Budget)>,
}

/// The account with this address, one try of its password taken; or when there are tries again. An address that makes
/// no sense is counted as it was typed.
fn account(
    lockbox: &Lockbox,
    email: &Result<EmailAddress, String>,
    from: &Origin,
) -> Stored<Result<Account, Moment>> {
    let found = lockbox.store.read(|conn| {
        let Ok(email) = email else {
            return Stored::Ok(None);
        };
        credentials::of_email(conn, email)
    })?;
    let (person, hash) = found.map_or((None, None), |(person, hash)| (Some(person), hash));
    let typed = email
        .as_ref()
        .map_or_else(String::as_str, EmailAddress::as_str);
    let tries = tries::of_password(lockbox, typed, person, from)?;
    let now = lockbox.store.clock().now();
    // A look first: a flood of what is refused anyway must not keep others from writing.
    let spent = lockbox
        .store
        .read(|conn| store::tries::spent(conn, &tries, now))?;
    let spent = match spent {
        Some(until) => Some(until),
        None => lockbox.store.keep(|books| books.take_tries(&tries, now))?,
    };
    Ok(match spent {
        Some(until) => Err(until),
        None => Ok(Account {
            person,
            hash,
            tries,
        }),
    })
}

/// Notes when somebody signed in.
///
/// # Errors
/// When the store does not answer.
pub fn note_sign_in(lockbox: &Lockbox, person: PersonId) -> Stored<()> {
    let now = lockbox.store.clock().now();
    lockbox.store.keep(|books| books.note_sign_in(person, now))
}

/// A password that somebody chose, if it is one that others do not guess. `about` is what is known of them.
///
/// # Errors
/// A flaw of the field `password`.
pub fn new_password(typed: SecretString, about: &[&str]) -> Result<NewPassword, Flaw> {
    NewPassword::judged(typed, about)
        .map_err(|unfit| Flaw::of("password", sentence(&unfit.to_string())))
}

/// What came of showing a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeShown {
    /// It counts, as this second factor.
    Right(SecondFactor),
    /// It is wrong, or was used before.
    Wrong,
    /// It was not looked at: too many came before it. There are tries again at this moment.
    TooMany(Moment),
}

/// The second factor: the authenticator app, if this code of it is right now and was not used before.
///
/// # Errors
/// When the store does not answer or the sealed secret does not open.
pub fn show_second_factor(
    lockbox: &Lockbox,
    person: PersonId,
    by: &Trying,
    code: &str,
) -> Result<CodeShown, ActError> {
    let Some((secret, since)) = app_of(lockbox, person)? else {
        return Ok(CodeShown::Wrong);
    };
    let now = lockbox.store.clock().now();
    let tries = tries::of_code(lockbox, person, by)?;
    if let Some(until) = take_one(lockbox, &tries, now)? {
        counter!("lockbox_sign_ins_failed_total", "factor" => "code").increment(1);
        tracing::warn!(%person, "too many verification codes were tried; no more are compared for a while");
        return Ok(CodeShown::TooMany(until));
    }
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let Some(step) = secret.check(code, seconds) else {
        counter!("lockbox_sign_ins_failed_total", "factor" => "code").increment(1);
        tracing::warn!(%person, "a wrong verification code");
        return Ok(CodeShown::Wrong);
    };
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let counts = lockbox.store.keep(|books| {
        let counts = books.use_second_factor_step(person, step)?;
        // Right is no guess, used before or not. This try only: somebody else's wrong ones stay counted.
        books.give_back_tries(std::slice::from_ref(&tries))?;
        Stored::Ok(counts)
    })?;
    Ok(if counts {
        CodeShown::Right(SecondFactor::app(since))
    } else {
        CodeShown::Wrong
    })
}

/// Takes one try of a code, or says when there are tries again.
pub(super) fn take_one(
    lockbox: &Lockbox,
    tries: &(Subject, Budget),
    now: Moment,
) -> Stored<Option<Moment>> {
    let tries = std::slice::from_ref(tries);
    lockbox.store.keep(|books| books.take_tries(tries, now))
}

/// The secret of a person's authenticator app, if they have enrolled one.
///
/// # Errors
/// [`ActError::Secret`] when it was sealed under another key or for another row.
pub fn authenticator_of(
    lockbox: &Lockbox,
    person: PersonId,
) -> Result<Option<TotpSecret>, ActError> {
    Ok(app_of(lockbox, person)?.map(|(secret, _)| secret))
}

/// The same, and since when they have it.
fn app_of(lockbox: &Lockbox, person: PersonId) -> Result<Option<(TotpSecret, Moment)>, ActError> {
    let Some((sealed, since)) = lockbox
        .store
        .read(|conn| credentials::authenticator(conn, person))?
    else {
        return Ok(None);
    };
    let secret = |e: &dyn std::fmt::Display| ActError::Secret(e.to_string());
    let opened = lockbox
        .secret_key
        .open(&second_factor_place(&person), &sealed)
        .map_err(|e| secret(&e))?;
    let bytes: [u8; 20] = opened
        .expose_secret()
        .as_slice()
        .try_into()
        .map_err(|e| secret(&e))?;
    Ok(Some((TotpSecret::from_bytes(bytes), since)))
}

/// Where the first version kept a second factor: what it is sealed for, wherever its row stands now.
pub(super) fn second_factor_place(person: &PersonId) -> Place<'_> {
    Place {
        table: "people",
        column: "second_factor_sealed",
        row: person.0.as_bytes(),
    }
}
