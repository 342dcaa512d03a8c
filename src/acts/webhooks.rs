//! Webhooks of a side: adding, changing, testing and removing them, and what turns them off by itself.
//!
//! What they are told is written with the facts themselves, in the store. Here is who may set them, and what signs.

mod deliver;

use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

pub use deliver::{Destination, destination, disable, gave_nothing_for_days};

use super::setting::{may_set, unfit};
use super::sign_in::{Fresh, SignedIn};
use super::{ActError, Flaw, Lockbox};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::id::WebhookId;
use crate::domain::person::Side;
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::text::{Line, WebhookUrl};
use crate::domain::webhook::wants::Wants;
use crate::domain::webhook::{FORMER_SECRET_SIGNS, Stage, WEBHOOKS_MAX, Webhook, WebhookSetting};
use crate::identity::sealed::Place;
use crate::identity::webhook_secret::WebhookSecret;
use crate::outside::NoAnswer;
use crate::store::webhooks::Kept;
use crate::store::{Facts, StoreError, Stored, Tx, deliveries, people, webhooks};

/// How long nobody can send another test to the same webhook.
pub const BETWEEN_TESTS: TimeDelta = TimeDelta::seconds(10);

/// How long resolving a name may take while somebody waits for the page.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// What is noted at deliveries that wait while a webhook is turned off.
pub const TURNED_OFF: &str = "the webhook was turned off";

/// What somebody wants it to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where facts are sent.
    pub url: WebhookUrl,
    /// What people call it.
    pub description: Line,
    /// Which facts.
    pub wants: Wants,
}

/// Adds a webhook; its secret comes along, for the one time it is shown.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn add(
    lockbox: &Lockbox,
    by: &Fresh,
    wanted: &Wanted,
) -> Result<(WebhookId, SecretString), ActError> {
    let side = by.person.side;
    lockbox.store.write(Log::of(side), &by.author(), |tx| {
        may_set(tx, by, Act::SetWebhooks)?;
        if webhooks::of(tx.conn(), side)?.len() >= WEBHOOKS_MAX {
            let words = format!(
                "There are {WEBHOOKS_MAX} webhooks already. Remove one you no longer need."
            );
            return Err(unfit("url", words));
        }
        let setting = WebhookSetting {
            id: WebhookId(lockbox.entropy.uuid(tx.now())),
            url: wanted.url.clone(),
            description: wanted.description.clone(),
            wants: wanted.wants.clone(),
        };
        let id = setting.id;
        let (secret, sealed) = new_secret(lockbox, &id)?;
        let fact = Fact::WebhookAdded {
            webhook: setting,
            secret_sha256: sha256_hex(&sealed),
        };
        let webhook = after(tx, None, side, &fact)?.ok_or(Denied::NotThere)?;
        let kept = Kept {
            webhook,
            secret: sealed,
            former: None,
        };
        webhooks::add(tx, &kept)?;
        Ok(((id, secret), Facts::one(fact)))
    })
}

/// Changes where a webhook is, what it is called and what it wants.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn change(
    lockbox: &Lockbox,
    by: &Fresh,
    id: WebhookId,
    wanted: &Wanted,
) -> Result<(), ActError> {
    move_on(lockbox, by, id, |_, before| {
        let setting = WebhookSetting {
            id,
            url: wanted.url.clone(),
            description: wanted.description.clone(),
            wants: wanted.wants.clone(),
        };
        if before.setting == setting {
            let words = "Nothing was changed: this is how it is already.";
            return Err(unfit("webhook", words));
        }
        Ok(Fact::WebhookChanged(setting))
    })
}

/// From now on facts are sent to it.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn turn_on(lockbox: &Lockbox, by: &Fresh, id: WebhookId) -> Result<(), ActError> {
    move_on(lockbox, by, id, |_, before| {
        if before.is_on() {
            return Err(unfit("webhook", "This webhook is on already."));
        }
        Ok(Fact::WebhookTurnedOn(before.setting.about()))
    })
}

/// From now on no facts are sent to it, and what waits for it is given up.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn turn_off(lockbox: &Lockbox, by: &Fresh, id: WebhookId) -> Result<(), ActError> {
    move_on(lockbox, by, id, |_, before| {
        if !before.is_on() {
            return Err(unfit("webhook", "This webhook is off already."));
        }
        Ok(Fact::WebhookTurnedOff(before.setting.about()))
    })
}

/// Removes a webhook, with all that was ever sent to it.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn remove(lockbox: &Lockbox, by: &Fresh, id: WebhookId) -> Result<(), ActError> {
    move_on(lockbox, by, id, |_, before| {
        Ok(Fact::WebhookRemoved(before.setting.about()))
    })
}

