//! Statements run on a [`Database`] or in a [`Transaction`]: within a trace, each has a span.

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::BoxStream};
use sqlx::{
    Describe, Either, Execute, Executor, PgExecutor, Postgres, SqlStr,
    error::{BoxDynError, DatabaseError},
    postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tracing::Span;

use super::{Database, Transaction};
use crate::telemetry;

type Step = Result<Either<PgQueryResult, PgRow>, sqlx::Error>;

impl<'c> Executor<'c> for &'c Database {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        fetch_many(self.pool(), query)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        fetch_optional(self.pool(), query)
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

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        fetch_many(self.connection(), query)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        fetch_optional(self.connection(), query)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.connection().prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.connection().describe(sql)
    }
}

fn fetch_many<'c: 'e, 'e, 'q: 'e, E>(executor: impl PgExecutor<'c>, query: E) -> BoxStream<'e, Step>
where
    E: 'q + Execute<'q, Postgres>,
{
    let Some(span) = telemetry::sql_span() else { return executor.fetch_many(query) };
    let steps = executor.fetch_many(Spanned { query, span: span.clone() });
    steps.inspect(move |step| end(&span, step.as_ref().err())).boxed()
}

fn fetch_optional<'c: 'e, 'e, 'q: 'e, E>(
    executor: impl PgExecutor<'c>,
    query: E,
) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
where
    E: 'q + Execute<'q, Postgres>,
{
    let Some(span) = telemetry::sql_span() else { return executor.fetch_optional(query) };
    let found = executor.fetch_optional(Spanned { query, span: span.clone() });
    found.inspect(move |found| end(&span, found.as_ref().err())).boxed()
}

/// Writes to a statement's span that it failed. The span ends when the last who holds it lets it go.
fn end(span: &Span, error: Option<&sqlx::Error>) {
    if let Some(error) = error {
        let code = error.as_database_error().and_then(DatabaseError::code);
        telemetry::fail_sql_span(span, code.as_deref());
    }
}

/// A query that tells its span what it says. Its text has placeholders where values go.
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
