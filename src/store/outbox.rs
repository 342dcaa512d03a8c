//! The outbox: letters written in the act's transaction, sent by the night shift under a lease.

use diesel::prelude::*;
use uuid::Uuid;

use super::audit::Sealed;
use super::column::{Id, Json, Stamp};
use super::conn::Conn;
use super::schema::outbox;
use super::{Keep, StoreError, Stored, Tx, people, requests, services, support_cases, tenants};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::{RequestId, TenantId};
use crate::domain::notice::{self, AboutRequest, Audience, Letter, NoticeKind};
use crate::domain::person::Person;
use crate::domain::request::{Request, State};
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;

/// A letter whose sending this process has leased.
#[derive(Debug, Clone)]
pub struct Leased {
    /// Its id, from which its Message-ID is made.
    pub id: Uuid,
    /// The letter.
    pub letter: Letter,
    /// When the act wrote it.
    pub written_at: Moment,
    /// How many times sending was begun, this time included.
    pub attempts: i32,
}

/// A letter that was refused for good, or could not be sent within three days.
#[derive(Debug, Clone)]
pub struct GivenUp {
    /// The letter.
    pub letter: Letter,
    /// When it was given up.
    pub at: Moment,
    /// Why, in the mail server's words.
    pub error: String,
}

/// What came of a letter; what is `None` stays as it is.
#[derive(Default, AsChangeset)]
#[diesel(table_name = outbox)]
#[expect(
    clippy::option_option,
    reason = "diesel's form of a column that may become NULL or stay as it is"
)]
struct Note {
    last_error: Option<Option<String>>,
    due_at: Option<Stamp>,
    lease_until: Option<Stamp>,
    sent_at: Option<Stamp>,
    given_up_at: Option<Stamp>,
}

