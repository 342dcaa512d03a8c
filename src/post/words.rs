//! What a mail says, per kind and reader.

mod changed;

use super::compose::ComposeError;
use super::when;
use crate::domain::notice::{AboutRequest, Audience, Letter, NoticeKind};
use crate::domain::request::Basis;
use crate::domain::request::state::WaitingFor;
use crate::domain::time::Moment;

/// The words of one mail.
pub(super) struct Words {
    /// The subject. Holds no text the engineer wrote.
    pub subject: String,
    /// The one line at the top.
    pub heading: String,
    /// What happened.
    pub lead: String,
    /// What happens next, or otherwise.
    pub otherwise: String,
    /// What a list of mails shows beside the subject.
    pub preheader: String,
    /// What the button says.
    pub button: &'static str,
    /// Where to find the same without the link.
    pub way: &'static str,
    /// Why this person gets the mail.
    pub because: String,
}

/// The words for a letter.
///
/// # Errors
/// When the letter lacks the request or the deadline its kind speaks of.
pub(super) fn of(letter: &Letter) -> Result<Words, ComposeError> {
    match (letter.kind, &letter.request) {
        (NoticeKind::LockboxTurnedOn, _) => Ok(turned(letter, true)),
        (NoticeKind::LockboxTurnedOff, _) => Ok(turned(letter, false)),
        (NoticeKind::SettingChanged, _) => {
            let change = letter.change.as_ref().ok_or(ComposeError::NoChange)?;
            Ok(changed::words(letter, change))
        }
        (_, None) => Err(ComposeError::NoRequest),
        (kind, Some(request)) => {
            let story = Story { letter, request };
            let told = match kind {
                NoticeKind::ActionNeeded => story.action_needed()?,
                NoticeKind::Approved => story.approved()?,
                NoticeKind::Started => story.started()?,
                NoticeKind::Rejected => story.rejected(),
                NoticeKind::Expired => story.expired(),
                NoticeKind::Ended => story.ended(),
                NoticeKind::Revoked => story.revoked(),
                _ => story.withdrawn(),
            };
            Ok(story.words(told))
        }
    }
}

/// The setting is the tenant's, and only its people hear of it.
fn turned(letter: &Letter, on: bool) -> Words {
    let Letter { tenant, by, .. } = letter;
    let word = if on { "on" } else { "off" };
    let lead = format!("{by} turned {word} Customer Lockbox for {tenant}.");
    let otherwise = if on {
        format!(
            "From now on nobody of the provider's support sees your content before you approve it, except in services that {tenant} \
             accepted as not covered. Approvals given while it was off and not started were revoked. \
             Access that is already running goes on; you can revoke it."
        )
    } else {
        "From now on a support manager's endorsement is enough for access, and you are not asked. Every request is still \
         recorded and stays visible to you. Requests already waiting for you keep waiting."
            .to_owned()
    };
    of_setting(
        letter,
        &format!("Customer Lockbox was turned {word}"),
        lead,
        otherwise,
    )
}

/// What all mails about the setting share.
fn of_setting(letter: &Letter, heading: &str, lead: String, otherwise: String) -> Words {
    Words {
        subject: format!("{heading} for {}", letter.tenant),
        heading: heading.to_owned(),
        preheader: lead.clone(),
        lead,
        otherwise,
        button: "Open setting",
        way: "Or sign in to your admin center, then Settings > Org settings > Security & privacy > Customer Lockbox.",
        because: because(letter, Audience::Approvers),
    }
}

fn because(letter: &Letter, audience: Audience) -> String {
    match audience {
        Audience::Approvers => format!(
            "You get this mail as a global administrator or access approver of {}.",
            letter.tenant
        ),
        Audience::Engineer => "You get this mail because the request is yours.".to_owned(),
        Audience::Manager => "You get this mail because you endorsed the request.".to_owned(),
    }
}

/// What one kind of notice adds to the words that all notices about requests share.
struct Told {
    /// The subject's beginning.
    outcome: String,
    heading: String,
    lead: String,
    otherwise: String,
}

/// A letter about a request, with the turns of phrase that several kinds use.
struct Story<'a> {
    letter: &'a Letter,
    request: &'a AboutRequest,
}

