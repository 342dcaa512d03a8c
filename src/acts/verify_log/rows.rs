//! The state rows beside what the facts say of them.

use super::{PAGE, Place, Progress, Verification, VerifyError};
use crate::domain::audit::fold::{Kind, KnownPerson, Remaining, Settled};
use crate::domain::id::PersonId;
use crate::domain::request::Request;
use crate::domain::support_case::{Comment, SupportCase};
use crate::store::projection::{self, Difference, Table};
use crate::store::{
    Stored, api_keys, case_comments, identity_links, own_factors, pass_keys, people, requests,
    services, single_sign_on, support_cases, tenants, webhooks,
};

/// What is said of a row that no fact made.
const UNEXPLAINED: &str = "no entry of a log explains this row";

/// Rows compared at once.
const AT_ONCE: usize = 500;

/// What the facts have settled and no row has been compared with yet.
#[derive(Default)]
pub(super) struct Batch {
    requests: Vec<Request>,
    cases: Vec<SupportCase>,
    comments: Vec<Comment>,
}

impl Batch {
    pub(super) fn extend(&mut self, settled: Option<Settled>) {
        match settled {
            Some(Settled::Request(request)) => self.requests.push(*request),
            Some(Settled::SupportCase(case)) => self.cases.push(*case),
            Some(Settled::CaseComment(comment)) => self.comments.push(*comment),
            None => {}
        }
    }

    pub(super) fn is_full(&self) -> bool {
        let most = self.requests.len().max(self.cases.len());
        most.max(self.comments.len()) >= AT_ONCE
    }
}

type Differences = Stored<Vec<(usize, Difference)>>;

