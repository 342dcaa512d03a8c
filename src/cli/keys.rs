//! `lockbox key add`, `list` and `revoke`.

use super::{Done, called, line, open, operator, say, slug};
use crate::acts::api_keys::{NewKey, issue_by_operator, log_of, revoke_by_operator};
use crate::config::{DatabaseOptions, KeyOptions};
use crate::domain::key::{KeyScope, KeyState};
use crate::domain::text::{EmailAddress, Line, Slug};
use crate::domain::time::rfc3339;
use crate::store::api_keys::{self, Issued};
use crate::store::{Stored, services, tenants};

/// Keys read at a time.
const KEYS_PER_PAGE: i64 = 100;

/// Issues a key and says it once.
pub(super) fn add(options: KeyOptions) -> Done {
    let scopes = options
        .scope
        .iter()
        .map(|scope| {
            KeyScope::parse(scope).ok_or_else(|| format!("--scope: there is no scope {scope}"))
        })
        .collect::<Result<_, _>>()?;
    let owner = options
        .owner
        .map(|email| EmailAddress::parse(&email).map_err(|e| format!("--owner {e}")))
        .transpose()?;
    let slugs = |option, keys: Vec<String>| {
        keys.iter()
            .map(|key| slug(option, key))
            .collect::<Result<Vec<Slug>, _>>()
    };
    let new = NewKey {
        name: called(&options.name)?,
        scopes,
        owner,
        tenants: slugs("only-tenant", options.only_tenant)?,
        services: slugs("only-service", options.only_service)?,
        days: (!options.no_end).then_some(options.days),
    };
    let tenant = own(options.tenant)?;
    let lockbox = open(&options.database)?;
    let (key, text) = issue_by_operator(&lockbox, &operator()?, tenant.as_ref(), &new)?;
    let until = key.expires_at.map_or_else(
        || "It has no end; revoke it when it is not needed any more.".to_owned(),
        |at| format!("It can be used until {}.", rfc3339(at)),
    );
    eprintln!("The key is shown this once; only its hash is kept. {until}");
    say(text.expose())
}

/// Lists the keys of the provider or of a tenant: name, state, scopes, bounds, last use and end, with tabs between.
pub(super) fn list(database: &DatabaseOptions, tenant: Option<String>) -> Done {
    let lockbox = open(database)?;
    let log = log_of(&lockbox, own(tenant)?.as_ref())?;
    let now = lockbox.store.clock().now();
    let mut after: Option<Line> = None;
    let mut lines = vec!["NAME\tSTATE\tSCOPES\tBOUND TO\tLAST USED\tENDS".to_owned()];
    loop {
        let page: Vec<(Issued, String)> = lockbox.store.read(|conn| {
            let page = api_keys::page_of(conn, log, after.as_ref(), KEYS_PER_PAGE)?;
            page.into_iter()
                .map(|issued| {
                    let bound_to = bound_to(conn, &issued)?;
                    Stored::Ok((issued, bound_to))
                })
                .collect::<Stored<_>>()
        })?;
        lines.extend(page.iter().map(|(issued, bound_to)| {
            let scopes: Vec<&str> = issued.key.scopes.iter().map(|s| s.as_str()).collect();
            let moment = |at: Option<_>| at.map_or_else(|| "never".to_owned(), rfc3339);
            format!(
                "{}\t{}\t{}\t{bound_to}\t{}\t{}",
                issued.key.name,
                word(issued.state_at(now)),
                scopes.join(","),
                moment(issued.last_used_at),
                moment(issued.key.expires_at),
            )
        }));
        after = page.last().map(|(issued, _)| issued.key.name.clone());
        if i64::try_from(page.len()).is_ok_and(|count| count < KEYS_PER_PAGE) {
            return say(&lines.join("\n"));
        }
    }
}

/// Revokes a key by its name.
pub(super) fn revoke(database: &DatabaseOptions, name: &str, tenant: Option<String>) -> Done {
    let (lockbox, name, tenant) = (open(database)?, line("name", name)?, own(tenant)?);
    let revoked = revoke_by_operator(&lockbox, &operator()?, tenant.as_ref(), &name)?;
    say(&format!(
        "Revoked {}. It is worth nothing any more.",
        revoked.key.name
    ))
}

fn own(tenant: Option<String>) -> Result<Option<Slug>, String> {
    tenant.map(|key| slug("tenant", &key)).transpose()
}

fn bound_to(conn: &mut crate::store::conn::Conn, issued: &Issued) -> Stored<String> {
    let mut names = Vec::new();
    for tenant in &issued.key.bounds.tenants {
        names.extend(tenants::by_id(conn, *tenant)?.map(|tenant| tenant.key.to_string()));
    }
    for service in &issued.key.bounds.services {
        names.extend(services::by_id(conn, *service)?.map(|service| service.key.to_string()));
    }
    Ok(if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(",")
    })
}

const fn word(state: KeyState) -> &'static str {
    match state {
        KeyState::Working => "working",
        KeyState::Expired => "expired",
        KeyState::Revoked => "revoked",
        KeyState::OwnerRemoved => "owner removed",
    }
}
