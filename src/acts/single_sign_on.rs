//! Single sign-on of a side: setting it, trying it, turning it on and off, and signing in with it.

mod local;
mod sign_in;

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};

pub(super) use local::only_way_in;
pub use local::{come_in_locally, may_come_in_locally};
#[cfg(test)]
pub(super) use sign_in::link;
pub use sign_in::{Begun, Kept, Purpose, SignOnError, SignedOn, begin, finish, test};

use super::people::is_administered_locally;
use super::setting::{may_set, unfit};
use super::sign_in::{Fresh, SignedIn};
use super::{ActError, Flaw, Lockbox, weaken};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::id::SignOnId;
use crate::domain::person::Side;
use crate::domain::rights::{Act, Denied};
use crate::domain::single_sign_on::{GroupRoles, SignOn, SignOnSetting, Stage};
use crate::domain::text::{Issuer, Line};
use crate::identity::sealed::Place;
use crate::store::{Facts, StoreError, Tx, single_sign_on, tenants};

/// The longest client secret, in characters.
pub const SECRET_MAX: usize = 500;

/// What somebody wants it to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The identity provider.
    pub issuer: Issuer,
    /// What this house is called there.
    pub client_id: Line,
    /// What it proves itself with; none keeps the one that is there.
    pub secret: Option<SecretString>,
    /// Which groups give which roles.
    pub groups: Option<GroupRoles>,
    /// The `acr` values that say a second factor was shown.
    pub strong: BTreeSet<Line>,
}

/// Sets a side's single sign-on. It has to be tried before it can be turned on. Whoever sets it gains no role by its
/// groups, until somebody else sets it.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn set(lockbox: &Lockbox, by: &Fresh, wanted: &Wanted) -> Result<(), ActError> {
    let side = by.person.side;
    lockbox.store.write(Log::of(side), &by.author(), |tx| {
        let before = allowed(tx, by)?;
        if before.as_ref().is_some_and(|(before, _)| before.is_on()) {
            return Err(unfit(
                "issuer",
                "Turn single sign-on off before you change it.",
            ));
        }
        if !lockbox.identity_providers.may_ask(&wanted.issuer) {
            let words = "This address is a private one, which this deployment asks nothing of.";
            return Err(unfit("issuer", words));
        }
        if wanted.groups.as_ref().is_some_and(|g| !g.fits(side)) {
            return Err(unfit("groups", "Give roles of your own side."));
        }
        let secret = match wanted.secret.clone() {
            Some(secret) => secret,
            None => kept_secret(lockbox, wanted, before.as_ref())?,
        };
        let setting = SignOnSetting {
            id: SignOnId(lockbox.entropy.uuid(tx.now())),
            issuer: wanted.issuer.clone(),
            client_id: wanted.client_id.clone(),
            groups: wanted.groups.clone(),
            strong: wanted.strong.clone(),
        };
        let sealed = lockbox
            .secret_key
            .seal(
                &secret_place(&setting.id),
                lockbox.entropy.bytes(),
                secret.expose_secret().as_bytes(),
            )
            .map_err(|e| ActError::Secret(e.to_string()))?;
        let fact = Fact::SingleSignOnSet {
            setting,
            secret_sha256: sha256_hex(&sealed),
        };
        if let Side::Tenant(tenant) = side {
            let row = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
            weaken::meets_none(&row, &fact)?;
        }
        let before = before.map(|(before, _)| before);
        let next = after(tx, before, side, &fact)?;
        single_sign_on::set(tx, &next, sealed)?;
        Ok(((), Facts::one(fact)))
    })
}

/// Notes that an administrator signed in with this setting, to try it. Trying it again says nothing new.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub(super) fn note_test(lockbox: &Lockbox, by: &SignedIn, tried: SignOnId) -> Result<(), ActError> {
    let known = lockbox
        .store
        .read(|conn| single_sign_on::of(conn, by.person.side))?;
    let untested = known.is_some_and(|(known, _)| known.stage == Stage::Untested);
    if !untested {
        return Ok(());
    }
    move_on(lockbox, by, |_, sign_on| {
        if sign_on.setting.id != tried {
            let words = "The setting was changed meanwhile. Test it again.";
            return Err(unfit("test", words));
        }
        Ok(Fact::SingleSignOnTested { setting: tried })
    })
}

/// From now on it signs people in; where a tenant wants what weakens its protection to wait, from then on.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn turn_on(lockbox: &Lockbox, by: &Fresh) -> Result<(), ActError> {
    let (author, side) = (by.author(), by.person.side);
    lockbox.store.write(Log::of(side), &author, |tx| {
        let (before, _) = allowed(tx, by)?.ok_or_else(nothing_set)?;
        let fact = turned_on(tx, &before)?;
        if let Some(asked) = weaken::asked_instead(tx, side, &fact, &author.actor)? {
            return Ok(((), Facts::one(asked)));
        }
        let next = after(tx, Some(before), side, &fact)?;
        single_sign_on::save_stage(tx, &next)?;
        Ok(((), Facts::one(fact)))
    })
}

fn turned_on(tx: &mut Tx<'_>, sign_on: &SignOn) -> Result<Fact, ActError> {
    match sign_on.stage {
        Stage::Untested => Err(unfit(
            "test",
            "Test single sign-on first: it is turned on once somebody has signed in with it.",
        )),
        Stage::On { .. } => Err(unfit("switch", "Single sign-on is on already.")),
        Stage::Tested => {
            one_comes_in_locally(tx, sign_on.side)?;
            Ok(Fact::SingleSignOnTurnedOn {
                setting: sign_on.setting.id,
                issuer: sign_on.setting.issuer.clone(),
            })
        }
    }
}

