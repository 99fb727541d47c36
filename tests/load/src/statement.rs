//! The SQL of a call, taken from the server's log while the call is made: what is measured against can then not drift from what
//! services really send.

use anyhow::{Context, Result, ensure};
use patron_local::service::SERVICES;
use regex::Regex;
use sqlx::{AssertSqlSafe, Executor, PgPool};
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

/// Parts of statements by which is known what runs beside a call and after it: workers that lease from the queue, settle and count it,
/// consumers, and whoever gives events their positions.
const BACKGROUND: [&str; 6] = [
    "gen_random_uuid() as lease",
    "with gone as (delete from",
    "count(*) filter (where dead_at is null)",
    " inbox ",
    "pg_try_advisory_xact_lock",
    "activity.arrival",
];

/// How often the server is asked whether it has read its settings anew.
const POLL: Duration = Duration::from_millis(10);

/// `[pid] role@database LOG:  execute sqlx_s_1: text`, or `statement: text` for one that was sent without parameters.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^\S+ \S+ \S+ \[(\d+)\] (\S+)@(\S+) LOG:  (?:statement|execute ([^:]+)): (.*)$")
        .expect("the pattern is well-formed")
});

/// `[pid] role@database DETAIL:  parameters: $1 = 'text', $2 = NULL`; newer servers write a capital P.
static DETAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^\S+ \S+ \S+ \[(\d+)\] \S+ DETAIL:  [Pp]arameters: (.*)$")
        .expect("the pattern is well-formed")
});

/// One parameter: its number, and its text unless it is NULL.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)\$(\d+) = (?:NULL|'((?:[^']|'')*)')").expect("the pattern is well-formed")
});

/// What begins an entry of the log; lines that continue one begin with a tab.
static ENTRY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\d{4}-\d\d-\d\d ").expect("the pattern is well-formed"));

/// One statement as it was run.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The text, with every table named by its schema.
    pub text: String,
    /// Its parameters, by number from 1; `None` for NULL.
    pub parameters: Vec<Option<String>>,
    /// Whether the server kept its plan for the next time.
    pub prepared: bool,
    session: u32,
}

/// Reads statements from the log of the server.
#[derive(Debug)]
pub struct Recorder {
    server: PgPool,
    log: PathBuf,
    /// Role of each service to its schema, and the schema's tables.
    schemas: HashMap<String, Schema>,
}

#[derive(Debug)]
struct Schema {
    name: &'static str,
    /// Finds its tables where they are named without it.
    bare: Regex,
}

impl Recorder {
    /// Has the server log every statement, until the recorder is [ended](Self::end). `database` is the name of the mesh's.
    pub async fn begin(server: PgPool, log: &Path, database: &str) -> Result<Self> {
        let mut schemas = HashMap::new();
        for service in SERVICES {
            let Some(name) = service.schema else { continue };
            schemas.insert(
                format!("{database}_{}", service.name),
                Schema { name, bare: tables(&server, name).await? },
            );
        }
        set(&server, "alter system set log_statement = 'all'").await?;
        while !logs_statements(&server).await? {
            tokio::time::sleep(POLL).await;
        }
        Ok(Self { server, log: log.to_owned(), schemas })
    }

    /// The server logs no more than before.
    pub async fn end(self) -> Result<()> {
        set(&self.server, "alter system reset log_statement").await
    }

    /// The statements that a call makes services run, between its beginning and its answer.
    pub async fn record<T>(&self, call: impl Future<Output = Result<T>>) -> Result<(T, Vec<Statement>)> {
        let mut log = File::open(&self.log).with_context(|| format!("cannot read {}", self.log.display()))?;
        log.seek(SeekFrom::End(0))?;
        let answer = call.await?;
        let mut text = String::new();
        log.read_to_string(&mut text)?;
        let statements = self.statements(&text);
        ensure!(!statements.is_empty(), "{} says nothing of a call's SQL", self.log.display());
        Ok((answer, transactions(statements)))
    }

