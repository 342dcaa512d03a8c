//! Signing in with an identity provider: sending the browser there, and believing what it brings back.

use std::fmt;
use std::net::IpAddr;

use metrics::counter;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::{note_test, open_secret};
use crate::acts::people::{after, follow_groups};
use crate::acts::sign_in::SignedIn;
use crate::acts::{ActError, Lockbox, joined_elsewhere};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::id::{PersonId, SignOnId};
use crate::domain::person::{Person, Side};
use crate::domain::single_sign_on::{IdentityLink, SignOn};
use crate::domain::tenant::Tenant;
use crate::domain::text::{Line, SubjectId};
use crate::domain::time::Moment;
use crate::identity::oidc::OidcError;
use crate::identity::oidc::attempt::{Answer, Attempt, Proof};
use crate::identity::oidc::exchange::{self, Client, Tokens};
use crate::identity::oidc::id_token::{self, Claims, Expected};
use crate::identity::oidc::provider::IdentityProvider;
use crate::identity::sealed::Place;
use crate::store::conn::Conn;
use crate::store::{Facts, StoreError, Tx, identity_links, one_time_links, people, single_sign_on};

/// Why nobody was signed in. Visitors read none of it but that it did not work.
#[derive(Debug, thiserror::Error)]
pub enum SignOnError {
    /// This side has none, or no such side is there.
    #[error("there is no single sign-on here")]
    NotThere,
    /// The browser brought an answer and no attempt.
    #[error("the answer is to no attempt of this browser")]
    NoAttempt,
    /// The setting is another than when it began.
    #[error("the setting was changed meanwhile")]
    Changed,
    /// The answer was used before.
    #[error("the answer was used before")]
    Used,
    /// What the identity provider says is not to be believed.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// The first time, a person is found by an address that is verified.
    #[error(
        "the identity provider names no mail address, or does not say that it is verified (email, email_verified)"
    )]
    NoAddress,
    /// Nobody of this side is meant.
    #[error("nobody who was added here has the mail address that the identity provider names")]
    Stranger,
    /// A test comes to whoever tries.
    #[error("the identity provider names somebody else than you")]
    NotOneself,
    /// They were invited, and somebody else who is here has their address. No page says so: an identity provider vouches
    /// for whatever address it likes, and its side would learn who is elsewhere.
    #[error("the mail address belongs to an account in another organisation of this deployment")]
    JoinedElsewhere,
    /// They showed what is theirs and do not come in by it: while single sign-on is on, it is their only way in. Said to
    /// nobody before their first factor was right.
    #[error("their organisation signs in with single sign-on")]
    OnlyWayIn(Option<Box<Tenant>>),
    /// The identity provider calls them otherwise than before.
    #[error("the person is known by another subject of this identity provider")]
    OtherSubject,
    /// The subject is another person's.
    #[error("the subject is another person's of this deployment")]
    TakenSubject,
    /// Something of ours.
    #[error(transparent)]
    Act(#[from] ActError),
}

impl From<StoreError> for SignOnError {
    fn from(error: StoreError) -> Self {
        Self::Act(error.into())
    }
}

impl From<diesel::result::Error> for SignOnError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Act(error.into())
    }
}

/// What an attempt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To sign in, proving anew who one is.
    Anew,
    /// To try a setting; signs nobody in.
    Test,
}

/// What the browser keeps of an attempt, sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    setting: SignOnId,
    attempt: Attempt,
    /// What it is for.
    pub purpose: Purpose,
    /// Where to go on to.
    pub next: String,
}

/// An attempt that has begun.
pub struct Begun {
    /// Where the browser goes.
    pub address: Url,
    /// What it keeps.
    pub sealed: Vec<u8>,
}

/// Somebody whom an identity provider vouches for.
#[derive(Debug, Clone)]
pub struct SignedOn {
    /// Who.
    pub person: PersonId,
    /// How they are known there.
    pub link: IdentityLink,
    /// When they showed a second factor there, if the identity provider says that they did.
    pub second_factor_at: Option<Moment>,
    /// Where to go on to.
    pub next: String,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun(…)")
    }
}

impl Purpose {
    const fn proof(self) -> Proof {
        match self {
            Self::Anew => Proof::Anew,
            Self::SignIn | Self::Test => Proof::Remembered,
        }
    }
}

