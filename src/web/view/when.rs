//! Instants as people read them: `22 Nov 2026, 02:25 CET (in 8 hours)`.

use std::fmt::{self, Write};

use chrono::{DateTime, Datelike, Offset, SubsecRound, TimeDelta, Timelike, Utc};
use chrono_tz::{OffsetName, Tz};

use super::markup::{Markup, writes_html};
use super::piece::Piece;

/// The zone and the present of whoever looks. Makes every [`When`] of a page.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The person's saved zone.
    pub zone: Tz,
    /// The instant the page was made for; relative times count from it.
    pub now: DateTime<Utc>,
}

impl Times {
    /// The instant as this person reads it.
    #[must_use]
    pub const fn at(self, at: DateTime<Utc>) -> When {
        When { at, times: self }
    }

    /// The present, by which the page's script corrects the device's clock.
    #[must_use]
    pub const fn stamp(self) -> Stamp {
        Stamp(self.now)
    }

    /// The zone's name and present abbreviation, for a table's caption: `Europe/Berlin (CET)`.
    #[must_use]
    pub fn zone_words(self) -> String {
        let mut words = self.zone.name().to_owned();
        let mut short = String::new();
        // Writing to a string never fails.
        let _ = write_abbreviation(&mut short, &self.now.with_timezone(&self.zone));
        if short != words {
            words.push_str(" (");
            words.push_str(&short);
            words.push(')');
        }
        words
    }
}

/// One instant, shown absolute and relative: the form for sentences.
#[derive(Clone, Copy, Debug)]
pub struct When {
    at: DateTime<Utc>,
    times: Times,
}

impl When {
    /// Without the relative part, where the sentence already says it.
    #[must_use]
    pub const fn plain(self) -> Plain {
        Plain(self)
    }

    /// For a table's cell: no zone (the caption says it), the relative part below.
    #[must_use]
    pub const fn cell(self) -> Cell {
        Cell(self)
    }

    /// Only the relative part: `in 8 hours`.
    #[must_use]
    pub const fn relative(self) -> Relative {
        Relative(self)
    }

    /// For audit views: ISO 8601 in UTC, to the microsecond.
    #[must_use]
    pub const fn iso(self) -> Iso {
        Iso(self)
    }

    /// For attributes that scripts read: UTC, to the second.
    #[must_use]
    pub const fn stamp(self) -> Stamp {
        Stamp(self.at)
    }

    /// As text without markup, for a sentence that is made elsewhere: `22 Nov 2026, 02:25 CET`.
    #[must_use]
    pub fn words(self) -> String {
        let (mut words, local) = (String::new(), self.local());
        // Writing to a string never fails.
        let _ = write_day_and_minute(&mut words, &local);
        words.push(' ');
        let _ = write_abbreviation(&mut words, &local);
        words
    }

    /// When something happened, for a sentence that is made elsewhere: `at 21:14 CET`, and with the day where it was
    /// not today.
    #[must_use]
    pub fn words_of_a_moment(self) -> String {
        let local = self.local();
        if local.date_naive() != self.times.now.with_timezone(&self.times.zone).date_naive() {
            return format!("on {}", self.words());
        }
        let mut words = "at ".to_owned();
        // Writing to a string never fails.
        let _ = clock(&mut words, local.hour(), local.minute());
        words.push(' ');
        let _ = write_abbreviation(&mut words, &local);
        words
    }

    /// How near the instant is, taken as a deadline.
    #[must_use]
    pub fn urgency(self) -> Urgency {
        Urgency::of(self.left())
    }

    fn left(self) -> TimeDelta {
        self.at - self.times.now
    }

    fn local(self) -> DateTime<Tz> {
        self.at.with_timezone(&self.times.zone)
    }
}

/// How near a deadline is. The page's script uses the same bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Three hours or more are left.
    Calm,
    /// Less than three hours are left.
    Soon,
    /// Less than one hour is left.
    LastHour,
    /// The deadline is over.
    Passed,
}

