//! Accounts of customers.

use crate::{
    account::{Account, Approval, Standing, Status},
    password::Hash,
    security_question::QuestionText,
};
use patron_chassis::{
    pg::{self, Transaction},
    principal::Scope,
};
use patron_ledger::reference::assigned_to;
use patron_values::{
    email::Email,
    id::{CustomerId, StaffId},
    username::Username,
};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Columns of an account as they are read.
pub(super) struct Row {
    pub(super) customer_id: CustomerId,
    pub(super) username: Option<Username>,
    pub(super) status: Status,
    pub(super) approval: Approval,
    pub(super) status_reason: Option<String>,
    pub(super) waiting_since: Option<OffsetDateTime>,
    pub(super) revoked: bool,
    pub(super) password_set_at: Option<OffsetDateTime>,
    pub(super) password_temporary: bool,
    pub(super) password_given_by: Option<String>,
    pub(super) security_question: Option<QuestionText>,
    pub(super) version: i64,
    pub(super) last_sign_in_at: Option<OffsetDateTime>,
    pub(super) created_at: OffsetDateTime,
    pub(super) updated_at: OffsetDateTime,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            customer: row.customer_id,
            username: row.username,
            standing: Standing { status: row.status, approval: row.approval },
            status_reason: row.status_reason,
            waiting_since: row.waiting_since,
            revoked: row.revoked,
            password_set_at: row.password_set_at,
            password_temporary: row.password_temporary,
            password_given_by: row.password_given_by,
            security_question: row.security_question,
            version: row.version,
            last_sign_in_at: row.last_sign_in_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The account of a visible customer in `scope`.
pub async fn find(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
    scope: Scope,
) -> Result<Option<Account>, sqlx::Error> {
    Ok(list(executor, &[customer], scope).await?.pop())
}

/// The accounts of visible customers in `scope`, in the order of the customers given.
pub async fn list(
    executor: impl PgExecutor<'_>,
    customers: &[CustomerId],
    scope: Scope,
) -> Result<Vec<Account>, sqlx::Error> {
    let customers = scope.may_include(customers);
    let rows = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer_id!: _", username as "username: _", status as "status: _",
               approval as "approval: _", status_reason, waiting_since, revoked, password_set_at, password_temporary,
               password_given_by, security_question as "security_question: _", account.version, last_sign_in_at, created_at, updated_at
           -- through a subquery, so that Postgres keeps one plan: it would make a new one for each number of ids
           from unnest((select $1::uuid[])) with ordinality as asked (customer_id, place)
           join identity.customer_ref using (customer_id)
           join identity.account using (customer_id)
           where state = 'active' and ($2::uuid is null or assigned_staff @> array[$2])
           order by place"#,
        &customers,
        assigned_to(scope).map(|StaffId(staff)| staff),
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(Account::from).collect())
}

/// The account of a customer, visible or not yet.
pub async fn find_any(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer_id: _", username as "username: _", status as "status: _",
               approval as "approval: _", status_reason, waiting_since, revoked, password_set_at, password_temporary,
               password_given_by, security_question as "security_question: _", version, last_sign_in_at, created_at, updated_at
           from identity.account where customer_id = $1"#,
        customer.0,
    );
    Ok(row.fetch_optional(executor).await?.map(Account::from))
}

/// Whether a customer has this username, or one that looks like it.
pub async fn is_username_taken(
    executor: impl PgExecutor<'_>,
    username: &Username,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from identity.account where username_key = $1 or username_skeleton = $2) as "taken!""#,
        username.key(),
        username.skeleton(),
    )
    .fetch_one(executor)
    .await
}

/// Up to which version the reference of a customer is known.
pub async fn reference_version(
    transaction: &mut Transaction,
    customer: CustomerId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select version from identity.customer_ref where customer_id = $1", customer.0)
        .fetch_one(transaction)
        .await
}

