//! Days as people type them, and the moments they begin and end.

use chrono::{Datelike, NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::acts::Flaw;
use crate::domain::time::Moment;

/// From the beginning of one day to the end of another, in a zone; each of them may be left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// This moment is the first within it.
    pub from: Option<Moment>,
    /// This moment is the first after it.
    pub before: Option<Moment>,
}

impl Span {
    /// Reads what the fields `from` and `to` say.
    ///
    /// # Errors
    /// What to change.
    pub fn read(from: &str, to: &str, zone: Tz) -> Result<Self, Vec<Flaw>> {
        let (first, last) = (day("from", from), day("to", to));
        let (first, last) = match (first, last) {
            (Ok(first), Ok(last)) => (first, last),
            (first, last) => return Err([first.err(), last.err()].into_iter().flatten().collect()),
        };
        if first.zip(last).is_some_and(|(first, last)| last < first) {
            let words = "Choose a last day that is not before the first one.";
            return Err(vec![Flaw::of("to", words)]);
        }
        Ok(Self {
            from: first.map(|day| beginning(day, zone)),
            before: last
                .and_then(|day| day.succ_opt())
                .map(|day| beginning(day, zone)),
        })
    }
}

fn day(field: &'static str, text: &str) -> Result<Option<NaiveDate>, Flaw> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|day| (1970..=9999).contains(&day.year()))
        .map(Some)
        .ok_or_else(|| {
            Flaw::of(
                field,
                "Write the day as year, month and day, such as 2026-11-22.",
            )
        })
}

/// The first moment of a day. Where the clocks jump over midnight, the day begins where they land.
fn beginning(day: NaiveDate, zone: Tz) -> Moment {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    // A zone that crossed the date line left out a whole day.
    (0..=25 * 4)
        .find_map(|quarter| {
            zone.from_local_datetime(&(midnight + TimeDelta::minutes(15 * quarter)))
                .earliest()
        })
        .map_or_else(|| midnight.and_utc(), |local| local.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str, zone: Tz) -> [String; 2] {
        let span = Span::read(from, to, zone).unwrap();
        [span.from, span.before].map(|at| at.map(|at| at.to_rfc3339()).unwrap_or_default())
    }

    #[test]
    fn a_day_is_one_of_the_persons_zone() {
        assert_eq!(
            span("2026-11-22", "2026-11-22", chrono_tz::Europe::Berlin),
            ["2026-11-21T23:00:00+00:00", "2026-11-22T23:00:00+00:00"]
        );
        // The clocks go forward: a day of 23 hours.
        assert_eq!(
            span("2026-03-29", "2026-03-29", chrono_tz::Europe::Berlin),
            ["2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"]
        );
        // At midnight itself.
        assert_eq!(
            span("2018-11-04", "", chrono_tz::America::Sao_Paulo),
            ["2018-11-04T03:00:00+00:00", ""]
        );
        // A day that Samoa never had.
        assert_eq!(
            span("2011-12-30", "2011-12-30", chrono_tz::Pacific::Apia),
            ["2011-12-30T10:00:00+00:00", "2011-12-30T10:00:00+00:00"]
        );
        assert_eq!(Span::read("", " ", chrono_tz::UTC), Ok(Span::default()));
    }

    #[test]
    fn what_is_no_day_is_named() {
        for text in [
            "22.11.2026",
            "2026-02-30",
            "yesterday",
            "0001-01-01",
            "12026-01-01",
            "-2026-01-01",
        ] {
            let flaws = Span::read(text, "", chrono_tz::UTC).unwrap_err();
            assert_eq!(flaws[0].field, "from", "{text}");
        }
        let flaws = Span::read("2026-11-22", "2026-11-21", chrono_tz::UTC).unwrap_err();
        assert_eq!(flaws[0].field, "to");
    }
}