    fn statements(&self, log: &str) -> Vec<Statement> {
        let starts: Vec<usize> = ENTRY.find_iter(log).map(|found| found.start()).collect();
        let ends = starts.iter().skip(1).copied().chain([log.len()]);
        let mut statements: Vec<Statement> = Vec::new();
        for (start, end) in starts.iter().copied().zip(ends) {
            let entry = log[start..end].trim_end().replace("\n\t", "\n");
            if let Some(found) = DETAIL.captures(&entry) {
                let session: u32 = found[1].parse().unwrap_or_default();
                let last = statements.iter_mut().rev().find(|statement| statement.session == session);
                if let Some(statement) = last {
                    statement.parameters = parameters(&found[2]);
                }
            } else if let Some(found) = LINE.captures(&entry)
                && let Some(schema) = self.schemas.get(&found[2])
            {
                let kept = found.get(4).is_some_and(|name| name.as_str() != "<unnamed>");
                statements.push(Statement {
                    text: schema.bare.replace_all(&found[5], format!("$1 {}.$2$3", schema.name)).into_owned(),
                    parameters: Vec::new(),
                    prepared: kept,
                    session: found[1].parse().unwrap_or_default(),
                });
            }
        }
        statements
    }
}

impl Statement {
    /// Whether it begins (`true`) or ends (`false`) a transaction.
    fn is_bracket(&self) -> Option<bool> {
        match self.text.to_ascii_uppercase().as_str() {
            "BEGIN" => Some(true),
            "COMMIT" | "ROLLBACK" => Some(false),
            _ => None,
        }
    }
}

/// Puts statements in the order of their transactions, and leaves out those of the background and those that did not end.
fn transactions(statements: Vec<Statement>) -> Vec<Statement> {
    let mut open: BTreeMap<u32, (usize, Vec<Statement>)> = BTreeMap::new();
    let mut done: Vec<(usize, Vec<Statement>)> = Vec::new();
    for (place, statement) in statements.into_iter().enumerate() {
        let session = statement.session;
        match (statement.is_bracket(), open.remove(&session)) {
            (Some(true), _) => drop(open.insert(session, (place, vec![statement]))),
            (Some(false), Some((first, mut transaction))) => {
                transaction.push(statement);
                done.push((first, transaction));
            }
            (None, Some((first, mut transaction))) => {
                transaction.push(statement);
                open.insert(session, (first, transaction));
            }
            (None, None) => done.push((place, vec![statement])),
            // began before the call
            (Some(false), None) => {}
        }
    }
    let in_background = |statement: &Statement| BACKGROUND.iter().any(|part| statement.text.contains(part));
    done.retain(|(_, transaction)| !transaction.iter().any(in_background));
    done.sort_by_key(|(first, _)| *first);
    done.into_iter().flat_map(|(_, transaction)| transaction).collect()
}

fn parameters(text: &str) -> Vec<Option<String>> {
    let found = PARAMETER.captures_iter(text);
    found.map(|found| found.get(2).map(|text| text.as_str().replace("''", "'"))).collect()
}

#[expect(clippy::disallowed_methods, reason = "a statement on the server's own catalogues")]
async fn tables(server: &PgPool, schema: &str) -> Result<Regex> {
    let tables =
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = $1").bind(schema);
    let tables: Vec<String> = tables.fetch_all(server).await?;
    ensure!(!tables.is_empty(), "the schema {schema} has no tables");
    // a service's search path is its schema, that of others is not; a schema may have the name of a table in it
    Ok(Regex::new(&format!(r"(?i)\b(from|join|into|update)\s+({})([^\w.]|$)", tables.join("|")))?)
}

#[expect(clippy::disallowed_methods, reason = "a statement on the server's own catalogues")]
async fn logs_statements(server: &PgPool) -> Result<bool> {
    let setting: String = sqlx::query_scalar("show log_statement").fetch_one(server).await?;
    Ok(setting == "all")
}

/// Changes a setting and has the server read it.
async fn set(server: &PgPool, statement: &'static str) -> Result<()> {
    server.execute(AssertSqlSafe(statement)).await?;
    server.execute("select pg_reload_conf()").await?;
    Ok(())
}
