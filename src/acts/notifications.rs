//! What a tenant wants of its mails, and trying whether they arrive.

use chrono::TimeDelta;

use super::setting::{after, change, unfit};
use super::sign_in::{Fresh, SignedIn};
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::fact::Fact;
use crate::domain::id::TenantId;
use crate::domain::notification_setting::NotificationSetting;
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::store::audit::{StoredEntry, Stretch};
use crate::store::{Facts, Stored, audit, people, tenants};

/// How long nobody can send themselves another test.
pub const BETWEEN_TESTS: TimeDelta = TimeDelta::minutes(1);

/// How many of the newest entries are looked through for the last test.
const LOOKED_THROUGH: i64 = 50;

/// Changes what a tenant wants of its mails.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn change_notifications(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    wanted: NotificationSetting,
) -> Result<(), ActError> {
    change(lockbox, by, tenant, |_, row| {
        if row.notifications == wanted {
            let words = "Nothing was changed: this is how it is already.";
            return Err(unfit("notifications", words));
        }
        Ok(Fact::NotificationsChanged(wanted))
    })
    .map(drop)
}

/// Sends a test to whoever asks for it. It changes nothing, so it needs no fresh second factor.
///
/// # Errors
/// [`ActError::Unfit`] within [`BETWEEN_TESTS`] of their last one, and whatever else keeps it from being sent.
pub fn send_test(lockbox: &Lockbox, by: &SignedIn, tenant: TenantId) -> Result<(), ActError> {
    let (log, author) = (Log::Tenant(tenant), by.author());
    lockbox.store.write(log, &author, |tx| {
        let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        may(&who, Act::TestNotifications, Subject::Tenant(tenant))?;
        let row = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
        if row.suspended.is_some() {
            let words = format!("{} is suspended, so no test can be sent.", row.name);
            return Err(unfit("test", words));
        }
        let now = tx.now();
        let lately = audit::newest(tx.conn(), log, Stretch::default(), LOOKED_THROUGH)?;
        let lately: Vec<Entry> = lately
            .iter()
            .map(StoredEntry::parse)
            .collect::<Stored<_>>()?;
        let too_soon = lately.iter().any(|entry| {
            entry.fact == Fact::NotificationsTested
                && entry.author.actor.person() == Some(who.id)
                && now - entry.at < BETWEEN_TESTS
        });
        if too_soon {
            let words =
                "A test is on its way to you already. Wait a minute before you send another.";
            return Err(unfit("test", words));
        }
        after(tx, &row, &Fact::NotificationsTested, &author.actor)?;
        Ok(((), Facts::one(Fact::NotificationsTested)))
    })
}
