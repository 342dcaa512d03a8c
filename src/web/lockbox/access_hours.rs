//! Setting the hours in which access may be started and go on.

use serde::Deserialize;

use super::limits::{seen, version};
use super::{SETTING, switching};
use crate::acts::limits::change_hours;
use crate::acts::{ActError, Flaw};
use crate::domain::access_hours::{AccessHours, Day, Opening};
use crate::domain::lockbox::Limits;
use crate::domain::weakening::Delay;
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{AccessHoursPage, CodeField, HoursField, HoursOfDay, Place};

/// A day as the table calls it, in full, and the fields of its times.
macro_rules! day {
    ($short:literal, $name:literal, $field:literal) => {
        (
            $short,
            $name,
            [
                concat!($field, "_from"),
                concat!($field, "_to"),
                concat!($field, "_from_2"),
                concat!($field, "_to_2"),
            ],
        )
    };
}

/// The days, from Monday on.
const DAYS: [(&str, &str, [&str; 4]); 7] = [
    day!("Mon", "Monday", "mon"),
    day!("Tue", "Tuesday", "tue"),
    day!("Wed", "Wednesday", "wed"),
    day!("Thu", "Thursday", "thu"),
    day!("Fri", "Friday", "fri"),
    day!("Sat", "Saturday", "sat"),
    day!("Sun", "Sunday", "sun"),
];
/// What the times of a day are, after its name.
const LABELS: [&str; 4] = ["from", "to", "and from", "and to"];
/// What is proposed on working days to who lets in anybody at any time.
const PROPOSED: [&str; 2] = ["08:00", "18:00"];
/// The end of a day, which a field for times cannot show.
const END_OF_DAY: &str = "24:00";
/// What it shows instead.
const MIDNIGHT: &str = "00:00";

/// The fields of the form as they came.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Posting(Vec<(String, String)>);

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    /// The limits that were shown.
    version: String,
    /// `any` or `weekly`.
    hours: String,
    /// The times of each day.
    times: [[String; 4]; 7],
}

/// `GET /settings/customer-lockbox/access-hours`.
///
/// # Errors
/// 403 for whoever may not change them, 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    switching(&member)?;
    let typed = Typed::shown(&member.tenant.limits);
    form(&member, &typed, &[], member.code_field())
}

/// `POST /settings/customer-lockbox/access-hours`.
///
/// # Errors
/// 403 for whoever may not change them, 400 for a field that the form does not have, and whatever the act says.
pub async fn save(member: TenantMember, posted: Posted<Posting>) -> Answer {
    switching(&member)?;
    let typed = posted.fields.read()?;
    let wanted = match typed.wanted() {
        Ok(wanted) => wanted,
        Err(flaws) => return form(&member, &typed, &flaws, member.code_field()),
    };
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, &typed, &[], Some(code)),
    };
    let (tenant, seen) = (member.tenant.id, seen(&typed.version));
    let done = member
        .lockbox()
        .acting(move |lockbox| change_hours(lockbox, &by, tenant, seen.as_ref(), wanted))
        .await;
    match done {
        Ok(()) => Ok(see_other(&format!("{SETTING}#access-hours"))),
        Err(ActError::Unfit(flaws)) => {
            // What was set meanwhile is said beside what was typed.
            let version = version(&member.tenant.limits);
            form(&member, &Typed { version, ..typed }, &flaws, None)
        }
        Err(error) => Err(error.into()),
    }
}

impl Posting {
    /// What was typed; a field that is not there is empty. One that the form does not have, or that stands there twice, is
    /// refused.
    fn read(self) -> Result<Typed, WebError> {
        let (mut version, mut hours) = (None, None);
        let mut times: [[Option<String>; 4]; 7] = Default::default();
        for (name, value) in self.0 {
            let field = match name.as_str() {
                "version" => Some(&mut version),
                "hours" => Some(&mut hours),
                other => {
                    let mut fields = DAYS.iter().flat_map(|(_, _, fields)| fields);
                    let place = fields.position(|field| *field == other);
                    place.and_then(|place| times.as_flattened_mut().get_mut(place))
                }
            };
            match field {
                Some(field) if field.is_none() => *field = Some(value),
                _ => return Err(WebError::NoForm(format!("no field {name} was wanted so"))),
            }
        }
        Ok(Typed {
            version: version.unwrap_or_default(),
            hours: hours.unwrap_or_default(),
            times: times.map(|day| day.map(Option::unwrap_or_default)),
        })
    }
}

