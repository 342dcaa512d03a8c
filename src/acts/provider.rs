//! Who acts for the provider: an operator at the command line, or one of its people, whose rights are asked.

use super::ActError;
use super::sign_in::Fresh;
use crate::domain::audit::entry::{Actor, Author};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::store::{Tx, people};

/// Somebody who acts for the provider.
#[derive(Clone, Copy)]
pub enum ForProvider<'a> {
    /// Whoever has the deployment's files and keys: no roles are asked.
    Operator(&'a Author),
    /// One of the provider's people, with a fresh second factor.
    Person(&'a Fresh),
}

impl<'a> From<&'a Author> for ForProvider<'a> {
    fn from(operator: &'a Author) -> Self {
        Self::Operator(operator)
    }
}

impl<'a> From<&'a Fresh> for ForProvider<'a> {
    fn from(person: &'a Fresh) -> Self {
        Self::Person(person)
    }
}

impl ForProvider<'_> {
    /// Who stands in the log.
    #[must_use]
    pub fn author(&self) -> Author {
        match self {
            Self::Operator(author) => (*author).clone(),
            Self::Person(fresh) => fresh.author(),
        }
    }

    /// Refuses a person whose roles do not allow it, as they are within this transaction, and whoever only says to be an
    /// operator.
    pub(super) fn may(&self, tx: &mut Tx<'_>, act: Act) -> Result<(), ActError> {
        match self {
            Self::Person(fresh) => {
                let who = people::by_id(tx.conn(), fresh.person.id)?.ok_or(Denied::NotThere)?;
                Ok(may(&who, act, Subject::Provider)?)
            }
            Self::Operator(author) if matches!(author.actor, Actor::Operator { .. }) => Ok(()),
            Self::Operator(_) => Err(Denied::NoRole.into()),
        }
    }
}
