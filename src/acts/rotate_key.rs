//! Sealing what is sealed in the database under another server key.
//!
//! It may be broken off and begun again: what is sealed under the new key already stays as it is.

use secrecy::ExposeSecret;

use super::sign_in::second_factor_place;
use super::single_sign_on::{seal_anew, secret_place};
use super::{ActError, Lockbox, access_pass, links, webhooks};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::rights::Denied;
use crate::domain::text::Line;
use crate::identity::sealed::{Place, SecretKey};
use crate::store::credentials::SealedApp;
use crate::store::{self, Facts, StoreError, credentials, one_time_links, pass_keys, people};

/// Rows read at once.
const PAGE: i64 = 100;

/// What was sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Authenticator apps.
    pub authenticators: u64,
    /// Client secrets of single sign-on.
    pub client_secrets: u64,
    /// Webhooks, each with its secrets.
    pub webhooks: u64,
    /// One-time links whose letters are not sent yet.
    pub links: u64,
    /// Keys of access passes.
    pub pass_keys: u64,
}

/// Seals everything under `new`; what the log keeps a digest of is a fact of its own each time.
///
/// # Errors
/// When the store does not answer, and [`ActError::Secret`] for what opens under neither key.
pub fn rotate(lockbox: &Lockbox, new: &SecretKey, by: &Author) -> Result<Rotated, ActError> {
    Ok(Rotated {
        authenticators: authenticators(lockbox, new, by)?,
        client_secrets: client_secrets(lockbox, new, by)?,
        webhooks: webhook_secrets(lockbox, new, by)?,
        links: unsent_links(lockbox, new)?,
        pass_keys: keys_of_passes(lockbox, new)?,
    })
}

fn authenticators(lockbox: &Lockbox, new: &SecretKey, by: &Author) -> Result<u64, ActError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = lockbox
            .store
            .read(|conn| credentials::sealed_apps(conn, after, PAGE))?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = Some(last.person);
        for app in page {
            let place = second_factor_place(&app.person);
            if let Some(sealed) = sealed_anew(lockbox, new, &place, &app.sealed)? {
                seal_app(lockbox, by, &app, &sealed)?;
                count += 1;
            }
        }
    }
}

fn seal_app(
    lockbox: &Lockbox,
    by: &Author,
    app: &SealedApp,
    sealed: &[u8],
) -> Result<(), ActError> {
    lockbox.store.write(Log::of(app.side), by, |tx| {
        let person = people::by_id(tx.conn(), app.person)?.ok_or(Denied::NotThere)?;
        if !credentials::seal_app_anew(tx, app, sealed)? {
            let words = format!("the second factor of {} changed meanwhile", app.person);
            return Err(StoreError::Senseless(words).into());
        }
        let fact = sealed_fact(app, person.name.clone(), sealed);
        super::people::after(tx, &person, &fact, &by.actor)?;
        Ok(((), Facts::one(fact)))
    })
}

fn sealed_fact(app: &SealedApp, name: Line, sealed: &[u8]) -> Fact {
    Fact::SecondFactorSealedAnew {
        person: app.person,
        name,
        second_factor_sha256: sha256_hex(sealed),
    }
}

fn client_secrets(lockbox: &Lockbox, new: &SecretKey, by: &Author) -> Result<u64, ActError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = lockbox
            .store
            .read(|conn| store::single_sign_on::page(conn, after, PAGE))?;
        let Some((last, _)) = page.last() else {
            return Ok(count);
        };
        after = Some(last.setting.id);
        for (known, sealed) in page {
            let place = secret_place(&known.setting.id);
            if let Some(sealed) = sealed_anew(lockbox, new, &place, &sealed)? {
                seal_anew(lockbox, by, &known, sealed)?;
                count += 1;
            }
        }
    }
}

fn webhook_secrets(lockbox: &Lockbox, new: &SecretKey, by: &Author) -> Result<u64, ActError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = lockbox
            .store
            .read(|conn| store::webhooks::page(conn, after, PAGE))?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = Some(last.webhook.setting.id);
        for known in page {
            let place = webhooks::secret_place(&known.webhook.setting.id);
            let anew = |sealed: &[u8]| sealed_anew(lockbox, new, &place, sealed);
            // Both are written at once, so one tells for the other.
            if let Some(secret) = anew(&known.secret)? {
                let former = known.former.as_deref().map(anew).transpose()?;
                webhooks::seal_anew(lockbox, by, &known, secret, former.flatten())?;
                count += 1;
            }
        }
    }
}

fn unsent_links(lockbox: &Lockbox, new: &SecretKey) -> Result<u64, ActError> {
    let (mut count, mut after) = (0, Vec::new());
    loop {
        let page = lockbox
            .store
            .read(|conn| one_time_links::unsent(conn, &after, PAGE))?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after.clone_from(&last.sha256);
        for link in page {
            let place = links::place(&link.sha256);
            if let Some(sealed) = sealed_anew(lockbox, new, &place, &link.sealed)? {
                lockbox
                    .store
                    .keep(|books| books.seal_link_anew(&link.sha256, sealed))?;
                count += 1;
            }
        }
    }
}

fn keys_of_passes(lockbox: &Lockbox, new: &SecretKey) -> Result<u64, ActError> {
    let mut count = 0;
    for key in lockbox.store.read(pass_keys::all)? {
        let place = access_pass::seed_place(&key.id);
        if let Some(sealed) = sealed_anew(lockbox, new, &place, &key.sealed_seed)? {
            lockbox
                .store
                .keep(|books| books.seal_pass_key_anew(key.id, sealed))?;
            count += 1;
        }
    }
    Ok(count)
}

/// The same under the new key; nothing where it is sealed under it already.
fn sealed_anew(
    lockbox: &Lockbox,
    new: &SecretKey,
    place: &Place<'_>,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>, ActError> {
    if new.open(place, sealed).is_ok() {
        return Ok(None);
    }
    let secret = |e: &dyn std::fmt::Display| ActError::Secret(e.to_string());
    let plain = lockbox
        .secret_key
        .open(place, sealed)
        .map_err(|e| secret(&e))?;
    let nonce = lockbox.entropy.bytes();
    new.seal(place, nonce, plain.expose_secret())
        .map(Some)
        .map_err(|e| secret(&e))
}
