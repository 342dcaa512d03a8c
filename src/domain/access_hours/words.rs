//! Access hours as people read them: `Mon–Fri 08:00–18:00, Sat 08:00–12:00 and 13:00–15:00`.

use std::fmt;

use chrono_tz::Tz;

use super::{AccessHours, Closed, Day, Opening};

/// The days, from Monday on.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl AccessHours {
    /// With the zone of their clocks: `Mon–Fri 08:00–18:00 (Europe/Berlin)`. Any time is so in every zone.
    #[must_use]
    pub fn in_zone(&self, zone: Tz) -> String {
        if self.is_any_time() {
            self.to_string()
        } else {
            format!("{self} ({zone})")
        }
    }
}

impl fmt::Display for AccessHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(days) = self.days() else {
            return f.write_str("any time");
        };
        let named: Vec<(&str, Day)> = DAYS.into_iter().zip(*days).collect();
        let mut gap = "";
        // Days one after the other that have the same hours are said at once.
        for alike in named.chunk_by(|(_, one), (_, next)| one == next) {
            let (Some((first, day)), Some((last, _))) = (alike.first(), alike.last()) else {
                continue;
            };
            let mut openings = day.openings();
            let Some(opening) = openings.next() else {
                continue;
            };
            write!(f, "{gap}{first}")?;
            if first != last {
                write!(f, "\u{2013}{last}")?;
            }
            write!(f, " {}", said(opening))?;
            if let Some(second) = openings.next() {
                write!(f, " and {}", said(second))?;
            }
            gap = ", ";
        }
        Ok(())
    }
}

fn said(opening: Opening) -> String {
    opening.to_string().replace('-', "\u{2013}")
}

/// As it is kept: `08:00-18:00`.
impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.begins(), self.ends());
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

/// Why nobody is let in, and when somebody is again, in the tenant's zone.
impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hours, zone, opens } = self;
        write!(f, "nobody is let in outside {}", hours.in_zone(*zone))?;
        match opens {
            Some(opens) => {
                let opens = opens.with_timezone(zone).format("%a %-d %b %Y, %H:%M");
                write!(f, "; access can be started again from {opens}")
            }
            None => Ok(()),
        }
    }
}
