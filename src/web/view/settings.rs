//! Settings > Org settings > Security & privacy.

use askama::Template;

use super::badge::Badge;
use super::shell::Shell;

/// `GET /settings`.
#[derive(Clone, Debug, Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub shell: Shell,
    /// The settings, one row each.
    pub rows: Vec<SettingRow>,
    /// Whether the one who looks may only read them.
    pub read_only: bool,
}

/// One setting.
#[derive(Clone, Debug)]
pub struct SettingRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// What it does, in one sentence.
    pub description: String,
    /// Its state.
    pub state: Badge,
}
