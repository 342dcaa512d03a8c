//! What a request at a gate asks for: an action and an object, read from its method and its target.
//!
//! The gate and the system behind it must read a path alike, or one opens what the other did not mean. So nothing is
//! repaired here: a path that has one reading is taken, any other is refused.

use super::scope::is_object;

/// The action of a method that only reads.
const READ: &str = "read";
/// The action of every other method.
const WRITE: &str = "write";
/// The longest method that is read, in bytes.
const METHOD_MAX: usize = 32;
/// The longest path that is read, in bytes as they arrive.
const PATH_MAX: usize = 4096;

/// What is done to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `read` or `write`.
    pub action: &'static str,
    /// The path without its first slash and without one at its end; none for `/`.
    pub object: Option<String>,
}

/// Why a method or a target cannot be read in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Other than capital letters and hyphens.
    #[error("the method is none")]
    Method,
    /// Not a path that begins with a slash, or too long.
    #[error("the target is no path of at most 4,096 bytes")]
    NoPath,
    /// `%` without two hexadecimal digits, or what is encoded is no UTF-8.
    #[error("the path is not encoded rightly")]
    Encoding,
    /// Something encoded that another reader would take for a part of the path's form.
    #[error(
        "the path encodes a slash, a backslash, a percent sign, a question mark, a number sign or a control character"
    )]
    EncodedForm,
    /// Empty parts, `.` and `..`, backslashes, characters that are not seen or pass for others; or beyond 500 characters.
    #[error("the path can be read in more than one way")]
    SeveralReadings,
}

/// What a request of this method and target asks for. The query is not looked at.
///
/// # Errors
/// [`Unclear`].
pub fn asked(method: &str, target: &str) -> Result<Asked, Unclear> {
    Ok(Asked {
        action: action(method)?,
        object: object(target)?,
    })
}

fn action(method: &str) -> Result<&'static str, Unclear> {
    let fits = (1..=METHOD_MAX).contains(&method.len())
        && method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    match method {
        "GET" | "HEAD" | "OPTIONS" => Ok(READ),
        _ if fits => Ok(WRITE),
        _ => Err(Unclear::Method),
    }
}

fn object(target: &str) -> Result<Option<String>, Unclear> {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let path = path.strip_prefix('/').ok_or(Unclear::NoPath)?;
    if path.len() > PATH_MAX {
        return Err(Unclear::NoPath);
    }
    if path.is_empty() {
        return Ok(None);
    }
    let text = decoded(path)?;
    let object = text.strip_suffix('/').unwrap_or(&text);
    let one_reading = is_object(object)
        && !object.chars().any(passes_for_another)
        && !object.split('/').any(is_nothing_but_dots);
    if one_reading {
        Ok(Some(object.to_owned()))
    } else {
        Err(Unclear::SeveralReadings)
    }
}

/// Decodes once. What would have to be decoded twice is refused.
fn decoded(path: &str) -> Result<String, Unclear> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(Unclear::Encoding);
        };
        let byte = u8::try_from(high << 4 | low).map_err(|_| Unclear::Encoding)?;
        if byte.is_ascii_control() || matches!(byte, b'/' | b'\\' | b'%' | b'?' | b'#') {
            return Err(Unclear::EncodedForm);
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_| Unclear::Encoding)
}

/// What some systems bring into the form of a dot, a slash, a backslash, a semicolon, a question mark, a number sign or
/// a percent sign before they read a path (compatibility decomposition), and slashes of other scripts.
const fn passes_for_another(c: char) -> bool {
    matches!(
        c,
        '\u{037E}' | '\u{2024}'
            ..='\u{2026}'
                | '\u{2044}'
                | '\u{2100}'
                | '\u{2101}'
                | '\u{2105}'
                | '\u{2106}'
                | '\u{2215}'
                | '\u{2216}'
                | '\u{29F5}'
                | '\u{29F8}'
                | '\u{29F9}'
                | '\u{FE52}'
                | '\u{FE68}'
                | '\u{FE6A}'
                | '\u{FF03}'
                | '\u{FF05}'
                | '\u{FF0E}'
                | '\u{FF0F}'
                | '\u{FF1B}'
                | '\u{FF1F}'
                | '\u{FF3C}'
    )
}

