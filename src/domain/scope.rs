//! The scope of a request: what may be touched.

use serde::{Deserialize, Serialize};

use super::text::{Prose, is_unseen, was_unseen};

/// The action that asks for the access itself rather than for one deed in it.
pub const ACCESS: &str = "access";

/// Most characters of an object.
pub const OBJECT_MAX: usize = 500;
/// Most characters of an action's name.
pub const ACTION_MAX: usize = 64;

/// What may be touched: a description for people, and optionally lists for machines.
/// Without a list it is the whole service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// What people read and approve.
    pub description: Prose,
    /// Prefixes of objects, such as `mailbox/kim@fabrikam.example/calendar`; empty means every object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectPrefix>,
    /// Actions, such as `read`; empty means every action.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionName>,
}

/// Why a scope was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// More than [`Scope::MAX_OBJECTS`] objects.
    #[error("names more than 100 objects")]
    TooManyObjects,
    /// More than [`Scope::MAX_ACTIONS`] actions.
    #[error("names more than 20 actions")]
    TooManyActions,
    /// An object that is no clean path.
    #[error(
        "an object must be a path of 1 to 500 characters such as mailbox/kim@fabrikam.example, without empty, \".\" or \"..\" parts"
    )]
    Object,
    /// An action that is no name.
    #[error(
        "an action must be 1 to 64 of a-z, 0-9, \".\", \"_\", \":\" and \"-\", and not \"access\""
    )]
    Action,
}

impl Scope {
    /// Most objects in one scope.
    pub const MAX_OBJECTS: usize = 100;
    /// Most actions in one scope.
    pub const MAX_ACTIONS: usize = 20;

    /// Builds a scope from texts that came in at a door.
    ///
    /// # Errors
    /// Says which list or entry is out of its bounds.
    pub fn parse<'a>(
        description: Prose,
        objects: impl IntoIterator<Item = &'a str>,
        actions: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ScopeError> {
        let objects: Vec<_> = objects
            .into_iter()
            .take(Self::MAX_OBJECTS + 1)
            .map(ObjectPrefix::parse)
            .collect::<Result<_, _>>()?;
        let actions: Vec<_> = actions
            .into_iter()
            .take(Self::MAX_ACTIONS + 1)
            .map(ActionName::parse)
            .collect::<Result<_, _>>()?;
        if objects.len() > Self::MAX_OBJECTS {
            return Err(ScopeError::TooManyObjects);
        }
        if actions.len() > Self::MAX_ACTIONS {
            return Err(ScopeError::TooManyActions);
        }
        Ok(Self {
            description,
            objects,
            actions,
        })
    }

    /// Whether the scope contains this action on this object.
    ///
    /// Where the scope lists objects and the question names none, it does not. The action
    /// [`ACCESS`] asks for the access itself and is contained whatever actions are listed.
    #[must_use]
    pub fn covers(&self, action: &str, object: Option<&str>) -> bool {
        covers(&self.objects, &self.actions, action, object)
    }

    /// Whether it is the whole service: no list narrows it.
    #[must_use]
    pub fn is_whole_service(&self) -> bool {
        self.objects.is_empty()
    }
}

/// What a scope says to machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// As in [`Scope::objects`].
    pub objects: Box<[ObjectPrefix]>,
    /// As in [`Scope::actions`].
    pub actions: Box<[ActionName]>,
}

impl Reach {
    /// As [`Scope::covers`].
    #[must_use]
    pub fn covers(&self, action: &str, object: Option<&str>) -> bool {
        covers(&self.objects, &self.actions, action, object)
    }
}

impl From<Scope> for Reach {
    fn from(scope: Scope) -> Self {
        Self {
            objects: scope.objects.into_boxed_slice(),
            actions: scope.actions.into_boxed_slice(),
        }
    }
}

fn covers(
    objects: &[ObjectPrefix],
    actions: &[ActionName],
    action: &str,
    object: Option<&str>,
) -> bool {
    let action_fits =
        actions.is_empty() || action == ACCESS || actions.iter().any(|a| a.0 == action);
    let object_fits = objects.is_empty()
        || object.is_some_and(|object| objects.iter().any(|prefix| prefix.contains(object)));
    action_fits && object_fits
}

/// A path that stands for itself and everything below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectPrefix(String);

