//! Many more customers in little time: copies, made by SQL, of what the services wrote for those that were created through them.
//!
//! Every table with a customer in it is copied, whatever it holds, so that nothing here has to follow the services. A copy has
//! other ids, number and unique texts; its names and words are those of the customer it was made of.

use anyhow::{Result, ensure};
use patron_local::service::SERVICES;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

/// Name of the column by which a table belongs to customers.
const CUSTOMER: &str = "customer_id";

/// A column, as far as copies are concerned.
#[derive(Debug, sqlx::FromRow)]
struct Column {
    name: String,
    /// Name of its type.
    kind: String,
    /// Whether Postgres fills it in by itself.
    is_given: bool,
    /// Whether a unique index has it as its only column.
    is_unique: bool,
}

/// Copies all customers `times` times.
pub async fn make(database: &PgPool, times: u32) -> Result<()> {
    let mut connection = database.acquire().await?;
    // rows are copied with those they refer to, table by table, so that references hold in the end
    connection.execute("set session_replication_role = replica").await?;
    for service in SERVICES {
        let Some(schema) = service.schema else { continue };
        let statements = statements(&mut connection, schema, times).await?;
        ensure!(!statements.is_empty(), "the schema {schema} has no table with the column {CUSTOMER}");
        for statement in statements {
            connection.execute(AssertSqlSafe(statement)).await?;
        }
    }
    connection.detach().close().await?;
    Ok(())
}

/// One statement for each table of a schema that belongs to customers.
#[expect(clippy::disallowed_methods, reason = "statements on the server's own catalogues")]
async fn statements(connection: &mut PgConnection, schema: &str, times: u32) -> Result<Vec<String>> {
    let tables = sqlx::query_scalar(
        "select table_name::text from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where table_schema = $1 and column_name = $2 and table_type = 'BASE TABLE' order by 1",
    );
    let tables: Vec<String> = tables.bind(schema).bind(CUSTOMER).fetch_all(&mut *connection).await?;
    let mut described = Vec::new();
    for table in tables {
        let columns = sqlx::query_as(
            "select attname::text as name, atttypid::regtype::text as kind,
                 attidentity <> '' or attgenerated <> '' or coalesce(pg_get_expr(adbin, adrelid), '') like 'nextval(%' as is_given,
                 exists (select from pg_index where indrelid = attrelid and indisunique and indkey::text = attnum::text) as is_unique
             from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
             where attrelid = format('%I.%I', $1, $2)::regclass and attnum > 0 and not attisdropped",
        );
        let columns: Vec<Column> = columns.bind(schema).bind(&table).fetch_all(&mut *connection).await?;
        described.push((table, columns));
    }
    // an id is one wherever else its column's name stands
    let is_id = |column: &Column| column.kind == "uuid" && (column.is_unique || column.name == CUSTOMER);
    let ids: Vec<String> = described
        .iter()
        .flat_map(|(_, columns)| columns)
        .filter(|column| is_id(column))
        .map(|column| column.name.clone())
        .collect();
    let statement = |(table, columns): &(String, Vec<Column>)| {
        let kept: Vec<&Column> = columns.iter().filter(|column| !column.is_given).collect();
        let names: Vec<&str> = kept.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<String> =
            kept.iter().map(|column| value(column, ids.contains(&column.name))).collect();
        format!(
            "insert into {schema}.{table} ({}) select {} from {schema}.{table} cross join generate_series(1, {times}) as copy",
            names.join(", "),
            values.join(", "),
        )
    };
    Ok(described.iter().map(statement).collect())
}

/// What a copy has in a column.
fn value(column: &Column, is_id: bool) -> String {
    let name = &column.name;
    if is_id {
        // the time in a UUIDv7, its version and variant stay (RFC 9562, 5.7)
        format!("(left({name}::text, 20) || substr(md5({name}::text || copy)::uuid::text, 21))::uuid")
    } else if column.is_unique && column.kind == "text" {
        format!("'copy' || copy || '.' || {name}")
    } else if column.is_unique && column.kind == "bytea" {
        // as long as before, where it is a SHA-256
        format!("sha256({name} || int4send(copy))")
    } else {
        name.clone()
    }
}
