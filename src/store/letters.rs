//! Letters: what the facts of an act call for, written in the act's own transaction.

use diesel::prelude::*;

use super::at_hand::{AtHand, gone};
use super::audit::Sealed;
use super::column::{Id, Json, Stamp, read};
use super::conn::Conn;
use super::prepared::insert_all;
use super::schema::outbox;
use super::{StoreError, Stored, Tx, people, services, support_cases};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::{RequestId, TenantId};
use crate::domain::notice::{self, AboutPerson, AboutRequest, Audience, Letter, NoticeKind};
use crate::domain::one_time_link::Enclosed;
use crate::domain::person::{Person, Side};
use crate::domain::request::{HowEnded, Request, State};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::tenant::Tenant;
use crate::domain::text::Line;

/// What the provider is called in a letter to its own people.
const PROVIDER: &str = "the provider";
/// People of a tenant read at a time.
const PEOPLE_PER_PAGE: i64 = 100;

#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    letter: Json,
    written_at: Stamp,
    due_at: Stamp,
    lease_until: Stamp,
    attempts: i32,
}

/// Writes the letters that sealed facts call for; says how many.
pub(super) fn write(tx: &mut Tx<'_>, sealed: &Sealed, at_hand: &AtHand) -> Stored<usize> {
    if !sealed.facts.iter().any(|(_, fact)| notice::is_told(fact)) {
        return Ok(0);
    }
    let tenant = match sealed.head.log {
        Log::Provider => None,
        Log::Tenant(tenant) => Some(at_hand.tenant(tx.conn(), tenant)?),
    };
    let mut letters = Vec::new();
    for (request, fact) in &sealed.facts {
        letters.extend(match (request, &tenant) {
            _ if fact.concerns().is_some() => about_person(tx, tenant.as_ref(), fact, sealed)?,
            (_, None) => about_provider(tx, fact, sealed)?,
            (Some(request), Some(tenant)) => {
                about_request(tx, tenant, *request, fact, sealed, at_hand)?
            }
            (_, tenant) => about_setting(tx, tenant.as_ref(), fact, sealed)?,
        });
    }
    insert(tx, &letters)?;
    Ok(letters.len())
}

/// What the provider sets for itself, to its administrators.
fn about_provider(tx: &mut Tx<'_>, fact: &Fact, sealed: &Sealed) -> Stored<Vec<Letter>> {
    let Some((kind, change)) = notice::of_provider(fact) else {
        return about_setting(tx, None, fact, sealed);
    };
    let audience = Audience::Administrators;
    people::administrators(tx.conn(), Side::Provider)?
        .iter()
        .map(|reader| {
            Ok(Letter {
                change: Some(change.clone()),
                ..letter(tx, kind, audience, reader, None, sealed)?
            })
        })
        .collect()
}

/// To the person, and to those who manage the people of their side; where it concerns who decides, to all who decide.
fn about_person(
    tx: &mut Tx<'_>,
    tenant: Option<&Tenant>,
    fact: &Fact,
    sealed: &Sealed,
) -> Stored<Vec<Letter>> {
    if let (Fact::PersonAdded(_), Some(_)) = (fact, tenant) {
        return about_setting(tx, tenant, fact, sealed);
    }
    let Some(id) = fact.concerns() else {
        return Ok(Vec::new());
    };
    let person = people::by_id(tx.conn(), id)?.ok_or_else(|| gone("person"))?;
    let now = tx.now();
    let Some(told) = notice::of_person(fact, &person, now) else {
        return Ok(Vec::new());
    };
    let about = AboutPerson {
        name: person.name.clone(),
        change: told.change,
    };
    let kind = NoticeKind::PersonChanged;
    let mut letters = Vec::new();
    // Who was invited and has not come gets invitations, which are counted, and nothing else.
    if person.joined.is_some() || told.link.is_some() {
        letters.push(Letter {
            person: Some(about.clone()),
            enclosed: told.link.map(|kind| Enclosed {
                kind,
                person: id,
                made_at: now,
            }),
            ..letter(tx, kind, Audience::Person, &person, tenant, sealed)?
        });
    }
    if told.tells_others {
        let (audience, readers) = match tenant {
            Some(tenant) if told.decides => {
                let readers = people::approvers(tx.conn(), tenant.id)?;
                (Audience::Approvers, readers)
            }
            _ => {
                let readers = people::administrators(tx.conn(), person.side)?;
                (Audience::Administrators, readers)
            }
        };
        for reader in readers.iter().filter(|reader| reader.id != id) {
            letters.push(Letter {
                person: Some(about.clone()),
                ..letter(tx, kind, audience, reader, tenant, sealed)?
            });
        }
    }
    Ok(letters)
}