impl ObjectPrefix {
    /// Reads a path that came in at a door, without slashes at its end.
    ///
    /// # Errors
    /// [`ScopeError::Object`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let text = text.trim().trim_end_matches('/');
        if is_object(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ScopeError::Object)
        }
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whole parts only: `mailbox/kim` does not contain `mailbox/kimberly`. A path with empty,
    /// `.` or `..` parts is contained in nothing, since a system behind the gate may read it otherwise.
    fn contains(&self, object: &str) -> bool {
        is_object(object)
            && object
                .strip_prefix(self.0.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Nothing, `.` or `..`, also with spaces around them or parameters behind, as some systems take them.
fn is_dots(part: &str) -> bool {
    let name = part.split(';').next().unwrap_or_default().trim();
    matches!(name, "" | "." | "..")
}

/// Whether a text names an object in one way: a path of 1 to 500 characters without empty, `.` or `..` parts.
#[must_use]
pub fn is_object(text: &str) -> bool {
    was_object(text) && !text.chars().any(is_unseen)
}

/// The same, of what was kept before more characters were known as unseen: it is read, and contains nothing.
fn was_object(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= OBJECT_MAX
        && !text
            .chars()
            .any(|c| c.is_control() || was_unseen(c) || matches!(c, '\\' | '%' | '?' | '#'))
        && text.split('/').all(|part| !is_dots(part))
}

/// Reads what was kept.
impl TryFrom<String> for ObjectPrefix {
    type Error = ScopeError;
    fn try_from(text: String) -> Result<Self, ScopeError> {
        if was_object(&text) {
            Ok(Self(text))
        } else {
            Err(ScopeError::Object)
        }
    }
}

impl From<ObjectPrefix> for String {
    fn from(prefix: ObjectPrefix) -> Self {
        prefix.0
    }
}

/// The name of something one can do in a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActionName(String);

impl ActionName {
    /// Reads a name that came in at a door.
    ///
    /// # Errors
    /// [`ScopeError::Action`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let text = text.trim();
        let fits = (1..=ACTION_MAX).contains(&text.len())
            && text.bytes().all(|b| {
                b.is_ascii_lowercase()
                    || b.is_ascii_digit()
                    || matches!(b, b'.' | b'_' | b':' | b'-')
            })
            && text != ACCESS;
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(ScopeError::Action)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ActionName {
    type Error = ScopeError;
    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

impl From<ActionName> for String {
    fn from(name: ActionName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(objects: &[&str], actions: &[&str]) -> Scope {
        Scope::parse(
            Prose::parse("calendar").unwrap(),
            objects.iter().copied(),
            actions.iter().copied(),
        )
        .unwrap()
    }

    #[test]
    fn what_was_filed_before_a_character_was_known_as_unseen_is_read_and_lets_nobody_in() {
        let kept: ObjectPrefix = serde_json::from_str("\"mailbox/\u{206A}kim\"").unwrap();
        assert!(!kept.contains("mailbox/\u{206A}kim") && !kept.contains("mailbox/kim"));
        assert_eq!(ObjectPrefix::parse(kept.as_str()), Err(ScopeError::Object));
        for never in [
            "mailbox/\u{200B}kim",
            "mailbox/\u{2064}kim",
            "mailbox/../kim",
        ] {
            assert!(
                ObjectPrefix::try_from(never.to_owned()).is_err(),
                "{never:?}"
            );
        }
    }

    #[test]
    fn without_lists_it_is_the_whole_service() {
        let whole = scope(&[], &[]);
        assert!(whole.covers("access", None) && whole.covers("delete", Some("mailbox/kim")));
    }

    #[test]
    fn a_prefix_holds_whole_parts_only() {
        let one = scope(&["mailbox/kim@fabrikam.example/calendar/"], &[]);
        assert!(one.covers("access", Some("mailbox/kim@fabrikam.example/calendar")));
        assert!(one.covers("access", Some("mailbox/kim@fabrikam.example/calendar/2026")));
        for outside in [
            "mailbox/kim@fabrikam.example",
            "mailbox/kim@fabrikam.example/calendar2",
            "mailbox/kim@fabrikam.example/calendar/../inbox",
            "mailbox/kim@fabrikam.example/calendar//x",
            "mailbox/kim@fabrikam.example/calendar/%2e%2e/inbox",
            "mailbox/kim@fabrikam.example/calendar/",
            "mailbox/kim@fabrikam.example/calendar/..;/inbox",
            "mailbox/kim@fabrikam.example/calendar/ .. /inbox",
            "mailbox/kim@fabrikam.example/calendar/\u{202E}x",
            "/mailbox/kim@fabrikam.example/calendar",
            "",
        ] {
            assert!(!one.covers("access", Some(outside)), "{outside}");
        }
    }

    #[test]
    fn a_listed_scope_denies_a_question_that_names_nothing() {
        assert!(!scope(&["mailbox/kim"], &[]).covers("access", None));
        let reading = scope(&[], &["read"]);
        assert!(reading.covers("access", None) && reading.covers("read", None));
        assert!(!reading.covers("write", None) && !reading.covers("", None));
    }

    #[test]
    fn lists_have_bounds() {
        let what = || Prose::parse("x").unwrap();
        assert_eq!(
            Scope::parse(what(), vec!["a"; 101], []),
            Err(ScopeError::TooManyObjects)
        );
        assert_eq!(
            Scope::parse(what(), [], vec!["a"; 21]),
            Err(ScopeError::TooManyActions)
        );
        assert_eq!(
            Scope::parse(what(), ["a/../b"], []),
            Err(ScopeError::Object)
        );
        assert_eq!(
            Scope::parse(what(), [], ["access"]),
            Err(ScopeError::Action)
        );
        assert_eq!(Scope::parse(what(), [], ["Read"]), Err(ScopeError::Action));
    }
}
