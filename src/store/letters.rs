//! Letters: what the facts of an act call for, written in the act's own transaction.

use diesel::prelude::*;

use super::audit::Sealed;
use super::column::{Id, Json, Stamp};
use super::schema::outbox;
use super::{StoreError, Stored, Tx, people, requests, services, support_cases, tenants};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::RequestId;
use crate::domain::notice::{self, AboutRequest, Audience, Letter, NoticeKind};
use crate::domain::person::Person;
use crate::domain::request::{Request, State};
use crate::domain::tenant::Tenant;

/// Writes the letters that sealed facts call for; says how many.
pub(super) fn write(tx: &mut Tx<'_>, sealed: &Sealed) -> Stored<usize> {
    let Log::Tenant(tenant) = sealed.head.log else {
        return Ok(0);
    };
    let tenant = tenants::by_id(tx.conn(), tenant)?.ok_or_else(|| gone("tenant"))?;
    let mut count = 0;
    for (request, fact) in &sealed.facts {
        let letters = match request {
            Some(request) => about_request(tx, &tenant, *request, fact, sealed)?,
            None => about_tenant(tx, &tenant, fact, sealed)?,
        };
        for letter in letters {
            insert(tx, &letter)?;
            count += 1;
        }
    }
    Ok(count)
}

fn insert(tx: &mut Tx<'_>, letter: &Letter) -> Stored<()> {
    let now = tx.now();
    let id = Id(tx.entropy.uuid(now));
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(id),
            outbox::letter.eq(Json::of(letter)?),
            outbox::written_at.eq(Stamp(now)),
            outbox::due_at.eq(Stamp(now)),
            outbox::lease_until.eq(Stamp(now)),
            outbox::attempts.eq(0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

fn about_request(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    request: RequestId,
    fact: &Fact,
    sealed: &Sealed,
) -> Stored<Vec<Letter>> {
    let request = requests::by_id(tx.conn(), tenant.id, request)?.ok_or_else(|| gone("row"))?;
    let notice = notice::of_request(fact, &request, tenant.notifications);
    let Some((kind, audiences)) = notice else {
        return Ok(Vec::new());
    };
    let engineer = people::by_id(tx.conn(), request.engineer)?.ok_or_else(|| gone("engineer"))?;
    let about = about(tx, tenant, &request, &engineer, fact)?;
    let mut letters = Vec::new();
    for audience in audiences {
        for reader in readers(tx, kind, audience, tenant, &request, &engineer)? {
            letters.push(Letter {
                request: Some(about.clone()),
                ..letter(tx, kind, audience, &reader, tenant, sealed)
            });
        }
    }
    Ok(letters)
}

fn readers(
    tx: &mut Tx<'_>,
    kind: NoticeKind,
    audience: Audience,
    tenant: &Tenant,
    request: &Request,
    engineer: &Person,
) -> Stored<Vec<Person>> {
    Ok(match audience {
        Audience::Approvers => {
            let mut readers = people::approvers(tx.conn(), tenant.id)?;
            readers
                .retain(|reader| !kind.is_reminder() || !notice::has_answered(reader.id, request));
            readers
        }
        Audience::Engineer => vec![engineer.clone()],
        Audience::Manager => match request.endorsement.as_ref().and_then(|e| e.by.person()) {
            Some(manager) if manager != engineer.id => {
                people::by_id(tx.conn(), manager)?.into_iter().collect()
            }
            _ => Vec::new(),
        },
        Audience::Oneself => oneself(tx)?,
    })
}

fn oneself(tx: &mut Tx<'_>) -> Stored<Vec<Person>> {
    match tx.author.actor.person() {
        Some(person) => Ok(people::by_id(tx.conn(), person)?.into_iter().collect()),
        None => Ok(Vec::new()),
    }
}

fn about_tenant(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    fact: &Fact,
    sealed: &Sealed,
) -> Stored<Vec<Letter>> {
    let Some((kind, change)) = notice::of_setting(fact) else {
        return Ok(Vec::new());
    };
    let mut letters = Vec::new();
    for audience in kind.audiences() {
        let readers = match audience {
            Audience::Oneself => oneself(tx)?,
            _ => people::approvers(tx.conn(), tenant.id)?,
        };
        letters.extend(readers.iter().map(|reader| Letter {
            change: change.clone(),
            ..letter(tx, kind, *audience, reader, tenant, sealed)
        }));
    }
    Ok(letters)
}

fn letter(
    tx: &Tx<'_>,
    kind: NoticeKind,
    audience: Audience,
    reader: &Person,
    tenant: &Tenant,
    sealed: &Sealed,
) -> Letter {
    Letter {
        kind,
        audience,
        to: reader.email.clone(),
        to_name: reader.name.clone(),
        zone: reader.zone,
        at: tx.now(),
        tenant: tenant.name.clone(),
        by: in_words(&tx.author.actor),
        request: None,
        change: None,
        // The setting is the tenant's, and for the tenant's people.
        links: tenant.notifications.links || reader.tenant() != Some(tenant.id),
        log_size: sealed.head.frontier.size(),
        log_root: sealed.head.frontier.root().to_string(),
    }
}

fn about(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    request: &Request,
    engineer: &Person,
    fact: &Fact,
) -> Stored<AboutRequest> {
    let service = services::by_id(tx.conn(), request.service)?
        .ok_or_else(|| StoreError::Senseless("a request whose service is gone".to_owned()))?;
    let case = match request.case {
        Some(case) => support_cases::by_id(tx.conn(), tenant.id, case)?,
        None => None,
    };
    let granted = notice::granted(&request.state);
    Ok(AboutRequest {
        reference: request.reference.clone(),
        service: service.name,
        engineer: engineer.name.clone(),
        manager: request.endorsement.as_ref().map(|e| in_words(&e.by)),
        case: case.map(|case| format!("{}, {}", case.number, case.title)),
        scope: request.scope.description.to_string(),
        objects: request
            .scope
            .objects
            .iter()
            .map(|o| o.as_str().to_owned())
            .collect(),
        actions: request
            .scope
            .actions
            .iter()
            .map(|a| a.as_str().to_owned())
            .collect(),
        reason: request.reason.to_string(),
        asked: request.asked,
        granted: granted.map(|(duration, _)| duration),
        basis: granted.map(|(_, basis)| basis),
        note: notice::note(fact),
        filed_at: request.filed_at,
        deadline: notice::deadline(&request.state),
        waiting_for: match request.state {
            State::Expired { waiting_for, .. } => Some(waiting_for),
            _ => None,
        },
    })
}

fn in_words(actor: &Actor) -> String {
    match actor.roles() {
        roles if roles.is_empty() => actor.name(),
        roles => format!("{} ({roles})", actor.name()),
    }
}

fn gone(what: &str) -> StoreError {
    StoreError::Senseless(format!("a fact whose {what} is gone"))
}
