//! `GET /api/v1/data-access-requests`: the requests that the key can see, newest first, page by page.

use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shown::{Names, Shown};
use crate::api::PortalUrl;
use crate::api::key::{Key, RequestsRead};
use crate::api::openapi::words;
use crate::api::paging::{self, Written, after, cursor, limit};
use crate::api::problem::{Kind, Problem};
use crate::domain::id::{PersonId, RequestId, ServiceId, TenantId};
use crate::domain::key::Bounds;
use crate::domain::person::Side;
use crate::domain::request::StateKind;
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::requests::{self, Cursor, Filter, Sight, View};
use crate::store::{StoreError, Stored, people, services, tenants};

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// Only of the tenant with this key.
    #[schemars(with = "String")]
    tenant: Option<String>,
    /// Only for the service with this key.
    #[schemars(with = "String")]
    service: Option<String>,
    /// Only for the engineer with this mail address.
    #[schemars(with = "String")]
    engineer: Option<String>,
    /// Only in this state.
    #[schemars(with = "StateKind")]
    state: Option<String>,
    /// How many at most; 50 where it is not said.
    #[schemars(with = "words::PageLimit")]
    limit: Option<u16>,
    /// The place after which to go on, from an answer of this list.
    #[schemars(with = "words::Place")]
    cursor: Option<String>,
}

/// A page of requests.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DataAccessRequests")]
pub(super) struct Page<'a> {
    /// The requests, newest first.
    data_access_requests: Vec<Shown<'a>>,
    /// The address of the page that follows, if one does.
    #[schemars(with = "Option<words::Address>")]
    next: Option<&'a str>,
}

/// What is looked for, by ids; what nobody knows finds nothing.
struct LookedFor {
    tenant: Option<TenantId>,
    service: Option<ServiceId>,
    engineer: Option<PersonId>,
}

/// The requests that fit the query.
///
/// # Errors
/// 400 for a query that does not fit, 401, 403 and 429.
pub async fn list(
    key: Key<RequestsRead>,
    request: HttpRequest,
    portal: web::Data<PortalUrl>,
) -> Result<HttpResponse, Problem> {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    key.acting(move |lockbox, caller| {
        let asked: Asked = paging::query(&query)?;
        let (limit, standing) = (limit(asked.limit)?, asked.standing()?);
        let after = after::<(Moment, RequestId)>(asked.cursor.as_deref())?;
        let after = after.map(|(at, id)| Cursor { at, id });
        let now = lockbox.store.clock().now();
        let (found, names) = lockbox.store.read_at_one_moment(|conn| {
            let Some(looked_for) = asked.looked_for(conn, &caller.key.bounds)? else {
                return Ok((Vec::new(), Vec::new()));
            };
            let filter = Filter {
                standing,
                service: looked_for.service,
                engineers: looked_for.engineer.map(|engineer| vec![engineer]),
                bounds: caller.key.bounds.clone(),
                ..Filter::default()
            };
            let sight = looked_for.tenant.map_or(Sight::Provider, Sight::Tenant);
            let count = i64::try_from(limit + 1).unwrap_or(i64::MAX);
            let listed = requests::list(conn, sight, View::All, &filter, after, now, count)?;
            let found = requests::listed_whole(conn, sight, &listed)?;
            let names = Names::of_all(conn, &found)?;
            Ok::<_, StoreError>((found, names))
        })?;
        let more = found.len() > limit;
        let found: Vec<_> = found.iter().take(limit).map(|one| one.at(now)).collect();
        let last = found.last().filter(|_| more);
        let next = last.map(|last| {
            let place = cursor(&(last.filed_at, last.id));
            paging::next(&portal, &path, &query, "cursor", &place)
        });
        let page = Page {
            data_access_requests: found
                .iter()
                .zip(&names)
                .map(|(request, names)| Shown::of(request, names, &portal))
                .collect(),
            next: next.as_deref(),
        };
        Written::of(&page, next.clone())
    })
    .await
    .map(Written::answer)
}

impl Asked {
    fn standing(&self) -> Result<Option<StateKind>, Problem> {
        let Some(state) = &self.state else {
            return Ok(None);
        };
        let kind = StateKind::parse(state);
        kind.map(Some).ok_or_else(|| {
            let known: Vec<&str> = StateKind::ALL.into_iter().map(StateKind::as_str).collect();
            Problem::new(
                Kind::Malformed,
                format!("state is one of {}.", known.join(", ")),
            )
        })
    }

    fn looked_for(&self, conn: &mut Conn, bounds: &Bounds) -> Stored<Option<LookedFor>> {
        let (mut tenant, mut service, mut engineer) = (None, None, None);
        if let Some(key) = &self.tenant {
            let known = match Slug::parse(key) {
                Ok(key) => tenants::by_key(conn, &key)?,
                Err(_) => None,
            };
            match known.filter(|known| bounds.tenant(known.id)) {
                Some(known) => tenant = Some(known.id),
                None => return Ok(None),
            }
        }
        if let Some(key) = &self.service {
            let known = match Slug::parse(key) {
                Ok(key) => services::by_key(conn, &key)?,
                Err(_) => None,
            };
            match known.filter(|known| bounds.service(known.id)) {
                Some(known) => service = Some(known.id),
                None => return Ok(None),
            }
        }
        if let Some(email) = &self.engineer {
            let known = match EmailAddress::parse(email) {
                Ok(email) => people::of_side_by_email(conn, Side::Provider, &email)?,
                Err(_) => None,
            };
            match known {
                Some(known) => engineer = Some(known.id),
                None => return Ok(None),
            }
        }
        Ok(Some(LookedFor {
            tenant,
            service,
            engineer,
        }))
    }
}
