use super::{Account, NewAccount, Status, event, resource_name};
use crate::{
    error::Error,
    password::Password,
    session::shut_out,
    store,
    tools::Tools,
    user::{User, UserKind},
};
use patron_chassis::{
    change::{By, Changed},
    client::Channel,
    consumer::Position,
    idempotency::Seen,
    peer::Peer,
    pg,
    reference::{self, References},
    status::Problem,
    value::{email::Email, id::CustomerId},
};
use patron_proto::{
    identity::v1 as proto,
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, customer_reference_service_client::CustomerReferenceServiceClient,
    },
};
use sqlx::PgConnection;

/// Gives customers accounts, and changes them.
#[derive(Clone)]
pub struct Accounts {
    /// What changes are made with.
    pub tools: Tools,
    /// Finds customers that this service has not been told of.
    pub references: References,
    /// Knows the emails of customers who have no account.
    pub profile: CustomerReferenceServiceClient<Channel>,
}

impl Accounts {
    /// Gives a customer an account; `None` where the caller sees no such customer.
    pub async fn create(
        &self,
        customer: CustomerId,
        message: &proto::NewAccount,
        by: &By,
    ) -> Result<Option<Changed<Account>>, Error> {
        let Some((email, version)) = self.email_of(customer).await? else { return Ok(None) };
        let new = NewAccount::parse(message, email.as_ref(), &self.tools.policy)?;
        let temporary = by.context.actor.starts_with("staff/");
        let (account, hash) = self.prepare(customer, new, temporary).await?;
        let work = async |transaction: &mut PgConnection| {
            let Some(account_version) = reference::lock(transaction, customer, by.scope).await? else { return Ok(None) };
            if is_repeated(transaction, by, &self.tools).await? {
                return Ok(store::account::find(&mut *transaction, customer, by.scope).await?.map(Changed::nothing));
            }
            if store::account::reference_version(transaction, customer).await? > version {
                // The email may have changed since profile was asked.
                return Err(Problem::Unavailable.into());
            }
            let account = Account { version: account_version, ..account.clone() };
            let stored = store::account::insert(transaction, &account, hash.as_ref(), email.as_ref()).await;
            stored.map_err(refused)?;
            let position = self.tell(transaction, by, "account.created", (None, &account)).await?;
            Ok(Some(Changed::to(account, position)))
        };
        self.references.resolve(customer, async || self.tools.database.change(work).await).await
    }

    /// Sets a password that the customer must change, and ends every session.
    pub async fn set_password(
        &self,
        customer: CustomerId,
        password: &Password,
        by: &By,
    ) -> Result<Changed<Account>, Error> {
        let names = store::credential::find_of(self.tools.database.pool(), User::Customer(customer)).await?;
        let names = names.map(|credential| credential.names).unwrap_or_default();
        let personal: Vec<&str> = names.iter().map(String::as_str).collect();
        let checked = self.tools.policy.check(UserKind::Customer, password, &personal);
        checked.map_err(|weakness| Problem::invalid("password", weakness.to_string()))?;
        let hash = self.tools.hasher.hash(password).await?;
        self.change(customer, by, "account.password_set", async |transaction, old, version| {
            let now = self.tools.clock.now();
            let new = Account {
                password_set_at: Some(now),
                password_temporary: true,
                version,
                updated_at: now,
                ..old.clone()
            };
            let epoch = store::account::update_password(transaction, &new, &hash).await?;
            shut_out(transaction, User::Customer(customer), epoch, None, now).await?;
            Ok(Some(new))
        })
        .await
    }

    /// Keeps the customer from signing in and ends every session. One that is disabled already stays so.
    pub async fn disable(&self, customer: CustomerId, by: &By) -> Result<Changed<Account>, Error> {
        self.change(customer, by, "account.disabled", async |transaction, old, version| {
            if old.status == Status::Disabled {
                return Ok(None);
            }
            let now = self.tools.clock.now();
            let new = Account { status: Status::Disabled, version, updated_at: now, ..old.clone() };
            let epoch = store::account::update_status(transaction, &new, 1).await?;
            shut_out(transaction, User::Customer(customer), epoch, None, now).await?;
            Ok(Some(new))
        })
        .await
    }

