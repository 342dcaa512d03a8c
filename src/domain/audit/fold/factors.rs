//! What people have besides a password and an authenticator app: passkeys and recovery codes.

use std::collections::BTreeMap;

use super::{Fold, Kind, Misfit};
use crate::domain::audit::entry::Entry;
use crate::domain::fact::Fact;
use crate::domain::id::PasskeyId;
use crate::domain::text::Line;
use crate::domain::time::Moment;

/// The passkeys and recovery codes of a person, as the facts make them. Digests stand for what is stored of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownFactors {
    /// The passkeys by id.
    pub passkeys: BTreeMap<PasskeyId, KnownPasskey>,
    /// SHA-256 of what is stored of each code, in hex, and since when it is.
    pub codes: BTreeMap<String, Moment>,
}

/// A passkey as the facts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPasskey {
    /// What its owner calls it.
    pub called: Line,
    /// SHA-256 of the stored credential and its id, in hex.
    pub credential_sha256: String,
    /// Since when they have it.
    pub since: Moment,
}

impl Fold {
    /// Folds a fact about what a person has for themselves: nobody else gives it to them or takes it away so.
    pub(super) fn factors(&mut self, entry: &Entry) -> Result<(), Misfit> {
        let fact = &entry.fact;
        let id = fact.owner_of_factor().ok_or(Misfit::WrongLog(fact.act()))?;
        if let Fact::PasskeyAdded { passkey, .. } = fact {
            self.make(Kind::Passkey, passkey.id.0)?;
        }
        self.own(Kind::Person, id.0)?;
        let unknown = Misfit::Unknown(Kind::Person, id.0);
        let known = self.people.get_mut(&id).ok_or(unknown)?;
        let fits = entry.author.actor.person() == Some(id) && known.factors.apply(fact, entry.at);
        if fits {
            Ok(())
        } else {
            Err(Misfit::Factors(fact.act(), id))
        }
    }
}

impl KnownFactors {
    /// Takes the fact in; false when it cannot follow.
    fn apply(&mut self, fact: &Fact, at: Moment) -> bool {
        match fact {
            Fact::PasskeyAdded {
                passkey,
                credential_sha256,
            } => {
                let known = KnownPasskey {
                    called: passkey.called.clone(),
                    credential_sha256: credential_sha256.clone(),
                    since: at,
                };
                self.passkeys.insert(passkey.id, known).is_none()
            }
            Fact::PasskeyRenamed(passkey) => match self.passkeys.get_mut(&passkey.id) {
                Some(known) => {
                    known.called.clone_from(&passkey.called);
                    true
                }
                None => false,
            },
            Fact::PasskeyRemoved(passkey) => self.passkeys.remove(&passkey.id).is_some(),
            Fact::PasskeyDoubted(passkey) => self.passkeys.contains_key(&passkey.id),
            Fact::RecoveryCodesMade { codes, .. } => {
                self.codes = codes.iter().map(|code| (code.clone(), at)).collect();
                self.codes.len() == codes.len()
            }
            Fact::RecoveryCodeUsed { code, left, .. } => {
                self.codes.remove(code).is_some() && self.codes.len() == usize::from(*left)
            }
            _ => false,
        }
    }
}
