//! Questions to choose from.

use crate::security_question::{QuestionText, SecurityQuestion, text_key};
use patron_chassis::pg::{self, Transaction};
use patron_ledger::change::Locked;
use patron_values::id::SecurityQuestionId;
use sqlx::PgExecutor;

/// One question.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: SecurityQuestionId,
) -> Result<Option<SecurityQuestion>, sqlx::Error> {
    sqlx::query_as!(
        SecurityQuestion,
        r#"select security_question_id as "id: _", text as "text: _", version, created_at, updated_at
           from identity.security_question where security_question_id = $1"#,
        id.0,
    )
    .fetch_optional(executor)
    .await
}

/// Questions by their texts, at most `limit` whose [`text_key`] comes after this one.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<SecurityQuestion>, sqlx::Error> {
    sqlx::query_as!(
        SecurityQuestion,
        r#"select security_question_id as "id: _", text as "text: _", version, created_at, updated_at
           from identity.security_question where $1::text is null or text_key > $1 order by text_key limit $2"#,
        after,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Locks a question until the transaction ends, and gives its version; `None` where there is none.
pub async fn lock(transaction: &mut Transaction, id: SecurityQuestionId) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select version from identity.security_question where security_question_id = $1 for update",
        id.0,
    )
    .fetch_optional(transaction)
    .await
}

/// Stores a new question. Fails on `security_question_text_key_key` where the list has it.
pub async fn insert(locked: &mut Locked, question: &SecurityQuestion) -> Result<(), sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into identity.security_question (security_question_id, text, text_key, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (text_key) do nothing",
        question.id.0,
        &question.text as &QuestionText,
        text_key(&question.text),
        question.version,
        question.created_at,
        question.updated_at,
    )
    .execute(&mut **locked)
    .await?;
    one(inserted.rows_affected())
}

/// Stores a changed question. Fails like [`insert`].
pub async fn update(locked: &mut Locked, question: &SecurityQuestion) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "update identity.security_question set text = $2, text_key = $3, version = $4, updated_at = $5
         where security_question_id = $1 and not exists (
             select from identity.security_question other where other.text_key = $3 and other.security_question_id <> $1)",
        question.id.0,
        &question.text as &QuestionText,
        text_key(&question.text),
        question.version,
        question.updated_at,
    )
    .execute(&mut **locked)
    .await?;
    one(updated.rows_affected())
}

/// Removes a question.
pub async fn delete(locked: &mut Locked, id: SecurityQuestionId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from identity.security_question where security_question_id = $1", id.0)
        .execute(&mut **locked)
        .await
        .map(drop)
}

/// No row was written where another question has the text.
fn one(rows: u64) -> Result<(), sqlx::Error> {
    if rows == 0 { Err(pg::taken("security_question_text_key_key")) } else { Ok(()) }
}
