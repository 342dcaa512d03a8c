//! How something is meant: five tones, each with its colours and its icon.

use super::icon::Icon;

/// The meaning of a badge, a message or an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to look at twice.
    #[default]
    Quiet,
    /// Worth knowing.
    Info,
    /// It went well.
    Good,
    /// Somebody should act.
    Warning,
    /// It failed, was refused or was taken away.
    Danger,
}

impl Tone {
    /// The class that sets the colours.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }

    /// The icon of a message bar in this tone.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::Quiet | Self::Info => Icon::Info,
            Self::Good => Icon::Check,
            Self::Warning | Self::Danger => Icon::Alert,
        }
    }
}
