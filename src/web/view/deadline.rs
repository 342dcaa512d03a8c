//! The next instant at which time decides about a request.

use std::fmt::{self, Write};

use super::icon::Icon;
use super::markup::{Markup, writes_html};
use super::when::{Urgency, When};

/// What time decides next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineOf {
    /// The manager's answer.
    Endorsement,
    /// The customer's answer.
    Decision,
    /// The start of an approved access.
    Start,
    /// The end of a live access.
    End,
}

/// A deadline in a table's cell, coloured and named when it is near.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// What happens then.
    pub of: DeadlineOf,
    /// When it happens.
    pub when: When,
}

impl Deadline {
    /// `Decide by`, `Access ends` and so on.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.of {
            DeadlineOf::Endorsement => "Endorse by",
            DeadlineOf::Decision => "Decide by",
            DeadlineOf::Start => "Start by",
            DeadlineOf::End => "Access ends",
        }
    }

    /// The end of an access is awaited, not feared: it is always calm until it passed.
    #[must_use]
    pub fn urgency(&self) -> Urgency {
        match (self.of, self.when.urgency()) {
            (DeadlineOf::End, Urgency::Soon | Urgency::LastHour) => Urgency::Calm,
            (_, urgency) => urgency,
        }
    }

    /// One line for a narrow table: `Decide by 22 Nov 2026, 02:25 · in 8 hours`.
    #[must_use]
    pub const fn line(self) -> DeadlineLine {
        DeadlineLine(self)
    }
}

/// See [`Deadline::line`].
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLine(Deadline);

writes_html!(Deadline, DeadlineLine);

impl Markup for Deadline {
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        open(out, self)?;
        self.when.cell().write(out)?;
        close(out, self)
    }
}

impl Markup for DeadlineLine {
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        open(out, &self.0)?;
        out.write_str(self.0.word())?;
        out.write_char(' ')?;
        self.0.when.cell().write(out)?;
        close(out, &self.0)
    }
}

fn open(out: &mut dyn Write, deadline: &Deadline) -> fmt::Result {
    out.write_str("<span class=\"deadline\" data-urgency=\"")?;
    out.write_str(deadline.urgency().key())?;
    // Only a deadline that asks for an act grows urgent while the page is open.
    out.write_str(if deadline.of == DeadlineOf::End {
        "\">"
    } else {
        "\" data-deadline>"
    })
}

fn close(out: &mut dyn Write, deadline: &Deadline) -> fmt::Result {
    out.write_str(" <b class=\"urgency\">")?;
    Icon::Alert.write(out)?;
    out.write_str("<span>")?;
    out.write_str(deadline.urgency().word())?;
    out.write_str("</span></b></span>")
}