impl Typed {
    /// The hours as they are; where there are none, some that are usual.
    fn shown(limits: &Limits) -> Self {
        let hours = limits.access_hours;
        let mut times: [[String; 4]; 7] = Default::default();
        match hours.days() {
            Some(days) => {
                for (day, fields) in days.iter().zip(&mut times) {
                    let written = day.openings().flat_map(written);
                    for (written, field) in written.zip(fields) {
                        *field = written;
                    }
                }
            }
            None => {
                for fields in times.iter_mut().take(5) {
                    for (proposed, field) in PROPOSED.into_iter().zip(fields) {
                        proposed.clone_into(field);
                    }
                }
            }
        }
        let choice = if hours.is_any_time() { "any" } else { "weekly" };
        Self {
            version: version(limits),
            hours: choice.to_owned(),
            times,
        }
    }

    /// The hours that are wanted.
    ///
    /// # Errors
    /// What to change, each at the first field of its day or at the hours as a whole.
    fn wanted(&self) -> Result<AccessHours, Vec<Flaw>> {
        match self.hours.as_str() {
            "any" => return Ok(AccessHours::AnyTime),
            "weekly" => {}
            _ => {
                let words = "Choose any time, or only these hours.";
                return Err(vec![Flaw::of("hours", words)]);
            }
        }
        let (mut days, mut flaws) = ([Day::default(); 7], Vec::new());
        for ((day, typed), (_, _, [first, ..])) in days.iter_mut().zip(&self.times).zip(DAYS) {
            match of_day(typed) {
                Ok(typed) => *day = typed,
                Err(words) => flaws.push(Flaw::of(first, words)),
            }
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        AccessHours::weekly(days).map_err(|error| vec![Flaw::of("hours", error.to_string())])
    }
}

fn of_day(typed: &[String; 4]) -> Result<Day, String> {
    let mut openings = Vec::new();
    for times in typed.chunks(2) {
        let times: Vec<&str> = times.iter().map(|time| time.trim()).collect();
        let (from, to) = match times.as_slice() {
            ["", ""] => continue,
            [from, to] if !from.is_empty() && !to.is_empty() => (*from, *to),
            _ => return Err("Fill in from when and to when, or neither.".to_owned()),
        };
        let to = if to == MIDNIGHT { END_OF_DAY } else { to };
        openings.push(Opening::between(from, to).map_err(|error| error.to_string())?);
    }
    Day::of(&openings).map_err(|error| error.to_string())
}

/// From when and to when, as a field for times shows it.
fn written(opening: Opening) -> [String; 2] {
    [opening.begins(), opening.ends()].map(|minutes| {
        let (hours, minutes) = (minutes / 60 % 24, minutes % 60);
        format!("{hours:02}:{minutes:02}")
    })
}

fn form(member: &TenantMember, typed: &Typed, flaws: &[Flaw], code: Option<CodeField>) -> Answer {
    let wrong_code = code.as_ref().is_some_and(|code| code.error.is_some());
    let mut days = Vec::new();
    for ((short, name, fields), values) in DAYS.into_iter().zip(&typed.times) {
        let [first, ..] = fields;
        let fields: [(&str, &str); 4] = std::array::from_fn(|at| (fields[at], LABELS[at]));
        let mut values = values.iter();
        days.push(HoursOfDay {
            short,
            name,
            times: fields.map(|(name, label)| HoursField {
                name,
                label,
                value: values.next().cloned().unwrap_or_default(),
            }),
            error: Flaw::words_of(flaws, first),
        });
    }
    let whole: Vec<Flaw> = flaws
        .iter()
        .filter(|flaw| flaw.field == "limits" || flaw.field == "tenant")
        .cloned()
        .collect();
    let tenant = &member.tenant;
    let page = AccessHoursPage {
        shell: member.shell(Place::Settings),
        version: typed.version.clone(),
        weekly: typed.hours == "weekly",
        days,
        zone: tenant.zone.name().to_owned(),
        delay: (tenant.delay != Delay::None).then(|| tenant.delay.to_string()),
        error: Flaw::words_of(flaws, "hours"),
        code,
        problem: (!whole.is_empty()).then(|| {
            let now = tenant.limits.access_hours.in_zone(tenant.zone);
            format!(
                "{} The access hours are now: {now}.",
                Flaw::sentences(&whole)
            )
        }),
    };
    form_page(wrong_code || !flaws.is_empty(), &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Result<Typed, WebError> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Posting(fields.iter().map(own).collect()).read()
    }

    fn wanted(fields: &[(&str, &str)]) -> Result<String, Vec<&'static str>> {
        let wanted = typed(fields).unwrap().wanted();
        let named = |flaws: Vec<Flaw>| flaws.iter().map(|flaw| flaw.field).collect();
        wanted.map(|hours| hours.text()).map_err(named)
    }

