//! Times as the reader of a mail reads them. No "in 8 hours": nobody knows when a mail is read.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::domain::time::Moment;

/// `22 Nov 2026, 02:25 CET`.
pub(super) fn full(at: Moment, zone: Tz) -> String {
    local(at, zone, "%-d %b %Y, %H:%M")
}

/// `22 Nov 2026, 02:25 CET (22 Nov 2026, 01:25 UTC)`; once only for a reader in UTC.
pub(super) fn in_both_zones(at: Moment, zone: Tz) -> String {
    let (here, utc) = (full(at, zone), full(at, Tz::UTC));
    if here == utc {
        here
    } else {
        format!("{here} ({utc})")
    }
}

/// For a subject: `02:25 CET`, and the day as well where the hour alone could mean two of them.
pub(super) fn brief(at: Moment, now: Moment, zone: Tz) -> String {
    if at - now < TimeDelta::hours(24) {
        local(at, zone, "%H:%M")
    } else {
        local(at, zone, "%-d %b, %H:%M")
    }
}

/// Zones without letters of their own are known by their offset; `+03` reads better as `UTC+03`.
fn local(at: Moment, zone: Tz, form: &str) -> String {
    let local = at.with_timezone(&zone);
    let short = local.format("%Z").to_string();
    let utc = if short.starts_with(['+', '-']) {
        "UTC"
    } else {
        ""
    };
    format!("{} {utc}{short}", local.format(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_said_in_the_readers_zone_and_in_utc() {
        let at = moment("2026-11-22T01:25:00Z");
        assert_eq!(
            in_both_zones(at, Tz::Europe__Berlin),
            "22 Nov 2026, 02:25 CET (22 Nov 2026, 01:25 UTC)"
        );
        assert_eq!(
            full(at, Tz::America__Sao_Paulo),
            "21 Nov 2026, 22:25 UTC-03"
        );
        assert_eq!(in_both_zones(at, Tz::UTC), "22 Nov 2026, 01:25 UTC");
    }

    #[test]
    fn a_subject_names_the_day_where_the_hour_could_mean_two() {
        let now = moment("2026-11-21T13:25:00Z");
        let said = |at| brief(moment(at), now, Tz::Europe__Berlin);
        assert_eq!(said("2026-11-22T01:25:00Z"), "02:25 CET");
        assert_eq!(said("2026-11-22T13:24:59Z"), "14:24 CET");
        assert_eq!(said("2026-11-22T13:25:00Z"), "22 Nov, 14:25 CET");
    }
}
