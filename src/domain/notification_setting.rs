//! What a tenant wants of the mails to its people.

use serde::{Deserialize, Serialize};

/// A tenant's choice. It is about mails to its own people: the provider's get theirs whatever a tenant chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationSetting {
    /// Whether a mail links to the portal. Without links it names the way in words.
    pub links: bool,
    /// Whether people are reminded of what waits for them and told that an access ends soon.
    pub reminders: bool,
}

/// With links and reminders.
impl Default for NotificationSetting {
    fn default() -> Self {
        Self {
            links: true,
            reminders: true,
        }
    }
}
