//! Compares what the runtime role of a service may do with what the service's statements need.

#![expect(clippy::disallowed_methods, reason = "statements on the server's own catalogues")]

use patron_chassis::{peer::Peer, pg::Migrations, testing::TestDatabase};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::{fs, path::Path};

/// SQLSTATE of `insufficient_privilege`.
const DENIED: &str = "42501";
/// SQLSTATEs of statements about tables and columns that a service does not have: the ledger's for other services.
const ABSENT: [&str; 3] = ["42P01", "42703", "42P10"];

/// Fails unless the runtime role of a service whose sources lie in `folder` may do exactly what the statements in them, those that it makes at
/// run time (`made`), and those in the ledger need: each of them is allowed, and none of its rights can be taken away without one being
/// refused.
///
/// # Panics
/// Where that is not so, with the rights that are too many or the statements that are refused.
pub async fn assert_grants_fit(peer: Peer, migrations: Migrations, folder: &Path, made: &[&str]) {
    let database = TestDatabase::create(peer, migrations).await;
    let mut owner = PgConnection::connect(database.owner_url()).await.expect("the tests' server answers");
    run(
        &mut owner,
        format!("set search_path to {}; set plan_cache_mode = force_generic_plan", peer.schema()),
    )
    .await;
    let mut statements = Vec::new();
    let made = made.iter().map(|text| (*text).to_owned());
    for text in checked(folder).into_iter().chain(made).chain(literals(&folder.join("../ledger/src"))) {
        if let Some(statement) = Statement::prepare(&mut owner, statements.len(), text).await {
            statements.push(statement);
        }
    }
    assert!(statements.len() > 10, "the statements are found");

    let mut wrong = Vec::new();
    for statement in &statements {
        if !statement.is_allowed(&mut owner, "").await {
            wrong.push(format!("refused: {}", statement.text));
        }
    }
    for (privilege, relation) in held(&mut owner, peer.schema()).await {
        let revoke = format!("revoke {privilege} on {}.{relation} from patron_test_runtime", peer.schema());
        let mut needed = false;
        for statement in statements.iter().filter(|it| it.text.contains(&relation)) {
            needed = needed || !statement.is_allowed(&mut owner, &revoke).await;
        }
        if !needed {
            wrong.push(format!("needed by no statement: {privilege} on {relation}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    owner.close().await.expect("the server answers");
    database.drop_database().await;
}

/// A statement that the server has prepared.
struct Statement {
    text: String,
    explain: String,
}

impl Statement {
    /// `None` for a statement that the service has no tables for.
    async fn prepare(owner: &mut PgConnection, number: usize, text: String) -> Option<Self> {
        match owner.execute(AssertSqlSafe(format!("prepare s{number} as {text}"))).await {
            Ok(_) => {}
            Err(error) if ABSENT.contains(&state(&error).as_str()) => return None,
            Err(error) => panic!("{text}: {error}"),
        }
        let count =
            "select coalesce(cardinality(parameter_types), 0) from pg_prepared_statements where name = $1";
        let count: i32 = sqlx::query_scalar(count)
            .bind(format!("s{number}"))
            .fetch_one(owner)
            .await
            .expect("it is prepared");
        let values = vec!["null"; usize::try_from(count).unwrap_or_default()].join(", ");
        let values = if values.is_empty() { values } else { format!("({values})") };
        Some(Self { text, explain: format!("explain execute s{number}{values}") })
    }

    /// Whether the runtime role may run it after another statement of the owner, which does not stay.
    async fn is_allowed(&self, owner: &mut PgConnection, after: &str) -> bool {
        run(owner, format!("begin; {after}; set local role patron_test_runtime")).await;
        let tried = owner.execute(AssertSqlSafe(self.explain.clone())).await;
        run(owner, "rollback".to_owned()).await;
        match tried {
            Ok(_) => true,
            Err(error) if state(&error) == DENIED => false,
            Err(error) => panic!("{}: {error}", self.text),
        }
    }
}

/// What the runtime role may do with tables and views, as `(update (position), arrival)`. Of sequences defaults need it, which
/// are not looked at.
async fn held(owner: &mut PgConnection, schema: &str) -> Vec<(String, String)> {
    let statement = "with held as (
            select relname, null as attname, relacl as acl from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'v')
            union all
            select relname, attname, attacl from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = $1::regnamespace)
        select lower(privilege_type) || coalesce(' (' || attname || ')', ''), relname::text from held cross join aclexplode(acl)
        where grantee = 'patron_test_runtime'::regrole";
    let held = sqlx::query_as(statement).bind(schema).fetch_all(owner).await;
    held.expect("the server says what is granted")
}

/// The statements that were checked while compiling. Those of tests are among them: they are in no source of the service itself.
fn checked(folder: &Path) -> Vec<String> {
    let source = code(&folder.join("src"));
    let of_source = |text: &String| {
        let lines = || text.lines().map(str::trim);
        lines().filter(|line| source.contains(line)).count() * 2 > lines().count()
    };
    let files =
        fs::read_dir(folder.join(".sqlx")).expect("tests/queries has written what the statements are");
    let query = |file: std::io::Result<fs::DirEntry>| {
        let text = fs::read_to_string(file.ok()?.path()).ok()?;
        let description: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(description["query"].as_str()?.to_owned())
    };
    files.filter_map(query).filter(|text| is_statement(text)).filter(of_source).collect()
}

/// The statements in the sources of a folder, where they stand as plain texts.
fn literals(folder: &Path) -> Vec<String> {
    // Between the first and the second quotation mark, the third and the fourth...: none stands in a statement.
    code(folder).split('"').skip(1).step_by(2).filter(|text| is_statement(text)).map(str::to_owned).collect()
}

/// All the sources of a folder, without comments and this file.
fn code(folder: &Path) -> String {
    let mut code = String::new();
    for entry in fs::read_dir(folder).expect("the sources are there").flatten() {
        let path = entry.path();
        if path.ends_with("testing") {
            continue;
        }
        if path.is_dir() {
            code += &self::code(&path);
        } else {
            let source = fs::read_to_string(&path).expect("a source is text");
            for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
                code = code + line + "\n";
            }
        }
    }
    code
}

fn is_statement(text: &str) -> bool {
    ["select ", "insert ", "update ", "delete ", "with "]
        .iter()
        .any(|verb| text.trim_start().starts_with(verb))
}

async fn run(connection: &mut PgConnection, statements: String) {
    connection.execute(AssertSqlSafe(statements)).await.expect("the owner may do it");
}

fn state(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
}
