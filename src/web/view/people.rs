//! People: who is there, one of them, and the forms that change them.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::paging::Paging;
use super::shell::Shell;
use super::when::When;

/// `GET /people`.
#[derive(Clone, Debug, Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    /// The frame.
    pub shell: Shell,
    /// The people, by name.
    pub people: Vec<PersonRow>,
    /// Whether the one who looks manages them.
    pub may_manage: bool,
    /// A warning about how few decide.
    pub few: Option<String>,
    /// The zone of every time in the table.
    pub zone: String,
    /// The way on.
    pub paging: Paging,
}

/// A person of the list.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Their page.
    pub href: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their roles in words.
    pub roles: String,
    /// Whether they were only invited.
    pub invited: bool,
    /// Since when they have a second factor.
    pub second_factor: Option<When>,
    /// Whether that is only what single sign-on may show.
    pub by_sign_on: bool,
    /// When they signed in last.
    pub last: Option<When>,
}

/// `GET /people/{person}`.
#[derive(Clone, Debug, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// The frame.
    pub shell: Shell,
    /// The person.
    pub person: PersonRow,
    /// The identity provider that says who they are, and since when.
    pub known_to: Option<(String, When)>,
    /// Since when they are there.
    pub joined: Option<When>,
    /// Until when their invitation can be used; none when it is too old, or they came by it.
    pub invited_until: Option<When>,
    /// Whether they can be invited again: they have not come, or have no way in of their own.
    pub can_be_invited: bool,
    /// From when they decide what is filed, where a role of theirs waits first.
    pub decides_from: Option<When>,
    /// Whether the one who looks may stop that.
    pub may_stop: bool,
    /// Whether the one who looks may change them.
    pub may_change: bool,
    /// Why not, where somebody who manages people may not.
    pub why_not: Option<String>,
}

/// A role that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleChoice {
    /// The name of the field.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// What it allows, in one sentence.
    pub hint: &'static str,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// `GET` and `POST /people/invitation`.
#[derive(Clone, Debug, Template)]
#[template(path = "invite.html")]
pub struct InvitePage {
    /// The frame.
    pub shell: Shell,
    /// The address.
    pub email: Field,
    /// The name.
    pub name: Field,
    /// The roles of this side.
    pub roles: Vec<RoleChoice>,
    /// What is wrong with the roles.
    pub roles_error: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl InvitePage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("email", self.email.error.as_deref()),
            ("name", self.name.error.as_deref()),
            ("roles", self.roles_error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
    }
}

/// `GET` and `POST /people/{person}/roles`.
#[derive(Clone, Debug, Template)]
#[template(path = "roles.html")]
pub struct RolesPage {
    /// The frame.
    pub shell: Shell,
    /// The person's page.
    pub href: String,
    /// Their name.
    pub name: String,
    /// The roles that were seen, for a change meanwhile.
    pub seen: String,
    /// The roles of this side.
    pub roles: Vec<RoleChoice>,
    /// What is wrong with the roles.
    pub roles_error: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl RolesPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("roles", self.roles_error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
    }
}