/// Whether what waited can be turned on still: it is what was tried, and somebody comes in without it.
pub(super) fn can_be_turned_on(
    tx: &mut Tx<'_>,
    side: Side,
    setting: SignOnId,
) -> Result<bool, ActError> {
    let known = single_sign_on::of(tx.conn(), side)?;
    let same =
        known.is_some_and(|(known, _)| known.setting.id == setting && known.stage == Stage::Tested);
    Ok(same && is_administered_locally(tx, side)?)
}

/// What an administrator had asked for is done in its time.
pub(super) fn turn_on_in_time(tx: &mut Tx<'_>, side: Side, fact: &Fact) -> Result<(), ActError> {
    let (before, _) = single_sign_on::of(tx.conn(), side)?.ok_or(Denied::NotThere)?;
    let next = after(tx, Some(before), side, fact)?;
    single_sign_on::save_stage(tx, &next)?;
    Ok(())
}

fn nothing_set() -> ActError {
    unfit("issuer", "Set single sign-on first.")
}

/// Somebody can come in without the identity provider: before it is relied on, and when it is relied on no more.
fn one_comes_in_locally(tx: &mut Tx<'_>, side: Side) -> Result<(), ActError> {
    if is_administered_locally(tx, side)? {
        return Ok(());
    }
    let role = side.administrator();
    let words = format!(
        "No {role} has a password, so nobody could come in without the identity provider. Invite a {role} first who chooses one."
    );
    Err(unfit("switch", words))
}

/// From now on it signs nobody in. Whoever it signed in is signed out.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn turn_off(lockbox: &Lockbox, by: &Fresh) -> Result<(), ActError> {
    move_on(lockbox, by, |tx, sign_on| {
        if !sign_on.is_on() {
            return Err(unfit("switch", "Single sign-on is off already."));
        }
        one_comes_in_locally(tx, sign_on.side)?;
        tx.books().end_signed_on_sessions(sign_on.side)?;
        Ok(Fact::SingleSignOnTurnedOff {
            setting: sign_on.setting.id,
            issuer: sign_on.setting.issuer.clone(),
        })
    })
}

/// Puts the same client secret in its place, sealed under another server key.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub(super) fn seal_anew(
    lockbox: &Lockbox,
    by: &Author,
    known: &SignOn,
    sealed: Vec<u8>,
) -> Result<(), ActError> {
    let side = known.side;
    lockbox.store.write(Log::of(side), by, |tx| {
        let before = single_sign_on::of(tx.conn(), side)?.map(|(before, _)| before);
        let fact = Fact::SingleSignOnSealedAnew {
            setting: known.setting.id,
            secret_sha256: sha256_hex(&sealed),
        };
        let next = after(tx, before, side, &fact)?;
        single_sign_on::set(tx, &next, sealed)?;
        Ok(((), Facts::one(fact)))
    })
}

fn move_on(
    lockbox: &Lockbox,
    by: &SignedIn,
    decide: impl FnOnce(&mut Tx<'_>, &SignOn) -> Result<Fact, ActError>,
) -> Result<(), ActError> {
    let side = by.person.side;
    lockbox.store.write(Log::of(side), &by.author(), |tx| {
        let (before, _) = allowed(tx, by)?.ok_or_else(nothing_set)?;
        let fact = decide(tx, &before)?;
        let next = after(tx, Some(before), side, &fact)?;
        single_sign_on::save_stage(tx, &next)?;
        Ok(((), Facts::one(fact)))
    })
}

/// What is set, for somebody who may change it.
fn allowed(tx: &mut Tx<'_>, by: &SignedIn) -> Result<Option<(SignOn, Vec<u8>)>, ActError> {
    let who = may_set(tx, by, Act::SetSingleSignOn)?;
    Ok(single_sign_on::of(tx.conn(), who.side)?)
}

fn after(
    tx: &Tx<'_>,
    before: Option<SignOn>,
    side: Side,
    fact: &Fact,
) -> Result<SignOn, StoreError> {
    SignOn::after(before, side, fact, &tx.author().actor, tx.now())
        .map_err(|e| StoreError::Senseless(e.to_string()))
}

/// The secret that is there goes on being the same client's at the same identity provider, and is never sent to
/// another one.
fn kept_secret(
    lockbox: &Lockbox,
    wanted: &Wanted,
    before: Option<&(SignOn, Vec<u8>)>,
) -> Result<SecretString, ActError> {
    let same = |before: &SignOnSetting| {
        before.issuer == wanted.issuer && before.client_id == wanted.client_id
    };
    match before {
        Some((before, sealed)) if same(&before.setting) => {
            open_secret(lockbox, &before.setting.id, sealed)
        }
        _ => Err(ActError::Unfit(vec![Flaw::of(
            "secret",
            "Enter the client secret that the identity provider gave you.",
        )])),
    }
}

fn open_secret(
    lockbox: &Lockbox,
    setting: &SignOnId,
    sealed: &[u8],
) -> Result<SecretString, ActError> {
    let secret = |e: &dyn std::fmt::Display| ActError::Secret(e.to_string());
    let opened = lockbox
        .secret_key
        .open(&secret_place(setting), sealed)
        .map_err(|e| secret(&e))?;
    let text = str::from_utf8(opened.expose_secret()).map_err(|e| secret(&e))?;
    Ok(text.into())
}

/// Where a client secret is kept: what it is sealed for.
pub(super) fn secret_place(setting: &SignOnId) -> Place<'_> {
    Place {
        table: "single_sign_on",
        column: "client_secret_sealed",
        row: setting.0.as_bytes(),
    }
}
