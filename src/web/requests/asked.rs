//! What the address of the list asks for: a view, filters, a place to go on from. All of it is in the address, and
//! every link of the page is made from it.

use actix_web::HttpRequest;
use actix_web::web::Query;
use chrono_tz::Tz;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::acts::Flaw;
use crate::domain::id::{PersonId, Reference, RequestId};
use crate::domain::request::StateKind;
use crate::domain::service::Service;
use crate::store::conn::Conn;
use crate::store::cursor::Cursor as InAddress;
use crate::store::requests::{Cursor, Filter, View};
use crate::store::{Stored, people, tenants};
use crate::web::days::Span;
use crate::web::error::WebError;
use crate::web::view::ListView;

/// Most customers that a part of a name may fit.
const CUSTOMERS_MAX: usize = 50;

/// About as many customers are looked through for a name; beyond them they are found by their keys.
const LOOKED_THROUGH: usize = 20_000;

/// Most characters of a name or mail address that is looked for.
const NAME_MAX: usize = 254;

/// The query as it came in; what is empty was not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    /// The page goes on after this row.
    after: String,
    /// Only what stands up to this row is wanted.
    until: String,
    /// The kind of state.
    pub status: String,
    /// The customer's name, a part of it, or its key; the provider's lists alone ask for it.
    pub customer: String,
    /// The service's key.
    pub service: String,
    /// The engineer's name or mail address, or a part of the name.
    pub engineer: String,
    /// The reference.
    pub reference: String,
    /// The first day of filing.
    pub from: String,
    /// The last day of filing.
    pub to: String,
}

impl Asked {
    /// Reads the query.
    ///
    /// # Errors
    /// [`WebError::NoForm`] where a filter stands there twice: one of them would be dropped silently.
    pub fn of(request: &HttpRequest) -> Result<Self, WebError> {
        Query::<Self>::from_query(request.query_string())
            .map(Query::into_inner)
            .map_err(|e| WebError::NoForm(e.to_string()))
    }

    /// The view, of those there are, and where its page begins. An unknown view or a broken cursor is the first page
    /// of the first view.
    #[must_use]
    pub fn place(&self, views: &[ListView]) -> (ListView, Option<Cursor>) {
        let first = views.first().copied().unwrap_or_default();
        let mut there = views.iter().copied();
        let view = if self.view.is_empty() {
            Some(first)
        } else {
            there.find(|view| view.key() == self.view)
        };
        let after = if self.after.is_empty() {
            Some(None)
        } else {
            read(&self.after).map(Some)
        };
        match (view, after) {
            (Some(view), Some(after)) => (view, after),
            _ => (first, None),
        }
    }

    /// The last row that is wanted, where not all are.
    #[must_use]
    pub fn until(&self) -> Option<Cursor> {
        read(&self.until)
    }

    /// How many filters are set.
    #[must_use]
    pub fn filters(&self) -> usize {
        self.fields()
            .iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .count()
    }

    /// The filter, whose names the database knows.
    ///
    /// # Errors
    /// When the database does not answer; inside, what to change.
    pub fn filter(
        &self,
        conn: &mut Conn,
        services: &[Service],
        zone: Tz,
    ) -> Stored<Result<Filter, Vec<Flaw>>> {
        let mut flaws = Vec::new();
        let mut kept = |field, words: &str| flaws.push(Flaw::of(field, words));
        let mut filter = Filter::default();
        if !self.status.is_empty() {
            filter.standing = StateKind::parse(&self.status);
            if filter.standing.is_none() {
                kept("status", "Choose a status.");
            }
        }
        if !self.service.is_empty() {
            let named = services
                .iter()
                .find(|service| service.key.as_str() == self.service);
            filter.service = named.map(|service| service.id);
            if named.is_none() {
                kept("service", "Choose a service.");
            }
        }
        let customer = self.customer.trim();
        if customer.chars().count() > NAME_MAX {
            kept("customer", "Shorten the customer's name.");
        } else if !customer.is_empty() {
            filter.tenants = tenants::ids_called(conn, customer, CUSTOMERS_MAX, LOOKED_THROUGH)?;
            if filter.tenants.is_none() {
                kept(
                    "customer",
                    "Write more of the customer's name, or its key: it fits too many customers.",
                );
            }
        }
        let engineer = self.engineer.trim();
        if engineer.chars().count() > NAME_MAX {
            kept("engineer", "Shorten the engineer's name or mail address.");
        } else if !engineer.is_empty() {
            filter.engineers = people::providers_called(conn, engineer)?;
            if filter.engineers.is_none() {
                kept(
                    "engineer",
                    "Write more of the engineer's name: it fits too many people.",
                );
            }
        }
        let reference = self.reference.trim();
        if !reference.is_empty() {
            filter.reference = Reference::parse(&reference.to_ascii_uppercase()).ok();
            if filter.reference.is_none() {
                kept(
                    "reference",
                    "Write the whole reference, such as LBX-7Q2M-9XKD.",
                );
            }
        }
        match Span::read(&self.from, &self.to, zone) {
            Ok(Span { from, before }) => (filter.filed_from, filter.filed_before) = (from, before),
            Err(more) => flaws.extend(more),
        }
        Ok(if flaws.is_empty() {
            Ok(filter)
        } else {
            Err(flaws)
        })
    }

