//! Access hours as they are kept in facts and rows. There is one way to write them, so that what is hashed can be made
//! again: `mon 08:00-12:00 13:00-18:00, tue 08:00-18:00`, each day that has hours by itself.

use super::{AccessHours, Day, HoursError, Opening};

/// No hours.
const ANY_TIME: &str = "any time";
/// The days, from Monday on.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl AccessHours {
    /// What is kept.
    #[must_use]
    pub fn text(&self) -> String {
        let Some(days) = self.days() else {
            return ANY_TIME.to_owned();
        };
        let mut written = Vec::new();
        for (name, day) in DAYS.into_iter().zip(days) {
            let openings: Vec<String> = day.openings().map(|one| format!(" {one}")).collect();
            if !openings.is_empty() {
                written.push(format!("{name}{}", openings.concat()));
            }
        }
        written.join(", ")
    }

    /// Reads what [`AccessHours::text`] writes, and nothing else.
    ///
    /// # Errors
    /// [`HoursError`].
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        if text == ANY_TIME {
            return Ok(Self::AnyTime);
        }
        let mut days = [Day::default(); 7];
        for written in text.split(", ") {
            let mut words = written.split(' ');
            let name = words.next().ok_or(HoursError::Form)?;
            let named = DAYS.iter().zip(&mut days).find(|(day, _)| **day == name);
            let (_, day) = named.ok_or(HoursError::Form)?;
            let openings = words.map(opening).collect::<Result<Vec<_>, _>>()?;
            *day = Day::of(&openings)?;
        }
        let hours = Self::weekly(days)?;
        if hours.text() == text {
            Ok(hours)
        } else {
            Err(HoursError::Form)
        }
    }
}

fn opening(text: &str) -> Result<Opening, HoursError> {
    let (from, to) = text.split_once('-').ok_or(HoursError::Form)?;
    Opening::between(from, to)
}

impl TryFrom<String> for AccessHours {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        Self::parse(&text)
    }
}

impl From<AccessHours> for String {
    fn from(hours: AccessHours) -> Self {
        hours.text()
    }
}
