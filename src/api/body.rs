//! Bodies: JSON objects of at most 64 KiB, read only when they are asked for.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::body::{BodyStream, to_bytes_limited};
use actix_web::dev::Payload;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING,
};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;

use super::problem::{Kind, Problem};

/// How long a body may take to arrive.
const ARRIVAL_MAX: std::time::Duration = std::time::Duration::from_secs(10);

/// The most bytes of a body: 64 KiB.
pub const BODY_MAX: usize = 64 * 1024;

/// A body not yet received. Taking it never fails, so that who is asking is settled first.
pub struct Body {
    payload: Payload,
    is_json: bool,
    /// Whether the head says that there is none.
    is_absent: bool,
}

impl Body {
    /// Receives the body.
    ///
    /// # Errors
    /// 415 when it is not said to be `application/json` or is said to be compressed, 413 beyond [`BODY_MAX`], 400 when it breaks off.
    pub async fn receive(self) -> Result<Bytes, Problem> {
        self.receive_or(Kind::NotJson).await
    }

    /// Receives a question of the data plane. There a body that is not said to be JSON is malformed: `AuthZEN` knows no 415.
    ///
    /// # Errors
    /// As [`Body::receive`], and 400 in place of 415.
    pub async fn receive_question(self) -> Result<Bytes, Problem> {
        self.receive_or(Kind::Malformed).await
    }

    async fn receive_or(self, not_json: Kind) -> Result<Bytes, Problem> {
        if !self.is_json {
            let detail =
                "Send the body with \"Content-Type: application/json\", and not compressed.";
            return Err(Problem::new(not_json, detail));
        }
        let arriving = to_bytes_limited(BodyStream::new(self.payload), BODY_MAX);
        let Ok(arrived) = tokio::time::timeout(ARRIVAL_MAX, arriving).await else {
            return Err(Problem::new(
                Kind::Malformed,
                "The body took more than 10 seconds to arrive.",
            ));
        };
        match arrived {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(_)) => Err(Problem::new(Kind::Malformed, "The body broke off.")),
            Err(_) => Err(Problem::new(
                Kind::TooLarge,
                "A body may have 64 KiB at most.",
            )),
        }
    }
}

impl Body {
    /// Receives a body that says nothing: none at all, or an object without members.
    ///
    /// # Errors
    /// As [`Body::receive`], and 422 for a body that says something.
    pub async fn receive_nothing(self) -> Result<(), Problem> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        if self.is_absent {
            return Ok(());
        }
        let body = self.receive().await?;
        let Nothing {} = object(&body)?;
        Ok(())
    }
}

impl FromRequest for Body {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_plain = request
            .headers()
            .get(CONTENT_ENCODING)
            .is_none_or(|coding| coding == "identity");
        let is_json = is_plain && is_json(request);
        ready(Ok(Self {
            payload: payload.take(),
            is_json,
            is_absent: is_absent(request.headers()),
        }))
    }
}

fn is_json(request: &HttpRequest) -> bool {
    const JSON: &str = "application/json";
    let said = request.headers().get(CONTENT_TYPE);
    // So it mostly is: without reading it as a type with parameters.
    said.is_some_and(|said| said == JSON)
        || matches!(
            request.mime_type(),
            Ok(Some(mime)) if mime.essence_str().eq_ignore_ascii_case(JSON)
        )
}

/// A request without a length and without chunks has no body (RFC 9112, section 6.3).
fn is_absent(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    length.is_none_or(|length| length == "0") && !headers.contains_key(TRANSFER_ENCODING)
}

/// Why a body could not be read, in a sentence.
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// It is no JSON.
    #[error("The body is no JSON: {0}.")]
    NoJson(serde_json::Error),
    /// It is JSON of another form: a member is unknown, given twice, missing, or of another type.
    #[error("The body does not fit: {0}.")]
    OtherForm(serde_json::Error),
}

impl From<Misread> for Problem {
    fn from(misread: Misread) -> Self {
        let kind = match misread {
            Misread::NoJson(_) => Kind::Malformed,
            Misread::OtherForm(_) => Kind::Unfit,
        };
        Self::new(kind, misread.to_string())
    }
}

/// Reads a body as one JSON object.
///
/// # Errors
/// Says why it could not be read.
pub fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Misread> {
    // Text is looked through once, and not each name and value for itself.
    let read = match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    match read {
        Ok(Object(value)) => Ok(value),
        Err(error) => Err(match error.classify() {
            Category::Data => Misread::OtherForm(error),
            Category::Syntax | Category::Eof | Category::Io => Misread::NoJson(error),
        }),
    }
}

/// A value that was written as a JSON object, and not as an array of its members in their order, which a derived
/// `Deserialize` takes as well.
#[derive(Debug, Default)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_map(Members(PhantomData))
            .map(Object)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pair {
        one: String,
        two: Option<bool>,
    }

    async fn received(content_type: &'static str, body: Vec<u8>) -> Result<Bytes, Kind> {
        let request = TestRequest::post()
            .insert_header(("Content-Type", content_type))
            .set_payload(body);
        let (request, mut payload) = request.to_http_parts();
        let body = Body::from_request(&request, &mut payload).await.unwrap();
        body.receive().await.map_err(|problem| problem.kind())
    }

    #[actix_web::test]
    async fn a_body_is_json_and_bounded() {
        for fits in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON",
        ] {
            assert!(received(fits, b"{}".to_vec()).await.is_ok(), "{fits}");
        }
        for other in ["text/plain", "application/json5", "json", ""] {
            let result = received(other, b"{}".to_vec()).await;
            assert_eq!(result, Err(Kind::NotJson), "{other}");
        }
        let compressed = TestRequest::post()
            .insert_header(("Content-Type", "application/json"))
            .insert_header(("Content-Encoding", "gzip"));
        let (request, mut payload) = compressed.set_payload("{}").to_http_parts();
        let body = Body::from_request(&request, &mut payload).await.unwrap();
        assert_eq!(body.receive().await.unwrap_err().kind(), Kind::NotJson);
        let at_most = received("application/json", vec![b' '; BODY_MAX]).await;
        assert_eq!(at_most.unwrap().len(), BODY_MAX);
        let beyond = received("application/json", vec![b' '; BODY_MAX + 1]).await;
        assert_eq!(beyond, Err(Kind::TooLarge));
    }

    #[test]
    fn an_object_is_read() {
        let pair: Pair = object(br#" {"two":false,"one":"x"} "#).unwrap();
        assert_eq!((pair.one.as_str(), pair.two), ("x", Some(false)));
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in [
            &b""[..],
            b"{",
            b"one=x",
            b"{\"one\":\"x\"} {}",
            b"{\"one\":\"x\",}",
            b"{\"one\":\"\xff\"}",
            b"{'one':'x'}",
        ] {
            let problem = Problem::from(object::<Pair>(body).unwrap_err());
            assert_eq!(problem.kind(), Kind::Malformed, "{problem}");
        }
    }

    #[test]
    fn json_of_another_form_does_not_fit() {
        for body in [
            "{}",
            "null",
            r#""x""#,
            r#"["x", true]"#,
            r#"{"one":1}"#,
            r#"{"one":null}"#,
            r#"{"one":"x","two":"false"}"#,
            r#"{"one":"x","two":0}"#,
            r#"{"one":"x","status":"approved"}"#,
            r#"{"one":"x","one":"y"}"#,
        ] {
            let problem = Problem::from(object::<Pair>(body.as_bytes()).unwrap_err());
            assert_eq!(problem.kind(), Kind::Unfit, "{body}");
        }
    }
}
