//! When people are reminded: of a request that waits for the customer, and of an access that ends soon.
//!
//! The moments are fixed by the fact that sets the deadline, so that the log alone explains them. Time decides whether
//! one has come; the fact of a reminder makes sure that it is sent once.

use chrono::TimeDelta;

use super::{Request, State};
use crate::domain::fact::Fact;
use crate::domain::time::Moment;

/// How long before the customer's deadline the last reminder is sent.
pub const LAST_CALL: TimeDelta = TimeDelta::hours(1);
/// How long before the end of an access its engineer is told.
pub const ENDS_SOON: TimeDelta = TimeDelta::minutes(15);
/// A reminder nearer than this to what it reminds of having been said, or to the next one, is left out.
pub const APART: TimeDelta = TimeDelta::minutes(10);
/// A reminder that comes late is of no use with less time left than this.
pub const OF_USE: TimeDelta = TimeDelta::minutes(5);

/// Whether an access that ends at `until` ends so soon that its engineer has been told.
#[must_use]
pub fn ends_soon(until: Moment, now: Moment) -> bool {
    until > now && until - now <= ENDS_SOON
}

/// When the customer is reminded of what it was asked at `asked_at`: at half time, and an hour before the deadline.
#[must_use]
pub fn of_answer(asked_at: Moment, expires_at: Moment) -> Vec<Moment> {
    let half_time = asked_at + (expires_at - asked_at) / 2;
    let last_call = expires_at - LAST_CALL;
    let too_near = (last_call - half_time).abs() < APART;
    let mut moments = vec![half_time, last_call];
    if too_near {
        moments.remove(0);
    }
    moments.retain(|moment| *moment - asked_at >= APART);
    moments.sort_unstable();
    moments
}

/// When people are told that the access that began at `since` ends soon.
#[must_use]
pub fn of_end(since: Moment, until: Moment) -> Vec<Moment> {
    let moment = until - ENDS_SOON;
    if moment - since < APART {
        Vec::new()
    } else {
        vec![moment]
    }
}

/// The reminder whose moment has come, if it is still of use. Of several that were missed only the last one is.
#[must_use]
pub fn due(request: &Request, now: Moment) -> Option<Fact> {
    let state = request.state.at(now);
    let deadline = state.deadline()?;
    let due = *request
        .reminders
        .iter()
        .rev()
        .find(|moment| **moment <= now)?;
    if deadline - now < OF_USE {
        return None;
    }
    match state {
        State::AwaitingCustomer { .. } => Some(Fact::RequestReminded { due, deadline }),
        State::Active { .. } => Some(Fact::AccessEndingSoon { due, deadline }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(minutes: i64) -> Moment {
        chrono::DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    /// The minutes after asking at which a customer with so many minutes to answer is reminded.
    fn reminded(minutes: i64) -> Vec<i64> {
        of_answer(after(0), after(minutes))
            .into_iter()
            .map(|moment| (moment - after(0)).num_minutes())
            .collect()
    }

    #[test]
    fn the_customer_is_reminded_at_half_time_and_an_hour_before_the_deadline() {
        assert_eq!(reminded(12 * 60), [6 * 60, 11 * 60]);
        assert_eq!(reminded(96 * 60), [48 * 60, 95 * 60]);
        assert_eq!(reminded(3 * 60), [90, 120]);
    }

    #[test]
    fn two_reminders_a_few_minutes_apart_are_one() {
        assert_eq!(reminded(2 * 60), [60]);
        assert_eq!(reminded(2 * 60 + 18), [78]);
        assert_eq!(reminded(2 * 60 + 20), [70, 80]);
        assert_eq!(reminded(2 * 60 - 18), [42]);
        assert_eq!(reminded(2 * 60 - 20), [40, 50]);
    }

    #[test]
    fn nobody_is_reminded_of_what_was_only_just_said() {
        assert_eq!(reminded(60), [30]);
        assert_eq!(reminded(69), [34]);
        assert_eq!(reminded(70), [10, 35]);
        let told = |minutes| of_end(after(0), after(minutes));
        assert!(told(15).is_empty());
        assert!(told(24).is_empty());
        assert_eq!(told(25), [after(10)]);
        assert_eq!(told(240), [after(225)]);
    }
}