impl Verification<'_> {
    pub(super) fn compare_settled(&mut self, batch: &mut Batch) -> Result<(), VerifyError> {
        self.compare_cases(&std::mem::take(&mut batch.cases))?;
        self.compare_comments(&std::mem::take(&mut batch.comments))?;
        self.compare_requests(&std::mem::take(&mut batch.requests))
    }

    pub(super) fn compare_remaining(&mut self, remaining: &Remaining) -> Result<(), VerifyError> {
        if let Some(tenant) = &remaining.tenant {
            let found = tenants::differing(self.conn, std::slice::from_ref(tenant));
            self.differ(Table::Tenants, found, |_| {
                format!("{} ({})", tenant.key, tenant.id)
            })?;
        }
        for some in remaining.services.chunks(AT_ONCE) {
            let found = services::differing(self.conn, some);
            self.differ(Table::Services, found, |i| {
                format!("{} ({})", some[i].key, some[i].id)
            })?;
        }
        for some in remaining.people.chunks(AT_ONCE) {
            let found = people::differing(self.conn, some);
            self.differ(Table::People, found, |i| {
                format!("{} ({})", some[i].person.name, some[i].person.id)
            })?;
            let found = own_factors::differing(self.conn, some);
            self.differ(Table::People, found, |i| {
                format!("{} ({})", some[i].person.name, some[i].person.id)
            })?;
            self.links_without_facts(some, remaining)?;
        }
        for some in remaining.links.chunks(AT_ONCE) {
            let found = identity_links::differing(self.conn, some);
            self.differ(Table::IdentityLinks, found, |i| {
                format!("{} ({})", some[i].subject, some[i].person)
            })?;
        }
        if let Some(sign_on) = &remaining.sign_on {
            let found = single_sign_on::differing(self.conn, sign_on);
            self.differ(Table::SingleSignOn, found, |_| {
                format!("{} ({})", sign_on.setting.issuer, sign_on.setting.id)
            })?;
        }
        for some in remaining.webhooks.chunks(AT_ONCE) {
            let found = webhooks::differing(self.conn, some);
            self.differ(Table::Webhooks, found, |i| {
                format!("{} ({})", some[i].setting.description, some[i].setting.id)
            })?;
        }
        for some in remaining.keys.chunks(AT_ONCE) {
            let found = api_keys::differing(self.conn, some);
            self.differ(Table::ApiKeys, found, |i| {
                format!("{} ({})", some[i].key.name, some[i].key.id)
            })?;
        }
        self.compare_cases(&remaining.cases)?;
        for some in remaining.pass_keys.chunks(AT_ONCE) {
            let found = pass_keys::differing(self.conn, some);
            self.differ(Table::PassKeys, found, |i| some[i].0.to_string())?;
        }
        self.compare_requests(&remaining.requests)
    }

    /// Whom no fact links, no identity provider calls anything.
    fn links_without_facts(
        &mut self,
        people: &[KnownPerson],
        remaining: &Remaining,
    ) -> Result<(), VerifyError> {
        let links = &remaining.links;
        let linked = |id: &PersonId| links.binary_search_by_key(id, |link| link.person).is_ok();
        let others = people.iter().map(|known| known.person.id);
        let others: Vec<PersonId> = others.filter(|id| !linked(id)).collect();
        for found in identity_links::linked(self.conn, &others)? {
            let known = people.iter().find(|known| known.person.id == found);
            let name = known.map_or_else(String::new, |known| known.person.name.to_string());
            let place = Place::Row {
                table: Table::IdentityLinks,
                id: format!("{name} ({found})"),
            };
            self.findings.add(place, UNEXPLAINED);
        }
        Ok(())
    }

    fn compare_comments(&mut self, comments: &[Comment]) -> Result<(), VerifyError> {
        for some in comments.chunks(AT_ONCE) {
            let found = case_comments::differing(self.conn, some);
            self.differ(Table::CaseComments, found, |i| some[i].id.to_string())?;
        }
        Ok(())
    }

    fn compare_cases(&mut self, cases: &[SupportCase]) -> Result<(), VerifyError> {
        for some in cases.chunks(AT_ONCE) {
            let found = support_cases::differing(self.conn, some);
            self.differ(Table::SupportCases, found, |i| {
                format!("{} ({})", some[i].number, some[i].id)
            })?;
        }
        Ok(())
    }

    fn compare_requests(&mut self, requests: &[Request]) -> Result<(), VerifyError> {
        for some in requests.chunks(AT_ONCE) {
            let found = requests::differing(self.conn, some);
            self.differ(Table::Requests, found, |i| {
                format!("{} ({})", some[i].reference, some[i].id)
            })?;
        }
        Ok(())
    }

    fn differ(
        &mut self,
        table: Table,
        found: Differences,
        name: impl Fn(usize) -> String,
    ) -> Result<(), VerifyError> {
        for (index, difference) in found? {
            let id = name(index);
            self.findings
                .add(Place::Row { table, id }, difference.to_string());
        }
        Ok(())
    }

    /// Asks every row for the fact that made it.
    pub(super) fn rows_without_facts(&mut self) -> Result<(), VerifyError> {
        for table in Table::ALL {
            let (mut after, mut done) = (None, 0);
            loop {
                let ids = match projection::ids(self.conn, table, after, PAGE) {
                    Ok(ids) => ids,
                    Err(error) => {
                        let why = super::one_log::unreadable(error)?;
                        let words = format!("an id cannot be read: {why}");
                        self.findings.add(Place::Table(table), words);
                        break;
                    }
                };
                for id in &ids {
                    if !self.fold.made(made_as(table), *id) {
                        let id = id.to_string();
                        self.findings.add(Place::Row { table, id }, UNEXPLAINED);
                    }
                    done += 1;
                }
                // Strictly on, whatever the database says, or this would never end.
                let last = ids.last().copied();
                if last.is_none() || last <= after {
                    break;
                }
                after = last;
                (self.progress)(Progress::Rows { table, done });
            }
        }
        Ok(())
    }
}

const fn made_as(table: Table) -> Kind {
    match table {
        Table::Tenants => Kind::Tenant,
        Table::Services => Kind::Service,
        Table::People
        | Table::PersonRoles
        | Table::Passwords
        | Table::Authenticators
        | Table::RecoveryCodes
        | Table::IdentityLinks => Kind::Person,
        Table::Passkeys => Kind::Passkey,
        Table::SingleSignOn => Kind::SignOn,
        Table::Webhooks => Kind::Webhook,
        Table::ApiKeys => Kind::ApiKey,
        Table::PassKeys => Kind::PassKey,
        Table::SupportCases => Kind::SupportCase,
        Table::CaseComments => Kind::CaseComment,
        Table::Requests => Kind::Request,
    }
}