impl Story<'_> {
    fn words(&self, told: Told) -> Words {
        let AboutRequest {
            reference, service, ..
        } = self.request;
        let decides =
            self.letter.kind == NoticeKind::ActionNeeded && self.is_for(Audience::Approvers);
        Words {
            subject: format!(
                "{}: data access request {reference} ({service})",
                told.outcome
            ),
            preheader: format!("{} {}", told.lead, told.otherwise),
            heading: told.heading,
            lead: told.lead,
            otherwise: told.otherwise,
            button: if decides {
                "Review request"
            } else {
                "View request"
            },
            way: match self.letter.audience {
                Audience::Approvers => {
                    "Or sign in to your admin center, then Support > Data access requests."
                }
                Audience::Engineer | Audience::Manager => "Or sign in, then Queue.",
            },
            because: because(self.letter, self.letter.audience),
        }
    }

    fn action_needed(&self) -> Result<Told, ComposeError> {
        let deadline = self.deadline()?;
        let (by, brief) = (self.full(deadline), self.brief(deadline));
        let Letter { tenant, .. } = self.letter;
        let AboutRequest {
            engineer, asked, ..
        } = self.request;
        let access = self.access();
        let otherwise =
            format!("Decide by {by}. If nobody does, the request expires and no access is given.");
        Ok(match self.letter.audience {
            Audience::Approvers => Told {
                outcome: format!("Action needed by {brief}"),
                heading: "A request to access your content needs your decision".to_owned(),
                lead: format!("{engineer} asks for {access} for {asked}."),
                otherwise,
            },
            Audience::Engineer | Audience::Manager => Told {
                outcome: format!("With the customer until {brief}"),
                heading: "The customer was asked".to_owned(),
                lead: format!(
                    "{tenant} was asked to decide on {}: {access} for {asked}.",
                    self.whose()
                ),
                otherwise: format!(
                    "{tenant} decides by {by}. If nobody does, the request expires and no access is given."
                ),
            },
        })
    }

    fn approved(&self) -> Result<Told, ComposeError> {
        let deadline = self.deadline()?;
        let (until, brief) = (self.full(deadline), self.brief(deadline));
        let by = &self.letter.by;
        let AboutRequest { engineer, .. } = self.request;
        let (access, length, whose) = (self.access(), self.length(), self.whose());
        let unasked = self.unasked();
        let (did, why) = match &unasked {
            None => ("approved", String::new()),
            Some(why) => ("endorsed", format!(" {why}")),
        };
        let start =
            format!("{engineer} may start it until {until}; after that the approval expires.");
        Ok(match self.letter.audience {
            Audience::Approvers => {
                let how = if unasked.is_some() {
                    " without asking you"
                } else {
                    ""
                };
                Told {
                    outcome: format!("Approved{how}"),
                    heading: format!("Access was approved{how}"),
                    lead: format!("{by} {did} {access} for {engineer} for {length}.{why}"),
                    otherwise: format!("{start} You can revoke it at any time."),
                }
            }
            Audience::Engineer => Told {
                outcome: format!("Approved, start by {brief}"),
                heading: "Your request was approved".to_owned(),
                lead: format!("{by} {did} {whose}: {access} for {length}.{why}"),
                otherwise: format!(
                    "You may start the access until {until}. It lasts {length} from the start. If you do not start it by then, \
                     the approval expires and no access is given."
                ),
            },
            Audience::Manager if unasked.is_some() => Told {
                outcome: "Approved".to_owned(),
                heading: "Your endorsement was enough".to_owned(),
                lead: format!(
                    "You endorsed the request of {engineer}: {access} for {length}.{why}"
                ),
                otherwise: start,
            },
            Audience::Manager => Told {
                outcome: "Approved".to_owned(),
                heading: "A request you endorsed was approved".to_owned(),
                lead: format!("{by} {did} {whose}: {access} for {length}."),
                otherwise: start,
            },
        })
    }

    fn started(&self) -> Result<Told, ComposeError> {
        let deadline = self.deadline()?;
        let (until, brief) = (self.full(deadline), self.brief(deadline));
        let AboutRequest { engineer, .. } = self.request;
        let access = self.access();
        let outcome = format!("Access active until {brief}");
        let heading = "The access has started".to_owned();
        Ok(match self.letter.audience {
            Audience::Approvers => Told {
                outcome,
                heading,
                lead: format!("{engineer} started {access}."),
                otherwise: format!("It ends by itself on {until} at the latest. You can revoke it at any time."),
            },
            Audience::Engineer => Told {
                outcome,
                heading: "Your access has started".to_owned(),
                lead: format!("You have {access} until {until}."),
                otherwise: "It then ends by itself. Say \u{201c}I am done\u{201d} on the request's page as soon as you are.".to_owned(),
            },
            Audience::Manager => Told {
                outcome,
                heading,
                lead: format!("{engineer} started {access}, which you endorsed."),
                otherwise: format!("It ends by itself on {until} at the latest. A support manager can revoke it at any time."),
            },
        })
    }

    fn rejected(&self) -> Told {
        let by = &self.letter.by;
        let (access, whose) = (self.access(), self.whose());
        let (heading, otherwise) = if self.is_for(Audience::Engineer) {
            (
                "Your request was rejected",
                "No access was given. A request cannot be changed: a correction is a new request, and it will show this rejection.",
            )
        } else {
            ("The request was rejected", "No access was given.")
        };
        Told {
            outcome: "Rejected".to_owned(),
            heading: heading.to_owned(),
            lead: format!("{by} rejected {whose}: {access}."),
            otherwise: otherwise.to_owned(),
        }
    }

    fn expired(&self) -> Told {
        let tenant = &self.letter.tenant;
        let (access, whose) = (self.access(), self.whose());
        let by_then = self
            .request
            .deadline
            .map(|deadline| format!(" by {}", self.full(deadline)))
            .unwrap_or_default();
        let lead = match self.request.waiting_for {
            Some(WaitingFor::Manager) => {
                format!("No support manager answered {whose}{by_then}: {access}.")
            }
            Some(WaitingFor::Customer) => {
                format!("Nobody at {tenant} answered {whose}{by_then}: {access}.")
            }
            Some(WaitingFor::Start) => {
                format!("Nobody started what was approved in {whose}{by_then}: {access}.")
            }
            None => format!("The time for {whose} is over: {access}."),
        };
        let again = if self.is_for(Audience::Engineer) {
            " If the access is still needed, file a new request."
        } else {
            ""
        };
        Told {
            outcome: "Expired, no access was given".to_owned(),
            heading: "The request expired, no access was given".to_owned(),
            lead,
            otherwise: format!("The request is closed and no access was given.{again}"),
        }
    }

    fn ended(&self) -> Told {
        let AboutRequest { engineer, .. } = self.request;
        let access = self.access();
        let at = self.full(self.letter.at);
        if self.is_for(Audience::Engineer) {
            return Told {
                outcome: "Access ended".to_owned(),
                heading: "Your access has ended".to_owned(),
                lead: format!("You no longer have {access}. That was recorded on {at}."),
                otherwise: "More time is a new request.".to_owned(),
            };
        }
        Told {
            outcome: "Access ended".to_owned(),
            heading: "The access has ended".to_owned(),
            lead: format!("{engineer} no longer has {access}. That was recorded on {at}."),
            otherwise: "Nothing is left to do.".to_owned(),
        }
    }

    fn revoked(&self) -> Told {
        let by = &self.letter.by;
        let AboutRequest { engineer, .. } = self.request;
        let access = self.access();
        let (heading, lead, otherwise) = match self.letter.audience {
            Audience::Engineer => (
                "Your access was revoked",
                format!("{by} revoked {}: {access}.", self.whose()),
                "You have no access. If it was running, it ended at once.".to_owned(),
            ),
            Audience::Approvers | Audience::Manager => (
                "The access was revoked",
                format!(
                    "{by} revoked what was approved in {}: {access}.",
                    self.whose()
                ),
                format!("{engineer} has no access. If it was running, it ended at once."),
            ),
        };
        Told {
            outcome: "Revoked".to_owned(),
            heading: heading.to_owned(),
            lead,
            otherwise,
        }
    }

    fn withdrawn(&self) -> Told {
        let whose = match self.letter.audience {
            Audience::Engineer => "Your request".to_owned(),
            Audience::Approvers | Audience::Manager => {
                format!("The request of {}", self.request.engineer)
            }
        };
        Told {
            outcome: "Withdrawn".to_owned(),
            heading: "The request was withdrawn".to_owned(),
            lead: format!("{whose} was withdrawn: {}.", self.access()),
            otherwise: "No access was given, and nothing is left to decide.".to_owned(),
        }
    }

    fn is_for(&self, audience: Audience) -> bool {
        self.letter.audience == audience
    }

    /// Without a list of objects it is the whole service, and every mail says so.
    fn access(&self) -> String {
        let AboutRequest {
            service, objects, ..
        } = self.request;
        let place = match self.letter.audience {
            Audience::Approvers => service.to_string(),
            Audience::Engineer | Audience::Manager => format!("{}'s {service}", self.letter.tenant),
        };
        match objects.len() {
            0 => format!("access to all of {place}"),
            1 => format!("access to one named object in {place}"),
            many => format!("access to {many} named objects in {place}"),
        }
    }

    fn whose(&self) -> String {
        let engineer = &self.request.engineer;
        match self.letter.audience {
            Audience::Approvers => format!("the request of {engineer}"),
            Audience::Engineer => "your request".to_owned(),
            Audience::Manager => format!("the request of {engineer} that you endorsed"),
        }
    }

    /// Why the customer was not asked, where it was not.
    fn unasked(&self) -> Option<String> {
        let tenant = &self.letter.tenant;
        let service = &self.request.service;
        let why = match self.request.basis? {
            Basis::CustomerDecision => return None,
            Basis::LockboxOff => format!("Customer Lockbox is turned off for {tenant}"),
            Basis::NotCovered => {
                format!("{tenant} accepted that Customer Lockbox does not cover {service}")
            }
        };
        Some(match self.letter.audience {
            Audience::Approvers => format!("You were not asked, because {why}."),
            Audience::Engineer | Audience::Manager => {
                format!("The customer was not asked, because {why}.")
            }
        })
    }

    fn length(&self) -> String {
        self.request
            .granted
            .unwrap_or(self.request.asked)
            .to_string()
    }

    fn deadline(&self) -> Result<Moment, ComposeError> {
        self.request.deadline.ok_or(ComposeError::NoDeadline)
    }

    fn full(&self, at: Moment) -> String {
        when::full(at, self.letter.zone)
    }

    fn brief(&self, at: Moment) -> String {
        when::brief(at, self.letter.at, self.letter.zone)
    }
}
