//! What profile's events change of accounts.

use patron_chassis::pg::Transaction;
use patron_ledger::reference::Ended;
use patron_values::{email::Email, id::CustomerId, username::Username};
use time::OffsetDateTime;

/// The email of a customer at a time.
#[derive(Debug)]
pub struct Claim {
    /// Whose it is.
    pub customer: CustomerId,
    /// The address; `None` for who has none any more.
    pub email: Option<Email>,
    /// When the customer came by it.
    pub at: OffsetDateTime,
}

/// Takes over the emails of customers who have an account; one claim for each customer.
pub async fn update_emails(transaction: &mut Transaction, claims: &[Claim]) -> Result<(), sqlx::Error> {
    let customers: Vec<_> = claims.iter().map(|claim| claim.customer.0).collect();
    let emails: Vec<_> = claims.iter().map(|claim| claim.email.as_ref().map(ToString::to_string)).collect();
    let keys: Vec<_> = claims.iter().map(|claim| claim.email.as_ref().map(Email::key)).collect();
    let times: Vec<_> = claims.iter().map(|claim| claim.email.as_ref().map(|_| claim.at)).collect();
    sqlx::query!(
        "update identity.account set email = claim.email, email_key = claim.email_key, email_at = claim.email_at
         from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
             as claim (customer_id, email, email_key, email_at)
         where account.customer_id = claim.customer_id and account.email is distinct from claim.email",
        &customers,
        &emails as &[Option<String>],
        &keys as &[Option<String>],
        &times as &[Option<OffsetDateTime>],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Ends every session of customers and keeps them from signing in, for good.
pub async fn revoke_accounts(
    transaction: &mut Transaction,
    customers: &[CustomerId],
    forgotten_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if customers.is_empty() {
        return Ok(());
    }
    let customers: Vec<_> = customers.iter().map(|customer| customer.0).collect();
    sqlx::query!(
        "with revoked as (
             update identity.account set status = 'disabled', waiting_since = null, revoked = true, epoch = epoch + 1
             where customer_id = any($1) and not revoked
             returning customer_id, epoch),
         ended as (
             delete from identity.session using revoked where session.customer_id = revoked.customer_id)
         insert into identity.revocation (customer_id, epoch, expires_at) select customer_id, epoch, $2 from revoked",
        &customers,
        forgotten_at,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Removes the accounts of customers with their sessions, and revokes their tokens. Gives the usernames of those that were visible once:
/// they stay taken.
pub async fn delete_accounts(
    ended: &mut Ended<'_>,
    forgotten_at: OffsetDateTime,
) -> Result<Vec<Username>, sqlx::Error> {
    if ended.customers().is_empty() {
        return Ok(Vec::new());
    }
    let customers: Vec<_> = ended.customers().iter().map(|customer| customer.0).collect();
    sqlx::query_scalar!(
        r#"with gone as (
               delete from identity.account using identity.customer_ref
               where account.customer_id = any($1) and customer_ref.customer_id = account.customer_id
               returning account.customer_id, username, epoch, state),
           revoked as (
               insert into identity.revocation (customer_id, epoch, expires_at)
               select customer_id, epoch + 1, $2 from gone)
           select username as "username!: Username" from gone where username is not null and state <> 'pending'"#,
        &customers,
        forgotten_at,
    )
    .fetch_all(&mut **ended)
    .await
}
