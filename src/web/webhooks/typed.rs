//! What somebody typed into the form of a webhook, and what is wrong with it.

use serde::Deserialize;

use crate::acts::Flaw;
use crate::acts::webhooks::Wanted;
use crate::domain::text::WebhookUrl;
use crate::domain::webhook::wants::{ALL, Group, NoWants, Wants};
use crate::web::error::WebError;
use crate::web::typed::line;
use crate::web::view::CodeField;

/// The fields of the form, each as it came: which of them choose facts depends on what facts there are.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Posting(Vec<(String, String)>);

/// What was typed, to be shown again.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) url: String,
    pub(super) description: String,
    /// The words of [`Wants`].
    pub(super) wants: Vec<String>,
    pub(super) flaws: Vec<Flaw>,
    pub(super) code: Option<CodeField>,
}

impl Posting {
    /// What was typed. A field that the form does not have, or one that stands there twice, is refused.
    ///
    /// # Errors
    /// [`WebError::NoForm`].
    pub(super) fn read(self) -> Result<Typed, WebError> {
        let (mut url, mut description, mut wants) = (None, None, Vec::new());
        for (name, value) in self.0 {
            let place = match name.as_str() {
                "url" => Some(&mut url),
                "description" => Some(&mut description),
                _ => None,
            };
            let word = word(&name);
            match (place, word) {
                (Some(place), _) if place.is_none() => *place = Some(value),
                (None, Some(word)) if value == "on" && !wants.contains(&word) => wants.push(word),
                _ => return Err(WebError::NoForm(format!("no field {name} was wanted so"))),
            }
        }
        Ok(Typed {
            url: url.unwrap_or_default(),
            description: description.unwrap_or_default(),
            wants,
            ..Typed::default()
        })
    }
}

impl Typed {
    /// What is wanted, unless something is wrong with it: then the flaws say what.
    pub(super) fn parse(&mut self) -> Option<Wanted> {
        let mut flaws = Vec::new();
        let words = "Enter the https address of your receiver, without a name, a password or a # in it: at most 500 characters.";
        let url = WebhookUrl::parse(&self.url).map_err(|_| Flaw::of("url", words));
        let description = line("name", &self.description);
        let description = description.map_err(|words| Flaw::of("description", words));
        let wants = Wants::parse(self.wants.iter().map(String::as_str));
        let wants = wants.map_err(|why| {
            let words = match why {
                NoWants::Nothing => "Choose at least one fact.",
                NoWants::Unknown(_) => "Choose among the facts that are listed.",
            };
            Flaw::of("wants", words)
        });
        let url = url.map_err(|flaw| flaws.push(flaw)).ok();
        let description = description.map_err(|flaw| flaws.push(flaw)).ok();
        let wants = wants.map_err(|flaw| flaws.push(flaw)).ok();
        self.flaws = flaws;
        Some(Wanted {
            url: url?,
            description: description?,
            wants: wants?,
        })
    }
}

/// The name of the field that chooses a word: selectors know no dots.
pub(super) fn field_of(word: &str) -> String {
    word.replace('.', "-")
}

fn word(field: &str) -> Option<String> {
    let groups = || Group::EVERY.into_iter();
    let acts = groups().flat_map(Group::acts);
    let words = [ALL]
        .into_iter()
        .chain(groups().map(Group::as_str))
        .chain(acts);
    let mut words = words.filter(|word| field_of(word) == field);
    words.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(fields: &[(&str, &str)]) -> Result<Typed, WebError> {
        let fields = fields.iter();
        Posting(
            fields
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
        )
        .read()
    }

    #[test]
    fn each_word_has_a_field_of_its_own() {
        let typed = posted(&[
            ("url", "https://hooks.example"),
            ("description", " The SIEM "),
            ("requests", "on"),
            ("access-started", "on"),
        ]);
        let wanted = typed.unwrap().parse().unwrap();
        assert_eq!(wanted.url.as_str(), "https://hooks.example/");
        assert_eq!(wanted.description.as_str(), "The SIEM");
        let words: Vec<&str> = wanted.wants.words().collect();
        assert_eq!(words, ["access.started", "requests"]);
    }

    #[test]
    fn an_unknown_field_or_one_twice_is_no_form_of_ours() {
        for fields in [
            [("url", "a"), ("url", "b")],
            [("requests", "on"), ("requests", "on")],
            [("requests", "on"), ("access", "off")],
            [("requests", "on"), ("access.started", "on")],
            [("requests", "on"), ("everything", "on")],
        ] {
            assert!(posted(&fields).is_err(), "{fields:?}");
        }
    }

    #[test]
    fn every_flaw_is_told_at_once() {
        let mut typed = posted(&[("url", "http:/x y"), ("description", "\u{202E}")]).unwrap();
        assert!(typed.parse().is_none());
        let fields: Vec<_> = typed.flaws.iter().map(|flaw| flaw.field).collect();
        assert_eq!(fields, ["url", "description", "wants"]);
    }
}