    /// The address of a view, with the same filters.
    #[must_use]
    pub fn address(&self, path: &str, view: ListView) -> String {
        self.written(path, view, &[])
    }

    /// The address of what comes after a row of this view.
    #[must_use]
    pub fn after(&self, path: &str, view: ListView, last: Cursor) -> String {
        self.written(path, view, &[("after", &written(last))])
    }

    /// The address of what stands up to a row of this view.
    #[must_use]
    pub fn up_to(&self, path: &str, view: ListView, last: Option<Cursor>) -> String {
        match last {
            Some(last) => self.written(path, view, &[("until", &written(last))]),
            None => self.address(path, view),
        }
    }

    fn written(&self, path: &str, view: ListView, more: &[(&str, &str)]) -> String {
        let fields = self.fields();
        let set = fields.iter().filter(|(_, text)| !text.is_empty());
        let query = Serializer::new(String::new())
            .append_pair("view", view.key())
            .extend_pairs(set)
            .extend_pairs(more)
            .finish();
        format!("{path}?{query}")
    }

    fn fields(&self) -> [(&'static str, &str); 7] {
        [
            ("status", &self.status),
            ("customer", &self.customer),
            ("service", &self.service),
            ("engineer", &self.engineer),
            ("reference", &self.reference),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }
}

/// The view as the store knows it, for whoever looks.
#[must_use]
pub const fn stored(view: ListView, who: PersonId) -> View {
    match view {
        ListView::Mine => View::OpenOf(who),
        ListView::NeedsManager => View::NeedsManager,
        ListView::NeedsAction | ListView::WithCustomer => View::NeedsAction,
        ListView::Active | ListView::Granted => View::ActiveAccess,
        ListView::All => View::All,
    }
}

/// A cursor as it stands in addresses.
#[must_use]
pub fn written(cursor: Cursor) -> String {
    let (at, id) = (cursor.at, cursor.id.0);
    InAddress { at, id }.to_string()
}

/// A cursor as it stands in an address; none where it is broken.
#[must_use]
pub fn read(text: &str) -> Option<Cursor> {
    let InAddress { at, id } = InAddress::parse(text)?;
    let id = RequestId(id);
    Some(Cursor { at, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let cursor = Cursor {
            at: "2026-11-21T17:30:00.000001Z".parse().unwrap(),
            id: RequestId("019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".parse().unwrap()),
        };
        assert_eq!(read(&written(cursor)), Some(cursor));
    }

    #[test]
    fn what_makes_no_sense_shows_the_first_page_of_the_default_view() {
        for (view, after) in [
            ("closed", ""),
            ("all", "yesterday"),
            ("all", "-1-2"),
            (
                "",
                "99999999999999999999-019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11",
            ),
        ] {
            let asked = Asked {
                view: view.to_owned(),
                after: after.to_owned(),
                ..Asked::default()
            };
            assert_eq!(
                asked.place(&ListView::OF_A_TENANT),
                (ListView::NeedsAction, None)
            );
        }
    }

    #[test]
    fn every_link_keeps_the_filters() {
        let asked = Asked {
            view: "active".to_owned(),
            engineer: "Zoë & \"Co\"".to_owned(),
            from: "2026-11-21".to_owned(),
            ..Asked::default()
        };
        let address = asked.address("/requests", ListView::All);
        assert_eq!(
            address,
            "/requests?view=all&engineer=Zo%C3%AB+%26+%22Co%22&from=2026-11-21"
        );
        let query = address.split_once('?').unwrap().1;
        let read: Query<Asked> = Query::from_query(query).unwrap();
        assert_eq!(
            (read.engineer.as_str(), read.filters()),
            ("Zoë & \"Co\"", 2)
        );
    }
}