impl Kept {
    /// Opens what a browser kept.
    ///
    /// # Errors
    /// [`SignOnError::NoAttempt`] for anything that was not sealed for this side.
    pub fn open(lockbox: &Lockbox, side: Side, sealed: &[u8]) -> Result<Self, SignOnError> {
        let opened = lockbox
            .secret_key
            .open(&attempt_place(&Log::of(side).id()), sealed)
            .map_err(|_| SignOnError::NoAttempt)?;
        serde_json::from_slice(opened.expose_secret()).map_err(|_| SignOnError::NoAttempt)
    }
}

/// Begins an attempt to sign in at a side's identity provider. Nothing is written anywhere.
///
/// # Errors
/// [`SignOnError::NotThere`] where nothing signs in, and [`OidcError`] where the identity provider does not answer.
pub async fn begin(
    lockbox: &Lockbox,
    side: Side,
    way_back: &Url,
    purpose: Purpose,
    next: &str,
) -> Result<Begun, SignOnError> {
    let (sign_on, _) = found(lockbox, side, purpose).await?;
    let setting = &sign_on.setting;
    let now = lockbox.store.clock().now();
    if purpose == Purpose::Test {
        lockbox.identity_providers.forget(&setting.issuer);
    }
    let provider = lockbox
        .identity_providers
        .provider(&setting.issuer, now)
        .await?;
    let attempt = Attempt::from_random(&lockbox.entropy.bytes(), now);
    let (client, proof) = (setting.client_id.as_str(), purpose.proof());
    let address = attempt.address(&provider, client, way_back, proof);
    let kept = Kept {
        setting: setting.id,
        attempt,
        purpose,
        next: next.to_owned(),
    };
    let plain = serde_json::to_vec(&kept).map_err(StoreError::from)?;
    let sealed = lockbox
        .secret_key
        .seal(
            &attempt_place(&Log::of(side).id()),
            lockbox.entropy.bytes(),
            &plain,
        )
        .map_err(|e| ActError::Secret(e.to_string()))?;
    Ok(Begun { address, sealed })
}

/// Signs somebody in by what their browser brought back. Nobody is added by it.
///
/// # Errors
/// [`SignOnError`]; nobody is signed in then.
pub async fn finish(
    lockbox: &Lockbox,
    side: Side,
    way_back: Url,
    kept: Kept,
    answer: Answer,
    source: Option<IpAddr>,
) -> Result<SignedOn, SignOnError> {
    let done = signed_on(lockbox, side, way_back, kept, answer, source).await;
    if let Err(error) = &done {
        counter!("lockbox_sign_ins_failed_total", "factor" => "single_sign_on").increment(1);
        tracing::warn!(%error, "single sign-on signed nobody in");
    }
    done
}

/// Tries a setting by what the browser of the administrator brought back. It must come to that administrator, so that
/// nobody turns on what signs them in as somebody else.
///
/// # Errors
/// [`SignOnError`]; the setting is not tested then.
pub async fn test(
    lockbox: &Lockbox,
    by: &SignedIn,
    way_back: Url,
    kept: Kept,
    answer: Answer,
) -> Result<(), SignOnError> {
    let side = by.person.side;
    let (sign_on, claims) = believed(lockbox, side, way_back, &kept, answer).await?;
    let (by, setting) = (by.clone(), sign_on.setting.id);
    lockbox
        .acting(move |lockbox| {
            let found = lockbox
                .store
                .read(|conn| meant(conn, &sign_on, &claims).map(|(person, _)| person))?;
            if found.id != by.person.id {
                return Err(SignOnError::NotOneself);
            }
            Ok(note_test(lockbox, &by, setting)?)
        })
        .await
}

async fn signed_on(
    lockbox: &Lockbox,
    side: Side,
    way_back: Url,
    kept: Kept,
    answer: Answer,
    source: Option<IpAddr>,
) -> Result<SignedOn, SignOnError> {
    let (sign_on, claims) = believed(lockbox, side, way_back, &kept, answer).await?;
    let second_factor_at = second_factor_at(&sign_on, &claims);
    let link = lockbox
        .acting(move |lockbox| {
            let link = matched(lockbox, &sign_on, &claims, source)?;
            if let Some(groups) = &sign_on.setting.groups {
                let given = groups.given(&claims.groups(groups.claim.as_str())?);
                follow_groups(lockbox, link.person, &sign_on, groups, &given)?;
            }
            Ok::<_, SignOnError>(link)
        })
        .await?;
    Ok(SignedOn {
        person: link.person,
        link,
        second_factor_at,
        next: kept.next,
    })
}