/// Writes the letters that sealed facts call for; says how many.
pub(super) fn write_letters(tx: &mut Tx<'_>, sealed: &Sealed) -> Stored<usize> {
    let Log::Tenant(tenant) = sealed.head.log else {
        return Ok(0);
    };
    let mut count = 0;
    for (request, fact) in &sealed.facts {
        let letters = match (request, fact) {
            (Some(request), fact) => letters_about(tx, tenant, *request, fact, sealed)?,
            (None, fact) => setting_letters(tx, tenant, fact, sealed)?,
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

fn letters_about(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    request: RequestId,
    fact: &Fact,
    sealed: &Sealed,
) -> Stored<Vec<Letter>> {
    let gone = |what: &str| StoreError::Senseless(format!("a request whose {what} is gone"));
    let request = requests::by_id(tx.conn(), tenant, request)?.ok_or_else(|| gone("row"))?;
    let Some((kind, audiences)) = notice::of_request(fact, &request) else {
        return Ok(Vec::new());
    };
    let tenant = tenants::by_id(tx.conn(), tenant)?.ok_or_else(|| gone("tenant"))?;
    let engineer = people::by_id(tx.conn(), request.engineer)?.ok_or_else(|| gone("engineer"))?;
    let about = about(tx, &tenant, &request, &engineer, fact)?;
    let mut letters = Vec::new();
    for audience in audiences {
        let readers = match audience {
            Audience::Approvers => people::approvers(tx.conn(), tenant.id)?,
            Audience::Engineer => vec![engineer.clone()],
            Audience::Manager => match request.endorsement.as_ref().and_then(|e| e.by.person()) {
                Some(manager) if manager != engineer.id => {
                    people::by_id(tx.conn(), manager)?.into_iter().collect()
                }
                _ => Vec::new(),
            },
        };
        letters.extend(readers.iter().map(|reader| {
            let request = Some(about.clone());
            Letter {
                request,
                ..letter(tx, kind, *audience, reader, &tenant, sealed)
            }
        }));
    }
    Ok(letters)
}

fn setting_letters(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    fact: &Fact,
    sealed: &Sealed,
) -> Stored<Vec<Letter>> {
    let Some((kind, change)) = notice::of_setting(fact) else {
        return Ok(Vec::new());
    };
    let tenant = tenants::by_id(tx.conn(), tenant)?
        .ok_or_else(|| StoreError::Senseless("a log whose tenant is gone".to_owned()))?;
    let readers = people::approvers(tx.conn(), tenant.id)?;
    Ok(readers
        .iter()
        .map(|reader| Letter {
            change: change.clone(),
            ..letter(tx, kind, Audience::Approvers, reader, &tenant, sealed)
        })
        .collect())
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

impl Keep<'_> {
    /// Leases at most `limit` letters that are due until `lease_until`, oldest first. The claim is one UPDATE per
    /// letter; of several processes that try at once one changes the row, and it is theirs.
    ///
    /// # Errors
    /// When the database does not answer, or a stored letter makes no sense.
    pub fn lease_letters(
        &mut self,
        now: Moment,
        lease_until: Moment,
        limit: i64,
    ) -> Stored<Vec<Leased>> {
        let due: Vec<Id> = outbox::table
            .filter(outbox::sent_at.is_null().and(outbox::given_up_at.is_null()))
            .filter(
                outbox::due_at
                    .le(Stamp(now))
                    .and(outbox::lease_until.le(Stamp(now))),
            )
            .order((outbox::due_at, outbox::id))
            .limit(limit)
            .select(outbox::id)
            .load(self.0)?;
        let mut leased = Vec::with_capacity(due.len());
        for id in due {
            let free = outbox::table.find(id).filter(
                outbox::sent_at
                    .is_null()
                    .and(outbox::given_up_at.is_null())
                    .and(outbox::lease_until.le(Stamp(now))),
            );
            let row: Option<(Json, Stamp, i32)> = diesel::update(free)
                .set((
                    outbox::lease_until.eq(Stamp(lease_until)),
                    outbox::attempts.eq(outbox::attempts + 1),
                ))
                .returning((outbox::letter, outbox::written_at, outbox::attempts))
                .get_result(self.0)
                .optional()?;
            let Some((letter, written_at, attempts)) = row else {
                continue;
            };
            match letter.read("letter") {
                Ok(letter) => leased.push(Leased {
                    id: id.0,
                    letter,
                    written_at: written_at.0,
                    attempts,
                }),
                // It would be as senseless next time, and must not hold up the others.
                Err(error) => {
                    tracing::error!(letter = %id.0, %error, "a stored letter makes no sense and was given up");
                    self.note(
                        id.0,
                        attempts,
                        Note {
                            last_error: Some(Some(error.to_string())),
                            given_up_at: Some(Stamp(now)),
                            ..Note::default()
                        },
                    )?;
                }
            }
        }
        Ok(leased)
    }

    /// Notes that a letter was taken by the mail server.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn letter_sent(&mut self, letter: &Leased, at: Moment) -> Stored<()> {
        self.note(
            letter.id,
            letter.attempts,
            Note {
                sent_at: Some(Stamp(at)),
                last_error: Some(None),
                ..Note::default()
            },
        )
    }

    /// Notes that a letter was not taken, and when to try again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn letter_failed(
        &mut self,
        letter: &Leased,
        error: &str,
        try_again_at: Moment,
    ) -> Stored<()> {
        let (error, again) = (Some(Some(error.to_owned())), Some(Stamp(try_again_at)));
        self.note(
            letter.id,
            letter.attempts,
            Note {
                last_error: error,
                due_at: again,
                lease_until: again,
                ..Note::default()
            },
        )
    }

    /// Notes that a letter is given up.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn letter_given_up(&mut self, letter: &Leased, error: &str, at: Moment) -> Stored<()> {
        self.note(
            letter.id,
            letter.attempts,
            Note {
                last_error: Some(Some(error.to_owned())),
                given_up_at: Some(Stamp(at)),
                ..Note::default()
            },
        )
    }

    /// Only the lease that was taken last may note anything, and a letter once sent stays sent.
    fn note(&mut self, id: Uuid, attempts: i32, changes: Note) -> Stored<()> {
        let mine = outbox::table
            .find(Id(id))
            .filter(outbox::attempts.eq(attempts).and(outbox::sent_at.is_null()));
        diesel::update(mine).set(changes).execute(self.0)?;
        Ok(())
    }

    /// Sweeps letters sent before `before`; says how many. Letters given up stay.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_letters(&mut self, before: Moment) -> Stored<usize> {
        Ok(
            diesel::delete(outbox::table.filter(outbox::sent_at.lt(Stamp(before))))
                .execute(self.0)?,
        )
    }
}

/// The newest letters that were given up, at most `limit`.
///
/// # Errors
/// When a stored letter makes no sense.
pub fn given_up(conn: &mut Conn, limit: i64) -> Stored<Vec<GivenUp>> {
    let rows: Vec<(Json, Option<Stamp>, Option<String>)> = outbox::table
        .filter(outbox::given_up_at.is_not_null())
        .order(outbox::given_up_at.desc())
        .limit(limit)
        .select((outbox::letter, outbox::given_up_at, outbox::last_error))
        .load(conn)?;
    rows.into_iter()
        .filter_map(|(letter, at, error)| {
            let at = at?.0;
            Some(letter.read("letter").map(|letter| GivenUp {
                letter,
                at,
                error: error.unwrap_or_default(),
            }))
        })
        .collect()
}
