//! One page for everything that went wrong: what happened, what is safe, what to do next.

use askama::Template;

use super::shell::{Link, Shell};

/// The answer to a request that could not be served.
#[derive(Clone, Debug, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// The frame.
    pub shell: Shell,
    /// The status of the answer.
    pub status: u16,
    /// The heading.
    pub title: String,
    /// What happened.
    pub happened: String,
    /// What is safe.
    pub safe: String,
    /// What to do next.
    pub next: String,
    /// Where to go.
    pub links: Vec<Link>,
    /// The id by which support finds in the log what went wrong on our side.
    pub call: Option<String>,
}

impl ProblemPage {
    /// The page for a status, in its usual words; an unknown status reads as 500.
    #[must_use]
    pub fn new(shell: Shell, status: u16) -> Self {
        let (title, happened, safe, next) = words(status);
        let home = if shell.account.is_some() {
            Link::new("/", "Go to the start page")
        } else {
            Link::new("/sign-in", "Go to sign-in")
        };
        Self {
            shell,
            status,
            title: title.to_owned(),
            happened: happened.to_owned(),
            safe: safe.to_owned(),
            next: next.to_owned(),
            links: vec![home],
            call: None,
        }
    }

    /// Says precisely what happened: "Ana Silva approved at 21:14."
    #[must_use]
    pub fn because(self, happened: impl Into<String>) -> Self {
        Self {
            happened: happened.into(),
            ..self
        }
    }

    /// Says that a one-time link does not work any more.
    #[must_use]
    pub fn of_a_link(self) -> Self {
        Self {
            title: "This link does not work any more".to_owned(),
            happened: "A link works once and for a short time, and a newer one takes its place."
                .to_owned(),
            safe: "Nothing was changed.".to_owned(),
            next: "If you were invited, ask whoever invited you to send the invitation again. If you forgot your password, say so at sign-in once more.".to_owned(),
            ..self
        }
    }

    /// Says to whoever was invited that their address is an account's elsewhere. Not where: the mailbox is theirs, the other
    /// organisation's people are not.
    #[must_use]
    pub fn joined_elsewhere(self) -> Self {
        Self {
            title: "This mail address has an account already".to_owned(),
            happened: "Your mail address belongs to an account in another organisation here, and one address belongs to one organisation.".to_owned(),
            safe: "Nothing was changed. That account, and what it can do, is as it was, and whoever invited you is not told of it.".to_owned(),
            next: "Ask whoever invited you to invite another mail address of yours. If you have left the other organisation, ask it to remove your account, and open this link again.".to_owned(),
            ..self
        }
    }

    /// Names the call, so that support can find it.
    #[must_use]
    pub fn of_call(self, id: impl Into<String>) -> Self {
        Self {
            call: Some(id.into()),
            ..self
        }
    }

    /// Says that single sign-on signed nobody in: one neutral text for every failure.
    #[must_use]
    pub fn not_signed_on(self) -> Self {
        Self {
            title: "You are not signed in".to_owned(),
            happened: "Single sign-on did not come to its end, or does not know you here."
                .to_owned(),
            next: "Begin again. If it happens again, ask an administrator of your organisation."
                .to_owned(),
            ..self
        }
    }

    /// Says to whoever showed a right password or passkey that single sign-on is their way in.
    #[must_use]
    pub fn signs_on(self) -> Self {
        Self {
            title: "Your organisation signs in with single sign-on".to_owned(),
            happened: "While it is on, it is your way in, and you are not signed in yet."
                .to_owned(),
            next: "Go on with single sign-on.".to_owned(),
            ..self
        }
    }

    /// Puts a better way on first: the request's page, the form again.
    #[must_use]
    pub fn with_link(mut self, link: Link) -> Self {
        self.links.insert(0, link);
        self
    }
}

/// Title, what happened, what is safe, what to do next.
const fn words(status: u16) -> (&'static str, &'static str, &'static str, &'static str) {
    match status {
        400 => (
            "This did not arrive as a form",
            "What your browser sent could not be read.",
            "Nothing was changed.",
            "Go back, load the page again and repeat what you did.",
        ),
        403 => (
            "You may not do this",
            "Your roles do not allow this, or the form is from another sign-in.",
            "Nothing was changed.",
            "Load the page again. If you need this right, ask an administrator of your organisation.",
        ),
        404 => (
            "Page not found",
            "There is nothing here that you can see.",
            "Nothing was changed.",
            "Check the address. A request is found by its reference, such as LBX-7Q2M-9XKD.",
        ),
        405 => (
            "This address does not take that",
            "The page exists and cannot be used this way.",
            "Nothing was changed.",
            "Open the page from the navigation and use its buttons.",
        ),
        409 => (
            "Somebody was faster",
            "The request changed while you were looking at it.",
            "What you sent was not done. The other decision stands.",
            "Look at the request as it is now.",
        ),
        410 => (
            "Too late",
            "Expired, no access was given.",
            "Nobody can use this request any more.",
            "If the access is still needed, the engineer files a new request.",
        ),
        413 => (
            "This is too long",
            "What you sent is larger than this page takes.",
            "Nothing was changed.",
            "Go back and shorten the text. A text field takes up to 2,000 characters.",
        ),
        422 => (
            "This could not be taken",
            "Something in the form is missing or has a value that is not allowed.",
            "Nothing was changed.",
            "Go back, load the page again and fill in the form.",
        ),
        429 => (
            "Too many tries",
            "There were too many tries in a short time.",
            "Nothing was changed. Your account is not locked.",
            "Wait a minute, then try again.",
        ),
        503 => (
            "Not ready",
            "The lockbox cannot be sure of its data or its clock just now.",
            "While it is unsure, nobody is given access. Nothing was changed.",
            "Try again in a minute. If it lasts, tell who runs this portal.",
        ),
        _ => (
            "Something went wrong",
            "The lockbox made a mistake and stopped.",
            "An act is done completely or not at all, and nobody was given access by this.",
            "Try again. If it happens again, tell who runs this portal.",
        ),
    }
}
