//! Text that people typed, parsed at the door and trusted for its form, never for its content.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Most characters of a [`Line`].
pub const LINE_MAX: usize = 200;
/// Most characters of a [`Prose`].
pub const PROSE_MAX: usize = 2_000;
/// Most characters of a [`Slug`].
pub const SLUG_MAX: usize = 63;
/// Most characters of an [`EmailAddress`].
pub const EMAIL_MAX: usize = 254;

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space, or characters that show nothing.
    #[error("is empty")]
    Empty,
    /// More characters than the bound named.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A control character, or one that reorders the text around it; in names, also one that does not show.
    #[error("contains a control character, or one that does not show or turns the text around")]
    Control,
    /// Not of the form asked for.
    #[error("is not of the form expected")]
    Form,
}

/// Characters that make a text read other than it is stored: embeddings, overrides and isolates
/// (Unicode TR 9). The plain marks of left-to-right and right-to-left stay, since real names need them.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Characters that show nothing or turn the text around them: what is approved must read as it is compared. They are
/// those of Unicode's `Default_Ignorable_Code_Point` but for variation selectors, which follow what is seen, and the empty
/// Braille cell.
pub(crate) fn is_unseen(c: char) -> bool {
    was_unseen(c)
        || matches!(
            c,
            '\u{2065}'
                | '\u{206A}'..='\u{206F}'
                | '\u{FFF0}'..='\u{FFF8}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0080}'..='\u{E00FF}'
                | '\u{E01F0}'..='\u{E0FFF}'
        )
}

