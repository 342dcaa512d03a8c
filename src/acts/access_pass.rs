//! Access passes: given to the engineer of a live access, and to nobody else; and the keys that sign them.
//!
//! A pass gives no access. It says who comes, for [`LASTS`](pass::LASTS) at most and never past the window, and each
//! gate asks whether they may. So taking one needs no fresh second factor, but a session that showed one for this very
//! access: a session from before it shows it once more, and then takes passes as long as the access lasts.
//!
//! Keys are rotated by an operator, `lockbox pass-key rotate`: the act has a name and a time in the log then, and
//! nothing that somebody pinned changes by itself. A new key is shown for [`AHEAD`](pass::AHEAD) before it signs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use super::sign_in::SignedIn;
use super::{ActError, Lockbox};
use crate::clock::Stopwatch;
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::hex;
use crate::domain::id::{PassId, PassKeyId, Reference};
use crate::domain::request::decide::Refusal;
use crate::domain::request::{Request, State};
use crate::domain::rights::{Act, Asker, Denied, Subject, may};
use crate::domain::time::Moment;
use crate::identity::pass::{self, KeyRing, Pass, PassKey};
use crate::identity::sealed::Place;
use crate::store::pass_keys::StoredPassKey;
use crate::store::requests::Sight;
use crate::store::{Facts, StoreError, Tx, audit, pass_keys, people, requests, services, tenants};

/// Most passes of one access in [`AT_ONCE`]: a tool that takes them in a loop fills no log.
pub const AT_ONCE_MAX: i64 = 10;
/// The stretch of time in which there are no more.
const AT_ONCE: TimeDelta = TimeDelta::minutes(10);
/// How long keys are kept after another took their place.
pub const KEYS_KEPT: TimeDelta = pass::OVERLAP;
/// How long a process goes by the keys it read.
const KNOWN_FOR: Duration = Duration::from_secs(1);

/// A pass that was given.
#[derive(Debug)]
pub struct Given {
    /// The text to show at a gate.
    pub text: SecretString,
    /// What it says.
    pub pass: Pass,
}

/// The pass keys that this process has read.
#[derive(Clone, Default)]
pub struct PassKeys(Arc<Mutex<Option<KnownRing>>>);

/// When the keys were read, and what they are.
type KnownRing = (Stopwatch, Arc<KeyRing>);

impl PassKeys {
    /// The keys, if they were read a moment ago.
    #[must_use]
    pub fn known(&self) -> Option<Arc<KeyRing>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, ring) = known.as_ref()?;
        (since.elapsed() < KNOWN_FOR).then(|| Arc::clone(ring))
    }

    fn set(&self, to: Option<KnownRing>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

/// Gives the engineer a pass for their live access.
///
/// # Errors
/// [`ActError`], [`ActError::FactorOfBefore`] when this session showed no second factor for this access.
pub fn take(
    lockbox: &Lockbox,
    issuer: &str,
    by: &SignedIn,
    reference: &Reference,
) -> Result<Given, ActError> {
    let sight = Sight::of(&by.person);
    give(
        lockbox,
        issuer,
        &by.author(),
        (sight, reference),
        |tx, request, since| {
            let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
            let who = Asker::showing(&who, by.second_factor);
            may(who, Act::TakePass, Subject::Request(request))?;
            match since {
                Some(since) if !by.showed_for(since) => Err(ActError::FactorOfBefore),
                _ => Ok(()),
            }
        },
    )
}

/// Gives an operator the pass that the engineer of a live access could take. Whoever has the database and its key can
/// make one anyway; this way it is known whose pass an operator has.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn take_as_operator(
    lockbox: &Lockbox,
    issuer: &str,
    by: &Author,
    reference: &Reference,
) -> Result<Given, ActError> {
    give(
        lockbox,
        issuer,
        by,
        (Sight::Provider, reference),
        |_, _, _| Ok(()),
    )
}

