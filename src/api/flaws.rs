//! What of a body does not fit, found member by member so that all of it is told at once.

use crate::acts::Flaw;
use crate::domain::text::TextError;

/// What does not fit so far.
#[derive(Debug, Default)]
pub struct Flaws(Vec<Flaw>);

impl Flaws {
    /// All of it.
    #[must_use]
    pub fn into_vec(self) -> Vec<Flaw> {
        self.0
    }

    /// Takes what was read, or notes why it was not.
    pub fn note<T>(&mut self, field: &'static str, read: Result<T, String>) -> Option<T> {
        read.map_err(|words| self.0.push(Flaw::of(field, words)))
            .ok()
    }

    /// Reads a text that must be there.
    pub fn text<T>(
        &mut self,
        field: &'static str,
        what: &str,
        text: Option<String>,
        parse: fn(&str) -> Result<T, TextError>,
    ) -> Option<T> {
        let read = match text {
            Some(text) => parse(&text).map_err(|error| format!("{what} {error}.")),
            None => Err(format!("{what} is missing.")),
        };
        self.note(field, read)
    }

    /// Reads a text that may be left out.
    pub fn perhaps<T>(
        &mut self,
        field: &'static str,
        what: &str,
        text: Option<String>,
        parse: fn(&str) -> Result<T, TextError>,
    ) -> Option<Option<T>> {
        match text {
            Some(text) => self.text(field, what, Some(text), parse).map(Some),
            None => Some(None),
        }
    }
}