/// Those of them that were always refused. A log that was right stays readable, so these never become more.
pub(crate) fn was_unseen(c: char) -> bool {
    reorders(c)
        || matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{061C}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

fn bounded(text: &str, max: usize, newlines: bool) -> Result<String, TextError> {
    let text = text.trim();
    // Somebody is asked to believe it, so there is something to be seen.
    if text.chars().all(|c| c.is_whitespace() || is_unseen(c)) {
        return Err(TextError::Empty);
    }
    let text = if newlines {
        text.replace("\r\n", "\n")
    } else {
        text.to_owned()
    };
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    let control =
        |c: char| (c.is_control() && !(newlines && matches!(c, '\n' | '\t'))) || reorders(c);
    if text.chars().any(control) {
        return Err(TextError::Control);
    }
    Ok(text)
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads the text a person typed.
            ///
            /// # Errors
            /// Says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                let parse: fn(&str) -> Result<String, TextError> = $parse;
                parse(text).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

text! {
    /// One line of 1 to 200 characters: names and titles.
    Line, |text| bounded(text, LINE_MAX, false)
}

impl Line {
    /// Reads what somebody or something is called from now on. Two names that look alike are one: nothing in them is
    /// unseen, but for joiners and variation selectors where a script needs them. What was kept before stays as it is.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn name(text: &str) -> Result<Self, TextError> {
        let name = Self::parse(text)?;
        let letters: Vec<char> = name.0.chars().collect();
        let before = |at: usize| at.checked_sub(1).and_then(|at| letters.get(at)).copied();
        let joined = |letter: Option<char>| letter.is_some_and(is_joined);
        let seen = letters
            .iter()
            .copied()
            .enumerate()
            .all(|(at, letter)| match letter {
                '\u{200C}' | '\u{200D}' => {
                    joined(before(at)) && joined(letters.get(at + 1).copied())
                }
                letter if selects(letter) => joined(before(at)),
                letter => !is_unseen(letter),
            });
        if seen {
            Ok(name)
        } else {
            Err(TextError::Control)
        }
    }
}

/// Whether a joiner beside it, or a variation selector after it, may be seen: never with the letters of Latin, Greek and
/// Cyrillic.
fn is_joined(c: char) -> bool {
    let of_europe = matches!(c, '\0'..='\u{052F}' | '\u{1E00}'..='\u{1FFF}');
    !of_europe && !c.is_whitespace() && !is_unseen(c) && !selects(c)
}

fn selects(c: char) -> bool {
    matches!(
        c,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
    )
}

text! {
    /// Free text of 1 to 2,000 characters, line breaks allowed: reasons, notes, descriptions.
    Prose, |text| bounded(text, PROSE_MAX, true)
}

text! {
    /// A key that names a tenant or a service towards machines: 1 to 63 of `a-z`, `0-9` and `-`,
    /// first and last no `-`. Never reused.
    Slug, slug
}

text! {
    /// A mail address in ASCII, at most 254 characters (RFC 5321), case-folded: one address is one person.
    EmailAddress, email
}

text! {
    /// The address by which an identity provider names itself: https, at most 500 characters, without credentials,
    /// query or fragment, and written as it is compared: character by character.
    Issuer, issuer
}

text! {
    /// What an identity provider calls a person: 1 to 255 printable ASCII characters that mean nothing to others.
    SubjectId, subject
}

text! {
    /// Where a webhook is: https, or http for what the deployment allows, at most 500 characters, without credentials or
    /// fragment, written as it is asked.
    WebhookUrl, webhook_url
}

impl WebhookUrl {
    /// As an address to be asked.
    ///
    /// # Errors
    /// None for one that was parsed before.
    pub fn to_url(&self) -> Result<url::Url, url::ParseError> {
        url::Url::parse(&self.0)
    }
}

fn slug(text: &str) -> Result<String, TextError> {
    let text = bounded(text, SLUG_MAX, false)?;
    let fits = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits || text.starts_with('-') || text.ends_with('-') {
        return Err(TextError::Form);
    }
    Ok(text)
}

fn email(text: &str) -> Result<String, TextError> {
    // What is no ASCII stays so and is refused: there are letters that become one of ours in lower case.
    let text = bounded(text, EMAIL_MAX, false)?.to_ascii_lowercase();
    let plain = text.bytes().all(|b| {
        b.is_ascii_graphic()
            && !matches!(
                b,
                b'"' | b'(' | b')' | b'<' | b'>' | b',' | b';' | b':' | b'\\' | b'[' | b']'
            )
    });
    if !plain || !email_address::EmailAddress::is_valid(&text) {
        return Err(TextError::Form);
    }
    Ok(text)
}

fn issuer(text: &str) -> Result<String, TextError> {
    let text = bounded(text, 500, false)?;
    let url = url::Url::parse(&text).map_err(|_| TextError::Form)?;
    // What a parser would write otherwise could be compared as one address and fetched as another.
    let as_parsed = url.as_str() == text || url.as_str().strip_suffix('/') == Some(&text);
    let bare = url.username().is_empty() && url.password().is_none();
    let bare = bare && url.query().is_none() && url.fragment().is_none();
    if url.scheme() == "https" && url.has_host() && as_parsed && bare {
        Ok(text)
    } else {
        Err(TextError::Form)
    }
}

fn webhook_url(text: &str) -> Result<String, TextError> {
    let url = url::Url::parse(&bounded(text, 500, false)?).map_err(|_| TextError::Form)?;
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !["https", "http"].contains(&url.scheme()) || !url.has_host() || !bare {
        return Err(TextError::Form);
    }
    // A parser may write more than was typed.
    bounded(url.as_str(), 500, false)
}

fn subject(text: &str) -> Result<String, TextError> {
    match text.len() {
        0 => Err(TextError::Empty),
        256.. => Err(TextError::TooLong(255)),
        _ if text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') => Ok(text.to_owned()),
        _ => Err(TextError::Form),
    }
}

/// Words as a sentence: the first letter large, and a full stop at the end.
#[must_use]
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_address_is_folded_so_that_one_address_is_one_person() {
        assert_eq!(
            EmailAddress::parse(" Kim@Fabrikam.Example ")
                .unwrap()
                .as_str(),
            "kim@fabrikam.example"
        );
    }

    #[test]
    fn texts_that_are_no_mail_addresses_are_refused() {
        for text in [
            // KELVIN SIGN, whose lower case is a plain k.
            "\u{212a}im@fabrikam.example",
            "",
            "kim",
            "kim@",
            "@fabrikam.example",
            "kim@fab rikam.example",
            "\"k im\"@fabrikam.example",
            "kim@fabrikam.example\r\nBcc: x@y.example",
            "Kim <kim@fabrikam.example>",
            "kım@fabrikam.example",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn control_characters_and_reordering_are_refused_and_line_breaks_are_kept_where_they_belong() {
        assert_eq!(Prose::parse("one\r\ntwo").unwrap().as_str(), "one\ntwo");
        assert_eq!(Line::parse("one\ntwo"), Err(TextError::Control));
        assert_eq!(Prose::parse("a\u{202E}b"), Err(TextError::Control));
        assert_eq!(Prose::parse("a\u{0}b"), Err(TextError::Control));
        for nothing in ["", " \n ", "\u{200B}", "\u{3164} \u{2800}", "\u{E0041}"] {
            assert_eq!(Prose::parse(nothing), Err(TextError::Empty), "{nothing:?}");
            assert_eq!(Line::parse(nothing), Err(TextError::Empty), "{nothing:?}");
        }
        // Joiners are a part of names and of emoji.
        assert!(Line::parse("\u{1F469}\u{200D}\u{1F52C}").is_ok());
        assert_eq!(
            Prose::parse(&"ä".repeat(2_001)),
            Err(TextError::TooLong(2_000))
        );
        assert!(Prose::parse(&"ä".repeat(2_000)).is_ok());
    }

    #[test]
    fn nothing_unseen_makes_two_names_of_one() {
        for name in [
            "Kim Akers",
            "Zo\u{eb} \u{141}uczak",
            // Persian, Hindi and emoji join; a Japanese name and a heart choose how a sign is written.
            "\u{646}\u{6CC}\u{200C}\u{646}\u{627}",
            "\u{915}\u{94D}\u{200D}\u{937}",
            "\u{1F469}\u{200D}\u{1F52C}",
            "\u{845B}\u{E0100}\u{57CE}",
            "Team \u{2764}\u{FE0F}",
        ] {
            assert_eq!(Line::name(name).unwrap().as_str(), name);
        }
        for name in [
            "Kim\u{200B} Akers",
            "Kim Akers\u{200B}",
            "\u{FEFF}Kim Akers",
            "K\u{200D}im",
            "K\u{200C}im",
            "\u{141}\u{200D}\u{142}",
            "\u{41A}\u{200D}\u{43C}",
            "Kim\u{FE0F}",
            "Ki\u{AD}m",
            "Kim\u{200E}",
            "Kim\u{2060}",
            "Kim\u{E0041}",
            "\u{646}\u{200C}",
            "\u{200C}\u{646}",
            "\u{646}\u{200C}\u{200C}\u{646}",
            "\u{845B}\u{E0100}\u{E0100}",
            "Kim\u{202E}",
        ] {
            assert_eq!(Line::name(name), Err(TextError::Control), "{name:?}");
        }
        assert_eq!(Line::name(" "), Err(TextError::Empty));
        // What was called so before is still read.
        assert!(Line::parse("Kim\u{200B} Akers").is_ok());
    }

    #[test]
    fn an_issuer_is_written_as_it_is_compared() {
        for text in [
            "https://login.fabrikam.example",
            "https://login.fabrikam.example/",
            "https://login.fabrikam.example:8443/realms/one",
        ] {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "login.fabrikam.example",
            "http://login.fabrikam.example",
            "https://",
            "https://LOGIN.fabrikam.example",
            "https://login.fabrikam.example:443/",
            "https://login.fabrikam.example/a/../b",
            "https://kim@login.fabrikam.example",
            "https://login.fabrikam.example/?tenant=1",
            "https://login.fabrikam.example/#x",
            "https://login.fabrikam.example/ x",
        ] {
            assert!(Issuer::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_address_of_a_webhook_is_kept_as_it_is_asked() {
        for (typed, kept) in [
            (" https://Hooks.Example ", "https://hooks.example/"),
            ("http://10.0.0.5:8080/a?b=c", "http://10.0.0.5:8080/a?b=c"),
            (
                "https://h\u{fc}te.example/\u{20ac}",
                "https://xn--hte-hoa.example/%E2%82%AC",
            ),
            ("https://0x7f.1/<b>", "https://127.0.0.1/%3Cb%3E"),
        ] {
            assert_eq!(WebhookUrl::parse(typed).unwrap().as_str(), kept, "{typed}");
        }
        let long = format!("https://hooks.example/{}", "\u{20ac}".repeat(60));
        for text in [
            "",
            "hooks.example",
            "ftp://hooks.example/",
            "javascript:alert(1)",
            "https://",
            "https://kim:pass@hooks.example/",
            "https://kim@hooks.example/",
            "https://hooks.example/#x",
            "https://hooks.example/a\nb",
            "https://hooks.example/a\u{202E}b",
            &long,
        ] {
            assert!(WebhookUrl::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_subject_is_taken_as_it_is() {
        assert_eq!(SubjectId::parse(" Kim ").unwrap().as_str(), " Kim ");
        let long = "x".repeat(256);
        for text in ["", "k\u{131}m", "a\nb", &long] {
            assert!(SubjectId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_slug_is_what_machines_can_name() {
        assert!(Slug::parse("exchange-online").is_ok());
        for text in ["", "Exchange", "exchange online", "-x", "x-", "é"] {
            assert!(Slug::parse(text).is_err(), "{text:?}");
        }
    }
}
