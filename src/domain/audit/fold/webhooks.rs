//! Folding what happens to a side's webhooks.

use super::{Fold, Kind, Misfit};
use crate::domain::audit::entry::{Actor, Entry};
use crate::domain::fact::Fact;
use crate::domain::person::Side;
use crate::domain::webhook::{WEBHOOKS_MAX, Webhook};

impl Fold {
    /// A fact of a webhook.
    pub(super) fn webhook(&mut self, side: Side, entry: &Entry) -> Result<(), Misfit> {
        let fact = &entry.fact;
        let wrong = || Misfit::Setting(fact.act());
        match (fact, &entry.author.actor) {
            // Each is brought about by whom it can be brought about, and by nobody else.
            (Fact::WebhookDisabled { .. }, Actor::System)
            | (Fact::WebhookSealedAnew { .. }, Actor::Operator { .. }) => {}
            (Fact::WebhookDisabled { .. } | Fact::WebhookSealedAnew { .. }, _) => {
                return Err(wrong());
            }
            _ => self.set_by_an_administrator(entry)?,
        }
        let id = fact.webhook().ok_or_else(wrong)?;
        if matches!(fact, Fact::WebhookAdded { .. }) {
            self.make(Kind::Webhook, id.0)?;
            if self.webhooks.len() >= WEBHOOKS_MAX {
                return Err(wrong());
            }
        } else {
            self.own(Kind::Webhook, id.0)?;
        }
        let before = self.webhooks.get(&id).cloned();
        let after = Webhook::after(before, side, fact, entry.at).map_err(|_| wrong())?;
        if let Some(next) = after {
            self.webhooks.insert(id, next);
        } else {
            self.webhooks.remove(&id);
            self.forget(id.0);
        }
        Ok(())
    }
}
