//! What the night shift needs for a delivery: where it goes and what signs it, and turning a webhook off that takes
//! nothing any more.

use url::Url;

use super::{follow, open_secret};
use crate::acts::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::id::WebhookId;
use crate::domain::rights::Denied;
use crate::domain::time::Moment;
use crate::domain::webhook::Why;
use crate::identity::webhook_secret::WebhookSecret;
use crate::store::{Facts, StoreError, deliveries, webhooks};

/// Where a delivery goes.
pub struct Destination {
    /// The address.
    pub url: Url,
    secrets: Vec<WebhookSecret>,
}

impl Destination {
    /// The header with the signatures of a delivery: the secret's, and as long as it signs, that of the one before it.
    #[must_use]
    pub fn signatures(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let signed = self.secrets.iter();
        let signed = signed.map(|secret| secret.sign(id, seconds, body));
        signed.collect::<Vec<_>>().join(" ")
    }
}

/// Where a webhook is now; nothing where it is off, or gone.
///
/// # Errors
/// When the store does not answer, or a secret does not open.
pub fn destination(
    lockbox: &Lockbox,
    id: WebhookId,
    now: Moment,
) -> Result<Option<Destination>, ActError> {
    let kept = lockbox.store.read(|conn| webhooks::by_id(conn, id))?;
    let Some(kept) = kept.filter(|kept| kept.webhook.is_on()) else {
        return Ok(None);
    };
    let url = kept.webhook.setting.url.to_url();
    let url = url.map_err(|e| StoreError::Senseless(e.to_string()))?;
    let signs = kept.webhook.former.is_some_and(|former| now < former.until);
    let former = kept.former.filter(|_| signs);
    let sealed = [kept.secret].into_iter().chain(former);
    let secrets = sealed.map(|sealed| open_secret(lockbox, &id, &sealed));
    Ok(Some(Destination {
        url,
        secrets: secrets.collect::<Result<_, _>>()?,
    }))
}

/// Whether a webhook's receiver has taken nothing since a delivery was written that is given up now: for longer than
/// the whole of its tries.
///
/// # Errors
/// When the store does not answer.
pub fn gave_nothing_for_days(
    lockbox: &Lockbox,
    id: WebhookId,
    written_at: Moment,
) -> Result<bool, ActError> {
    let last = lockbox
        .store
        .read(|conn| deliveries::last_taken(conn, id))?;
    Ok(last.is_none_or(|last| last < written_at))
}

/// Turns a webhook off because of what its receiver does; those who administer its side are told. One that is off or
/// gone already stays as it is.
///
/// # Errors
/// When the store does not answer.
pub fn disable(lockbox: &Lockbox, id: WebhookId, why: Why) -> Result<(), ActError> {
    let Some(kept) = lockbox.store.read(|conn| webhooks::by_id(conn, id))? else {
        return Ok(());
    };
    let (side, author) = (kept.webhook.side, Author::local(Actor::System));
    let done = lockbox.store.write(Log::of(side), &author, |tx| {
        let before = webhooks::of_side(tx.conn(), side, id)?;
        let before = before.filter(|before| before.webhook.is_on());
        let before = before.ok_or(Denied::NotThere)?;
        let fact = Fact::WebhookDisabled {
            webhook: before.webhook.setting.about(),
            why,
        };
        follow(tx, before, side, &fact)?;
        Ok(((), Facts::one(fact)))
    });
    match done {
        Err(ActError::Denied(Denied::NotThere)) => Ok(()),
        done => done,
    }
}