    #[test]
    fn what_is_typed_is_read() {
        let weekly = ("hours", "weekly");
        assert_eq!(wanted(&[("hours", "any")]), Ok("any time".to_owned()));
        assert_eq!(
            wanted(&[
                weekly,
                ("mon_from", "08:00"),
                ("mon_to", "12:00"),
                ("mon_from_2", "13:00"),
                ("mon_to_2", "00:00"),
                ("sun_from_2", "00:00"),
                ("sun_to_2", " 06:15 "),
            ]),
            Ok("mon 08:00-12:00 13:00-24:00, sun 00:00-06:15".to_owned())
        );
        // Times that do not count are kept and not looked at.
        let any = [("hours", "any"), ("mon_from", "25:00")];
        assert_eq!(wanted(&any), Ok("any time".to_owned()));
        assert_eq!(typed(&any).unwrap().times[0][0], "25:00");
    }

    #[test]
    fn what_is_wrong_is_named_by_its_day() {
        let weekly = ("hours", "weekly");
        assert_eq!(wanted(&[]), Err(vec!["hours"]));
        assert_eq!(wanted(&[("hours", "sometimes")]), Err(vec!["hours"]));
        assert_eq!(wanted(&[weekly]), Err(vec!["hours"]));
        assert_eq!(
            wanted(&[
                weekly,
                ("mon_from", "08:00"),
                ("tue_from", "18:00"),
                ("tue_to", "08:00"),
                ("wed_from", "08:05"),
                ("wed_to", "18:00"),
                ("thu_from", "<b>"),
                ("thu_to", "25:00"),
                ("fri_from", "08:00"),
                ("fri_to", "12:00"),
                ("fri_from_2", "11:00"),
                ("fri_to_2", "13:00"),
                ("sat_to_2", "13:00"),
            ]),
            Err(vec![
                "mon_from", "tue_from", "wed_from", "thu_from", "fri_from", "sat_from"
            ])
        );
    }

    #[test]
    fn no_field_is_taken_that_the_form_does_not_have() {
        for name in ["", "day_from", "mon_from_3", "mon", "MON_FROM", "status"] {
            assert!(typed(&[(name, "08:00")]).is_err(), "{name}");
        }
        assert!(typed(&[("mon_from", ""), ("mon_from", "")]).is_err());
        assert!(typed(&[("hours", "any"), ("hours", "any")]).is_err());
    }

    #[test]
    fn hours_that_are_shown_are_read_back() {
        for text in [
            "any time",
            "mon 08:00-12:00 13:00-24:00, sun 00:00-24:00",
            "wed 23:45-24:00",
        ] {
            let access_hours = AccessHours::parse(text).unwrap();
            let shown = Typed::shown(&Limits {
                access_hours,
                ..Limits::default()
            });
            assert_eq!(shown.wanted().unwrap(), access_hours);
        }
    }
}
