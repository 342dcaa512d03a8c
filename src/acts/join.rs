//! Coming by an invitation: a password, an authenticator app, and one is there. Who came by single sign-on alone and was
//! invited again gains both, and stays who they are.
//!
//! Of all who are here, a mail address is one person's. Several sides may invite the same address; whoever reads its mail
//! comes to one of them, and is told by the links of the others why they lead nowhere. Whoever invited is not told. Who was
//! removed is not here, and their address is free for another side; invited back, they come like anybody.

use std::net::IpAddr;

use secrecy::SecretString;

use super::authenticator::{self, Answer};
use super::people::may_be_invited_again;
use super::sign_in::new_password;
use super::{ActError, Lockbox, joined_elsewhere, links};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::id::PersonId;
use crate::domain::one_time_link::LinkKind;
use crate::domain::person::Person;
use crate::domain::rights::Denied;
use crate::domain::second_factor::SecondFactor;
use crate::domain::tenant::Tenant;
use crate::identity::link_token::LinkToken;
use crate::store::{Facts, StoreError, Tx, credentials, people, tenants};

/// What somebody chose who comes by an invitation.
pub struct Joining {
    /// Their password.
    pub password: SecretString,
    /// Their authenticator app.
    pub app: Answer,
}

/// Whose invitation this is, if they can come by it. Looking uses nothing up.
///
/// # Errors
/// [`ActError::LinkGone`], and [`ActError::JoinedElsewhere`] while somebody else is here with the address.
pub async fn invited(lockbox: &Lockbox, token: &str) -> Result<Person, ActError> {
    let person = links::whose(lockbox, LinkKind::Invitation, token).await?;
    let email = person.email.clone();
    let here: Result<_, StoreError> = lockbox
        .reading(move |conn| people::by_email(conn, &email))
        .await;
    if here?.is_some_and(|here| here.id != person.id) {
        return Err(ActError::JoinedElsewhere);
    }
    Ok(person)
}

/// The tenant that an invited person is of; none for the provider's people.
///
/// # Errors
/// When the store does not answer.
pub async fn tenant_of(lockbox: &Lockbox, person: &Person) -> Result<Option<Tenant>, ActError> {
    let Some(id) = person.tenant() else {
        return Ok(None);
    };
    let found: Result<_, StoreError> = lockbox.reading(move |conn| tenants::by_id(conn, id)).await;
    Ok(found?)
}

/// Comes by an invitation, which is used up by it; says who came and with which second factor.
///
/// # Errors
/// [`ActError::LinkGone`], [`ActError::JoinedElsewhere`], and [`ActError::Unfit`] with all that is wrong with what was
/// chosen. Nothing is used up then.
pub async fn join(
    lockbox: &Lockbox,
    token: &str,
    source: Option<IpAddr>,
    joining: Joining,
) -> Result<(PersonId, SecondFactor), ActError> {
    let person = invited(lockbox, token).await?;
    let organisation = tenant_of(lockbox, &person).await?;
    let about = [
        person.name.as_str(),
        person.email.as_str(),
        organisation
            .as_ref()
            .map_or("", |tenant| tenant.name.as_str()),
    ];
    let (password, app) = (
        new_password(joining.password, &about),
        authenticator::prove(lockbox, person.id, &joining.app),
    );
    let (password, app) = match (password, app) {
        (Ok(password), Ok(app)) => (password, app),
        (password, app) => {
            let flaws = [password.err(), app.err()];
            return Err(ActError::Unfit(flaws.into_iter().flatten().collect()));
        }
    };
    let hash = lockbox.hash(&password).await?;
    let token = LinkToken::parse(token).map_err(|_| ActError::LinkGone)?;
    let (id, author) = (person.id, links::author(&person, source));
    lockbox
        .acting(move |lockbox| {
            lockbox.store.write(Log::of(person.side), &author, |tx| {
                links::use_up(tx, id, LinkKind::Invitation, &token)?;
                let person = people::by_id(tx.conn(), id)?.ok_or(Denied::NotThere)?;
                let was_here = person.joined.is_some();
                // Whoever got a way in meanwhile needs none, and keeps what they have.
                if !may_be_invited_again(tx.conn(), &person)? {
                    return Err(ActError::LinkGone);
                }
                credentials::set_password(tx, id, &hash)?;
                let second_factor_sha256 = authenticator::keep(lockbox, tx, &person, &app)?;
                let chosen = Chosen {
                    password_sha256: sha256_hex(hash.as_bytes()),
                    second_factor_sha256,
                };
                let facts = if was_here {
                    chosen.by_who_was_here(tx, &person, &author.actor)?
                } else {
                    chosen.by_who_comes(tx, &person, &author.actor)?
                };
                Ok(((id, SecondFactor::app(tx.now())), facts))
            })
        })
        .await
}

/// The digests of what somebody chose.
struct Chosen {
    password_sha256: String,
    second_factor_sha256: String,
}

impl Chosen {
    fn by_who_comes(self, tx: &mut Tx<'_>, person: &Person, by: &Actor) -> Result<Facts, ActError> {
        let fact = Fact::PersonJoined {
            person: person.id,
            name: person.name.clone(),
            password_sha256: Some(self.password_sha256),
            second_factor_sha256: Some(self.second_factor_sha256),
        };
        super::people::after(tx, person, &fact, by).map_err(joined_elsewhere)?;
        Ok(Facts::one(fact))
    }

    fn by_who_was_here(
        self,
        tx: &mut Tx<'_>,
        person: &Person,
        by: &Actor,
    ) -> Result<Facts, ActError> {
        let password = Fact::PasswordReset {
            person: person.id,
            name: person.name.clone(),
            password_sha256: self.password_sha256,
        };
        let app = Fact::SecondFactorEnrolled {
            person: person.id,
            name: person.name.clone(),
            second_factor_sha256: self.second_factor_sha256,
        };
        let next = super::people::after(tx, person, &password, by)?;
        super::people::after(tx, &next, &app, by)?;
        tx.books().end_sessions_of(person.id, None)?;
        Ok(Facts::one(password).and(app))
    }
}
