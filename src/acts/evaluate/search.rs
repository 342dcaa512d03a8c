//! Who has access to what, now: lists of what [`evaluate`](super::evaluate) would allow the same key at the same
//! instant.

use std::collections::BTreeSet;

use super::{Question, wanted};
use crate::acts::Lockbox;
use crate::domain::key::Bounds;
use crate::domain::scope::ACCESS;
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;
use crate::store::StoreError;
use crate::store::requests::{self, LiveAccess, WINDOWS_MAX, Window};

/// Most results of one page.
pub const PAGE_MAX: usize = 100;

/// One page of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The results, in their order.
    pub results: Vec<T>,
    /// Whether more come after the last of them.
    pub more: bool,
}

/// A service of a tenant, or an object in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The tenant's key.
    pub tenant: String,
    /// The service's key.
    pub service: String,
    /// The object, where the scope lists objects: a question about the whole service would be denied.
    pub object: Option<String>,
}

/// Who may do something.
#[derive(Debug, Clone)]
pub struct Whom {
    /// The tenant's key.
    pub tenant: String,
    /// The service's key.
    pub service: String,
    /// What is done.
    pub action: String,
    /// To what.
    pub object: Option<String>,
}

/// What somebody may do something to.
#[derive(Debug, Clone)]
pub struct Where {
    /// The engineer's mail address.
    pub engineer: String,
    /// What is done.
    pub action: String,
    /// In this tenant only.
    pub tenant: Option<String>,
}

/// What somebody may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    /// The actions that are listed, [`ACCESS`] among them.
    pub names: Page<String>,
    /// Whether every other action is allowed as well: the scope lists none.
    pub every: bool,
}

/// The mail addresses of the engineers who may, those after `after` only.
///
/// # Errors
/// When the store does not answer or the clock is in doubt.
pub fn engineers(
    lockbox: &Lockbox,
    bounds: &Bounds,
    whom: &Whom,
    after: &str,
    limit: usize,
) -> Result<Page<String>, StoreError> {
    let now = sure(lockbox)?;
    let (Ok(tenant), Ok(service)) = (Slug::parse(&whom.tenant), Slug::parse(&whom.service)) else {
        return Ok(Page::empty());
    };
    let mut after = after.to_owned();
    let mut found = Vec::new();
    lockbox.store.read(|conn| {
        loop {
            let windows = requests::windows_to(conn, &tenant, &service, &after, now)?;
            let (whole, last) = groups(windows, |window| window.engineer.clone());
            for (engineer, windows) in whole {
                let covers = |window: &Window| {
                    let LiveAccess {
                        reach,
                        under,
                        service,
                        ..
                    } = &window.access;
                    bounds.covers(under.tenant, *service)
                        && reach.covers(&whom.action, whom.object.as_deref())
                };
                if windows.iter().any(covers) {
                    found.push(engineer.clone());
                }
                after = engineer;
            }
            if last || found.len() > limit {
                return Ok(Page::cut(found, limit));
            }
        }
    })
}

/// The places where an engineer may, those after `after` only.
///
/// # Errors
/// When the store does not answer or the clock is in doubt.
pub fn places(
    lockbox: &Lockbox,
    bounds: &Bounds,
    wanted: &Where,
    after: Option<&Place>,
    limit: usize,
) -> Result<Page<Place>, StoreError> {
    let now = sure(lockbox)?;
    let Ok(engineer) = EmailAddress::parse(&wanted.engineer) else {
        return Ok(Page::empty());
    };
    let Ok(tenant) = wanted.tenant.as_deref().map(Slug::parse).transpose() else {
        return Ok(Page::empty());
    };
    let mut from = after.map_or_else(Default::default, |after| {
        (after.tenant.clone(), after.service.clone())
    });
    let mut begun = after;
    let mut found = Vec::new();
    lockbox.store.read(|conn| {
        loop {
            let windows = requests::windows_of(conn, &engineer, tenant.as_ref(), &from, now)?;
            let (whole, last) = groups(windows, |window| {
                (window.tenant.clone(), window.service.clone())
            });
            for (there, windows) in whole {
                let rest =
                    begun.filter(|place| (&place.tenant, &place.service) == (&there.0, &there.1));
                // What was read to its end is read once more, as the first of what follows.
                let done = begun.is_none() && there == from;
                let in_it: BTreeSet<Place> = windows
                    .iter()
                    .filter(|window| {
                        bounds.covers(window.access.under.tenant, window.access.service)
                    })
                    .flat_map(|window| places_of(window, &wanted.action))
                    .collect();
                let new = in_it
                    .into_iter()
                    .filter(|place| !done && rest.is_none_or(|rest| place > rest));
                found.extend(new);
                (from, begun) = (there, None);
            }
            if last || found.len() > limit {
                return Ok(Page::cut(found, limit));
            }
        }
    })
}

