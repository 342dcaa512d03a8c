//! What writes its own HTML: times, badges and icons.
//!
//! `chrono::format` and escaping were three quarters of the time a list took to render, so these
//! few types write their markup by hand. Nothing in them comes from people.

use std::fmt;

/// Something that writes finished, safe HTML.
pub(super) trait Markup {
    /// Writes the element.
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result;
}

/// Lets askama print the types without escaping them and without a formatter.
macro_rules! writes_html {
    ($($shown:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $shown {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                super::markup::Markup::write(self, out)
            }
        }

        impl askama::FastWritable for $shown {
            fn write_into(
                &self,
                out: &mut dyn std::fmt::Write,
                _: &dyn askama::Values,
            ) -> askama::Result<()> {
                Ok(super::markup::Markup::write(self, out)?)
            }
        }

        impl askama::filters::HtmlSafe for $shown {}
    )+};
}
pub(super) use writes_html;