fn insert(tx: &mut Tx<'_>, letters: &[Letter]) -> Stored<()> {
    let now = Stamp(tx.now());
    let row = |letter: &Letter| {
        Stored::Ok(Row {
            id: Id(tx.entropy.uuid(now.0)),
            letter: Json::of(letter)?,
            written_at: now,
            due_at: now,
            lease_until: now,
            attempts: 0,
        })
    };
    let rows = letters.iter().map(row).collect::<Stored<Vec<_>>>()?;
    insert_all!(tx.conn(), outbox, rows)?;
    Ok(())
}

fn about_request(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    request: RequestId,
    fact: &Fact,
    sealed: &Sealed,
    at_hand: &AtHand,
) -> Stored<Vec<Letter>> {
    if notice::kind_of_request(fact).is_none() {
        return Ok(Vec::new());
    }
    let request = at_hand.request(tx.conn(), tenant.id, request)?;
    let notice = notice::of_request(fact, &request, tenant.notifications);
    let Some((kind, audiences)) = notice else {
        return Ok(Vec::new());
    };
    let (engineer, about) = about(tx, tenant, &request, fact, at_hand)?;
    let mut letters = Vec::new();
    for audience in audiences {
        for reader in readers(tx, kind, audience, &request, &engineer, at_hand)? {
            letters.push(Letter {
                request: Some(about.clone()),
                ..letter(tx, kind, audience, &reader, Some(tenant), sealed)?
            });
        }
    }
    Ok(letters)
}

fn readers(
    tx: &mut Tx<'_>,
    kind: NoticeKind,
    audience: Audience,
    request: &Request,
    engineer: &Person,
    at_hand: &AtHand,
) -> Stored<Vec<Person>> {
    Ok(match audience {
        Audience::Approvers => {
            let mut readers = at_hand.approvers(tx.conn(), request.tenant)?;
            if kind.asks_to_act() {
                readers = who_can(tx.conn(), readers, request)?;
            }
            readers
                .retain(|reader| !kind.is_reminder() || !notice::has_answered(reader.id, request));
            readers
        }
        Audience::Engineer => vec![engineer.clone()],
        Audience::Manager => match request.endorsement.as_ref().and_then(|e| e.by.person()) {
            Some(manager) if manager != engineer.id => {
                Vec::from_iter(at_hand.person(tx.conn(), manager)?)
            }
            _ => Vec::new(),
        },
        Audience::Oneself => oneself(tx)?,
        Audience::Administrators | Audience::Person | Audience::Everybody => Vec::new(),
    })
}

/// Who is asked to decide is who may: nobody whose role or second factor is newer than the request. Where nobody may, or
/// none of them has a second factor but what single sign-on may show, all hear of it, so that it does not expire unseen.
fn who_can(conn: &mut Conn, readers: Vec<Person>, request: &Request) -> Stored<Vec<Person>> {
    let can = |reader: &&Person| may(*reader, Act::Approve, Subject::Request(request)).is_ok();
    let able: Vec<Person> = readers.iter().filter(can).cloned().collect();
    let sure = people::with_own_factor(conn, &able)?;
    Ok(if sure.is_empty() { readers } else { able })
}

fn oneself(tx: &mut Tx<'_>) -> Stored<Vec<Person>> {
    match tx.author.actor.person() {
        Some(person) => Ok(people::by_id(tx.conn(), person)?.into_iter().collect()),
        None => Ok(Vec::new()),
    }
}

fn everybody(tx: &mut Tx<'_>, tenant: TenantId) -> Stored<Vec<Person>> {
    let mut everybody: Vec<Person> = Vec::new();
    loop {
        let after = everybody
            .last()
            .map(|last| (last.name.to_string(), last.id));
        let page = people::page_of(
            tx.conn(),
            Side::Tenant(tenant),
            after.as_ref(),
            PEOPLE_PER_PAGE,
        )?;
        if page.is_empty() {
            everybody.retain(Person::is_here);
            return Ok(everybody);
        }
        everybody.extend(page);
    }
}

