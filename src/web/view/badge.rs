//! The short word for a state, with its icon and its tone.

use std::fmt::{self, Write};

use super::icon::Icon;
use super::markup::{Markup, writes_html};
use super::tone::Tone;

/// A status, shown as a round badge. Never colour alone: each has an icon and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    /// A support manager must endorse or reject.
    WaitingForManager,
    /// The customer must decide, and the one who looks may.
    ActionNeeded,
    /// The customer must decide, and the one who looks may not.
    Pending,
    /// The engineer may start.
    Approved,
    /// The engineer has access now.
    Active,
    /// The engineer has access now, for 15 minutes or less.
    EndsSoon,
    /// Somebody said no.
    Rejected,
    /// A deadline passed.
    Expired,
    /// The engineer took it back.
    Withdrawn,
    /// An approval or an access was taken away.
    Revoked,
    /// The access is over.
    Ended,
    /// A support case is open.
    Open,
    /// A support case is closed.
    Closed,
    /// A setting protects.
    On,
    /// A setting does not protect.
    Off,
    /// A receiver took it.
    Delivered,
    /// It is tried again.
    Waiting,
    /// It is tried no more.
    GivenUp,
    /// A service is proposed to be covered.
    Covered,
    /// A service is proposed not to be covered.
    NotCovered,
    /// A tenant is enrolled.
    Enrolled,
    /// A tenant is suspended.
    Suspended,
}

impl Badge {
    /// The word, as DOMAIN and the mails say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WaitingForManager => "Waiting for manager",
            Self::ActionNeeded => "Action needed",
            Self::Pending => "Pending",
            Self::Approved => "Approved, not started",
            Self::Active => "Access active",
            Self::EndsSoon => "Access ends soon",
            Self::Rejected => "Rejected",
            Self::Expired => "Expired",
            Self::Withdrawn => "Withdrawn",
            Self::Revoked => "Revoked",
            Self::Ended => "Ended",
            Self::Open => "Open",
            Self::Closed => "Closed",
            Self::On => "On",
            Self::Off => "Off",
            Self::Delivered => "Delivered",
            Self::Waiting => "Waiting",
            Self::GivenUp => "Given up",
            Self::Covered => "Covered",
            Self::NotCovered => "Not covered",
            Self::Enrolled => "Enrolled",
            Self::Suspended => "Suspended",
        }
    }

    /// The tone, also of the bar that says the same in a sentence.
    #[must_use]
    pub const fn tone(self) -> Tone {
        match self {
            Self::ActionNeeded | Self::EndsSoon => Tone::Warning,
            Self::Approved | Self::On | Self::Delivered | Self::Covered | Self::Enrolled => {
                Tone::Good
            }
            Self::Active | Self::WaitingForManager | Self::Pending | Self::Open | Self::Waiting => {
                Tone::Info
            }
            Self::Rejected | Self::Revoked | Self::GivenUp | Self::Suspended => Tone::Danger,
            Self::Expired
            | Self::Withdrawn
            | Self::Ended
            | Self::Closed
            | Self::Off
            | Self::NotCovered => Tone::Quiet,
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::WaitingForManager | Self::Pending | Self::Waiting => Icon::Hourglass,
            Self::ActionNeeded => Icon::Alert,
            Self::Approved | Self::Ended | Self::Closed | Self::Delivered | Self::Enrolled => {
                Icon::Check
            }
            Self::Open => Icon::Speech,
            Self::Active | Self::Off | Self::NotCovered => Icon::Unlock,
            Self::Rejected | Self::Revoked | Self::GivenUp | Self::Suspended => Icon::Cross,
            Self::Expired | Self::EndsSoon => Icon::Clock,
            Self::Withdrawn => Icon::Back,
            Self::On | Self::Covered => Icon::Lock,
        }
    }
}

writes_html!(Badge);

impl Markup for Badge {
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str("<span class=\"badge ")?;
        out.write_str(self.tone().class())?;
        out.write_str("\">")?;
        self.icon().write(out)?;
        out.write_str(self.word())?;
        out.write_str("</span>")
    }
}