/// Some systems drop dots and spaces at the end of a name.
fn is_nothing_but_dots(part: &str) -> bool {
    part.chars().all(|c| c == '.' || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object_of(target: &str) -> Result<Option<String>, Unclear> {
        asked("GET", target).map(|asked| asked.object)
    }

    #[test]
    fn a_method_reads_or_writes() {
        let action = |method| asked(method, "/").map(|asked| asked.action);
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(action(method), Ok("read"));
        }
        for method in [
            "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE", "M-SEARCH",
        ] {
            assert_eq!(action(method), Ok("write"));
        }
        for method in ["", "get", "Get", "GET ", "GE\tT", "GÉT", &"A".repeat(33)] {
            assert_eq!(action(method), Err(Unclear::Method), "{method:?}");
        }
    }

    #[test]
    fn a_path_with_one_reading_is_taken() {
        for (target, object) in [
            ("/mailbox/kim", "mailbox/kim"),
            ("/mailbox/kim/", "mailbox/kim"),
            (
                "/mailbox/kim%40fabrikam.example",
                "mailbox/kim@fabrikam.example",
            ),
            ("/mailbox/k%69m", "mailbox/kim"),
            ("/a%20b/c", "a b/c"),
            ("/caf%C3%A9", "café"),
            ("/a;v=1/b", "a;v=1/b"),
            ("/.well-known/x", ".well-known/x"),
            ("/a...b", "a...b"),
            ("/mailbox?path=/../x", "mailbox"),
            ("/mailbox?a?b", "mailbox"),
        ] {
            assert_eq!(object_of(target), Ok(Some(object.to_owned())), "{target}");
        }
        assert_eq!(object_of("/"), Ok(None));
        assert_eq!(object_of("/?a=b"), Ok(None));
    }

    #[test]
    fn a_path_with_more_than_one_is_refused() {
        for (target, why) in [
            ("", Unclear::NoPath),
            ("mailbox", Unclear::NoPath),
            ("*", Unclear::NoPath),
            ("?/x", Unclear::NoPath),
            ("http://host/mailbox", Unclear::NoPath),
            ("//", Unclear::SeveralReadings),
            ("//mailbox", Unclear::SeveralReadings),
            ("/mailbox//kim", Unclear::SeveralReadings),
            ("/mailbox/kim//", Unclear::SeveralReadings),
            ("/mailbox/./kim", Unclear::SeveralReadings),
            ("/mailbox/../kim", Unclear::SeveralReadings),
            ("/mailbox/%2e%2e/kim", Unclear::SeveralReadings),
            ("/mailbox/.%2E/kim", Unclear::SeveralReadings),
            ("/mailbox/..;/kim", Unclear::SeveralReadings),
            ("/mailbox/%2e%2e%3b/kim", Unclear::SeveralReadings),
            ("/mailbox/.../kim", Unclear::SeveralReadings),
            ("/mailbox/..%20/kim", Unclear::SeveralReadings),
            ("/mailbox/.%20./kim", Unclear::SeveralReadings),
            ("/mailbox\\..\\kim", Unclear::SeveralReadings),
            ("/mailbox#kim", Unclear::SeveralReadings),
            ("/mailbox/\u{202E}kim", Unclear::SeveralReadings),
            ("/mailbox/%E2%80%AE", Unclear::SeveralReadings),
            ("/mailbox/\u{FF0E}\u{FF0E}/kim", Unclear::SeveralReadings),
            ("/mailbox/%EF%BC%8F..", Unclear::SeveralReadings),
            ("/mailbox/%E2%84%80", Unclear::SeveralReadings),
            ("/mailbox%2Fkim", Unclear::EncodedForm),
            ("/mailbox%2fkim", Unclear::EncodedForm),
            ("/mailbox%5Ckim", Unclear::EncodedForm),
            ("/mailbox/%252e%252e/kim", Unclear::EncodedForm),
            ("/mailbox%00", Unclear::EncodedForm),
            ("/mailbox%0d%0a", Unclear::EncodedForm),
            ("/mailbox%7f", Unclear::EncodedForm),
            ("/mailbox%3Fx", Unclear::EncodedForm),
            ("/mailbox%23x", Unclear::EncodedForm),
            ("/mailbox%", Unclear::Encoding),
            ("/mailbox%4", Unclear::Encoding),
            ("/mailbox%4g", Unclear::Encoding),
            ("/mailbox%+1", Unclear::Encoding),
            ("/mailbox%u002f", Unclear::Encoding),
            ("/mailbox%C0%AF", Unclear::Encoding),
            ("/mailbox%E9", Unclear::Encoding),
        ] {
            assert_eq!(object_of(target), Err(why), "{target}");
        }
        let long = |length: usize| format!("/{}", "a".repeat(length));
        assert!(object_of(&long(500)).is_ok());
        assert_eq!(object_of(&long(501)), Err(Unclear::SeveralReadings));
        assert_eq!(object_of(&long(PATH_MAX + 1)), Err(Unclear::NoPath));
    }
}
