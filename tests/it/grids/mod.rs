//! Who may do what, what comes of it, and what every address answers to whom and to what, as tables that a reviewer can
//! read.
//!
//! A new role, act, state, command or address changes a table, and the test fails until somebody has looked at it.

mod addresses;
mod bodies;
mod commands;
mod forms;
mod queries;
mod rights;

use std::fmt::Write;

use chrono::TimeDelta;
use lockbox::domain::fact::Filed;
use lockbox::domain::id::{PersonId, Reference, RequestId, ServiceId, TenantId};
use lockbox::domain::request::{FiledBy, Request};
use lockbox::domain::scope::Scope;
use lockbox::domain::text::{Line, Prose};
use lockbox::domain::time::Minutes;
use uuid::Uuid;

use crate::world::beginning;

/// A table in plain text: a heading of columns, and rows with one cell for each.
struct Grid {
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Grid {
    fn of(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    fn row(&mut self, label: impl Into<String>, cells: Vec<String>) {
        assert_eq!(cells.len(), self.columns.len());
        self.rows.push((label.into(), cells));
    }

    /// Every column as wide as its widest cell. Labels have room, so that a longer one moves no other row.
    fn text(&self) -> String {
        let heading = (String::new(), self.columns.clone());
        let rows: Vec<_> = [&heading].into_iter().chain(&self.rows).collect();
        let length = |text: &str| text.chars().count();
        let label = rows
            .iter()
            .map(|(label, _)| length(label))
            .max()
            .max(Some(62));
        let widths: Vec<_> = (0..self.columns.len())
            .map(|column| {
                rows.iter()
                    .map(|(_, cells)| length(&cells[column]))
                    .max()
                    .max(Some(4))
            })
            .collect();
        let mut text = String::new();
        for (name, cells) in rows {
            write!(text, "{name:<0$}", label.unwrap()).unwrap();
            for (cell, width) in cells.iter().zip(&widths) {
                write!(text, "  {cell:>0$}", width.unwrap()).unwrap();
            }
            text.push('\n');
        }
        text
    }
}

const THE_ENGINEER: PersonId = PersonId(Uuid::from_u128(2));
const THE_TENANT: TenantId = TenantId(Uuid::from_u128(11));
const ANOTHER_TENANT: TenantId = TenantId(Uuid::from_u128(12));

/// A request of the engineer's for 4 hours of one of the tenant's services, filed this moment.
fn filed(by: FiledBy) -> Request {
    let filed = Filed {
        id: RequestId(Uuid::from_u128(10)),
        reference: Reference::from_random([7; 5]),
        tenant: THE_TENANT,
        service: ServiceId(Uuid::from_u128(13)),
        engineer: THE_ENGINEER,
        engineer_name: Line::parse("Ivo Brandt").unwrap(),
        filed_by: by,
        case: None,
        reason: Prose::parse("To see.").unwrap(),
        scope: Scope::parse(Prose::parse("Kim's calendar").unwrap(), [], []).unwrap(),
        asked: Minutes::hours(4),
        quorum: 1,
        expires_at: beginning() + TimeDelta::hours(12),
        follows: None,
    };
    Request::filed(&filed, beginning())
}
