//! The domain's words as JSON Schema (draft 2020-12), as they are written in JSON. The domain itself knows nothing of it.
//!
//! Patterns say what is taken, as far as a regular expression of ECMA-262 can: white space around a text is taken away
//! before it is looked at, and characters that steer or turn a text are refused.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::api::body::Object;
use crate::api::paging::LIMIT_MAX;
use crate::domain::access_hours::AccessHours;
use crate::domain::activity;
use crate::domain::id::{CaseId, CommentId, DeedId, Reference, RequestId};
use crate::domain::request::state::WaitingFor;
use crate::domain::request::{Basis, StateKind};
use crate::domain::scope::{ACTION_MAX, ActionName, OBJECT_MAX, ObjectPrefix, Scope};
use crate::domain::support_case::Whose;
use crate::domain::text::{
    EMAIL_MAX, EmailAddress, LINE_MAX, Line, PROSE_MAX, Prose, SLUG_MAX, Slug,
};

/// A moment as text: RFC 3339, in UTC where it is ours.
pub enum Instant {}
/// A length of time as text: ISO 8601 in hours and minutes, one minute to seven days.
pub enum Length {}
/// An address below the base URL, or elsewhere.
pub enum Address {}
/// How many things a page has at most.
pub enum PageLimit {}
/// A place in a list, as a list gave it.
pub enum Place {}
/// The number of an entry in a log.
pub enum EntryNumber {}
/// What was done, as it is reported.
pub enum DoneAction {}
/// To what it was done, as it is reported.
pub enum DoneObject {}
/// A SHA-256 digest in base64 (RFC 4648, section 4).
pub enum Digest {}

/// White space, as it is taken away around a text.
const SPACE: &str =
    r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
/// Control characters, but for those that are white space.
const CONTROL: &str = r"\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f";
/// Characters that change the direction of text.
const TURNING: &str = r"\u202a-\u202e\u2066-\u2069";

/// At least one character that is not white space, and none that may not stand there. That one of them shows something is
/// left to the door: generators of examples choke on a pattern that says so.
fn pattern(within: &str) -> String {
    let kept = format!("[^{CONTROL}{TURNING}{SPACE}]");
    format!("^[{SPACE}]*{kept}(?:{within}*{kept})?[{SPACE}]*$")
}

fn line() -> String {
    pattern(r"[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]")
}

fn prose() -> String {
    pattern(
        r"(?:\u000d\u000a|[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069])",
    )
}

/// A path whose parts are something else than nothing, `.` and `..`, also before a `;`.
fn path() -> String {
    const REFUSED: &str = r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufff8\\%?#/";
    const BLANK: &str = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000.";
    let part = format!("[{BLANK}]*[^{REFUSED}{BLANK};][^{REFUSED}]*");
    format!("^{part}(?:/{part})*/?$")
}

/// Each day that has hours, with its times on quarters of an hour.
fn access_hours() -> String {
    let time = "(?:(?:[01][0-9]|2[0-3]):(?:00|15|30|45)|24:00)";
    let day = format!("(?:mon|tue|wed|thu|fri|sat|sun)(?: {time}-{time}){{1,2}}");
    format!("^(?:any time|{day}(?:, {day}){{0,6}})$")
}

fn schema(members: Value) -> Schema {
    Schema::try_from(members).unwrap_or_default()
}

macro_rules! words {
    ($($name:literal, $word:ty => $members:expr;)+) => {$(
        impl JsonSchema for $word {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!("lockbox::", $name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schema($members)
            }
        }
    )+};
}

