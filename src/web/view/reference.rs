//! The reference of the side door.

use std::sync::Arc;

use askama::Template;

use super::shell::Shell;

/// `GET /help/api`.
#[derive(Clone, Debug, Template)]
#[template(path = "reference.html")]
pub struct ReferencePage {
    /// The frame.
    pub shell: Shell,
    /// All that is in it.
    pub all: Arc<Reference>,
}

/// What the reference says: the same for everybody, so it is made once.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// What there is to ask, by subject.
    pub subjects: Vec<ReferenceSubject>,
    /// Every kind of problem.
    pub problems: Vec<ReferenceProblem>,
}

/// What there is to ask about one subject.
#[derive(Clone, Debug)]
pub struct ReferenceSubject {
    /// Where on the page.
    pub id: String,
    /// What it is about.
    pub name: String,
    /// One by one.
    pub operations: Vec<ReferenceOperation>,
}

/// One method at one address.
#[derive(Clone, Debug)]
pub struct ReferenceOperation {
    /// Where on the page.
    pub id: String,
    /// "GET".
    pub method: String,
    /// The address, with what varies in braces.
    pub path: String,
    /// What it does, in a few words.
    pub summary: String,
    /// The same in sentences.
    pub description: String,
    /// Which key it takes: "An API key with requests:read".
    pub needs: String,
    /// What varies in the address, the query and the headers.
    pub parameters: Vec<ReferenceMember>,
    /// The members of the body.
    pub body: Vec<ReferenceMember>,
    /// The answers when all is well.
    pub answers: Vec<ReferenceAnswer>,
    /// What else may come: "404: There is nothing here."
    pub problems: Vec<String>,
    /// A call of `curl`.
    pub example: String,
}

/// A parameter, or a member of a body.
#[derive(Clone, Debug)]
pub struct ReferenceMember {
    /// Its name, with those above it: `scope.objects`.
    pub name: String,
    /// Its type and bounds in words.
    pub of: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub description: String,
    /// Where a parameter stands: "header".
    pub place: Option<&'static str>,
}

/// An answer when all is well.
#[derive(Clone, Debug)]
pub struct ReferenceAnswer {
    /// Its status.
    pub status: String,
    /// What it means.
    pub description: String,
    /// Its headers.
    pub headers: Vec<ReferenceMember>,
    /// The members of its body.
    pub members: Vec<ReferenceMember>,
}

/// A kind of problem.
#[derive(Clone, Debug)]
pub struct ReferenceProblem {
    /// Where on the page.
    pub id: String,
    /// Its `type`.
    pub uri: String,
    /// Its title.
    pub title: String,
    /// The status it comes with.
    pub status: String,
    /// What happened.
    pub happened: String,
    /// What is safe.
    pub safe: String,
    /// What to do.
    pub advice: String,
}
