//! What a verification found, in words for people.

use std::collections::HashMap;
use std::fmt;

use crate::domain::audit::merkle::Hash;
use crate::store::projection::Table;

/// Most findings that are told one by one. The others are counted.
const TOLD_MAX: usize = 100;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The key that the signatures were checked with, as text.
    pub verifier: String,
    /// Where it came from.
    pub key: KeyUsed,
    /// The logs, the provider's first.
    pub logs: Vec<LogReport>,
    /// The first findings, at most 100.
    pub findings: Vec<Finding>,
    /// How many findings there are.
    pub found: u64,
}

impl Report {
    /// Whether nothing was found.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.found == 0
    }
}

/// Where the verifier key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUsed {
    /// It was given.
    Given,
    /// It is the one stored beside the log.
    Stored,
}

/// One log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReport {
    /// Its name: "Provider", or the tenant's name and key.
    pub name: String,
    /// How many entries were read.
    pub size: u64,
    /// The root of the tree over them, computed anew.
    pub root: Hash,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What.
    pub words: String,
}

/// Where something is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The signing key.
    SigningKey,
    /// The checkpoint that was kept elsewhere.
    Kept,
    /// A log as a whole.
    Log(String),
    /// The head of a log.
    Head(String),
    /// Entries of a log, counted from 0.
    Entries {
        /// The log.
        log: String,
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A row.
    Row {
        /// Its table.
        table: Table,
        /// Its id, after what people call it where that is known.
        id: String,
    },
    /// A table as a whole.
    Table(Table),
}

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// It reads a log.
    Entries {
        /// The log.
        log: &'a str,
        /// Entries read.
        done: u64,
        /// Entries there should be.
        of: u64,
    },
    /// It asks the rows of a table for the facts that made them.
    Rows {
        /// The table.
        table: Table,
        /// Rows asked.
        done: u64,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries { log, done, of } => {
                write!(
                    f,
                    "{log}: {} of {}",
                    Grouped(*done),
                    count(*of, "entry", "entries")
                )
            }
            Self::Rows { table, done } => write!(f, "{table}: {}", count(*done, "row", "rows")),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SigningKey => f.write_str("signing key"),
            Self::Kept => f.write_str("kept elsewhere"),
            Self::Log(log) => f.write_str(log),
            Self::Head(log) => write!(f, "{log}, head"),
            Self::Entries { log, first, last } if first == last => {
                write!(f, "{log}, entry {first}")
            }
            Self::Entries { log, first, last } => write!(f, "{log}, entries {first} to {last}"),
            Self::Row { table, id } => write!(f, "{table}, {id}"),
            Self::Table(table) => write!(f, "{table}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.words)
    }
}

/// The final text, its last line without a line break.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            KeyUsed::Given => writeln!(f, "Verified with the key given: {}", self.verifier)?,
            KeyUsed::Stored => writeln!(
                f,
                "Verified with the key stored in the database: {}\n\
                 Who can write the database can replace it. Keep this key elsewhere, and give it as --verifier-key.",
                self.verifier
            )?,
        }
        writeln!(f)?;
        for log in &self.logs {
            let size = count(log.size, "entry", "entries");
            writeln!(f, "{}: {size}, root {}", log.name, log.root)?;
        }
        writeln!(f)?;
        if self.is_whole() {
            return f.write_str(
                "Nothing was found: every entry is as it was sealed, and every row is what the log says.",
            );
        }
        write!(f, "{}:", count(self.found, "finding", "findings"))?;
        for finding in &self.findings {
            write!(f, "\n  {finding}")?;
        }
        let told = u64::try_from(self.findings.len()).unwrap_or(u64::MAX);
        match self.found.saturating_sub(told) {
            0 => Ok(()),
            more => write!(f, "\n  and {} more", Grouped(more)),
        }
    }
}

/// Findings as they come: neighbouring entries with the same fault are one.
#[derive(Debug, Default)]
pub(super) struct Findings {
    told: Vec<Finding>,
    found: u64,
    /// By log and words, the last run of entries: its place among those told, if it is, and its last entry.
    runs: HashMap<(String, String), (Option<usize>, u64)>,
}

impl Findings {
    pub(super) fn add(&mut self, place: Place, words: impl Into<String>) {
        let words = words.into();
        if let Place::Entries { log, first, last } = &place {
            let run = self.runs.get_mut(&(log.clone(), words.clone()));
            if let Some((told, end)) = run
                && *first == end.saturating_add(1)
            {
                *end = *last;
                if let Some(finding) = told.and_then(|index| self.told.get_mut(index))
                    && let Place::Entries { last: told, .. } = &mut finding.place
                {
                    *told = *last;
                }
                return;
            }
            let index = Some(self.told.len()).filter(|index| *index < TOLD_MAX);
            // Words that name an id differ from entry to entry, so the runs are bounded as well.
            if self.runs.len() >= TOLD_MAX * 10 {
                self.runs.clear();
            }
            self.runs
                .insert((log.clone(), words.clone()), (index, *last));
        }
        self.found += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(Finding { place, words });
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Finding>, u64) {
        (self.told, self.found)
    }
}

fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", Grouped(n), if n == 1 { one } else { many })
}

/// A number with commas between its thousands.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 1_000, self.0 % 1_000) {
            (0, rest) => write!(f, "{rest}"),
            (thousands, rest) => write!(f, "{},{rest:03}", Self(thousands)),
        }
    }
}
