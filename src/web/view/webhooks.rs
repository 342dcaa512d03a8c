//! Settings > Webhooks.

use askama::Template;

use super::badge::Badge;
use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::paging::Paging;
use super::shell::Shell;
use super::when::When;

/// `GET /settings/webhooks`.
#[derive(Clone, Debug, Template)]
#[template(path = "webhooks.html")]
pub struct WebhooksPage {
    /// The frame.
    pub shell: Shell,
    /// Every webhook of the side.
    pub webhooks: Vec<WebhookRow>,
    /// Whether there can be no more.
    pub full: bool,
    /// How many there can be.
    pub most: usize,
    /// Whether whoever looks may change them.
    pub may_change: bool,
}

/// A webhook of the list.
#[derive(Clone, Debug)]
pub struct WebhookRow {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub description: String,
    /// Where it is.
    pub url: String,
    /// Which facts it wants, in words.
    pub wants: String,
    /// Whether it is on.
    pub state: Badge,
}

/// `GET` and `POST /settings/webhooks/new` and `…/{webhook}/change`. Each chosen word is a field that says `on`.
#[derive(Clone, Debug, Template)]
#[template(path = "webhook-form.html")]
pub struct WebhookFormPage {
    /// The frame.
    pub shell: Shell,
    /// What it is called so far; nothing for a new one.
    pub known: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// Where to go instead.
    pub back: String,
    /// Where it is.
    pub url: Field,
    /// What it is called.
    pub description: Field,
    /// Whether every fact is chosen.
    pub all: bool,
    /// The facts, in their groups.
    pub groups: Vec<FactGroup>,
    /// What is wrong with the choice.
    pub wants_error: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What is wrong with the whole.
    pub problem: Option<String>,
}

/// Facts that belong together.
#[derive(Clone, Debug)]
pub struct FactGroup {
    /// All of them.
    pub whole: FactChoice,
    /// Each.
    pub facts: Vec<FactChoice>,
}

/// A fact, or a group of them, to be chosen.
#[derive(Clone, Debug)]
pub struct FactChoice {
    /// The name of the field.
    pub field: String,
    /// What people read.
    pub label: String,
    /// What machines read.
    pub code: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl FactGroup {
    fn chosen(&self) -> usize {
        self.facts.iter().filter(|fact| fact.chosen).count()
    }
}

impl WebhookFormPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("url", self.url.error.as_deref()),
            ("description", self.description.error.as_deref()),
            ("wants", self.wants_error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }

    fn title(&self) -> String {
        match &self.known {
            None => "Add a webhook".to_owned(),
            Some(name) => format!("Change {name}"),
        }
    }
}

/// The answer that shows a secret, once.
#[derive(Clone, Debug, Template)]
#[template(path = "webhook-secret.html")]
pub struct WebhookSecretPage {
    /// The frame.
    pub shell: Shell,
    /// The webhook's page.
    pub href: String,
    /// What it is called.
    pub description: String,
    /// The secret.
    pub secret: String,
    /// Until when the one before signs, if there was one.
    pub former_until: Option<When>,
}

/// `GET /settings/webhooks/{webhook}`.
#[derive(Clone, Debug, Template)]
#[template(path = "webhook.html")]
pub struct WebhookPage {
    /// The frame.
    pub shell: Shell,
    /// Its page.
    pub href: String,
    /// What it is called.
    pub description: String,
    /// Where it is.
    pub url: String,
    /// Which facts it wants, in words.
    pub wants: String,
    /// Whether it is on.
    pub on: bool,
    /// Why and since when it turned itself off, if it did.
    pub off_because: Option<(&'static str, When)>,
    /// Until when the secret before signs, too.
    pub former_until: Option<When>,
    /// What was sent, newest first.
    pub deliveries: Vec<DeliveryRow>,
    /// The zone of every time in the table.
    pub zone: String,
    /// Whether whoever looks may change it.
    pub may_change: bool,
    /// What is wrong with what was just asked for.
    pub problem: Option<String>,
    /// The way on.
    pub paging: Paging,
}

/// A delivery.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// Its id.
    pub id: String,
    /// The id of what is told.
    pub event: String,
    /// The fact.
    pub act: String,
    /// When it was written.
    pub written: When,
    /// How it stands.
    pub state: Badge,
    /// The status of the last answer.
    pub status: Option<i32>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next.
    pub next: Option<When>,
    /// What was wrong the last time.
    pub error: Option<String>,
    /// Whether it was taken or given up, so that it can be sent again.
    pub over: bool,
}

impl WebhookPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::default().and(self.problem.as_deref())
    }

    const fn badge(&self) -> Badge {
        if self.on { Badge::On } else { Badge::Off }
    }
}