impl Urgency {
    fn of(left: TimeDelta) -> Self {
        if left <= TimeDelta::zero() {
            Self::Passed
        } else if left < TimeDelta::hours(1) {
            Self::LastHour
        } else if left < TimeDelta::hours(3) {
            Self::Soon
        } else {
            Self::Calm
        }
    }

    /// The value of `data-urgency`, which the style sheet colours.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Soon => "soon",
            Self::LastHour => "last",
            Self::Passed => "passed",
        }
    }

    /// The word beside the icon, since colour alone says nothing.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Calm => "",
            Self::Soon => "Closing soon",
            Self::LastHour => "Last hour",
            Self::Passed => "Passed",
        }
    }
}

/// See [`When::plain`].
#[derive(Clone, Copy, Debug)]
pub struct Plain(When);

/// See [`When::cell`].
#[derive(Clone, Copy, Debug)]
pub struct Cell(When);

/// See [`When::relative`].
#[derive(Clone, Copy, Debug)]
pub struct Relative(When);

/// See [`When::iso`].
#[derive(Clone, Copy, Debug)]
pub struct Iso(When);

/// See [`Times::stamp`].
#[derive(Clone, Copy, Debug)]
pub struct Stamp(DateTime<Utc>);

writes_html!(When, Plain, Cell, Relative, Iso, Stamp);

/// Each is put together in a [`Piece`].
macro_rules! in_one_piece {
    ($($shown:ty),+ $(,)?) => {$(
        impl Markup for $shown {
            fn write(&self, out: &mut dyn Write) -> fmt::Result {
                let mut piece = Piece::new();
                self.put(&mut piece)?;
                piece.hand_over(out)
            }
        }
    )+};
}

in_one_piece!(When, Plain, Cell, Relative, Iso, Stamp);

impl Stamp {
    fn put(self, out: &mut Piece) -> fmt::Result {
        write_iso_seconds(out, self.0)
    }
}

impl When {
    fn put(self, out: &mut Piece) -> fmt::Result {
        Plain(self).put(out)?;
        out.write_str(" <span class=\"rel\">(")?;
        Relative(self).put(out)?;
        out.write_str(")</span>")
    }
}

impl Plain {
    fn put(self, out: &mut Piece) -> fmt::Result {
        open_time(out, self.0)?;
        let local = self.0.local();
        write_day_and_minute(out, &local)?;
        out.write_str(" ")?;
        write_abbreviation(out, &local)?;
        out.write_str("</time>")
    }
}

impl Cell {
    fn put(self, out: &mut Piece) -> fmt::Result {
        open_time(out, self.0)?;
        write_day_and_minute(out, &self.0.local())?;
        out.write_str("</time> <span class=\"sub\">")?;
        Relative(self.0).put(out)?;
        out.write_str("</span>")
    }
}

impl Relative {
    fn put(self, out: &mut Piece) -> fmt::Result {
        out.write_str("<span data-rel=\"")?;
        write_iso_seconds(out, self.0.at)?;
        out.write_str("\">")?;
        write_relative(out, self.0.left())?;
        out.write_str("</span>")
    }
}

impl Iso {
    fn put(self, out: &mut Piece) -> fmt::Result {
        let at = self.0.at.trunc_subsecs(6);
        // HTML's own format for `datetime` ends at milliseconds.
        open_time(out, self.0)?;
        write_iso_to_the_second(out, at)?;
        let micros = at.timestamp_subsec_micros();
        out.write_str(".")?;
        two(out, micros / 10_000)?;
        two(out, micros / 100)?;
        two(out, micros)?;
        out.write_str("Z</time>")
    }
}

fn open_time(out: &mut Piece, when: When) -> fmt::Result {
    out.write_str("<time datetime=\"")?;
    write_iso_seconds(out, when.at)?;
    out.write_str("\">")
}

fn write_iso_seconds(out: &mut Piece, at: DateTime<Utc>) -> fmt::Result {
    write_iso_to_the_second(out, at)?;
    out.write_str("Z")
}

