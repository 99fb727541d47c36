//! With what users prove who they are.

use crate::{
    password::Hash,
    user::{Admission, User, UserKind},
};
use patron_values::id::{CustomerId, StaffId};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// What is known of a user who claims to be one.
#[derive(Debug)]
pub struct Credential {
    /// Who it is.
    pub user: User,
    /// The hash of the password; `None` for who has none.
    pub password: Option<Hash>,
    /// Whether the password was set by someone else.
    pub temporary: bool,
    /// When it was set.
    pub set_at: Option<OffsetDateTime>,
    /// Whether the user may sign in at all.
    pub admission: Admission,
    /// What the user is called and written to, which no password may hold.
    pub names: Vec<String>,
}

struct Row {
    staff_id: Option<StaffId>,
    customer_id: Option<CustomerId>,
    password_hash: Option<Hash>,
    password_temporary: bool,
    password_set_at: Option<OffsetDateTime>,
    may_sign_in: bool,
    waits: bool,
    names: Vec<String>,
}

impl From<Row> for Option<Credential> {
    fn from(row: Row) -> Self {
        Some(Credential {
            user: User::from_columns(row.staff_id, row.customer_id)?,
            password: row.password_hash,
            temporary: row.password_temporary,
            set_at: row.password_set_at,
            admission: match (row.may_sign_in, row.waits) {
                (true, _) => Admission::Open,
                (false, true) => Admission::PendingApproval,
                (false, false) => Admission::Closed,
            },
            names: row.names,
        })
    }
}

/// The credential of the user whose username or email has this key.
pub async fn find(
    executor: impl PgExecutor<'_>,
    kind: UserKind,
    key: &str,
) -> Result<Option<Credential>, sqlx::Error> {
    let row = match kind {
        UserKind::Staff => find_staff(executor, Some(key), None).await?,
        UserKind::Customer => find_customer(executor, Some(key), None).await?,
    };
    Ok(row.and_then(Into::into))
}

/// The credential of a user.
pub async fn find_of(executor: impl PgExecutor<'_>, user: User) -> Result<Option<Credential>, sqlx::Error> {
    let row = match user {
        User::Staff(staff) => find_staff(executor, None, Some(staff)).await?,
        User::Customer(customer) => find_customer(executor, None, Some(customer)).await?,
    };
    Ok(row.and_then(Into::into))
}

async fn find_staff(
    executor: impl PgExecutor<'_>,
    key: Option<&str>,
    staff: Option<StaffId>,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select staff_id as "staff_id?: _", null::uuid as "customer_id: CustomerId", password_hash as "password_hash?: _",
               password_temporary, password_set_at as "password_set_at?", not disabled as "may_sign_in!",
               false as "waits!", array[username, email, display_name] as "names!"
           from identity.staff
           where username_key = $1 or email_key = $1 or staff_id = $2"#,
        key,
        staff.map(|staff| staff.0),
    )
    .fetch_optional(executor)
    .await
}

/// Two customers hold one email for the moment in which one passes it on to the other: then it is the later's.
async fn find_customer(
    executor: impl PgExecutor<'_>,
    key: Option<&str>,
    customer: Option<CustomerId>,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select null::uuid as "staff_id: StaffId", customer_id as "customer_id?: _", password_hash as "password_hash: _",
               password_temporary, password_set_at, status = 'active' as "may_sign_in!",
               status = 'pending_approval' as "waits!", array_remove(array[username, email], null) as "names!"
           from identity.account
           where username_key = $1 or email_key = $1 or customer_id = $2
           order by email_at desc nulls last limit 1"#,
        key,
        customer.map(|customer| customer.0),
    )
    .fetch_optional(executor)
    .await
}
