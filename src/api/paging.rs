//! Pages: what a list is asked for in the query, and the way to what follows.

use actix_web::HttpResponse;
use actix_web::http::header::{ContentType, LINK};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::PortalUrl;
use super::problem::{Kind, Problem};
use crate::store::StoreError;

/// Most things on one page.
pub const LIMIT_MAX: u16 = 100;
/// How many there are where nobody says how many.
pub const LIMIT: u16 = 50;

/// Reads a query; what it does not know, and what stands there twice, is refused.
///
/// # Errors
/// 400 with what is wrong.
pub fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_urlencoded::from_str(text)
        .map_err(|error| malformed(format!("The query does not fit: {error}.")))
}

/// A page's length: 1 to [`LIMIT_MAX`].
///
/// # Errors
/// 400 outside of that.
pub fn limit(asked: Option<u16>) -> Result<usize, Problem> {
    match asked {
        None => Ok(usize::from(LIMIT)),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(usize::from(limit)),
        Some(_) => Err(malformed(format!("limit is 1 to {LIMIT_MAX}."))),
    }
}

/// A place in a list as text that means nothing to anybody else; empty where it cannot be written.
#[must_use]
pub fn cursor(place: &impl Serialize) -> String {
    serde_json::to_vec(place).map_or_else(
        |_| String::new(),
        |text| BASE64_URL_SAFE_NO_PAD.encode(text),
    )
}

/// The place that a cursor stands for.
///
/// # Errors
/// 400 where it stands for none.
pub fn place<T: DeserializeOwned>(cursor: &str) -> Result<T, Problem> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    let place = text.and_then(|text| serde_json::from_slice(&text).ok());
    place.ok_or_else(|| malformed("The cursor is none of this list."))
}

/// The place that a cursor stands for, where one is given.
///
/// # Errors
/// 400 where it stands for none.
pub fn after<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    cursor.map(place).transpose()
}

/// The address of the page that follows: the same query from another place on.
#[must_use]
pub fn next(portal: &PortalUrl, path: &str, query: &str, name: &str, place: &str) -> String {
    let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != name);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair(name, place)
        .finish();
    format!("{}{path}?{query}", portal.base())
}

/// A page that is written and not yet sent.
#[derive(Debug)]
pub struct Written {
    json: String,
    next: Option<String>,
}

impl Written {
    /// Writes a page; what follows it comes along.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn of(page: &impl Serialize, next: Option<String>) -> Result<Self, Problem> {
        let json = serde_json::to_string(page).map_err(StoreError::from)?;
        Ok(Self { json, next })
    }

    /// The answer; what follows is said in the field `Link`, too.
    #[must_use]
    pub fn answer(self) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer.content_type(ContentType::json());
        if let Some(next) = self.next {
            answer.insert_header((LINK, format!("<{next}>; rel=\"next\"")));
        }
        answer.body(self.json)
    }
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Malformed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        assert_eq!(
            place::<(u8, String)>(&cursor(&(7, "x"))).unwrap(),
            (7, "x".to_owned())
        );
        for text in ["", "x", "bnVsbA", "!!", &cursor(&"x")] {
            assert_eq!(
                place::<(u8, String)>(text).unwrap_err().kind(),
                Kind::Malformed,
                "{text}"
            );
        }
    }

    #[test]
    fn what_follows_keeps_the_query() {
        let portal = PortalUrl("https://lockbox.example/".parse().unwrap());
        assert_eq!(
            next(
                &portal,
                "/api/v1/tenants",
                "limit=2&cursor=a",
                "cursor",
                "b c"
            ),
            "https://lockbox.example/api/v1/tenants?limit=2&cursor=b+c"
        );
    }

    #[test]
    fn a_page_has_one_to_a_hundred() {
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(
            (limit(Some(1)).unwrap(), limit(Some(100)).unwrap()),
            (1, 100)
        );
        for asked in [0, 101, u16::MAX] {
            assert_eq!(limit(Some(asked)).unwrap_err().kind(), Kind::Malformed);
        }
    }
}