fn write_iso_to_the_second(out: &mut Piece, at: DateTime<Utc>) -> fmt::Result {
    let at = at.naive_utc();
    year(out, at.year())?;
    out.write_str("-")?;
    two(out, at.month())?;
    out.write_str("-")?;
    two(out, at.day())?;
    out.write_str("T")?;
    clock(out, at.hour(), at.minute())?;
    out.write_str(":")?;
    two(out, at.second())
}

fn write_day_and_minute(out: &mut impl Write, local: &DateTime<Tz>) -> fmt::Result {
    few(out, local.day())?;
    out.write_str(" ")?;
    out.write_str(month(local.month()))?;
    out.write_str(" ")?;
    year(out, local.year())?;
    out.write_str(", ")?;
    clock(out, local.hour(), local.minute())
}

/// Zones without letters of their own are known by their offset: `UTC-03`, `UTC+05:45`.
fn write_abbreviation(out: &mut impl Write, local: &DateTime<Tz>) -> fmt::Result {
    if let Some(letters) = local
        .offset()
        .abbreviation()
        .filter(|short| !short.starts_with(['+', '-']))
    {
        return out.write_str(letters);
    }
    let seconds = local.offset().fix().local_minus_utc();
    out.write_str(if seconds < 0 { "UTC-" } else { "UTC+" })?;
    let minutes = seconds.unsigned_abs() / 60;
    two(out, minutes / 60)?;
    if !minutes.is_multiple_of(60) {
        out.write_str(":")?;
        two(out, minutes % 60)?;
    }
    Ok(())
}

/// The same words as the page's script writes when it refreshes them.
fn write_relative(out: &mut impl Write, left: TimeDelta) -> fmt::Result {
    let seconds = left.num_seconds().unsigned_abs();
    let ahead = left > TimeDelta::zero();
    if seconds < 60 {
        return out.write_str(if ahead {
            "in less than a minute"
        } else {
            "just now"
        });
    }
    // Minutes are cut off, so that a deadline never looks later than it is.
    let (count, unit) = if seconds < 90 * 60 {
        (seconds / 60, "minute")
    } else if seconds < 48 * 3600 {
        ((seconds + 1800) / 3600, "hour")
    } else {
        ((seconds + 43_200) / 86_400, "day")
    };
    if ahead {
        out.write_str("in ")?;
    }
    match u32::try_from(count) {
        Ok(count @ 0..=99) => few(out, count)?,
        _ => write!(out, "{count}")?,
    }
    out.write_str(" ")?;
    out.write_str(unit)?;
    if count != 1 {
        out.write_str("s")?;
    }
    if ahead {
        return Ok(());
    }
    out.write_str(" ago")
}

fn clock(out: &mut impl Write, hour: u32, minute: u32) -> fmt::Result {
    two(out, hour)?;
    out.write_str(":")?;
    two(out, minute)
}

fn year(out: &mut impl Write, year: i32) -> fmt::Result {
    match u32::try_from(year) {
        Ok(year @ 0..=9999) => {
            two(out, year / 100)?;
            two(out, year)
        }
        _ => write!(out, "{year:+05}"),
    }
}

/// The last two digits.
fn two(out: &mut impl Write, number: u32) -> fmt::Result {
    out.write_str(pair(number))
}

/// A number below 100, without a zero before it.
fn few(out: &mut impl Write, number: u32) -> fmt::Result {
    let digits = pair(number);
    out.write_str(if number < 10 { &digits[1..] } else { digits })
}

/// Every number of two digits, one after another.
const PAIRS: &str = "\
    00010203040506070809\
    10111213141516171819\
    20212223242526272829\
    30313233343536373839\
    40414243444546474849\
    50515253545556575859\
    60616263646566676869\
    70717273747576777879\
    80818283848586878889\
    90919293949596979899";

fn pair(number: u32) -> &'static str {
    let at = usize::try_from((number % 100) * 2).unwrap_or_default();
    &PAIRS[at..at + 2]
}

