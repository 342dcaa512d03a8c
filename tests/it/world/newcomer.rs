//! People who come by a link: the link in their mail, and the authenticator app they set up.

use diesel::RunQueryDsl;
use lockbox::acts::enrol;
use lockbox::acts::entitle::Given;
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::person::{Person, Side};
use lockbox::domain::text::{EmailAddress, Line, Slug};
use lockbox::domain::time::Moment;
use lockbox::identity::totp::TotpSecret;
use lockbox::store::{Stored, people, tenants};
use lockbox::work::outbox::deliver_due;

use super::page::Page;
use super::{World, heads};

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

impl World {
    /// The person with this address: who is here, or else somebody who was invited or removed.
    pub fn person_at(&self, email: &str) -> Person {
        let somebody = self.anybody_at(email);
        somebody.unwrap_or_else(|| panic!("{email} is nobody's"))
    }

    /// The same, if there is anybody.
    pub fn anybody_at(&self, email: &str) -> Option<Person> {
        let address = EmailAddress::parse(email).unwrap();
        let store = &self.lockbox.store;
        let here = store.read(|conn| people::by_email(conn, &address)).unwrap();
        here.or_else(|| {
            let tenants = store.read(|conn| tenants::page(conn, None, 100)).unwrap();
            let of_tenants = tenants.iter().map(|tenant| Side::Tenant(tenant.id));
            let mut sides = of_tenants.chain([Side::Provider]);
            sides.find_map(|side| self.anybody_of(side, email))
        })
    }

    /// The person of a side with this address, also where they were only invited or were removed.
    pub fn anybody_of(&self, side: Side, email: &str) -> Option<Person> {
        let email = EmailAddress::parse(email).unwrap();
        let found = self
            .lockbox
            .store
            .read(|conn| people::of_side_by_email(conn, side, &email));
        found.unwrap()
    }

    /// One more tenant, whose people have not come yet.
    pub fn enrol_tenant(&self, key: &str, name: &str) {
        let by = Author::local(Actor::Operator {
            name: Line::parse("story").unwrap(),
        });
        let (key, name) = (Slug::parse(key).unwrap(), Line::parse(name).unwrap());
        enrol::tenant(
            &self.lockbox,
            &by,
            &key,
            &name,
            chrono_tz::UTC,
            Given::Plan(None),
        )
        .unwrap();
    }

    /// What a question in SQL counts as `n`.
    pub fn count(&self, sql: &str) -> i64 {
        let counted: Stored<Counted> = self
            .lockbox
            .store
            .read(|conn| Ok(diesel::sql_query(sql).get_result(conn)?));
        counted.unwrap().n
    }

    /// The page of a person, for those who see it.
    pub fn page_of_person(&self, email: &str) -> String {
        format!("/people/{}", self.person_at(email).id)
    }

    /// The path of the one-time link in the newest mail to this address that has one.
    pub async fn link_to(&self, email: &str) -> String {
        while deliver_due(&self.lockbox, &self.post).await.unwrap().taken > 0 {}
        let mails = self.mails.lock().unwrap();
        let mut texts = mails
            .iter()
            .rev()
            .filter(|mail| heads(mail).0 == email)
            .map(|mail| {
                let raw = mail.formatted();
                let parsed = mail_parser::MessageParser::default().parse(&raw).unwrap();
                parsed.body_text(0).unwrap().into_owned()
            });
        let link = texts.find_map(|text| {
            let url = text
                .split_whitespace()
                .find(|word| word.contains("?link="))?;
            Some(url.strip_prefix(&self.base_url)?.to_owned())
        });
        link.unwrap_or_else(|| panic!("no link was sent to {email}"))
    }

    /// The code that the authenticator app set up by this page shows now.
    pub fn code_of_page(&self, page: &Page) -> String {
        self.code_of_words(&page.words())
    }

    /// The same, of what a page says.
    pub fn code_of_words(&self, words: &str) -> String {
        code_of_words(words, self.now())
    }
}

/// The code that the authenticator app set up by a page with these words shows at this moment.
pub fn code_of_words(words: &str, at: Moment) -> String {
    let (_, rest) = words.split_once("Secret ").unwrap();
    let secret: String = rest
        .split(' ')
        .take_while(|group| {
            group.len() == 4
                && group
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        })
        .collect();
    let seconds = u64::try_from(at.timestamp()).unwrap();
    TotpSecret::from_bytes(base32(&secret)).code_at(seconds)
}

/// 32 letters of RFC 4648 as the 20 bytes they stand for.
fn base32(text: &str) -> [u8; 20] {
    let bits = text.bytes().fold(Vec::new(), |mut bits, letter| {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            digit => digit - b'2' + 26,
        };
        bits.extend((0..5).rev().map(|at| value >> at & 1));
        bits
    });
    let bytes: Vec<u8> = bits
        .chunks(8)
        .map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | bit))
        .collect();
    bytes.try_into().unwrap()
}