/// A change of a side's setting is told to those of the side whom it concerns. Of what the provider sets for itself only
/// its administrators hear.
fn about_setting(
    tx: &mut Tx<'_>,
    tenant: Option<&Tenant>,
    fact: &Fact,
    sealed: &Sealed,
) -> Stored<Vec<Letter>> {
    let Some((kind, change)) = notice::of_setting(fact) else {
        return Ok(Vec::new());
    };
    let audience = match (&change, kind.audiences()) {
        (Some(change), _) => change.audience(),
        (None, [audience, ..]) => *audience,
        (None, []) => return Ok(Vec::new()),
    };
    let readers = match (audience, tenant) {
        (Audience::Administrators, _) => {
            let side = tenant.map_or(Side::Provider, |tenant| Side::Tenant(tenant.id));
            people::administrators(tx.conn(), side)?
        }
        (_, None) => Vec::new(),
        (Audience::Oneself, _) => oneself(tx)?,
        (Audience::Everybody, Some(tenant)) => everybody(tx, tenant.id)?,
        (_, Some(tenant)) => people::approvers(tx.conn(), tenant.id)?,
    };
    readers
        .iter()
        .map(|reader| {
            Ok(Letter {
                change: change.clone(),
                ..letter(tx, kind, audience, reader, tenant, sealed)?
            })
        })
        .collect()
}

fn letter(
    tx: &Tx<'_>,
    kind: NoticeKind,
    audience: Audience,
    reader: &Person,
    tenant: Option<&Tenant>,
    sealed: &Sealed,
) -> Stored<Letter> {
    let name = match tenant {
        Some(tenant) => tenant.name.clone(),
        None => read("provider's name", Line::parse(PROVIDER))?,
    };
    Ok(Letter {
        kind,
        audience,
        to: reader.email.clone(),
        to_name: reader.name.clone(),
        zone: reader.zone,
        at: tx.now(),
        tenant: name,
        by: in_words(
            sealed
                .asked
                .as_ref()
                .map_or(&tx.author.actor, |asked| &asked.by),
        ),
        asked: sealed.asked.as_ref().map(|asked| asked.at),
        request: None,
        change: None,
        person: None,
        enclosed: None,
        // The setting is the tenant's, and for the tenant's people.
        links: tenant
            .is_none_or(|tenant| tenant.notifications.links || reader.tenant() != Some(tenant.id)),
        log_size: sealed.head.frontier.size(),
        log_root: sealed.head.frontier.root().to_string(),
    })
}

/// A request in words, and its engineer, after a fact about it.
pub(super) fn about(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    request: &Request,
    fact: &Fact,
    at_hand: &AtHand,
) -> Stored<(Person, AboutRequest)> {
    let engineer = at_hand.person(tx.conn(), request.engineer)?;
    let engineer = engineer.ok_or_else(|| gone("engineer"))?;
    let service = services::by_id(tx.conn(), request.service)?
        .ok_or_else(|| StoreError::Senseless("a request whose service is gone".to_owned()))?;
    let case = match request.case {
        Some(case) => support_cases::by_id(tx.conn(), tenant.id, case)?,
        None => None,
    };
    let granted = notice::granted(&request.state);
    let about = AboutRequest {
        reference: request.reference.clone(),
        service: service.name,
        service_key: Some(service.key),
        engineer: engineer.name.clone(),
        manager: request.endorsement.as_ref().map(|e| in_words(&e.by)),
        case_opened: case.as_ref().map(|case| case.who_opened(&tenant.name)),
        case_closed: matches!(
            fact,
            Fact::RequestWithdrawnWithCase
                | Fact::AccessEnded {
                    how: HowEnded::CaseClosed { .. },
                    ..
                }
        ),
        hours_changed: matches!(
            fact,
            Fact::AccessEnded {
                how: HowEnded::HoursChanged { .. },
                ..
            }
        ),
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
        follows: request.follows.clone(),
        granted: granted.map(|(duration, _)| duration),
        basis: granted.map(|(_, basis)| basis),
        note: notice::note(fact),
        filed_at: request.filed_at,
        deadline: notice::deadline(&request.state),
        waiting_for: match request.state {
            State::Expired { waiting_for, .. } => Some(waiting_for),
            _ => None,
        },
    };
    Ok((engineer, about))
}

fn in_words(actor: &Actor) -> String {
    match actor.roles() {
        roles if roles.is_empty() => actor.name(),
        roles => format!("{} ({roles})", actor.name()),
    }
}
