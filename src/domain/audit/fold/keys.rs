//! API keys: how they are issued and revoked.

use std::collections::BTreeSet;

use super::{Fold, Kind, KnownKey, Misfit};
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::fact::Fact;
use crate::domain::key::ApiKey;

impl Fold {
    /// Folds a fact about a key of this log's side.
    pub(super) fn key(&mut self, entry: &Entry) -> Result<(), Misfit> {
        let fact = &entry.fact;
        match fact {
            Fact::ApiKeyIssued { key, secret_sha256 } => {
                self.make(Kind::ApiKey, key.id.0)?;
                let known = KnownKey {
                    key: key.clone(),
                    secret_sha256: secret_sha256.clone(),
                    revoked_at: None,
                };
                self.keys.insert(key.id, known);
                self.reaches(key)?;
                if key.made_by != entry.author.actor.person() {
                    return Err(Misfit::Key(fact.act(), key.id));
                }
                key.owner
                    .map_or(Ok(()), |owner| self.own(Kind::Person, owner.0))
            }
            Fact::ApiKeyRevoked { key, .. } => {
                self.own(Kind::ApiKey, key.0)?;
                let wrong = Misfit::Key(fact.act(), *key);
                let known = self.keys.get_mut(key).ok_or(wrong.clone())?;
                match known.revoked_at.replace(entry.at) {
                    None => Ok(()),
                    Some(_) => Err(wrong),
                }
            }
            other => Err(Misfit::WrongLog(other.act())),
        }
    }

    /// A tenant's own key reads what is the tenant's and nothing else; the provider's is bound to what there is.
    fn reaches(&self, key: &ApiKey) -> Result<(), Misfit> {
        let fits = match self.log {
            Log::Provider => key.tenant.is_none(),
            Log::Tenant(tenant) => {
                key.tenant == Some(tenant)
                    && key.bounds.tenants == BTreeSet::from([tenant])
                    && key.scopes.iter().all(|scope| scope.only_reads())
            }
        };
        if !fits {
            return Err(Misfit::Key("api_key.issued", key.id));
        }
        for tenant in &key.bounds.tenants {
            self.providers_own(Kind::Tenant, tenant.0)?;
        }
        for service in &key.bounds.services {
            self.providers_own(Kind::Service, service.0)?;
        }
        Ok(())
    }
}