/// What an engineer may do there. The action of the question is not looked at.
///
/// # Errors
/// When the store does not answer or the clock is in doubt.
pub fn actions(
    lockbox: &Lockbox,
    bounds: &Bounds,
    question: &Question,
    after: &str,
    limit: usize,
) -> Result<Actions, StoreError> {
    let now = lockbox.store.sure_now()?;
    let Some(wanted) = wanted(question) else {
        return Ok(Actions {
            names: Page::empty(),
            every: false,
        });
    };
    let known = lockbox.store.live_access()?;
    let (mut names, mut every) = (BTreeSet::new(), false);
    for access in known.live_access(&wanted) {
        let LiveAccess {
            reach,
            until,
            under,
            service,
            ..
        } = access?;
        if *until <= now
            || !bounds.covers(under.tenant, *service)
            || !reach.covers(ACCESS, question.object.as_deref())
        {
            continue;
        }
        names.insert(ACCESS.to_owned());
        let listed = reach.actions.iter();
        names.extend(listed.map(|action| action.as_str().to_owned()));
        every |= reach.actions.is_empty();
    }
    let names = names.into_iter().filter(|name| name.as_str() > after);
    Ok(Actions {
        names: Page::cut(names.collect(), limit),
        every,
    })
}

/// The time, where a question would be answered now: a list must not say more than the answer would.
fn sure(lockbox: &Lockbox) -> Result<Moment, StoreError> {
    drop(lockbox.store.live_access()?);
    lockbox.store.sure_now()
}

/// Where this window allows the action: the service, or the objects that its scope lists.
fn places_of(window: &Window, action: &str) -> Vec<Place> {
    let reach = &window.access.reach;
    let place = |object: Option<&str>| Place {
        tenant: window.tenant.clone(),
        service: window.service.clone(),
        object: object.map(str::to_owned),
    };
    let places = if reach.objects.is_empty() {
        vec![place(None)]
    } else {
        let objects = reach.objects.iter();
        objects.map(|prefix| place(Some(prefix.as_str()))).collect()
    };
    let allowed = places.into_iter();
    allowed
        .filter(|place| reach.covers(action, place.object.as_deref()))
        .collect()
}

/// Windows with the same key together, and whether they are the last. Where more may come, the last group may go on and
/// is left for the next reading.
fn groups<K: PartialEq>(
    windows: Vec<Window>,
    key: impl Fn(&Window) -> K,
) -> (Vec<(K, Vec<Window>)>, bool) {
    let last = i64::try_from(windows.len()).is_ok_and(|count| count < WINDOWS_MAX);
    let mut groups: Vec<(K, Vec<Window>)> = Vec::new();
    for window in windows {
        let of = key(&window);
        match groups.last_mut() {
            Some((known, together)) if *known == of => together.push(window),
            _ => groups.push((of, vec![window])),
        }
    }
    if !last {
        groups.pop();
    }
    (groups, last)
}

impl<T> Page<T> {
    const fn empty() -> Self {
        Self {
            results: Vec::new(),
            more: false,
        }
    }

    fn cut(mut found: Vec<T>, limit: usize) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        Self {
            results: found,
            more,
        }
    }
}