fn give(
    lockbox: &Lockbox,
    issuer: &str,
    by: &Author,
    (sight, reference): (Sight, &Reference),
    allowed: impl FnOnce(&mut Tx<'_>, &Request, Option<Moment>) -> Result<(), ActError>,
) -> Result<Given, ActError> {
    let found = lockbox
        .store
        .read(|conn| requests::by_reference(conn, sight, reference))?
        .ok_or(Denied::NotThere)?;
    let ring = signing_ring(lockbox)?;
    lockbox.store.write(Log::Tenant(found.tenant), by, |tx| {
        let now = tx.now();
        let request =
            requests::by_id(tx.conn(), found.tenant, found.id)?.ok_or(Denied::NotThere)?;
        let not_at = |at: Moment| {
            let refusal = Refusal::NotNow(Box::new(request.state.at(at)));
            ActError::Refused(refusal, Box::new(request.at(at)))
        };
        let State::Active { since, until, .. } = request.state.at(now) else {
            // Who may not see it learns nothing of where it stands.
            allowed(tx, &request, None)?;
            return Err(not_at(now));
        };
        allowed(tx, &request, Some(since))?;
        let (from, ends) = pass::life(now, until).ok_or_else(|| not_at(until))?;
        bound(tx, &request, now)?;
        let id = PassId(lockbox.entropy.uuid(now));
        let pass = said(tx, &request, issuer, id, (from, ends))?;
        let key = ring.signing_at(now).ok_or_else(no_key)?;
        let text = key.sign(&pass).map_err(StoreError::from)?;
        let fact = Fact::AccessPassIssued {
            pass: id,
            until: ends,
        };
        Ok((Given { text, pass }, Facts::about(request.id, fact)))
    })
}

fn said(
    tx: &mut Tx<'_>,
    request: &Request,
    issuer: &str,
    id: PassId,
    (from, until): (Moment, Moment),
) -> Result<Pass, ActError> {
    let gone = |what: &str| StoreError::Senseless(format!("a request whose {what} is gone"));
    let tenant = tenants::by_id(tx.conn(), request.tenant)?.ok_or_else(|| gone("tenant"))?;
    let service = services::by_id(tx.conn(), request.service)?.ok_or_else(|| gone("service"))?;
    let engineer = people::by_id(tx.conn(), request.engineer)?.ok_or_else(|| gone("engineer"))?;
    Ok(Pass {
        id,
        issuer: issuer.to_owned(),
        tenant: tenant.key,
        service: service.key,
        engineer: engineer.email,
        request: request.reference.clone(),
        from,
        until,
    })
}

fn bound(tx: &mut Tx<'_>, request: &Request, now: Moment) -> Result<(), ActError> {
    let log = Log::Tenant(request.tenant);
    let given = audit::passes_of(tx.conn(), log, request.id, AT_ONCE_MAX)?;
    let as_many = i64::try_from(given.len()).is_ok_and(|given| given >= AT_ONCE_MAX);
    match given.first() {
        Some(first) if as_many && now - first.at < AT_ONCE => {
            Err(ActError::TooManyPasses(AT_ONCE_MAX))
        }
        _ => Ok(()),
    }
}

/// The pass keys, read a moment ago at most.
///
/// # Errors
/// When the store does not answer, or a key does not open.
pub async fn keys(lockbox: &Lockbox) -> Result<Arc<KeyRing>, ActError> {
    match lockbox.pass_keys.known() {
        Some(ring) => Ok(ring),
        None => lockbox.acting(read).await,
    }
}

fn read(lockbox: &Lockbox) -> Result<Arc<KeyRing>, ActError> {
    let since = Stopwatch::start();
    let stored = lockbox.store.read(pass_keys::all)?;
    let keys = stored.iter().map(|stored| opened(lockbox, stored));
    let ring = Arc::new(KeyRing::new(keys.collect::<Result<_, _>>()?));
    lockbox.pass_keys.set(Some((since, Arc::clone(&ring))));
    Ok(ring)
}

fn opened(lockbox: &Lockbox, stored: &StoredPassKey) -> Result<PassKey, ActError> {
    let secret = |e: &dyn std::fmt::Display| ActError::Secret(e.to_string());
    let seed = lockbox
        .secret_key
        .open(&seed_place(&stored.id), &stored.sealed_seed)
        .map_err(|e| secret(&e))?;
    let seed = <&[u8; 32]>::try_from(seed.expose_secret().as_slice()).map_err(|e| secret(&e))?;
    Ok(PassKey::new(stored.id, seed, stored.signs_from))
}

/// The ring to sign with. The first pass makes the first key: a deployment without gates has none. Two that are made at
/// once are both believed.
fn signing_ring(lockbox: &Lockbox) -> Result<Arc<KeyRing>, ActError> {
    let now = lockbox.store.clock().now();
    let ring = read(lockbox)?;
    if ring.signing_at(now).is_some() {
        return Ok(ring);
    }
    let by = Author::local(Actor::System);
    make(lockbox, &by, |now| now, false)?;
    read(lockbox)
}

/// Makes another key, which takes its predecessor's place after [`AHEAD`](pass::AHEAD). With `at_once` it does so now
/// and no other is believed any more: for a key that somebody else may have.
///
/// # Errors
/// When the store does not answer.
pub fn rotate(
    lockbox: &Lockbox,
    by: &Author,
    at_once: bool,
) -> Result<(PassKeyId, Moment), ActError> {
    make(
        lockbox,
        by,
        |now| if at_once { now } else { now + pass::AHEAD },
        at_once,
    )
}

fn make(
    lockbox: &Lockbox,
    by: &Author,
    signs_from: impl FnOnce(Moment) -> Moment,
    alone: bool,
) -> Result<(PassKeyId, Moment), ActError> {
    let made = lockbox.store.write(Log::Provider, by, |tx| {
        let id = PassKeyId(lockbox.entropy.uuid(tx.now()));
        let signs_from = signs_from(tx.now());
        let seed: [u8; 32] = lockbox.entropy.bytes();
        let sealed_seed = lockbox
            .secret_key
            .seal(&seed_place(&id), lockbox.entropy.bytes(), &seed)
            .map_err(|e| ActError::Secret(e.to_string()))?;
        let key = PassKey::new(id, &seed, signs_from);
        let stored = StoredPassKey {
            id,
            sealed_seed,
            signs_from,
        };
        pass_keys::add(tx, stored, alone)?;
        let fact = Fact::PassKeyMade {
            key: id,
            public_key: hex(&key.public()),
            signs_from,
            alone,
        };
        Ok::<_, ActError>(((id, signs_from), Facts::one(fact)))
    })?;
    lockbox.pass_keys.set(None);
    Ok(made)
}

fn no_key() -> ActError {
    ActError::Secret("no key signs access passes at this moment".to_owned())
}

/// Where a key's seed is sealed.
pub(super) fn seed_place(id: &PassKeyId) -> Place<'_> {
    Place {
        table: "pass_keys",
        column: "sealed_seed",
        row: id.0.as_bytes(),
    }
}