    /// Lets a disabled customer sign in again.
    pub async fn enable(&self, customer: CustomerId, by: &By) -> Result<Changed<Account>, Error> {
        self.change(customer, by, "account.enabled", async |transaction, old, version| {
            let forbidden = |rule, description| Error::State { rule, subject: resource_name(customer), description };
            match old.status {
                Status::Active => return Ok(None),
                Status::Disabled if old.revoked => {
                    return Err(forbidden("CUSTOMER_BEING_DELETED", "the customer is being deleted"));
                }
                Status::Disabled => {}
                Status::PendingVerification | Status::PendingApproval => {
                    return Err(forbidden("ACCOUNT_NOT_DISABLED", "the account is not disabled"));
                }
            }
            let new = Account { status: Status::Active, version, updated_at: self.tools.clock.now(), ..old.clone() };
            store::account::update_status(transaction, &new, 0).await?;
            Ok(Some(new))
        })
        .await
    }

    /// Changes the account of a customer whom the caller sees. `work` gets it as it is, with the version it will have, and
    /// gives it as it then is; `None` where nothing is to change.
    async fn change(
        &self,
        customer: CustomerId,
        by: &By,
        kind: &'static str,
        work: impl AsyncFn(&mut PgConnection, &Account, i64) -> Result<Option<Account>, Error>,
    ) -> Result<Changed<Account>, Error> {
        let attempt = async |transaction: &mut PgConnection| {
            let Some(version) = reference::lock(transaction, customer, by.scope).await? else { return Ok(None) };
            let Some(old) = store::account::find(&mut *transaction, customer, by.scope).await? else { return Ok(None) };
            if is_repeated(transaction, by, &self.tools).await? {
                return Ok(Some(Changed::nothing(old)));
            }
            let Some(new) = work(&mut *transaction, &old, version).await? else {
                return Ok(Some(Changed::nothing(old)));
            };
            let position = self.tell(transaction, by, kind, (Some(&old), &new)).await?;
            Ok(Some(Changed::to(new, position)))
        };
        let changed = self.references.resolve(customer, async || self.tools.database.change(attempt).await).await?;
        changed.ok_or_else(|| Error::NotFound { kind: "account", name: resource_name(customer) })
    }

    /// The email of a customer, and up to which version of the reference that holds; `None` where there is no such customer.
    async fn email_of(&self, customer: CustomerId) -> Result<Option<(Option<Email>, i64)>, Error> {
        let request = BatchGetCustomerReferencesRequest { customers: vec![customer.resource_name()] };
        let reply = self.profile.clone().batch_get_customer_references(request).await;
        let reply = reply.map_err(|status| {
            tracing::warn!(code = ?status.code(), "profile was asked for an email and did not answer");
            Problem::Unavailable
        })?;
        let found = reply.into_inner().references.pop();
        Ok(found.map(|reference| (super::reference::email_in(&reference), reference.version)))
    }

    async fn tell(
        &self,
        transaction: &mut PgConnection,
        by: &By,
        kind: &'static str,
        (old, new): (Option<&Account>, &Account),
    ) -> Result<Position, Error> {
        let draft = event(kind, old, new);
        let position = Position { source: Peer::Identity, aggregate: draft.aggregate.clone(), version: draft.version };
        self.tools.outbox.write(transaction, &by.context, self.tools.clock.now(), None, vec![draft]).await?;
        Ok(position)
    }
}

/// Whether the same request came before; records it where it did not.
pub(crate) async fn is_repeated(transaction: &mut PgConnection, by: &By, tools: &Tools) -> Result<bool, Error> {
    let Some(request) = &by.request else { return Ok(false) };
    match request.record(transaction, tools.ids.next()).await? {
        Seen::First => Ok(false),
        Seen::Before(_) => Ok(true),
        Seen::OtherBody => Err(Error::RequestIdReused),
    }
}

/// What it means that an account cannot be stored.
pub(super) fn refused(error: sqlx::Error) -> Error {
    match pg::constraint(&error) {
        Some("account_pkey") => Error::Taken { kind: "account", field: "parent" },
        Some("username_pkey") => Error::Taken { kind: "account", field: "account.username" },
        _ => error.into(),
    }
}
