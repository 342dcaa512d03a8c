//! What the address of the log asks for: filters, and a place to go on from.

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::domain::audit::entry::Entry;
use crate::domain::id::Reference;
use crate::web::error::WebError;
use crate::web::words;

/// Most characters of a filter.
const TEXT_MAX: usize = 254;

/// The query as it came in; what is empty was not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
    /// The first day, in UTC.
    pub from: String,
    /// The last day, in UTC.
    pub to: String,
    /// A part of the name of who did it.
    pub person: String,
    /// A part of what was done: of its name for machines, or of its words.
    pub act: String,
    /// The request's reference.
    pub reference: String,
}

impl Asked {
    /// Reads the query.
    ///
    /// # Errors
    /// [`WebError::NoForm`] where a filter stands there twice or is too long.
    pub fn of(request: &HttpRequest) -> Result<Self, WebError> {
        let asked = Query::<Self>::from_query(request.query_string())
            .map(Query::into_inner)
            .map_err(|e| WebError::NoForm(e.to_string()))?;
        let long = |(_, text): &(_, &str)| text.chars().count() > TEXT_MAX;
        if asked.fields().iter().any(long) {
            return Err(WebError::NoForm("a filter is too long".to_owned()));
        }
        Ok(asked)
    }

    /// The place before which the page begins. What is no number is the newest page.
    #[must_use]
    pub fn before(&self) -> Option<u64> {
        self.before.parse().ok()
    }

    /// The reference that is asked for, in the form that addresses have; nothing where it is none.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        Reference::parse(&self.reference.trim().to_ascii_uppercase()).ok()
    }

    /// How many filters are set.
    #[must_use]
    pub fn filters(&self) -> usize {
        let set = |(_, text): &&(_, &str)| !text.trim().is_empty();
        self.fields().iter().filter(set).count()
    }

    /// Whether an entry has the person and the act that are asked for.
    #[must_use]
    pub fn fits(&self, entry: &Entry) -> bool {
        let within =
            |part: &str, whole: &str| whole.to_lowercase().contains(&part.trim().to_lowercase());
        let asked = entry.asked.as_ref().map(|asked| asked.by.name());
        (within(&self.person, &entry.author.actor.name())
            || asked.is_some_and(|name| within(&self.person, &name)))
            && (within(&self.act, entry.fact.act())
                || within(&self.act, &words::of(&entry.fact).what))
    }

    /// The address of the log, or of a file of it, with the same filters.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        self.written(path, None)
    }

    /// The address of the entries before a place.
    #[must_use]
    pub fn before_place(&self, path: &str, seq: u64) -> String {
        self.written(path, Some(seq.to_string()))
    }

    fn written(&self, path: &str, before: Option<String>) -> String {
        let fields = self.fields();
        let query = Serializer::new(String::new())
            .extend_pairs(fields.iter().filter(|(_, text)| !text.is_empty()))
            .extend_pairs(before.map(|seq| ("before", seq)))
            .finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }

    fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("from", &self.from),
            ("to", &self.to),
            ("person", &self.person),
            ("act", &self.act),
            ("reference", &self.reference),
        ]
    }
}
