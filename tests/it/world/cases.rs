//! Support cases of a story.

use lockbox::acts::decide;
use lockbox::acts::file_request::{CaseNamed, NewRequest, file};
use lockbox::acts::support_cases::{CaseWords, close, open};
use lockbox::domain::id::CaseId;
use lockbox::domain::request::Request;
use lockbox::domain::support_case::SupportCase;
use lockbox::domain::text::{Line, Prose};
use lockbox::store::support_cases;

use super::{World, new_request, seen};

impl World {
    /// A case that this person of a tenant opens.
    pub fn case_of(&self, who: &str) -> SupportCase {
        let words = CaseWords {
            title: Line::parse("Calendar invitations vanish").unwrap(),
            description: Some(Prose::parse("Since Tuesday.").unwrap()),
        };
        let form = self.lockbox.entropy.uuid(self.now());
        open(&self.lockbox, &self.fresh(who), &words, form).unwrap()
    }

    /// The same, of Fabrikam, closed again.
    pub fn closed_case(&self) -> SupportCase {
        let case = self.case_of("kim");
        close(&self.lockbox, &self.fresh("kim"), case.id)
            .unwrap()
            .case
    }

    /// The case as it is kept.
    pub fn stored_case(&self, case: &SupportCase) -> SupportCase {
        let stored = |conn: &mut _| support_cases::by_id(conn, case.tenant, case.id);
        self.lockbox.store.read(stored).unwrap().unwrap()
    }

    /// A request of Ivo's that names a case of Fabrikam.
    pub fn filed_because_of(&self, case: CaseId) -> Request {
        file(&self.lockbox, &self.fresh("ivo"), &naming(case)).unwrap()
    }

    /// The same, endorsed by Rosa.
    pub fn endorsed_because_of(&self, case: CaseId) -> Request {
        let filed = self.filed_because_of(case);
        decide::endorse(&self.lockbox, &self.fresh("rosa"), &seen(&filed)).unwrap()
    }

    /// The same, approved by Kim.
    pub fn approved_because_of(&self, case: CaseId) -> Request {
        let request = self.endorsed_because_of(case);
        let kim = self.fresh("kim");
        decide::approve(&self.lockbox, &kim, &seen(&request), request.asked, None).unwrap()
    }
}

/// A request for Fabrikam's Exchange Online that names this case.
pub fn naming(case: CaseId) -> NewRequest {
    NewRequest {
        case: Some(CaseNamed::Known(case)),
        ..new_request("fabrikam", "exchange-online")
    }
}
