//! Recovery: a new administrator for a tenant that lost all of its own.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::text::{EmailAddress, Line};
use super::time::Moment;

/// How long it takes. Meanwhile everybody of the tenant knows, any of them who decides or reads may stop it, and an
/// administrator who signs in stops it by that: nobody is lost who comes.
pub const RECOVERY: TimeDelta = TimeDelta::hours(72);
/// How long after its beginning people are reminded of it.
const REMINDERS: [TimeDelta; 2] = [TimeDelta::hours(24), TimeDelta::hours(48)];

/// A recovery that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Who will be the administrator.
    pub name: Line,
    /// Their address.
    pub email: EmailAddress,
    /// When the provider began it.
    pub started: Moment,
    /// When they become it.
    pub due: Moment,
    /// When people were last reminded of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Moment>,
}

impl Recovery {
    /// Whether people are to be reminded of it now. Of reminders that were missed only the last one is sent.
    #[must_use]
    pub fn is_to_be_reminded_of(&self, now: Moment) -> bool {
        let told = self.reminded.unwrap_or(self.started);
        let mut moments = REMINDERS.iter().map(|after| self.started + *after);
        now < self.due && moments.any(|moment| told < moment && moment <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(hours: i64) -> Moment {
        chrono::DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    #[test]
    fn people_are_reminded_after_one_day_and_after_two() {
        let begun = Recovery {
            name: Line::parse("Noa Weiss").unwrap(),
            email: EmailAddress::parse("noa@fabrikam.example").unwrap(),
            started: after(0),
            due: after(72),
            reminded: None,
        };
        let reminded = |at| Recovery {
            reminded: Some(after(at)),
            ..begun.clone()
        };
        let tick = TimeDelta::microseconds(1);
        assert!(!begun.is_to_be_reminded_of(after(24) - tick));
        assert!(begun.is_to_be_reminded_of(after(24)));
        assert!(!reminded(24).is_to_be_reminded_of(after(48) - tick));
        assert!(reminded(24).is_to_be_reminded_of(after(48)));
        assert!(!reminded(48).is_to_be_reminded_of(after(71)));
        // Nobody worked for two days: one reminder is enough.
        assert!(begun.is_to_be_reminded_of(after(50)));
        assert!(!reminded(50).is_to_be_reminded_of(after(71)));
        assert!(
            !begun.is_to_be_reminded_of(after(72)),
            "what is due is done"
        );
    }
}
