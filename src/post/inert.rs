//! Text that people typed, shown as text and never as a link.
//!
//! Escaping is not enough: mail clients look for addresses in the text itself and make links of them,
//! so that a reason could carry a link that looks like ours. Wrapping the text in elements does not
//! stop the clients that search across elements. So an invisible U+200C (zero width non-joiner)
//! follows every `.`, `@`, `/` and `:` inside a word: no scheme, host or mail address is left in one
//! piece to be found, whatever its top-level domain. It has no width, and unlike U+200B allows no line
//! break. Colons between digits stay, since `02:25` is no address.
//!
//! This is for the HTML part. The text part keeps the text exactly as it was typed, unless the tenant wants mails
//! without links: some clients make links of plain text too.

use std::fmt::{self, Write};

use askama::filters::HtmlSafe;

const NON_JOINER: char = '\u{200C}';

/// Finished HTML: the template prints it as it is.
pub(super) struct Inert(String);

impl HtmlSafe for Inert {}

impl fmt::Display for Inert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// HTML that shows `text` as it was typed and holds no address a client would find.
pub(super) fn shown(text: &str) -> Inert {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        match c {
            '\n' => html.push_str("<br>"),
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a string never fails.
                let _ = write!(html, "&#{};", u32::from(c));
            }
            c => html.push(c),
        }
        if after.is_some_and(|after| !after.is_whitespace()) && joins(before, c, after) {
            html.push(NON_JOINER);
        }
        before = Some(c);
    }
    Inert(html)
}

/// `text` itself, with no address left in it that a client would find.
pub(super) fn apart(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + text.len() / 8);
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        shown.push(c);
        if after.is_some_and(|after| !after.is_whitespace()) && joins(before, c, after) {
            shown.push(NON_JOINER);
        }
        before = Some(c);
    }
    shown
}

/// Whether `c` could hold an address together. The wide forms count: some clients fold them.
fn joins(before: Option<char>, c: char, after: Option<char>) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    match c {
        ':' => !(digit(before) && digit(after)),
        '.' | '@' | '/' | '\\' | '。' | '．' | '｡' | '＠' | '／' | '：' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn addresses_are_taken_apart() {
        for (text, html) in [
            ("https://evil.example/x", "https:|/|/|evil.|example/|x"),
            ("kim@fabrikam.example", "kim@|fabrikam.|example"),
            ("www.evil.example:8080.", "www.|evil.|example:|8080."),
            ("tel:0049", "tel:|0049"),
            ("evil。example", "evil。|example"),
        ] {
            assert_eq!(
                shown(text).to_string(),
                html.replace('|', "\u{200C}"),
                "{text}"
            );
        }
    }

    #[test]
    fn sentences_and_times_stay_as_they_are() {
        for text in ["Decide by 02:25 CET. Or not.", "one: two, three."] {
            assert_eq!(shown(text).to_string(), text);
        }
    }

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        assert_eq!(
            shown("<b a=\"c\">&'\nx").to_string(),
            "&#60;b a=&#34;c&#34;&#62;&#38;&#39;<br>x"
        );
    }
}