/// Gives a webhook another secret; the one before signs beside it for [`FORMER_SECRET_SIGNS`].
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn rotate_secret(
    lockbox: &Lockbox,
    by: &Fresh,
    id: WebhookId,
) -> Result<SecretString, ActError> {
    let side = by.person.side;
    lockbox.store.write(Log::of(side), &by.author(), |tx| {
        let before = allowed(tx, by, id)?;
        let (secret, sealed) = new_secret(lockbox, &id)?;
        let fact = Fact::WebhookSecretRotated {
            webhook: before.webhook.setting.about(),
            secret_sha256: sha256_hex(&sealed),
            former_until: tx.now() + FORMER_SECRET_SIGNS,
        };
        let former = before.secret;
        let webhook = after(tx, Some(before.webhook), side, &fact)?;
        let kept = Kept {
            webhook: webhook.ok_or(Denied::NotThere)?,
            secret: sealed,
            former: Some(former),
        };
        webhooks::save(tx, &kept)?;
        Ok((secret, Facts::one(fact)))
    })
}

/// Sends a test to a webhook. It changes nothing, so it needs no fresh second factor.
///
/// # Errors
/// [`ActError::Unfit`] within [`BETWEEN_TESTS`] of the last one, and whatever else keeps it from being sent.
pub fn test(lockbox: &Lockbox, by: &SignedIn, id: WebhookId) -> Result<(), ActError> {
    move_on(lockbox, by, id, |tx, before| {
        if !before.is_on() {
            return Err(unfit("test", "Turn the webhook on before you test it."));
        }
        let fact = Fact::WebhookTested(before.setting.about());
        let last = deliveries::last_written(tx.conn(), id, fact.act())?;
        if last.is_some_and(|last| tx.now() - last < BETWEEN_TESTS) {
            let words = "A test was sent just now. Wait ten seconds before you send another.";
            return Err(unfit("test", words));
        }
        Ok(fact)
    })
}

/// Sends what was sent before once more, under the same id. It is no fact: what it tells happened long ago.
///
/// # Errors
/// [`ActError::Unfit`] where the webhook is off or the same waits already.
pub fn send_again(
    lockbox: &Lockbox,
    by: &SignedIn,
    id: WebhookId,
    delivery: Uuid,
) -> Result<(), ActError> {
    let side = by.person.side;
    let kept = lockbox.store.read(|conn| {
        let who = people::by_id(conn, by.person.id)?.ok_or(Denied::NotThere)?;
        may(&who, Act::SetWebhooks, Subject::of(side))?;
        let kept = webhooks::of_side(conn, side, id)?;
        kept.ok_or(ActError::Denied(Denied::NotThere))
    })?;
    if !kept.webhook.is_on() {
        let words = "Turn the webhook on before you send anything to it.";
        return Err(unfit("delivery", words));
    }
    let now = lockbox.store.clock().now();
    let again = lockbox.entropy.uuid(now);
    let sent: Stored<bool> = lockbox
        .store
        .keep(|books| books.send_again(id, delivery, again, now));
    if !sent? {
        let words = "This is on its way already, or not kept any more.";
        return Err(unfit("delivery", words));
    }
    lockbox.store.webhooks_due().notify_one();
    Ok(())
}

/// Whether an address may be asked, as far as it says so itself or its name says now. Asked where it is typed, so that
/// people learn of it there; asked again at each delivery, since a name may mean another address by then.
///
/// # Errors
/// What to change. A name that has no address at this moment is no reason.
pub async fn looks_right(lockbox: &Lockbox, url: &WebhookUrl) -> Result<(), Flaw> {
    let flaw = |why: &NoAnswer| Flaw::of("url", unreachable(why));
    let url = url.to_url().map_err(|_| flaw(&NoAnswer::NoAddress))?;
    let way = &lockbox.way_to_webhooks;
    way.allows(&url).map_err(|why| flaw(&why))?;
    match tokio::time::timeout(LOOK_MAX, way.looks(&url)).await {
        Ok(Err(why @ (NoAnswer::Private | NoAnswer::PlainToPublic))) => Err(flaw(&why)),
        _ => Ok(()),
    }
}

/// Why nothing is delivered to an address, to whoever typed it.
const fn unreachable(why: &NoAnswer) -> &'static str {
    match why {
        NoAnswer::NotHttps => "Enter an address that begins with https://.",
        NoAnswer::Private => {
            "This address leads into a private network, and this deployment delivers to public addresses alone."
        }
        NoAnswer::PlainToPublic => {
            "Enter an address that begins with https://. Without it, only a private network is delivered to."
        }
        _ => "Nothing can be delivered to this address. Enter another one.",
    }
}

