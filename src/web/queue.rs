//! The provider's Queue: one's own requests, and, but for engineers, everybody's.

use actix_web::HttpRequest;

use super::guard::ProviderMember;
use super::page::{Answer, form_page};
use super::requests::listing::Listing;
use super::requests::news;
use super::view::{LostMail, Place, QueuePage, Times};
use super::words;
use crate::domain::notice::Audience;
use crate::domain::person::Role;
use crate::domain::rights::{Act, Subject, may};
use crate::store::Stored;
use crate::store::outbox::{self, GivenUp};

/// Mails that were given up, the newest ones.
const LOST_MAX: i64 = 20;

/// `GET /queue?view=&status=&customer=&service=&engineer=&reference=&from=&to=&after=`.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: ProviderMember, request: HttpRequest) -> Answer {
    let (who, times) = (member.person(), member.times());
    may(who, Act::SeeQueue, Subject::Provider)?;
    let listing = Listing::of_provider(who);
    let asked = listing.asked(&request)?;
    let found = listing.found(&member, &asked).await?;
    let lost = lost_mails(&member).await?;
    let page = QueuePage {
        shell: member.shell(Place::Queue),
        list: listing.shown(&member, &asked, &found),
        lost: lost
            .iter()
            .map(|given_up| lost_mail(given_up, times))
            .collect(),
    };
    form_page(!found.flaws.is_empty(), &page)
}

/// `GET /queue/updates`, with the query of the queue: as for a tenant's list.
///
/// # Errors
/// When the store does not answer.
pub async fn updates(member: ProviderMember, request: HttpRequest) -> Answer {
    may(member.person(), Act::SeeQueue, Subject::Provider)?;
    news(&member, &Listing::of_provider(member.person()), &request).await
}

/// The mails that were given up, for those who can tell people another way.
async fn lost_mails(member: &ProviderMember) -> Stored<Vec<GivenUp>> {
    let who = member.person();
    if !who.is(Role::SupportManager) && !who.is(Role::ProviderAdministrator) {
        return Ok(Vec::new());
    }
    let lockbox = member.lockbox();
    lockbox
        .reading(|conn| outbox::given_up(conn, LOST_MAX))
        .await
}

/// A mail without its address: the provider's people see none of the customers'.
fn lost_mail(given_up: &GivenUp, times: Times) -> LostMail {
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
