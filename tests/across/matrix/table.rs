//! The tables, as text that people read and tests compare.

use std::{fmt, path::PathBuf};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Set to have the tables written anew instead of compared.
const WRITE: &str = "PATRON_TEST_WRITE";

/// What stands above the policy.
const HEAD: &str = "\
# Who may call which RPC, by what services and gateway answer. Must be what the access options in the protos and the roles in
# roles.txt come to; written by the tests: PATRON_TEST_WRITE=1 tests/run mesh
#
#   +  goes through     -  PERMISSION_DENIED     ?  UNAUTHENTICATED     x  no connection
#
#   With a token: A administrator, M manager, R sales rep, S support, V viewer, C customer.
#   n without a token, s with one signed by a stranger, e with one that has ended.
#   With a certificate and no token: g gateway, i identity, p profile, a address, r group, y activity,
#   f one for profile that another authority signed.

";
const COLUMNS: &str = "A M R S V C   n s e   g i p a r y   f";
/// After which columns there is a gap.
const GAPS: [usize; 3] = [6, 9, 15];
/// Columns of people.
const PEOPLE: usize = 9;
/// Width of the column of names.
const NAMES: usize = 32;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Through,
    Denied,
    Unknown,
    NoConnection,
}

impl Decision {
    /// Reads the answer of a service. One that says nothing about who called fails the test.
    pub(super) fn of_call(path: &str, answer: Result<(), Status>) -> Self {
        let Err(status) = answer else { return Self::Through };
        let by_patron = status.get_details_error_info().is_some();
        match status.code() {
            Code::Unauthenticated => Self::Unknown,
            Code::PermissionDenied => Self::Denied,
            Code::Unavailable | Code::Unknown | Code::Cancelled if !by_patron => Self::NoConnection,
            Code::InvalidArgument | Code::NotFound => Self::Through,
            _ => panic!("{path} decides nothing: {status:?}"),
        }
    }

    /// Reads the answer of the gateway.
    pub(super) fn of_answer(path: &str, status: http::StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unknown,
            403 => Self::Denied,
            200 | 201 | 204 | 400 | 404 => Self::Through,
            _ => panic!("{path} decides nothing: {status}"),
        }
    }

    fn symbol(self) -> char {
        match self {
            Self::Through => '+',
            Self::Denied => '-',
            Self::Unknown => '?',
            Self::NoConnection => 'x',
        }
    }
}

/// One RPC.
#[derive(Debug)]
pub(super) struct Row {
    rpc: String,
    decisions: Vec<Decision>,
}

impl Row {
    pub(super) fn new(rpc: &str, decisions: Vec<Decision>) -> Self {
        Self { rpc: rpc.to_owned(), decisions }
    }
}

/// All RPCs, by service and process.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<(String, Vec<Row>)>);

impl Table {
    pub(super) fn add(&mut self, service: &str, process: &str, rows: Vec<Row>) {
        self.0.push((format!("{service} at {process}"), rows));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        writeln!(f, "{:NAMES$}{COLUMNS}", "")?;
        for (title, rows) in &self.0 {
            writeln!(f, "{title}")?;
            for row in rows {
                writeln!(f, "  {:1$}{2}", row.rpc, NAMES - 2, symbols(&row.decisions))?;
            }
        }
        Ok(())
    }
}

/// Decisions as the table has them.
pub(super) fn symbols(decisions: &[Decision]) -> String {
    let mut text = String::new();
    for (place, decision) in decisions.iter().enumerate() {
        text.push_str(match place {
            0 => "",
            _ if GAPS.contains(&place) => "   ",
            _ => " ",
        });
        text.push(decision.symbol());
    }
    text
}

/// What a table says of people who call an RPC, given as `package.Service/Method`.
pub(super) fn people_of(table: &str, rpc: &str) -> String {
    let (service, method) = rpc.split_once('/').expect("a service and a method");
    let rows = table.lines().skip_while(|line| !line.starts_with(&format!("{service} at "))).skip(1);
    let mut row =
        rows.take_while(|line| line.starts_with(' ')).filter_map(|line| line.trim().split_once(' '));
    let (_, decisions) =
        row.find(|(name, _)| *name == method).unwrap_or_else(|| panic!("the table has no {rpc}"));
    let width = PEOPLE * 2 - 1 + GAPS.iter().filter(|gap| **gap < PEOPLE).count() * 2;
    decisions.trim().chars().take(width).collect()
}

/// A table as it is checked in.
pub(super) fn stored(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_default()
}

/// Compares a table with the one that is checked in, or replaces that.
#[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
pub(super) fn compare(name: &str, found: &str) {
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path(name), found).unwrap();
        return;
    }
    let stored = stored(name);
    let differences = differences(&stored, found);
    assert!(
        differences.is_empty(),
        "tests/{name} (-) is not what was found (+):\n{}\n\nIf the change is meant: {WRITE}=1 tests/run mesh",
        differences.join("\n")
    );
}

/// Lines that are in one of two texts alone, each under the title that it stands under.
fn differences(stored: &str, found: &str) -> Vec<String> {
    let (old, new) = (titled(stored), titled(found));
    let gone = old.iter().filter(|line| !new.contains(line)).map(|(title, line)| format!("- {title} {line}"));
    let added =
        new.iter().filter(|line| !old.contains(line)).map(|(title, line)| format!("+ {title} {line}"));
    gone.chain(added).collect()
}

fn titled(text: &str) -> Vec<(&str, &str)> {
    let mut title = "";
    let lines = text.lines().map(|line| {
        if !line.starts_with(' ') {
            title = line;
        }
        (title, line)
    });
    lines.collect()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}
