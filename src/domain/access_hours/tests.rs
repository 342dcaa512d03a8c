//! Access hours: how they are written, what they let in, and the days on which clocks are put back or forward.

use chrono::{Datelike, NaiveDate, Offset, TimeDelta, Timelike};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::domain::time::Moment;

const BERLIN: Tz = Tz::Europe__Berlin;

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn hours(text: &str) -> AccessHours {
    AccessHours::parse(text).unwrap()
}

fn office() -> AccessHours {
    hours(
        "mon 08:00-18:00, tue 08:00-18:00, wed 08:00-18:00, thu 08:00-18:00, fri 08:00-18:00, sat 09:00-12:00 13:00-15:00",
    )
}

/// Until when somebody is let in, or from when on: `until …`, `from …`, in UTC.
fn told(hours: AccessHours, now: &str, zone: Tz) -> String {
    let said = |at: Option<Moment>| {
        at.map_or_else(|| "ever".to_owned(), |at| at.format("%d %H:%M").to_string())
    };
    match hours.at(at(now), zone) {
        Stretch::Open { until } => format!("until {}", said(until)),
        Stretch::Closed(closed) => format!("from {}", said(closed.opens)),
    }
}

#[test]
fn there_is_one_way_to_write_them() {
    for text in [
        "any time",
        "mon 00:00-00:15",
        "sun 23:45-24:00",
        "mon 08:00-12:00 13:00-18:00, sat 00:00-24:00",
    ] {
        assert_eq!(hours(text).text(), text);
        let json = serde_json::to_string(&hours(text)).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(
            serde_json::from_str::<AccessHours>(&json).unwrap(),
            hours(text)
        );
    }
    for text in [
        "",
        "mon",
        "mon ",
        "any time ",
        "Any time",
        "Mon 08:00-18:00",
        "mon  08:00-18:00",
        "mon 8:00-18:00",
        "mon 08:00-18:00,tue 08:00-18:00",
        "tue 08:00-18:00, mon 08:00-18:00",
        "mon 08:00-12:00, mon 13:00-18:00",
        "mon 13:00-18:00 08:00-12:00",
        "mon 08:00-12:00 12:00-18:00",
        "mon 08:00-12:00 11:00-18:00",
        "mon 08:00-09:00 10:00-11:00 12:00-13:00",
        "mon 18:00-08:00",
        "mon 08:00-08:00",
        "mon 08:00-25:00",
        "mon 08:00-24:15",
        "mon 08:07-18:00",
        "mon +8:00-18:00",
        "mon 08:00-18:00:00",
        "day 08:00-18:00",
        "mon 08:00-18:00, ",
        "mon 00:00-24:00, tue 00:00-24:00, wed 00:00-24:00, thu 00:00-24:00, fri 00:00-24:00, sat 00:00-24:00, sun 00:00-24:00",
        "mon ٠٨:٠٠-١٨:٠٠",
        "<script>",
    ] {
        assert!(AccessHours::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn times_are_read_as_people_write_them() {
    let words = |from, to| Opening::between(from, to).map(|opening| opening.to_string());
    assert_eq!(words("08:00", "17:45"), Ok("08:00-17:45".to_owned()));
    assert_eq!(words("00:00", "24:00"), Ok("00:00-24:00".to_owned()));
    for time in [
        "", "8:00", "08:10", "24:15", "25:00", "-1:00", "08.00", "0800", "08:00 ", "１8:00",
    ] {
        assert_eq!(words(time, "23:45"), Err(HoursError::Time), "{time:?}");
        assert_eq!(words("00:00", time), Err(HoursError::Time), "{time:?}");
    }
    assert_eq!(words("18:00", "08:00"), Err(HoursError::Backwards));
    assert_eq!(words("08:00", "08:00"), Err(HoursError::Backwards));
}

#[test]
fn a_day_has_two_times_at_most_which_may_touch() {
    let one = |from, to| Opening::between(from, to).unwrap();
    let (early, late) = (one("08:00", "12:00"), one("12:00", "18:00"));
    assert_eq!(Day::of(&[late, early]), Day::of(&[one("08:00", "18:00")]));
    assert_eq!(
        Day::of(&[early, one("11:45", "13:00")]),
        Err(HoursError::Overlap)
    );
    assert_eq!(Day::of(&[early, early]), Err(HoursError::Overlap));
    let many = [
        one("08:00", "09:00"),
        one("10:00", "11:00"),
        one("12:00", "13:00"),
    ];
    assert_eq!(Day::of(&many), Err(HoursError::TooMany));
    assert_eq!(
        AccessHours::weekly([Day::default(); 7]),
        Err(HoursError::Nobody)
    );
    let whole = Day::of(&[Opening::DAY]).unwrap();
    assert_eq!(AccessHours::weekly([whole; 7]), Ok(AccessHours::AnyTime));
}

#[test]
fn days_with_the_same_hours_are_said_at_once() {
    assert_eq!(
        office().to_string(),
        "Mon\u{2013}Fri 08:00\u{2013}18:00, Sat 09:00\u{2013}12:00 and 13:00\u{2013}15:00"
    );
    let odd = hours("mon 08:00-18:00, wed 08:00-18:00, sun 22:00-24:00");
    assert_eq!(
        odd.in_zone(BERLIN),
        "Mon 08:00\u{2013}18:00, Wed 08:00\u{2013}18:00, Sun 22:00\u{2013}24:00 (Europe/Berlin)"
    );
    assert_eq!(AccessHours::AnyTime.in_zone(BERLIN), "any time");
}

#[test]
fn more_hours_of_the_week_are_wider_whatever_others_are_fewer() {
    let narrow = hours("mon 09:00-17:00");
    for (now, before, wider) in [
        (AccessHours::AnyTime, office(), true),
        (office(), AccessHours::AnyTime, false),
        (office(), office(), false),
        (narrow, office(), false),
        (office(), narrow, true),
        (hours("sun 09:00-09:15"), office(), true),
        (hours("mon 07:45-09:00"), office(), true),
        (hours("sat 12:00-13:00"), office(), true),
    ] {
        assert_eq!(now.widens(&before), wider, "{now} after {before}");
    }
}

#[test]
fn who_comes_within_the_hours_is_let_in_until_they_end() {
    // A Friday; Berlin is an hour ahead of UTC.
    assert_eq!(
        told(office(), "2026-11-20T06:59:59.999999Z", BERLIN),
        "from 20 07:00"
    );
    assert_eq!(
        told(office(), "2026-11-20T07:00:00Z", BERLIN),
        "until 20 17:00"
    );
    assert_eq!(
        told(office(), "2026-11-20T16:59:59.999999Z", BERLIN),
        "until 20 17:00"
    );
    assert_eq!(
        told(office(), "2026-11-20T17:00:00Z", BERLIN),
        "from 21 08:00"
    );
    assert_eq!(
        told(office(), "2026-11-21T11:30:00Z", BERLIN),
        "from 21 12:00"
    );
    assert_eq!(
        told(office(), "2026-11-21T14:00:00Z", BERLIN),
        "from 23 07:00"
    );
    assert_eq!(
        told(AccessHours::AnyTime, "2026-11-21T14:00:00Z", BERLIN),
        "until ever"
    );
}

#[test]
fn hours_go_on_over_midnights_and_into_the_next_week() {
    let weekend = hours("mon 00:00-06:00, fri 20:00-24:00, sat 00:00-24:00, sun 00:00-24:00");
    assert_eq!(
        told(weekend, "2026-11-20T18:59:00Z", BERLIN),
        "from 20 19:00"
    );
    for now in [
        "2026-11-20T19:00:00Z",
        "2026-11-21T23:00:00Z",
        "2026-11-22T23:00:00Z",
        "2026-11-23T04:59:00Z",
    ] {
        assert_eq!(told(weekend, now, BERLIN), "until 23 05:00", "{now}");
    }
    assert_eq!(
        told(weekend, "2026-11-23T05:00:00Z", BERLIN),
        "from 27 19:00"
    );
    // Six and a half days, asked on the last of them.
    let almost = hours(
        "mon 12:00-24:00, tue 00:00-24:00, wed 00:00-24:00, thu 00:00-24:00, fri 00:00-24:00, sat 00:00-24:00, sun 00:00-24:00",
    );
    assert_eq!(
        told(almost, "2026-11-22T22:00:00Z", BERLIN),
        "until 22 23:00"
    );
}

#[test]
fn where_the_clocks_are_put_forward_hours_begin_and_end_with_it() {
    // On 29 March 2026 at 01:00 UTC it is 03:00 in Berlin after 01:59.
    for (text, now, told_) in [
        ("sun 02:15-06:00", "2026-03-29T00:59:00Z", "from 29 01:00"),
        ("sun 02:15-06:00", "2026-03-29T01:00:00Z", "until 29 04:00"),
        ("sun 00:00-02:30", "2026-03-29T00:00:00Z", "until 29 01:00"),
        ("sun 00:00-02:30", "2026-03-29T01:00:00Z", "from 04 22:00"),
        // All of it is left out, so it is the next week's.
        ("sun 02:00-03:00", "2026-03-29T00:00:00Z", "from 05 00:00"),
        // What lies between is left out, so they are one.
        (
            "sun 00:00-02:15 02:45-06:00",
            "2026-03-29T00:00:00Z",
            "until 29 04:00",
        ),
    ] {
        assert_eq!(told(hours(text), now, BERLIN), told_, "{text} at {now}");
    }
    // Lord Howe puts its clocks forward by half an hour: on 4 October 2026 at 15:30 UTC of the day before.
    let lord_howe = Tz::Australia__Lord_Howe;
    assert_eq!(
        told(hours("sun 02:15-06:00"), "2026-10-03T15:00:00Z", lord_howe),
        "from 03 15:30"
    );
    assert_eq!(
        told(hours("sun 02:15-06:00"), "2026-10-03T15:30:00Z", lord_howe),
        "until 03 19:00"
    );
}

#[test]
fn where_the_clocks_are_put_back_there_is_less_access_and_never_more() {
    // On 25 October 2026 it is 02:00 to 03:00 in Berlin twice: from 00:00 and from 01:00 UTC.
    for (text, now, told_) in [
        // An end that comes twice is the first.
        ("sun 00:00-02:30", "2026-10-25T00:29:00Z", "until 25 00:30"),
        ("sun 00:00-02:30", "2026-10-25T00:30:00Z", "from 31 23:00"),
        ("sun 00:00-02:30", "2026-10-25T01:15:00Z", "from 31 23:00"),
        // A beginning that comes twice is the second.
        ("sun 02:30-06:00", "2026-10-25T00:45:00Z", "from 25 01:30"),
        ("sun 02:30-06:00", "2026-10-25T01:30:00Z", "until 25 05:00"),
        // What comes twice within them is theirs.
        ("sun 01:00-04:00", "2026-10-25T00:30:00Z", "until 25 03:00"),
        ("sun 01:00-04:00", "2026-10-25T01:30:00Z", "until 25 03:00"),
        // The second beginning is after the first end.
        ("sun 02:15-02:45", "2026-10-25T00:20:00Z", "from 01 01:15"),
    ] {
        assert_eq!(told(hours(text), now, BERLIN), told_, "{text} at {now}");
    }
    // In Havana the hour before 01:00 comes twice, so a day begins twice: hours over midnight go on all the same.
    let havana = Tz::America__Havana;
    let night = hours("sat 22:00-24:00, sun 00:00-06:00");
    for now in [
        "2026-11-01T03:30:00Z",
        "2026-11-01T04:30:00Z",
        "2026-11-01T05:30:00Z",
    ] {
        assert_eq!(told(night, now, havana), "until 01 11:00", "{now}");
    }
}

#[test]
fn an_access_that_must_be_started_by_then_ends_with_the_hours() {
    let latest = |now, start_by, lasts| {
        let end = office().latest_end(at(now), at(start_by), TimeDelta::hours(lasts), BERLIN);
        end.map(|end| end.format("%d %H:%M").to_string())
    };
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        latest("2026-11-20T08:00:00Z", "2026-11-20T12:00:00Z", 4),
        said("20 16:00")
    );
    assert_eq!(
        latest("2026-11-20T10:00:00Z", "2026-11-20T14:00:00Z", 4),
        said("20 17:00")
    );
    assert_eq!(
        latest("2026-11-20T16:00:00Z", "2026-11-20T20:00:00Z", 4),
        said("20 17:00")
    );
    assert_eq!(
        latest("2026-11-20T17:00:00Z", "2026-11-20T21:00:00Z", 4),
        None
    );
    assert_eq!(
        latest("2026-11-20T17:00:00Z", "2026-11-21T08:00:00Z", 4),
        None
    );
    assert_eq!(
        latest("2026-11-20T17:00:00Z", "2026-11-21T08:30:00Z", 1),
        said("21 09:30")
    );
    assert_eq!(
        AccessHours::AnyTime.latest_end(
            at("2026-11-20T17:00:00Z"),
            at("2026-11-20T21:00:00Z"),
            TimeDelta::hours(4),
            BERLIN
        ),
        Some(at("2026-11-21T01:00:00Z"))
    );
}

/// A day on which clocks are put forward or back, in a zone: from midnight to midnight UTC around it.
fn around_a_change() -> impl Strategy<Value = (Tz, Moment)> {
    let days = [
        (Tz::Europe__Berlin, 2026, 3, 29),
        (Tz::Europe__Berlin, 2026, 10, 25),
        (Tz::America__New_York, 2026, 3, 8),
        (Tz::America__New_York, 2026, 11, 1),
        (Tz::Australia__Lord_Howe, 2026, 4, 5),
        (Tz::Australia__Lord_Howe, 2026, 10, 4),
        (Tz::America__Havana, 2026, 3, 8),
        (Tz::America__Havana, 2026, 11, 1),
        (Tz::UTC, 2026, 6, 3),
    ];
    (
        prop::sample::select(days.to_vec()),
        -3 * 24 * 60..3 * 24 * 60_i64,
    )
        .prop_map(|((zone, year, month, day), minutes)| {
            let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            let noon = day.and_hms_opt(12, 0, 0).unwrap().and_utc();
            (zone, noon + TimeDelta::minutes(minutes))
        })
}

fn some_hours() -> impl Strategy<Value = AccessHours> {
    let times = prop::collection::vec((0..24_u8 * 4, 1..=24_u8 * 4), 0..3);
    prop::collection::vec(times, 7).prop_filter_map("no hours", |days| {
        let mut week = [Day::default(); 7];
        for (day, times) in week.iter_mut().zip(days) {
            let times = times.into_iter().filter(|(from, to)| from < to);
            let written = |quarter: u8| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
            let openings: Vec<Opening> = times
                .map(|(from, to)| Opening::between(&written(from), &written(to)).unwrap())
                .collect();
            *day = Day::of(&openings).unwrap_or_default();
        }
        AccessHours::weekly(week).ok()
    })
}

/// Whether the clocks on the wall show a time within the hours.
fn on_the_wall(hours: &AccessHours, now: Moment, zone: Tz) -> bool {
    let local = now.with_timezone(&zone);
    let (day, minute) = (
        local.weekday().num_days_from_monday(),
        local.hour() * 60 + local.minute(),
    );
    let Some(days) = hours.days() else {
        return true;
    };
    let within = |opening: Opening| {
        (u32::from(opening.begins())..u32::from(opening.ends())).contains(&minute)
    };
    days[usize::try_from(day).unwrap()].openings().any(within)
}

fn is_open(hours: &AccessHours, now: Moment, zone: Tz) -> bool {
    matches!(hours.at(now, zone), Stretch::Open { .. })
}

/// Whether the clocks go evenly from a day before until a day after.
fn even(now: Moment, zone: Tz) -> bool {
    let offset = |days| {
        (now + TimeDelta::days(days))
            .with_timezone(&zone)
            .offset()
            .fix()
    };
    offset(-1) == offset(1)
}

proptest! {
    #[test]
    fn nobody_is_let_in_when_the_clocks_on_the_wall_say_no(hours in some_hours(), (zone, now) in around_a_change()) {
        if is_open(&hours, now, zone) {
            prop_assert!(on_the_wall(&hours, now, zone));
        }
        if even(now, zone) {
            prop_assert_eq!(is_open(&hours, now, zone), on_the_wall(&hours, now, zone));
        }
    }

    #[test]
    fn a_stretch_ends_when_it_says_and_the_next_begins_when_it_says(hours in some_hours(), (zone, now) in around_a_change()) {
        let before = |at: Moment| at - TimeDelta::microseconds(1);
        match hours.at(now, zone) {
            Stretch::Open { until: Some(until) } => {
                prop_assert!(until > now);
                prop_assert_eq!(hours.at(before(until), zone), Stretch::Open { until: Some(until) });
                prop_assert!(!is_open(&hours, until, zone));
            }
            Stretch::Open { until: None } => prop_assert!(hours.is_any_time()),
            Stretch::Closed(closed) => {
                let opens = closed.opens.unwrap();
                prop_assert!(opens > now);
                prop_assert!(is_open(&hours, opens, zone));
                prop_assert!(!is_open(&hours, before(opens), zone));
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again(hours in some_hours()) {
        prop_assert_eq!(AccessHours::parse(&hours.text()), Ok(hours));
    }

    #[test]
    fn nothing_that_is_read_is_written_otherwise(text in "[a-z0-9:, -]{0,60}") {
        if let Ok(hours) = AccessHours::parse(&text) {
            prop_assert_eq!(hours.text(), text);
        }
    }
}
