//! Access hours at an instant: who comes now is let in until when, or not before when.
//!
//! Clocks that are put back show some times twice, and those that are put forward leave some out. Where a time comes
//! twice, hours begin at the second one and end at the first: less access, never more. Where it is left out, they begin
//! or end when the clocks are put forward.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

use super::{AccessHours, Week};
use crate::domain::time::Moment;

/// Minutes of a week.
const WEEK: i64 = 7 * 24 * 60;

/// What an instant is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// Somebody is let in.
    Open {
        /// Until this moment; without one, no hours end it.
        until: Option<Moment>,
    },
    /// Nobody is.
    Closed(Closed),
}

/// Hours that nobody is let in outside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// The hours.
    pub hours: AccessHours,
    /// The zone of their clocks.
    pub zone: Tz,
    /// The first moment after which they let somebody in; none where there is none within three weeks.
    pub opens: Option<Moment>,
}

impl AccessHours {
    /// What `now` is in.
    #[must_use]
    pub fn at(&self, now: Moment, zone: Tz) -> Stretch {
        let Self::Weekly(week) = self else {
            return Stretch::Open { until: None };
        };
        let stretches = week.around(now, zone);
        // The first that is not over.
        match stretches.into_iter().find(|(_, end)| now < *end) {
            Some((start, end)) if start <= now => Stretch::Open { until: Some(end) },
            next => Stretch::Closed(Closed {
                hours: *self,
                zone,
                opens: next.map(|(start, _)| start),
            }),
        }
    }

    /// When an access ends at the latest that is started between `now` and `start_by` and lasts so long; none where
    /// nobody is let in by then.
    #[must_use]
    pub fn latest_end(
        &self,
        now: Moment,
        start_by: Moment,
        lasts: TimeDelta,
        zone: Tz,
    ) -> Option<Moment> {
        let Self::Weekly(week) = self else {
            return Some(start_by + lasts);
        };
        let in_time = week
            .around(now, zone)
            .into_iter()
            .rfind(|(start, end)| now < *end && *start < start_by);
        in_time.map(|(_, end)| end.min(start_by + lasts))
    }
}

impl Week {
    /// The stretches of a few weeks around this moment, in their order and apart from each other: from when until when.
    fn around(&self, now: Moment, zone: Tz) -> Vec<(Moment, Moment)> {
        let today = now.with_timezone(&zone).date_naive();
        let since_monday = Days::new(today.weekday().num_days_from_monday().into());
        let Some(monday) = today.checked_sub_days(since_monday) else {
            return Vec::new();
        };
        let minutes = self.minutes();
        let mut stretches: Vec<(Moment, Moment)> = Vec::new();
        for week in -1..=3 {
            for (from, to) in &minutes {
                let start = local(monday, week * WEEK + from).and_then(|at| begin(at, zone));
                let end = local(monday, week * WEEK + to).and_then(|at| finish(at, zone));
                // The clocks can be put back or forward over all of it.
                let Some((start, end)) = start.zip(end).filter(|(start, end)| start < end) else {
                    continue;
                };
                match stretches.last_mut() {
                    // The clocks are put forward over all that lies between.
                    Some(last) if start <= last.1 => last.1 = end,
                    _ => stretches.push((start, end)),
                }
            }
        }
        stretches
    }

    /// The stretches on the clocks, in minutes since Monday began. Hours that go on over midnight are one; the last may
    /// go on into the next week.
    fn minutes(&self) -> Vec<(i64, i64)> {
        let mut stretches: Vec<(i64, i64)> = Vec::new();
        for (midnight, day) in (0_i64..).step_by(24 * 60).zip(self.days) {
            for opening in day.openings() {
                let (from, to) = (i64::from(opening.begins()), i64::from(opening.ends()));
                let (from, to) = (midnight + from, midnight + to);
                match stretches.last_mut() {
                    Some(last) if last.1 == from => last.1 = to,
                    _ => stretches.push((from, to)),
                }
            }
        }
        if let [(0, into_monday), .., (_, WEEK)] = stretches.as_slice() {
            let end = WEEK + into_monday;
            stretches.remove(0);
            if let Some(last) = stretches.last_mut() {
                last.1 = end;
            }
        }
        stretches
    }
}

/// What the clocks show so many minutes after a Monday began.
fn local(monday: NaiveDate, minutes: i64) -> Option<NaiveDateTime> {
    let midnight = monday.and_time(chrono::NaiveTime::MIN);
    midnight.checked_add_signed(TimeDelta::minutes(minutes))
}

fn begin(local: NaiveDateTime, zone: Tz) -> Option<Moment> {
    let shown = zone.from_local_datetime(&local).latest();
    shown
        .map(|at| at.to_utc())
        .or_else(|| put_forward(local, zone))
}

fn finish(local: NaiveDateTime, zone: Tz) -> Option<Moment> {
    let shown = zone.from_local_datetime(&local).earliest();
    shown
        .map(|at| at.to_utc())
        .or_else(|| put_forward(local, zone))
}

/// The moment at which the clocks are put forward over this time.
fn put_forward(local: NaiveDateTime, zone: Tz) -> Option<Moment> {
    GapInfo::new(&local, &zone)?.end.map(|end| end.to_utc())
}
