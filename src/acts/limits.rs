//! Changing a tenant's limits, within the product's bounds.

use super::setting::{change, unfit};
use super::sign_in::Fresh;
use super::{ActError, Flaw, Lockbox};
use crate::domain::access_hours::AccessHours;
use crate::domain::fact::Fact;
use crate::domain::id::TenantId;
use crate::domain::lockbox::Limits;
use crate::domain::tenant::Tenant;
use crate::store::people;

/// Sets the limits. `seen` are those that were shown; where others have been set since, nothing changes.
///
/// Deadlines that were set stay where they are; a decision needs the higher of the approvals needed when its request
/// was filed and now; a window gets the shorter of what was granted and what is allowed when it starts. Access hours hold
/// at once: a window that runs outside of them ends, one that would go on beyond them ends with them.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn change_limits(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    seen: Option<&Limits>,
    wanted: Limits,
) -> Result<(), ActError> {
    change(lockbox, by, tenant, |tx, row| {
        changes_what_was_seen(row, seen, &wanted)?;
        let deciders = people::approvers(tx.conn(), tenant)?.len();
        let flaws = flaws(&wanted, deciders);
        if flaws.is_empty() {
            Ok(Fact::LimitsChanged(wanted))
        } else {
            Err(ActError::Unfit(flaws))
        }
    })
    .map(drop)
}

/// Sets the access hours; the other limits stay. `seen` are the limits that were shown; where others have been set since,
/// nothing changes. They hold at once: a window that runs outside of them ends, one that would go on beyond them ends with
/// them.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn change_hours(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    seen: Option<&Limits>,
    access_hours: AccessHours,
) -> Result<(), ActError> {
    change(lockbox, by, tenant, |_, row| {
        let wanted = Limits {
            access_hours,
            ..row.limits
        };
        changes_what_was_seen(row, seen, &wanted)?;
        Ok(Fact::LimitsChanged(wanted))
    })
    .map(drop)
}

/// Refuses what was decided on other limits than there are, and what changes nothing.
fn changes_what_was_seen(
    row: &Tenant,
    seen: Option<&Limits>,
    wanted: &Limits,
) -> Result<(), ActError> {
    if seen != Some(&row.limits) {
        let words = "Somebody changed the limits meanwhile. Look at them again.";
        return Err(unfit("limits", words));
    }
    if row.limits == *wanted {
        let words = "Nothing was changed: these are the limits already.";
        return Err(unfit("limits", words));
    }
    Ok(())
}

/// Whether as many people decide as must approve. Where nobody does, one is enough: approvers may come.
pub(super) fn can_be_met(limits: &Limits, deciders: usize) -> bool {
    usize::from(limits.approvals_needed) <= deciders.max(1)
}

fn flaws(wanted: &Limits, deciders: usize) -> Vec<Flaw> {
    let between = "Choose between 15 minutes and 24 hours.";
    let mut flaws = Vec::new();
    let mut check = |fits: bool, field, words: String| {
        if !fits {
            flaws.push(Flaw::of(field, words));
        }
    };
    check(
        Limits::ANSWER.contains(&wanted.time_to_answer.get()),
        "time_to_answer",
        "Choose between 1 and 96 hours.".to_owned(),
    );
    check(
        Limits::ACCESS.contains(&wanted.longest_access.get()),
        "longest_access",
        between.to_owned(),
    );
    check(
        Limits::START.contains(&wanted.time_to_start.get()),
        "time_to_start",
        between.to_owned(),
    );
    let needed = wanted.approvals_needed;
    check(
        Limits::APPROVALS.contains(&needed),
        "approvals_needed",
        "Choose between 1 and 5 people.".to_owned(),
    );
    check(
        can_be_met(wanted, deciders),
        "approvals_needed",
        format!("Choose {deciders} at most: that is how many people can decide."),
    );
    flaws
}