/// Stores a new account. Refused by `account_pkey` where the customer has one, and by `account_username_key_key` where the username, or
/// one that looks like it, is another's.
pub async fn insert(
    transaction: &mut Transaction,
    account: &Account,
    password: Option<&Hash>,
    email: Option<&Email>,
    answer: Option<&Hash>,
) -> Result<(), sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into identity.account (customer_id, username, username_key, email, email_key, email_at, status,
             password_hash, password_temporary, password_set_at, version, created_at, updated_at, username_skeleton,
             password_given_by, approval, waiting_since, security_question, security_answer_hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16, $17, $18)
         on conflict do nothing",
        account.customer.0,
        account.username.as_ref().map(Username::as_str),
        account.username.as_ref().map(Username::key),
        email.map(Email::as_str),
        email.map(Email::key),
        email.map(|_| account.created_at),
        account.standing.status as Status,
        password.map(Hash::as_str),
        account.password_temporary,
        account.password_set_at,
        account.version,
        account.created_at,
        account.username.as_ref().map(Username::skeleton),
        account.password_given_by,
        account.standing.approval as Approval,
        account.waiting_since,
        account.security_question.as_ref() as Option<&QuestionText>,
        answer.map(Hash::as_str),
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() > 0 {
        return Ok(());
    }
    let exists = find_any(transaction, account.customer).await?.is_some();
    Err(pg::taken(if exists { "account_pkey" } else { "account_username_key_key" }))
}

/// Stores whether the customer may sign in, and gives the epoch, raised by `raise`.
pub async fn update_standing(
    transaction: &mut Transaction,
    account: &Account,
    raise: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.account set status = $2, approval = $3, status_reason = $4, waiting_since = $5, version = $6,
             updated_at = $7, epoch = epoch + $8
         where customer_id = $1 returning epoch",
        account.customer.0,
        account.standing.status as Status,
        account.standing.approval as Approval,
        account.status_reason,
        account.waiting_since,
        account.version,
        account.updated_at,
        raise,
    )
    .fetch_one(transaction)
    .await
}

/// Stores a password and gives the raised epoch; `None` where it shall replace the one seen and that is another by now.
pub async fn update_password(
    transaction: &mut Transaction,
    account: &Account,
    hash: &Hash,
    seen: Option<&Hash>,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.account set password_hash = $2, password_temporary = $3, password_set_at = $4, version = $5,
             updated_at = $6, password_given_by = $7, epoch = epoch + 1
         where customer_id = $1 and ($8::text is null or password_hash = $8) returning epoch",
        account.customer.0,
        hash.as_str(),
        account.password_temporary,
        account.password_set_at,
        account.version,
        account.updated_at,
        account.password_given_by,
        seen.map(Hash::as_str),
    )
    .fetch_optional(transaction)
    .await
}

/// Stores which question is asked, with the hash of its answer.
pub async fn update_security_answer(
    transaction: &mut Transaction,
    account: &Account,
    answer: Option<&Hash>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update identity.account set security_question = $2, security_answer_hash = $3, version = $4, updated_at = $5
         where customer_id = $1",
        account.customer.0,
        account.security_question.as_ref() as Option<&QuestionText>,
        answer.map(Hash::as_str),
        account.version,
        account.updated_at,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// The hash of the right answer; `None` where nothing is asked.
pub async fn find_security_answer(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
) -> Result<Option<Hash>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select security_answer_hash from identity.account where customer_id = $1",
        customer.0,
    );
    Ok(found.fetch_optional(executor).await?.flatten().map(Hash::stored))
}

/// Notes that a customer signs in with the password seen, whose hash is replaced where there is a new one. Gives the next
/// version of its sessions, or `None` where it may no longer sign in so, or not yet.
pub async fn note_sign_in(
    transaction: &mut Transaction,
    customer: CustomerId,
    seen: &Hash,
    rehash: Option<&Hash>,
    now: OffsetDateTime,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.account set last_sign_in_at = $4, session_version = session_version + 1,
             password_hash = coalesce($3, password_hash)
         from identity.customer_ref
         where account.customer_id = $1 and password_hash = $2 and status = 'active'
             and customer_ref.customer_id = account.customer_id and state = 'active'
         returning session_version",
        customer.0,
        seen.as_str(),
        rehash.map(Hash::as_str),
        now,
    )
    .fetch_optional(transaction)
    .await
}

/// Locks the account and gives the next version of its sessions.
pub async fn raise_session_version(
    transaction: &mut Transaction,
    customer: CustomerId,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.account set session_version = session_version + 1 where customer_id = $1
         returning session_version",
        customer.0,
    )
    .fetch_optional(transaction)
    .await
}