/// What the identity provider says of somebody, once every reason not to believe it is excluded.
async fn believed(
    lockbox: &Lockbox,
    side: Side,
    way_back: Url,
    kept: &Kept,
    answer: Answer,
) -> Result<(SignOn, Claims), SignOnError> {
    let (sign_on, sealed) = found(lockbox, side, kept.purpose).await?;
    let setting = &sign_on.setting;
    if setting.id != kept.setting {
        return Err(SignOnError::Changed);
    }
    let now = lockbox.store.clock().now();
    let directory = &lockbox.identity_providers;
    let provider = directory.provider(&setting.issuer, now).await?;
    let code = kept.attempt.code(answer, &provider, now)?;
    let state = kept.attempt.used_as();
    let first = lockbox
        .acting(move |lockbox| lockbox.store.keep(|keep| keep.use_sign_on(state, now)))
        .await
        .map_err(|error: StoreError| error)?;
    if !first {
        return Err(SignOnError::Used);
    }
    let client = Client {
        id: setting.client_id.to_string(),
        secret: open_secret(lockbox, &setting.id, &sealed)?,
        way_back,
    };
    let fetcher = directory.fetcher();
    let tokens = exchange::redeem(fetcher, &provider, &client, &kept.attempt, &code).await?;
    let mut claims = read(lockbox, &sign_on, &provider, kept, &tokens).await?;
    let groups = setting.groups.as_ref();
    let lacks_groups = groups.is_some_and(|groups| !claims.says(groups.claim.as_str()));
    if let Some(userinfo) = &provider.userinfo_endpoint
        && (!claims.says("email") || lacks_groups)
    {
        claims.learn(exchange::more(fetcher, &setting.issuer, userinfo, &tokens).await?)?;
    }
    Ok((sign_on, claims))
}

/// Reads the ID token, asking for the keys anew when it is signed with one that is not known yet.
async fn read(
    lockbox: &Lockbox,
    sign_on: &SignOn,
    provider: &IdentityProvider,
    kept: &Kept,
    tokens: &Tokens,
) -> Result<Claims, OidcError> {
    let now = lockbox.store.clock().now();
    let expected = Expected {
        issuer: &provider.issuer,
        client_id: sign_on.setting.client_id.as_str(),
        nonce: kept.attempt.nonce(),
        proof_since: kept.attempt.proof_since(kept.purpose.proof()),
        now,
    };
    let keys = lockbox.identity_providers.keys(provider, now).await?;
    match id_token::read(&tokens.id_token, &keys, &expected) {
        Err(OidcError::UnknownKey) => {}
        read => return read,
    }
    let newer = lockbox
        .identity_providers
        .newer_keys(provider, now)
        .await?
        .ok_or(OidcError::UnknownKey)?;
    id_token::read(&tokens.id_token, &newer, &expected)
}

async fn found(
    lockbox: &Lockbox,
    side: Side,
    purpose: Purpose,
) -> Result<(SignOn, Vec<u8>), SignOnError> {
    let found = lockbox
        .reading(move |conn| single_sign_on::of(conn, side))
        .await?;
    found
        .filter(|(sign_on, _)| sign_on.is_on() || purpose == Purpose::Test)
        .ok_or(SignOnError::NotThere)
}

/// The person who is meant, linked the first time.
fn matched(
    lockbox: &Lockbox,
    sign_on: &SignOn,
    claims: &Claims,
    source: Option<IpAddr>,
) -> Result<IdentityLink, SignOnError> {
    let (person, known) = lockbox.store.read(|conn| {
        // The identity provider may have taken its time, and somebody turned it off meanwhile.
        still_on(conn, sign_on)?;
        meant(conn, sign_on, claims)
    })?;
    if let Some(link) = known.filter(|_| person.joined.is_some()) {
        return Ok(link);
    }
    link(lockbox, sign_on, person.id, &claims.subject, source)
}

