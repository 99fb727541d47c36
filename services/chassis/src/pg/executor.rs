//! Statements run on a [`Database`] or in a [`Transaction`]: within a trace, each has a span.

use futures::{
    FutureExt as _, StreamExt as _, TryFutureExt as _, TryStreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Describe, Either, Execute, Executor, Postgres, SqlStr,
    error::{BoxDynError, DatabaseError},
    postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tracing::Span;

use super::{
    Database, Transaction,
    connection::{Connection, within},
};
use crate::telemetry;

type Fetched = Either<PgQueryResult, PgRow>;

impl<'c> Executor<'c> for &'c Database {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Fetched, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        one_by_one(async move { fetch_many(&mut self.connection().await?, query).await })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        async move { fetch_optional(&mut self.connection().await?, query).await }.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.pool().prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.pool().describe(sql)
    }
}

impl<'c> Executor<'c> for &'c mut Transaction {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Fetched, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        one_by_one(fetch_many(self.connection(), query))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        fetch_optional(self.connection(), query).boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        async move { self.connection().get()?.prepare_with(sql, parameters).await }.boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        async move { self.connection().get()?.describe(sql).await }.boxed()
    }
}

/// What a statement gave, as the stream that sqlx asks for. It has been read to its end before: a connection is never held by who
/// takes rows slowly, and every result is limited by its statement.
fn one_by_one<'e>(
    steps: impl Future<Output = Result<Vec<Fetched>, sqlx::Error>> + Send + 'e,
) -> BoxStream<'e, Result<Fetched, sqlx::Error>> {
    steps.map_ok(|steps| stream::iter(steps.into_iter().map(Ok))).try_flatten_stream().boxed()
}

async fn fetch_many<'q, E>(connection: &mut Connection, query: E) -> Result<Vec<Fetched>, sqlx::Error>
where
    E: 'q + Execute<'q, Postgres>,
{
    let (patience, postgres) = (connection.patience(), connection.get()?);
    let steps = match telemetry::sql_span() {
        None => within(patience, postgres.fetch_many(query).try_collect()).await,
        Some(span) => {
            let query = Spanned { query, span: span.clone() };
            let steps = within(patience, postgres.fetch_many(query).try_collect()).await;
            end(&span, steps.as_ref().err());
            steps
        }
    };
    connection.settle(steps)
}

async fn fetch_optional<'q, E>(connection: &mut Connection, query: E) -> Result<Option<PgRow>, sqlx::Error>
where
    E: 'q + Execute<'q, Postgres>,
{
    let (patience, postgres) = (connection.patience(), connection.get()?);
    let row = match telemetry::sql_span() {
        None => within(patience, postgres.fetch_optional(query)).await,
        Some(span) => {
            let query = Spanned { query, span: span.clone() };
            let row = within(patience, postgres.fetch_optional(query)).await;
            end(&span, row.as_ref().err());
            row
        }
    };
    connection.settle(row)
}

/// Writes to a statement's span that it failed. The span ends when the last who holds it lets it go.
fn end(span: &Span, error: Option<&sqlx::Error>) {
    if let Some(error) = error {
        let code = error.as_database_error().and_then(DatabaseError::code);
        telemetry::fail_sql_span(span, code.as_deref());
    }
}

/// A query that names its span by its text, which has placeholders where values go.
struct Spanned<E> {
    query: E,
    span: Span,
}

impl<'q, E: Execute<'q, Postgres>> Execute<'q, Postgres> for Spanned<E> {
    fn sql(self) -> SqlStr {
        let sql = self.query.sql();
        telemetry::name_sql_span(&self.span, sql.as_str());
        sql
    }

    fn statement(&self) -> Option<&PgStatement> {
        self.query.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<PgArguments>, BoxDynError> {
        self.query.take_arguments()
    }

    fn persistent(&self) -> bool {
        self.query.persistent()
    }
}
