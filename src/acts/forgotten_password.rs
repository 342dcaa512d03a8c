//! Forgotten passwords. At the door everybody gets the same answer for the same work; whether an address is anybody's is
//! asked by the night shift, which writes to those it is.

use std::net::IpAddr;

use chrono::TimeDelta;
use secrecy::SecretString;

use super::sign_in::new_password;
use super::single_sign_on::only_way_in;
use super::tries::{self, Origin};
use super::{ActError, Lockbox, links};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::one_time_link::LinkKind;
use crate::domain::rights::Denied;
use crate::domain::text::EmailAddress;
use crate::identity::link_token::LinkToken;
use crate::store::{self, Facts, Stored, credentials, one_time_links, people};

/// Addresses seen to in one go.
const AT_ONCE: i64 = 100;
/// Who was written to so lately is not written to again.
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(5);

/// Notes that somebody says they forgot the password of this address, unless it was said too often lately: by this browser,
/// or by browsers that are not known.
///
/// # Errors
/// When the store does not answer.
pub fn note(lockbox: &Lockbox, email: &str, from: &Origin) -> Result<(), ActError> {
    // What is no address is nobody's.
    let Ok(email) = EmailAddress::parse(email) else {
        return Ok(());
    };
    let now = lockbox.store.clock().now();
    let asked = tries::of_forgotten_password(lockbox, &email, from)?;
    let spent = lockbox
        .store
        .read(|conn| store::tries::spent(conn, &asked, now))?;
    if spent.is_some() {
        tracing::warn!("forgotten passwords were said too often; one was not noted");
        return Ok(());
    }
    lockbox.store.keep(|books| {
        if books.take_tries(&asked, now)?.is_none() {
            books.note_forgotten_password(&email, now)?;
        }
        Stored::Ok(())
    })?;
    Ok(())
}

/// Writes to those whose passwords are forgotten; says how many addresses were seen to.
///
/// # Errors
/// When the store does not answer.
pub fn see_to(lockbox: &Lockbox) -> Result<usize, ActError> {
    let addresses = lockbox
        .store
        .keep(|books| books.take_forgotten_passwords(AT_ONCE))?;
    for email in &addresses {
        write_to(lockbox, email)?;
    }
    Ok(addresses.len())
}

fn write_to(lockbox: &Lockbox, email: &EmailAddress) -> Result<(), ActError> {
    let kind = LinkKind::PasswordReset;
    let now = lockbox.store.clock().now();
    let found = lockbox.store.read(|conn| {
        let Some(person) = people::by_email(conn, email)? else {
            return Stored::Ok(None);
        };
        let has_password = credentials::password(conn, person.id)?.is_some();
        let made = one_time_links::times(conn, person.id, kind)?.map(|(made, _)| made);
        let lately = made.is_some_and(|made| now - made < AGAIN_AFTER);
        Ok(Some(person).filter(|_| has_password && !lately))
    })?;
    let Some(person) = found else {
        return Ok(());
    };
    let author = Author::local(Actor::System);
    lockbox.store.write(Log::of(person.side), &author, |tx| {
        let person = people::by_id(tx.conn(), person.id)?.ok_or(Denied::NotThere)?;
        let issuer = only_way_in(tx.conn(), &person)?;
        // Whom a password does not let in gets no link to choose one, and not more mails than others.
        if issuer.is_some() {
            links::make_unread(lockbox, tx, person.id, kind)?;
        } else {
            links::make(lockbox, tx, person.id, kind)?;
        }
        let fact = Fact::PasswordForgotten {
            person: person.id,
            name: person.name.clone(),
            issuer,
        };
        super::people::after(tx, &person, &fact, &author.actor)?;
        Ok(((), Facts::one(fact)))
    })
}

/// Chooses another password by a link, which is used up by it. Every session of the person ends, and no browser is known
/// any more.
///
/// # Errors
/// [`ActError::LinkGone`], and [`ActError::Unfit`] for a password that is not taken. Nothing is used up then.
pub async fn reset(
    lockbox: &Lockbox,
    token: &str,
    source: Option<IpAddr>,
    password: SecretString,
) -> Result<(), ActError> {
    let kind = LinkKind::PasswordReset;
    let person = links::whose(lockbox, kind, token).await?;
    let password = new_password(password, &[person.name.as_str(), person.email.as_str()])
        .map_err(|flaw| ActError::Unfit(vec![flaw]))?;
    let hash = lockbox.hash(&password).await?;
    let token = LinkToken::parse(token).map_err(|_| ActError::LinkGone)?;
    let author = links::author(&person, source);
    lockbox
        .acting(move |lockbox| {
            lockbox.store.write(Log::of(person.side), &author, |tx| {
                links::use_up(tx, person.id, kind, &token)?;
                let person = people::by_id(tx.conn(), person.id)?.ok_or(Denied::NotThere)?;
                credentials::set_password(tx, person.id, &hash)?;
                let fact = Fact::PasswordReset {
                    person: person.id,
                    name: person.name.clone(),
                    password_sha256: sha256_hex(hash.as_bytes()),
                };
                super::people::after(tx, &person, &fact, &author.actor)?;
                tx.books().end_sessions_of(person.id, None)?;
                tx.books().forget_devices_of(person.id)?;
                Ok(((), Facts::one(fact)))
            })
        })
        .await
}