words! {
    "Line", Line => json!({"type": "string", "minLength": 1, "maxLength": LINE_MAX, "pattern": line()});
    "Prose", Prose => json!({"type": "string", "minLength": 1, "maxLength": PROSE_MAX, "pattern": prose()});
    "AccessHours", AccessHours => json!({
        "type": "string", "pattern": access_hours(),
        "examples": ["any time", "mon 08:00-12:00 13:00-18:00, tue 08:00-18:00"],
    });
    "Slug", Slug => json!({
        "type": "string", "minLength": 1, "maxLength": SLUG_MAX,
        "pattern": "^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
        "examples": ["fabrikam", "exchange-online"],
    });
    "EmailAddress", EmailAddress => json!({
        "type": "string", "format": "email", "maxLength": EMAIL_MAX,
        "examples": ["ivo@provider.example"],
    });
    "Reference", Reference => json!({
        "type": "string",
        "pattern": "^LBX-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$",
        "examples": ["LBX-7Q2M-9XKD"],
    });
    "RequestId", RequestId => id();
    "CaseId", CaseId => id();
    "CommentId", CommentId => id();
    "DeedId", DeedId => id();
    "ObjectPrefix", ObjectPrefix => json!({
        "type": "string", "minLength": 1, "maxLength": OBJECT_MAX,
        "pattern": path(),
        "examples": ["mailbox/kim@fabrikam.example/calendar"],
    });
    "ActionName", ActionName => json!({
        "type": "string", "minLength": 1, "maxLength": ACTION_MAX,
        "pattern": "^[a-z0-9._:-]+$", "not": {"const": "access"},
        "examples": ["read"],
    });
    "StateKind", StateKind => json!({"type": "string", "enum": StateKind::ALL.map(StateKind::as_str)});
    "WaitingFor", WaitingFor => json!({
        "type": "string", "enum": [WaitingFor::Manager, WaitingFor::Customer, WaitingFor::Start],
    });
    "Basis", Basis => json!({
        "type": "string", "enum": [Basis::CustomerDecision, Basis::LockboxOff, Basis::NotCovered],
    });
    "Whose", Whose => json!({"type": "string", "enum": [Whose::Customer, Whose::Provider, Whose::Key]});
    "Instant", Instant => json!({
        "type": "string", "format": "date-time", "examples": ["2026-11-21T17:30:00.000000Z"],
    });
    "Length", Length => json!({
        "type": "string",
        "pattern": "^PT(?:(?:[1-9]|[1-9][0-9]|1[0-5][0-9]|16[0-7])H(?:[1-5]?[0-9]M)?|168H|[1-9][0-9]{0,3}M)$",
        "examples": ["PT4H"],
    });
    "Address", Address => json!({"type": "string", "format": "uri"});
    "PageLimit", PageLimit => json!({
        "type": "integer", "minimum": 1, "maximum": LIMIT_MAX,
    });
    "Place", Place => json!({
        "type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9_-]+$",
    });
    "EntryNumber", EntryNumber => json!({
        "type": "integer", "minimum": 0, "maximum": u32::MAX,
    });
    "DoneAction", DoneAction => json!({
        "type": "string", "minLength": 1, "maxLength": activity::ACTION_MAX, "pattern": line(), "examples": ["read"],
    });
    "DoneObject", DoneObject => json!({
        "type": "string", "minLength": 1, "maxLength": activity::OBJECT_MAX, "pattern": line(),
    });
    "Digest", Digest => json!({"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$"});
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// What people read and approve, and the lists that narrow it.
impl JsonSchema for Scope {
    fn schema_name() -> Cow<'static, str> {
        "Scope".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema(json!({
            "type": "object",
            "description": "What may be touched. Without a list it is the whole service.",
            "properties": {
                "description": generator.subschema_for::<Prose>(),
                "objects": {
                    "type": "array", "minItems": 1, "maxItems": Self::MAX_OBJECTS,
                    "items": generator.subschema_for::<ObjectPrefix>(),
                },
                "actions": {
                    "type": "array", "minItems": 1, "maxItems": Self::MAX_ACTIONS,
                    "items": generator.subschema_for::<ActionName>(),
                },
            },
            "required": ["description"],
        }))
    }
}

/// An object is what it holds.
impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<T: JsonSchema>() -> Value {
        SchemaGenerator::default().subschema_for::<T>().to_value()
    }

    #[test]
    fn words_say_the_bounds_of_the_domain() {
        assert_eq!(of::<Line>()["maxLength"], json!(200));
        assert_eq!(of::<Prose>()["maxLength"], json!(2_000));
        assert_eq!(of::<Slug>()["maxLength"], json!(63));
        assert_eq!(of::<EmailAddress>()["maxLength"], json!(254));
        assert_eq!(
            of::<WaitingFor>()["enum"],
            json!(["manager", "customer", "start"])
        );
        assert_eq!(
            of::<Whose>()["enum"],
            json!(["customer", "provider", "key"])
        );
    }
}
