//! The words for what happens to webhooks.

use super::Told;
use crate::domain::fact::Fact;
use crate::domain::webhook::{AboutWebhook, Why};
use crate::web::view::Tone;

/// What a fact about a webhook says.
pub(super) fn of(fact: &Fact) -> Told {
    let said = |tone, what: &str, about: &AboutWebhook| {
        Told::new(tone, format!("{what}: {}", about.description))
    };
    match fact {
        Fact::WebhookAdded { webhook, .. } => {
            said(Tone::Warning, "Webhook added", &webhook.about()).noting(&webhook.wants)
        }
        Fact::WebhookChanged(webhook) => {
            said(Tone::Warning, "Webhook changed", &webhook.about()).noting(&webhook.wants)
        }
        Fact::WebhookTurnedOn(about) => said(Tone::Info, "Webhook turned on", about),
        Fact::WebhookTurnedOff(about) => said(Tone::Info, "Webhook turned off", about),
        Fact::WebhookRemoved(about) => said(Tone::Info, "Webhook removed", about),
        Fact::WebhookSecretRotated { webhook, .. } => {
            said(Tone::Info, "Webhook has another secret", webhook)
        }
        Fact::WebhookSealedAnew { webhook, .. } => said(
            Tone::Quiet,
            "Webhook's secret sealed under another server key",
            webhook,
        ),
        Fact::WebhookTested(about) => said(Tone::Quiet, "Test sent to a webhook", about),
        Fact::WebhookDisabled { webhook, why } => {
            said(Tone::Danger, "Webhook turned itself off", webhook).noting(&reason(*why))
        }
        // Other facts have words of their own.
        other => Told::new(Tone::Quiet, other.act()),
    }
}

/// Why a webhook turned itself off.
#[must_use]
pub const fn reason(why: Why) -> &'static str {
    match why {
        Why::Gone => "The receiver answered that it wants nothing any more (410 Gone)",
        Why::Failing => "The receiver took nothing for more than three days",
    }
}
