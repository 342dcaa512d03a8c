//! Support cases: how they are opened, said something in, and closed.

use super::{Fold, Kind, Misfit, Settled};
use crate::domain::audit::entry::Entry;
use crate::domain::fact::Fact;
use crate::domain::id::{CaseId, TenantId};
use crate::domain::support_case::SupportCase;

impl Fold {
    /// Folds a fact about a support case of this tenant.
    pub(super) fn case(
        &mut self,
        tenant: TenantId,
        entry: &Entry,
    ) -> Result<Option<Settled>, Misfit> {
        let (fact, by, at) = (&entry.fact, &entry.author.actor, entry.at);
        let misfit = |case| Misfit::Case(fact.act(), case);
        match fact {
            Fact::SupportCaseRecorded(opened) | Fact::SupportCaseOpened(opened) => {
                self.make(Kind::SupportCase, opened.id.0)?;
                self.cases
                    .insert(opened.id, SupportCase::opened(opened, by, at));
                if opened.tenant != tenant {
                    return Err(Misfit::Elsewhere(Kind::Tenant, opened.tenant.0));
                }
                Ok(None)
            }
            Fact::SupportCaseCommented(said) => {
                self.make(Kind::CaseComment, said.id.0)?;
                let case = self.open_case(fact.act(), said.case)?;
                let comment = case.commented(said, by, at);
                let comment = comment.map_err(|_| misfit(said.case))?;
                Ok(Some(Settled::CaseComment(Box::new(comment))))
            }
            Fact::SupportCaseChanged(changed) => {
                let case = self.open_case(fact.act(), changed.case)?;
                let next = case.apply(fact, by, at);
                let next = next.map_err(|_| misfit(changed.case))?;
                self.cases.insert(next.id, next);
                Ok(None)
            }
            Fact::SupportCaseClosed { case: id, .. } => {
                let case = self.open_case(fact.act(), *id)?;
                let closed = case.apply(fact, by, at).map_err(|_| misfit(*id))?;
                self.cases.remove(id);
                Ok(Some(Settled::SupportCase(Box::new(closed))))
            }
            other => Err(Misfit::WrongLog(other.act())),
        }
    }

    /// The case of this log that is open, for what needs one.
    pub(super) fn open_case(&self, act: &'static str, id: CaseId) -> Result<&SupportCase, Misfit> {
        self.own(Kind::SupportCase, id.0)?;
        self.cases.get(&id).ok_or(Misfit::Case(act, id))
    }
}
