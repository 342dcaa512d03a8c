//! What a mail says about a request.

use super::{Words, because, way};
use crate::domain::notice::{AboutRequest, Audience, Letter, NoticeKind};
use crate::domain::request::Basis;
use crate::domain::request::state::WaitingFor;
use crate::domain::time::Moment;
use crate::post::compose::ComposeError;
use crate::post::when;

/// What one kind of notice adds to the words that all notices about requests share.
struct Told {
    /// The subject's beginning.
    outcome: String,
    heading: String,
    lead: String,
    otherwise: String,
}

/// A letter about a request, with the turns of phrase that several kinds use.
pub(super) struct Story<'a> {
    pub letter: &'a Letter,
    pub request: &'a AboutRequest,
}

impl Story<'_> {
    /// The words, whatever the kind.
    ///
    /// # Errors
    /// When the letter lacks the deadline its kind speaks of.
    pub(super) fn told(&self) -> Result<Words, ComposeError> {
        let told = match self.letter.kind {
            NoticeKind::ActionNeeded => self.action_needed()?,
            NoticeKind::Reminder => self.reminder()?,
            NoticeKind::Approved => self.approved()?,
            NoticeKind::Started => self.started()?,
            NoticeKind::Shortened => self.shortened()?,
            NoticeKind::EndingSoon => self.ending_soon()?,
            NoticeKind::Rejected => self.rejected(),
            NoticeKind::Expired => self.expired(),
            NoticeKind::Ended => self.ended(),
            NoticeKind::Revoked => self.revoked(),
            _ => self.withdrawn(),
        };
        Ok(self.words(told))
    }

    fn words(&self, told: Told) -> Words {
        let AboutRequest {
            reference, service, ..
        } = self.request;
        let decides = self.letter.kind.asks_to_act() && self.is_for(Audience::Approvers);
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
                Audience::Approvers
                | Audience::Oneself
                | Audience::Administrators
                | Audience::Person
                | Audience::Everybody => way(
                    self.letter,
                    &format!("Support > Data access requests > {reference}"),
                ),
                Audience::Engineer | Audience::Manager => {
                    way(self.letter, &format!("Queue > {reference}"))
                }
            },
            because: because(self.letter),
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
            Audience::Approvers
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => Told {
                outcome: format!("Action needed by {brief}"),
                heading: "A request to access your content needs your decision".to_owned(),
                lead: format!(
                    "{engineer} asks for {access} for {asked}{}.",
                    self.more_time()
                ),
                otherwise,
            },
            Audience::Engineer | Audience::Manager => Told {
                outcome: format!("With the customer until {brief}"),
                heading: "The customer was asked".to_owned(),
                lead: format!(
                    "{tenant} was asked to decide on {}: {access} for {asked}{}.",
                    self.whose(),
                    self.more_time()
                ),
                otherwise: format!(
                    "{tenant} decides by {by}. If nobody does, the request expires and no access is given."
                ),
            },
        })
    }

    /// After which request it asks for more time, if it does.
    fn more_time(&self) -> String {
        let earlier = self.request.follows.as_ref();
        earlier.map_or_else(String::new, |earlier| {
            format!(", more time after {earlier}")
        })
    }

    fn reminder(&self) -> Result<Told, ComposeError> {
        let deadline = self.deadline()?;
        let AboutRequest {
            engineer, asked, ..
        } = self.request;
        Ok(Told {
            outcome: format!("Reminder, action needed by {}", self.brief(deadline)),
            heading: "A request to access your content still needs your decision".to_owned(),
            lead: format!(
                "{engineer} asks for {} for {asked}{}.",
                self.access(),
                self.more_time()
            ),
            otherwise: format!(
                "Decide by {}. If nobody does, the request expires and no access is given.",
                self.full(deadline)
            ),
        })
    }

    fn ending_soon(&self) -> Result<Told, ComposeError> {
        let deadline = self.deadline()?;
        let (until, brief) = (self.full(deadline), self.brief(deadline));
        let left = (deadline - self.letter.at).num_minutes();
        let AboutRequest { engineer, .. } = self.request;
        let access = self.access();
        let (heading, lead, otherwise) = if self.is_for(Audience::Engineer) {
            (
                "Your access ends soon",
                format!("You have {access} until {until}."),
                "It then ends by itself. Leave things as you want them found. More time is a new request.",
            )
        } else {
            (
                "The access ends soon",
                format!("{engineer} has {access} until {until}."),
                "It then ends by itself. You can revoke it before.",
            )
        };
        Ok(Told {
            outcome: format!("{left} minutes of access left, until {brief}"),
            heading: heading.to_owned(),
            lead,
            otherwise: otherwise.to_owned(),
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
            Audience::Approvers
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => {
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
            Audience::Approvers
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => Told {
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

    fn shortened(&self) -> Result<Told, ComposeError> {
        let deadline = self.deadline()?;
        let (until, brief) = (self.full(deadline), self.brief(deadline));
        let Letter { tenant, by, .. } = self.letter;
        let AboutRequest { engineer, .. } = self.request;
        let access = self.access();
        let why = format!("{by} changed when {tenant} lets anybody in.");
        let (heading, lead, otherwise) = if self.is_for(Audience::Engineer) {
            (
                "Your access ends earlier",
                format!("{why} You have {access} until {until} only."),
                "It then ends by itself. Leave things as you want them found. More time is a new request.",
            )
        } else {
            (
                "The access ends earlier",
                format!("{why} {engineer} has {access} until {until} only."),
                "It then ends by itself. It can be revoked before.",
            )
        };
        Ok(Told {
            outcome: format!("Access ends earlier, at {brief}"),
            heading: heading.to_owned(),
            lead,
            otherwise: otherwise.to_owned(),
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
        let closed = self.with_case() + &self.with_hours();
        if self.is_for(Audience::Engineer) {
            return Told {
                outcome: "Access ended".to_owned(),
                heading: "Your access has ended".to_owned(),
                lead: format!("{closed}You no longer have {access}. That was recorded on {at}."),
                otherwise: "More time is a new request.".to_owned(),
            };
        }
        Told {
            outcome: "Access ended".to_owned(),
            heading: "The access has ended".to_owned(),
            lead: format!("{closed}{engineer} no longer has {access}. That was recorded on {at}."),
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
            Audience::Approvers
            | Audience::Manager
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => (
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
            Audience::Approvers
            | Audience::Manager
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => {
                format!("The request of {}", self.request.engineer)
            }
        };
        Told {
            outcome: "Withdrawn".to_owned(),
            heading: "The request was withdrawn".to_owned(),
            lead: format!(
                "{}{whose} was withdrawn: {}.",
                self.with_case(),
                self.access()
            ),
            otherwise: "No access was given, and nothing is left to decide.".to_owned(),
        }
    }

    /// That it ended with its support case, where it did: a sentence and a space.
    fn with_case(&self) -> String {
        if self.request.case_closed {
            format!("{} closed the support case. ", self.letter.by)
        } else {
            String::new()
        }
    }

    /// That it ended with the access hours, where it did: a sentence and a space.
    fn with_hours(&self) -> String {
        if self.request.hours_changed {
            let Letter { tenant, by, .. } = self.letter;
            format!("{by} changed when {tenant} lets anybody in. ")
        } else {
            String::new()
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
            Audience::Approvers
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => service.to_string(),
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
            Audience::Approvers
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => format!("the request of {engineer}"),
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
            Audience::Approvers
            | Audience::Oneself
            | Audience::Administrators
            | Audience::Person
            | Audience::Everybody => {
                format!("You were not asked, because {why}.")
            }
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
