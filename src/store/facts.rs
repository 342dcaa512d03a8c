//! The facts of an act, on their way into a log.

use super::at_hand::AtHand;
use crate::domain::audit::entry::Asked;
use crate::domain::fact::Fact;
use crate::domain::id::RequestId;

/// The facts an act brought about: at least one.
#[derive(Debug)]
pub struct Facts {
    pub(super) told: Vec<(Option<RequestId>, Fact)>,
    pub(super) asked: Option<Asked>,
    pub(super) at_hand: AtHand,
}

impl Facts {
    /// One fact that is about no request.
    #[must_use]
    pub fn one(fact: Fact) -> Self {
        Self::all(vec![(None, fact)])
    }

    /// One fact about a request.
    #[must_use]
    pub fn about(request: RequestId, fact: Fact) -> Self {
        Self::all(vec![(Some(request), fact)])
    }

    /// Facts about requests, if there are any.
    #[must_use]
    pub fn of_requests(facts: Vec<(RequestId, Fact)>) -> Option<Self> {
        let facts: Vec<_> = facts
            .into_iter()
            .map(|(request, fact)| (Some(request), fact))
            .collect();
        (!facts.is_empty()).then(|| Self::all(facts))
    }

    /// These, and others about requests.
    #[must_use]
    pub fn and_of_requests(mut self, facts: Vec<(RequestId, Fact)>) -> Self {
        let facts = facts
            .into_iter()
            .map(|(request, fact)| (Some(request), fact));
        self.told.extend(facts);
        self
    }

    /// These, and another that is about no request.
    #[must_use]
    pub fn and(mut self, fact: Fact) -> Self {
        self.told.push((None, fact));
        self
    }

    /// These, and another about a request.
    #[must_use]
    pub fn and_about(mut self, request: RequestId, fact: Fact) -> Self {
        self.told.push((Some(request), fact));
        self
    }

    /// These, of which somebody had asked for the first, and it waited.
    #[must_use]
    pub fn asked_for(mut self, asked: Asked) -> Self {
        self.asked = Some(asked);
        self
    }

    /// These, with what the act has at hand for what is written of them.
    #[must_use]
    pub fn with(mut self, at_hand: AtHand) -> Self {
        self.at_hand = at_hand;
        self
    }

    fn all(facts: Vec<(Option<RequestId>, Fact)>) -> Self {
        Self {
            told: facts,
            asked: None,
            at_hand: AtHand::default(),
        }
    }
}