fn month(number: u32) -> &'static str {
    match number {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> Times {
        Times {
            zone: chrono_tz::Europe::Berlin,
            now: "2026-11-21T17:30:00Z".parse().unwrap(),
        }
    }

    fn when(at: &str) -> When {
        times().at(at.parse().unwrap())
    }

    #[test]
    fn an_instant_is_written_one_way_everywhere() {
        assert_eq!(
            when("2026-11-22T01:25:00Z").to_string(),
            "<time datetime=\"2026-11-22T01:25:00Z\">22 Nov 2026, 02:25 CET</time> \
             <span class=\"rel\">(<span data-rel=\"2026-11-22T01:25:00Z\">in 8 hours</span>)</span>"
        );
    }

    #[test]
    fn an_audit_time_keeps_its_microseconds() {
        assert_eq!(
            when("2026-11-02T01:25:09.012345Z").iso().to_string(),
            "<time datetime=\"2026-11-02T01:25:09Z\">2026-11-02T01:25:09.012345Z</time>"
        );
    }

    #[test]
    fn every_day_of_a_leap_year_reads_as_chrono_writes_it() {
        let mut at: DateTime<Utc> = "2028-01-01T00:07:00Z".parse().unwrap();
        while at.year() == 2028 {
            let wanted = at
                .with_timezone(&times().zone)
                .format("%-d %b %Y, %H:%M %Z</time>");
            assert!(
                times()
                    .at(at)
                    .plain()
                    .to_string()
                    .ends_with(&wanted.to_string())
            );
            at += TimeDelta::minutes(61 * 7);
        }
    }

    #[test]
    fn a_zone_without_letters_is_shown_as_an_offset() {
        let at = Times {
            zone: chrono_tz::America::Sao_Paulo,
            ..times()
        };
        assert!(
            at.at(times().now)
                .plain()
                .to_string()
                .contains("14:30 UTC-03")
        );
        assert_eq!(at.zone_words(), "America/Sao_Paulo (UTC-03)");
        let kathmandu = Times {
            zone: chrono_tz::Asia::Kathmandu,
            ..times()
        };
        assert!(
            kathmandu
                .at(times().now)
                .plain()
                .to_string()
                .contains("23:15 UTC+05:45")
        );
        assert_eq!(
            Times {
                zone: chrono_tz::UTC,
                ..times()
            }
            .zone_words(),
            "UTC"
        );
    }

    #[test]
    fn the_longest_there_is_has_room() {
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let far = Times {
                zone: chrono_tz::UTC,
                now: times().now,
            };
            let year = format!("{:+05}-", at.year());
            assert!(far.at(at).to_string().contains(&year));
            assert!(far.at(at).iso().to_string().contains(&year));
        }
        let offset = Times {
            zone: chrono_tz::Asia::Kathmandu,
            ..times()
        };
        let soon = offset.at(times().now + TimeDelta::seconds(1)).to_string();
        assert!(soon.ends_with("in less than a minute</span>)</span>"));
    }

    #[test]
    fn relative_words_change_at_their_bounds() {
        let said = |seconds| {
            let mut words = String::new();
            write_relative(&mut words, TimeDelta::seconds(seconds)).unwrap();
            words
        };
        assert_eq!(said(59), "in less than a minute");
        assert_eq!(said(60), "in 1 minute");
        assert_eq!(said(3599), "in 59 minutes");
        assert_eq!(said(90 * 60), "in 2 hours");
        assert_eq!(said(12 * 3600 - 1), "in 12 hours");
        assert_eq!(said(48 * 3600), "in 2 days");
        assert_eq!(said(0), "just now");
        assert_eq!(said(-125), "2 minutes ago");
        assert_eq!(said(-7 * 86_400), "7 days ago");
        assert_eq!(said(99 * 86_400), "in 99 days");
        assert_eq!(said(-100 * 86_400), "100 days ago");
    }

    #[test]
    fn a_deadline_grows_urgent() {
        assert_eq!(when("2026-11-21T20:30:00Z").urgency(), Urgency::Calm);
        assert_eq!(when("2026-11-21T20:29:59Z").urgency(), Urgency::Soon);
        assert_eq!(when("2026-11-21T18:29:59Z").urgency(), Urgency::LastHour);
        assert_eq!(when("2026-11-21T17:30:00Z").urgency(), Urgency::Passed);
    }
}