/// Puts the same secrets in their place, sealed under another server key.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub(super) fn seal_anew(
    lockbox: &Lockbox,
    by: &Author,
    known: &Kept,
    secret: Vec<u8>,
    former: Option<Vec<u8>>,
) -> Result<(), ActError> {
    let (side, id) = (known.webhook.side, known.webhook.setting.id);
    lockbox.store.write(Log::of(side), by, |tx| {
        let before = webhooks::of_side(tx.conn(), side, id)?.ok_or(Denied::NotThere)?;
        let fact = Fact::WebhookSealedAnew {
            webhook: before.webhook.setting.about(),
            secret_sha256: sha256_hex(&secret),
            former_sha256: former.as_deref().map(sha256_hex),
        };
        let webhook = after(tx, Some(before.webhook), side, &fact)?;
        let kept = Kept {
            webhook: webhook.ok_or(Denied::NotThere)?,
            secret,
            former,
        };
        webhooks::save(tx, &kept)?;
        Ok(((), Facts::one(fact)))
    })
}

/// Where a webhook's secrets are kept: what they are sealed for. The one before keeps its place when another comes.
pub(super) fn secret_place(id: &WebhookId) -> Place<'_> {
    Place {
        table: "webhooks",
        column: "secret_sealed",
        row: id.0.as_bytes(),
    }
}

/// Moves a webhook on by the fact that `decide` comes to, by somebody who may.
fn move_on(
    lockbox: &Lockbox,
    by: &SignedIn,
    id: WebhookId,
    decide: impl FnOnce(&mut Tx<'_>, &Webhook) -> Result<Fact, ActError>,
) -> Result<(), ActError> {
    let side = by.person.side;
    lockbox.store.write(Log::of(side), &by.author(), |tx| {
        let before = allowed(tx, by, id)?;
        let fact = decide(tx, &before.webhook)?;
        follow(tx, before, side, &fact)?;
        Ok(((), Facts::one(fact)))
    })
}

/// A webhook's row, and what waits for it, after a fact that leaves its secrets as they are.
fn follow(tx: &mut Tx<'_>, before: Kept, side: Side, fact: &Fact) -> Result<(), ActError> {
    let id = before.webhook.setting.id;
    if let Some(webhook) = after(tx, Some(before.webhook), side, fact)? {
        if webhook.stage != Stage::On {
            let now = tx.now();
            tx.books().give_up_deliveries(id, TURNED_OFF, now)?;
        }
        let (secret, former) = (before.secret, before.former);
        let kept = Kept {
            webhook,
            secret,
            former,
        };
        webhooks::save(tx, &kept)?;
    } else {
        tx.books().forget_deliveries(id)?;
        webhooks::remove(tx, id)?;
    }
    Ok(())
}

/// A webhook of their side, for somebody who may change it.
fn allowed(tx: &mut Tx<'_>, by: &SignedIn, id: WebhookId) -> Result<Kept, ActError> {
    let who = may_set(tx, by, Act::SetWebhooks)?;
    let kept = webhooks::of_side(tx.conn(), who.side, id)?;
    Ok(kept.ok_or(Denied::NotThere)?)
}

fn after(
    tx: &Tx<'_>,
    before: Option<Webhook>,
    side: Side,
    fact: &Fact,
) -> Result<Option<Webhook>, StoreError> {
    let next = Webhook::after(before, side, fact, tx.now());
    next.map_err(|e| StoreError::Senseless(e.to_string()))
}

/// A secret that nobody had before, its text, and how it is kept.
fn new_secret(lockbox: &Lockbox, id: &WebhookId) -> Result<(SecretString, Vec<u8>), ActError> {
    let secret = WebhookSecret::from_random(lockbox.entropy.bytes());
    let (place, nonce) = (secret_place(id), lockbox.entropy.bytes());
    let sealed = lockbox
        .secret_key
        .seal(&place, nonce, secret.to_be_kept())
        .map_err(|e| ActError::Secret(e.to_string()))?;
    Ok((secret.text(), sealed))
}

fn open_secret(
    lockbox: &Lockbox,
    id: &WebhookId,
    sealed: &[u8],
) -> Result<WebhookSecret, ActError> {
    let secret = |e: &dyn std::fmt::Display| ActError::Secret(e.to_string());
    let opened = lockbox
        .secret_key
        .open(&secret_place(id), sealed)
        .map_err(|e| secret(&e))?;
    WebhookSecret::from_kept(opened.expose_secret()).map_err(|e| secret(&e))
}