/// Believes from now on that this subject is this person.
pub(in crate::acts) fn link(
    lockbox: &Lockbox,
    sign_on: &SignOn,
    person: PersonId,
    subject: &SubjectId,
    source: Option<IpAddr>,
) -> Result<IdentityLink, SignOnError> {
    let person = lockbox
        .store
        .read(|conn| people::by_id(conn, person))?
        .ok_or(SignOnError::Stranger)?;
    let author = Author {
        actor: Actor::of(&person),
        source,
        proof: None,
    };
    lockbox.store.write(Log::of(sign_on.side), &author, |tx| {
        // Once more under the log: somebody may have been linked, or gone, a moment ago.
        still_on(tx.conn(), sign_on)?;
        let issuer = &sign_on.setting.issuer;
        let person = may_become(tx.conn(), sign_on, person.id, subject)?;
        let joined = join(tx, &person, &author).map_err(|error| match joined_elsewhere(error) {
            ActError::JoinedElsewhere => SignOnError::JoinedElsewhere,
            other => other.into(),
        })?;
        let link = IdentityLink {
            person: person.id,
            issuer: issuer.clone(),
            subject: subject.clone(),
            since: tx.now(),
        };
        identity_links::link(tx, &link).map_err(|error| {
            if error.is_unique_violation() {
                SignOnError::TakenSubject
            } else {
                error.into()
            }
        })?;
        let fact = Fact::PersonLinked {
            person: link.person,
            issuer: link.issuer.clone(),
            subject: link.subject.clone(),
        };
        let facts = joined.map_or_else(
            || Facts::one(fact.clone()),
            |joined| Facts::one(joined).and(fact.clone()),
        );
        Ok((link, facts))
    })
}

/// Somebody who was invited has come by it: they need no invitation any more.
fn join(tx: &mut Tx<'_>, person: &Person, by: &Author) -> Result<Option<Fact>, ActError> {
    if person.joined.is_some() {
        return Ok(None);
    }
    let fact = Fact::PersonJoined {
        person: person.id,
        name: person.name.clone(),
        password_sha256: None,
        second_factor_sha256: None,
    };
    after(tx, person, &fact, &by.actor)?;
    one_time_links::end_all(tx, person.id)?;
    Ok(Some(fact))
}

fn still_on(conn: &mut Conn, sign_on: &SignOn) -> Result<(), SignOnError> {
    match single_sign_on::of(conn, sign_on.side)? {
        Some((now, _)) if now.is_on() && now.setting.id == sign_on.setting.id => Ok(()),
        _ => Err(SignOnError::Changed),
    }
}

/// Who is meant: by the subject, and the first time by the address; always somebody of this side.
fn meant(
    conn: &mut Conn,
    sign_on: &SignOn,
    claims: &Claims,
) -> Result<(Person, Option<IdentityLink>), SignOnError> {
    let issuer = &sign_on.setting.issuer;
    if let Some(link) = identity_links::by_subject(conn, issuer, &claims.subject)? {
        let person = people::by_id(conn, link.person)?;
        let person = person.filter(|person| person.side == sign_on.side);
        let person = person.filter(|person| person.removed.is_none());
        return person
            .map(|person| (person, Some(link)))
            .ok_or(SignOnError::TakenSubject);
    }
    let email = claims.verified_email().ok_or(SignOnError::NoAddress)?;
    let person = people::of_side_by_email(conn, sign_on.side, &email)?;
    let person = person.ok_or(SignOnError::Stranger)?;
    let person = may_become(conn, sign_on, person.id, &claims.subject)?;
    Ok((person, None))
}

/// Somebody of this side whom this identity provider calls nothing else yet.
fn may_become(
    conn: &mut Conn,
    sign_on: &SignOn,
    person: PersonId,
    subject: &SubjectId,
) -> Result<Person, SignOnError> {
    let person = people::by_id(conn, person)?
        .filter(|person| person.side == sign_on.side && person.removed.is_none())
        .ok_or(SignOnError::Stranger)?;
    let known = identity_links::of_person(conn, person.id)?;
    let issuer = &sign_on.setting.issuer;
    // What another identity provider called them, which signs in nobody any more, gives way.
    if known.is_some_and(|link| link.issuer == *issuer && link.subject != *subject) {
        return Err(SignOnError::OtherSubject);
    }
    Ok(person)
}

/// When a second factor was shown, if one was.
fn second_factor_at(sign_on: &SignOn, claims: &Claims) -> Option<Moment> {
    let strong: Vec<&str> = sign_on.setting.strong.iter().map(Line::as_str).collect();
    claims
        .has_second_factor(&strong)
        .then_some(claims.auth_time)
}

/// What an attempt is sealed for: a browser, and one side.
fn attempt_place(log: &Uuid) -> Place<'_> {
    Place {
        table: "single_sign_on",
        column: "attempt",
        row: log.as_bytes(),
    }
}
