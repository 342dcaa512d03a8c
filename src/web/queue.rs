//! The provider's Queue: one's own requests, and, but for engineers, everybody's.

use super::guard::{Member, ProviderMember};
use super::page::{Answer, page};
use super::standing::{badge, deadline};
use super::view::{LostMail, Place, QueuePage, QueueRow, Times};
use super::words;
use crate::domain::notice::Audience;
use crate::domain::person::{Person, Role};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::time::Moment;
use crate::store::Stored;
use crate::store::conn::Conn;
use crate::store::outbox::{self, GivenUp};
use crate::store::requests::{Filter, Listed, Sight, View, list};

/// Rows of one section.
const ROWS: usize = 50;

/// Mails that were given up, the newest ones.
const LOST_MAX: i64 = 20;

/// `GET /queue`.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: ProviderMember) -> Answer {
    let ProviderMember(member) = member;
    may(member.person(), Act::SeeQueue, Subject::Provider)?;
    let (who, now) = (member.person().clone(), member.now());
    let found = member
        .lockbox()
        .reading(move |conn| Found::load(conn, &who, now))
        .await?;
    page(&found.view(&member))
}

#[derive(Default)]
struct Found {
    mine: Option<Vec<Listed>>,
    whole: bool,
    needs_manager: Vec<Listed>,
    with_customer: Vec<Listed>,
    active: Vec<Listed>,
    lost: Vec<GivenUp>,
}

impl Found {
    fn load(conn: &mut Conn, who: &Person, now: Moment) -> Stored<Self> {
        let most = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let mut listed = |view| {
            list(
                conn,
                Sight::Provider,
                view,
                &Filter::default(),
                None,
                now,
                most,
            )
        };
        let mine = if who.is(Role::Engineer) {
            Some(listed(View::OpenOf(who.id))?)
        } else {
            None
        };
        // An engineer sees their own requests; every other role of the provider sees all of them.
        if !who.roles.iter().any(|held| held.role != Role::Engineer) {
            return Ok(Self {
                mine,
                ..Self::default()
            });
        }
        Ok(Self {
            mine,
            whole: true,
            needs_manager: listed(View::NeedsManager)?,
            with_customer: listed(View::NeedsAction)?,
            active: listed(View::ActiveAccess)?,
            lost: if who.is(Role::SupportManager) || who.is(Role::ProviderAdministrator) {
                outbox::given_up(conn, LOST_MAX)?
            } else {
                Vec::new()
            },
        })
    }

    fn view(&self, member: &Member) -> QueuePage {
        let (now, times) = (member.now(), member.times());
        let rows = |listed: &[Listed]| -> Vec<QueueRow> {
            let shown = listed.iter().take(ROWS);
            shown.filter_map(|listed| row(listed, now, times)).collect()
        };
        let lists = [&self.needs_manager, &self.with_customer, &self.active];
        let cut = lists
            .into_iter()
            .chain(&self.mine)
            .any(|list| list.len() > ROWS);
        QueuePage {
            shell: member.shell(Place::Queue),
            mine: self.mine.as_deref().map(rows),
            whole: self.whole,
            needs_manager: rows(&self.needs_manager),
            with_customer: rows(&self.with_customer),
            active: rows(&self.active),
            cut: cut.then(|| u32::try_from(ROWS).unwrap_or(u32::MAX)),
            lost: self
                .lost
                .iter()
                .map(|given_up| lost(given_up, times))
                .collect(),
            zone: times.zone_words(),
        }
    }
}

fn row(listed: &Listed, now: Moment, times: Times) -> Option<QueueRow> {
    let stage = listed.stage.at(now);
    Some(QueueRow {
        reference: listed.reference.to_string(),
        status: badge(stage.kind(), false),
        tenant: listed.tenant.as_ref()?.to_string(),
        service: listed.service.to_string(),
        engineer: listed.engineer.to_string(),
        deadline: deadline(stage, times)?,
    })
}

/// A mail without its address: the provider's people see none of the customers'.
fn lost(given_up: &GivenUp, times: Times) -> LostMail {
    let letter = &given_up.letter;
    let what = words::notice(letter.kind);
    let to = match letter.audience {
        Audience::Approvers | Audience::Oneself => {
            format!("an administrator or approver of {}", letter.tenant)
        }
        Audience::Administrators | Audience::Person | Audience::Everybody => {
            format!("somebody of {}", letter.tenant)
        }
        Audience::Engineer => format!("{}, engineer", letter.to_name),
        Audience::Manager => format!("{}, support manager", letter.to_name),
    };
    LostMail {
        reference: letter
            .request
            .as_ref()
            .map(|about| about.reference.to_string()),
        what: format!("{what}, to {to}"),
        why: without_addresses(&given_up.error),
        given_up: times.at(given_up.at),
    }
}

/// Most characters of a mail server's answer that are shown.
const WHY_MAX: usize = 300;

/// A mail server's answer, which often repeats the address it speaks of, without any address.
fn without_addresses(answer: &str) -> String {
    let words: Vec<&str> = answer
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word })
        .collect();
    words.join(" ").chars().take(WHY_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_without_the_address_it_repeats() {
        let answer = "refused: 550 5.1.1 <Kim@fabrikam.example>: Recipient address\nrejected";
        assert_eq!(
            without_addresses(answer),
            "refused: 550 5.1.1 … Recipient address rejected"
        );
        assert_eq!(without_addresses(&"x".repeat(1_000)).len(), WHY_MAX);
    }
}
