//! The portal's icons, drawn in the line: 20 units square, one stroke, the colour of the text.

use std::fmt::{self, Write};

use super::markup::{Markup, writes_html};

/// One icon. It only decorates: a word always stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Opens the navigation on a phone.
    Menu,
    /// Home.
    Home,
    /// Data access requests, and what the product is about.
    Lock,
    /// A passkey.
    Key,
    /// A lock that is open: access is live.
    Unlock,
    /// Settings.
    Sliders,
    /// The audit log.
    Log,
    /// The queue.
    Tray,
    /// A support case.
    Speech,
    /// A new request.
    Plus,
    /// Help.
    Question,
    /// A person.
    Person,
    /// Leaves.
    Exit,
    /// Somebody must act.
    Alert,
    /// Good, done.
    Check,
    /// Refused.
    Cross,
    /// Copies a text.
    Copy,
    /// Time is running or ran out.
    Clock,
    /// Waits for somebody.
    Hourglass,
    /// Taken back.
    Back,
    /// Says something worth knowing.
    Info,
    /// A mail.
    Mail,
    /// Facts that go out to other machines.
    Send,
    /// Saves a file.
    Download,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Menu => "M3 5h14M3 10h14M3 15h14",
            Self::Home => "M3 9.2 10 3l7 6.2V17h-4.6v-4.6H7.6V17H3z",
            Self::Lock => "M4.5 9h11v8h-11zM7 9V6.4a3 3 0 0 1 6 0V9M10 12.2v1.8",
            Self::Key => "M13 3a4 4 0 1 1-3.6 5.8L3 15.2V17h3v-2h2v-2h2l1.4-1.4M13.5 6.5h.1",
            Self::Unlock => "M4.5 9h11v8h-11zM7 9V5.9a3 3 0 0 1 5.8-1.1M10 12.2v1.8",
            Self::Sliders => "M3 6h8M15 6h2M3 14h2M9 14h8M11 4v4h4V4zM5 12v4h4v-4z",
            Self::Log => "M5 2.5h10v15H5zM8 6.5h4M8 10h4M8 13.5h2.5",
            Self::Tray => "M3 11.5 5.2 4h9.6l2.2 7.5V16H3zM3 11.5h4.2l1 2h3.6l1-2H17",
            Self::Speech => "M3 4h14v9.5H9.5L6 17v-3.5H3zM6.5 7.5h7M6.5 10.5h4",
            Self::Plus => "M10 4v12M4 10h12",
            Self::Question => {
                "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15M7.9 8a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.7-.9 1.4M10 13.8v.4"
            }
            Self::Person => {
                "M10 3a3.3 3.3 0 1 1 0 6.6A3.3 3.3 0 0 1 10 3M3.8 17c.4-3 2.9-4.6 6.2-4.6s5.8 1.6 6.2 4.6"
            }
            Self::Exit => "M8 3.5H4v13h4M8.5 10H17M13.5 6.5 17 10l-3.5 3.5",
            Self::Alert => "M10 3 18 17H2zM10 8v4M10 14.3v.4",
            Self::Check => "m4 10.5 4 4.5 8-10",
            Self::Cross => "m5 5 10 10M15 5 5 15",
            Self::Copy => "M7 6.5h9v11H7zM4 13.5v-11h9",
            Self::Clock => "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15M10 6v4.3l2.8 1.7",
            Self::Hourglass => {
                "M5 3h10M5 17h10M6 3c0 4 3 4.6 4 7-1 2.4-4 3-4 7M14 3c0 4-3 4.6-4 7 1 2.4 4 3 4 7"
            }
            Self::Back => "M8 5 4 9l4 4M4 9h8a4 4 0 0 1 0 8h-2",
            Self::Info => "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15M10 9v5M10 6v.4",
            Self::Mail => "M2.5 5h15v10.5h-15zM2.5 5.5 10 11l7.5-5.5",
            Self::Send => "M17 3 2.5 8.6l6 2.9 2.9 6zM8.5 11.5 17 3",
            Self::Download => "M10 3v10.5M6 9.5l4 4 4-4M3.5 17h13",
        }
    }
}

writes_html!(Icon);

impl Markup for Icon {
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str("<svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"")?;
        out.write_str(self.path())?;
        out.write_str("\"/></svg>")
    }
}
