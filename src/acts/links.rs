//! One-time links: made within an act, known as a hash from then on, and used once.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};

use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author};
use crate::domain::id::PersonId;
use crate::domain::one_time_link::{Enclosed, LinkKind};
use crate::domain::person::Person;
use crate::identity::link_token::LinkToken;
use crate::identity::sealed::Place;
use crate::store::one_time_links::{self, KeptToken};
use crate::store::{StoreError, Tx, people};

/// Whose link this is, if it can still be used. Looking uses nothing up: what scans mails opens links, too.
///
/// # Errors
/// [`ActError::LinkGone`], whether it was used, is too old, or was never made.
pub async fn whose(lockbox: &Lockbox, kind: LinkKind, token: &str) -> Result<Person, ActError> {
    let hash = LinkToken::parse(token)
        .map_err(|_| ActError::LinkGone)?
        .hash();
    let now = lockbox.store.clock().now();
    let found: Result<_, StoreError> = lockbox
        .reading(
            move |conn| match one_time_links::whose(conn, kind, &hash, now)? {
                Some(person) => people::by_id(conn, person),
                None => Ok(None),
            },
        )
        .await;
    found?
        .filter(|person| person.removed.is_none())
        .ok_or(ActError::LinkGone)
}

/// The token of the link that a letter encloses, to be sent with it; nothing once a newer one was made, or this one was
/// used or is too old.
///
/// # Errors
/// When the store does not answer or the token does not open.
pub fn token_of(lockbox: &Lockbox, enclosed: &Enclosed) -> Result<Option<SecretString>, ActError> {
    let now = lockbox.store.clock().now();
    let kept = lockbox
        .store
        .read(|conn| one_time_links::enclosed(conn, enclosed, now))?;
    let Some(kept) = kept else {
        return Ok(None);
    };
    let secret = |e: &dyn std::fmt::Display| ActError::Secret(e.to_string());
    let opened = lockbox
        .secret_key
        .open(&place(&kept.sha256), &kept.sealed)
        .map_err(|e| secret(&e))?;
    let text = std::str::from_utf8(opened.expose_secret()).map_err(|e| secret(&e))?;
    Ok(Some(text.into()))
}

/// Makes a person's link, in place of the one of the same kind before. It goes with the letter of the act's fact.
pub(super) fn make(
    lockbox: &Lockbox,
    tx: &mut Tx<'_>,
    person: PersonId,
    kind: LinkKind,
) -> Result<(), ActError> {
    let KeptToken { sha256, sealed } = new_token(lockbox)?;
    one_time_links::make(tx, person, kind, sha256, Some(sealed))?;
    Ok(())
}

/// The same, by which nobody comes in: its token is forgotten at once, so that the letter of the act's fact is not sent, as
/// if a newer link had taken its place. The same work is done.
pub(super) fn make_unread(
    lockbox: &Lockbox,
    tx: &mut Tx<'_>,
    person: PersonId,
    kind: LinkKind,
) -> Result<(), ActError> {
    let KeptToken { sha256, .. } = new_token(lockbox)?;
    one_time_links::make(tx, person, kind, sha256, None)?;
    Ok(())
}

fn new_token(lockbox: &Lockbox) -> Result<KeptToken, ActError> {
    let token = LinkToken::from_random(lockbox.entropy.bytes());
    let sha256 = token.hash().to_vec();
    let sealed = lockbox
        .secret_key
        .seal(
            &place(&sha256),
            lockbox.entropy.bytes(),
            token.expose().as_bytes(),
        )
        .map_err(|e| ActError::Secret(e.to_string()))?;
    Ok(KeptToken { sha256, sealed })
}

/// Uses a person's link up, or fails: of several who come by it at once, one gets in.
pub(super) fn use_up(
    tx: &mut Tx<'_>,
    person: PersonId,
    kind: LinkKind,
    token: &LinkToken,
) -> Result<(), ActError> {
    if one_time_links::use_up(tx, person, kind, &token.hash())? {
        Ok(())
    } else {
        Err(ActError::LinkGone)
    }
}

/// Somebody who came by a link: they have proved nothing else.
pub(super) fn author(person: &Person, source: Option<IpAddr>) -> Author {
    Author {
        actor: Actor::of(person),
        source,
        proof: None,
    }
}

/// Where a link's token is kept until it is sent.
pub(super) fn place(sha256: &[u8]) -> Place<'_> {
    Place {
        table: "one_time_links",
        column: "sealed",
        row: sha256,
    }
}
