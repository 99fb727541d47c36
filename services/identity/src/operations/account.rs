use crate::{
    account::{self, Account, NewAccount, Status, event, resource_name},
    error::Error,
    password::{Hash, Password},
    session::revoke_sessions,
    store,
    throttle::Throttle,
    tools::Tools,
    user::User,
};
use patron_chassis::{
    client::Channel,
    peer::Peer,
    permission::Permission,
    pg::{self, Transaction},
    principal::{self, Scope},
    status::Problem,
};
use patron_ledger::{
    change::{Caller, Changed},
    idempotency::Verdict,
    inbox::ConsistencyToken,
    outbox::NewEvent,
    reference::{self, References},
};
use patron_proto::{
    identity::v1 as proto,
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, customer_reference_service_client::CustomerReferenceServiceClient,
    },
};
use patron_values::{email::Email, id::CustomerId};

/// Gives customers accounts, and changes them.
#[derive(Clone)]
pub struct Accounts {
    /// What changes are made with.
    pub tools: Tools,
    /// Finds customers of whom there is no event here yet.
    pub references: References,
    /// Slows the guessing of one-time codes.
    pub throttle: Throttle,
    /// Knows the emails of customers who have no account.
    pub profile: CustomerReferenceServiceClient<Channel>,
}

/// An account about to change, with its customer locked.
pub(super) struct Opened {
    pub(super) transaction: Transaction,
    pub(super) old: Account,
    /// Whether the same request has changed it before.
    repeated: bool,
    /// Version of the aggregate after the change.
    pub(super) version: i64,
}

impl Accounts {
    /// The account of a customer whom the caller sees.
    pub async fn find(&self, customer: CustomerId, scope: Scope) -> Result<Option<Account>, Error> {
        let database = &self.tools.database;
        let find = || async move { Ok(store::account::find(database, customer, scope).await?) };
        self.references.resolve(customer, find).await
    }

    /// Gives a customer an account; `None` where the caller sees no such customer.
    pub async fn create(
        &self,
        customer: CustomerId,
        message: &proto::NewAccount,
        by: &Caller,
    ) -> Result<Option<Changed<Account>>, Error> {
        let Some((email, version)) = self.email_of(customer).await? else { return Ok(None) };
        let new = NewAccount::parse(message, email.as_ref(), &self.tools.policy)?;
        let (account, hash) = self.prepare(customer, new, &by.context).await?;
        let create = || self.try_create(&account, hash.as_ref(), (email.as_ref(), version), by);
        self.references.resolve(customer, create).await
    }

    /// Stores a new account with an email that is the customer's as of a version of the reference.
    async fn try_create(
        &self,
        account: &Account,
        hash: Option<&Hash>,
        (email, as_of): (Option<&Email>, i64),
        by: &Caller,
    ) -> Result<Option<Changed<Account>>, Error> {
        let customer = account.customer;
        let mut transaction = self.tools.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, customer, by.scope).await? else {
            return Ok(None);
        };
        if self.is_repeated(&mut transaction, by).await? {
            let known = store::account::find(&mut transaction, customer, by.scope).await?;
            return Ok(known.map(Changed::nothing));
        }
        if store::account::reference_version(&mut transaction, customer).await? > as_of {
            // The email may have changed since profile was asked.
            return Err(Problem::Unavailable.into());
        }
        let account = Account { version, ..account.clone() };
        store::account::insert(&mut transaction, &account, hash, email).await.map_err(refused)?;
        let consistency_token =
            self.publish(&mut transaction, event("account.created", None, &account), by).await?;
        transaction.commit().await?;
        Ok(Some(Changed::to(account, consistency_token)))
    }

    /// Sets a password that the customer must change, and ends every session. Who knows it can sign in as the customer: where that
    /// ever did, it takes the right to act as one, and who has less gives a one-time code.
    pub async fn set_password(
        &self,
        customer: CustomerId,
        password: &Password,
        by: &Caller,
        setter: &principal::User,
    ) -> Result<Changed<Account>, Error> {
        // Looked at before the password costs a hash, and once more when the customer is locked.
        let old = self.find(customer, by.scope).await?.ok_or_else(|| not_found(customer))?;
        self.may_set_password(&old, setter)?;
        let known = store::credential::find_of(&self.tools.database, User::Customer(customer)).await?;
        self.check(password, &known.ok_or_else(|| not_found(customer))?)?;
        let hash = self.tools.hasher.hash(password).await?;
        let set = || self.try_set_password(customer, &hash, by, setter);
        let changed = self.references.resolve(customer, set).await?;
        changed.ok_or_else(|| not_found(customer))
    }

    fn may_set_password(&self, account: &Account, setter: &principal::User) -> Result<(), Problem> {
        if account.last_sign_in_at.is_none() {
            return Ok(());
        }
        if !setter.permissions.contains(Permission::CustomerImpersonate) {
            return Err(Problem::PermissionDenied(Permission::CustomerImpersonate));
        }
        setter.check_fresh(self.tools.clock.now())
    }

    async fn try_set_password(
        &self,
        customer: CustomerId,
        hash: &Hash,
        by: &Caller,
        setter: &principal::User,
    ) -> Result<Option<Changed<Account>>, Error> {
        let Some(mut opened) = self.open(customer, by).await? else { return Ok(None) };
        self.may_set_password(&opened.old, setter)?;
        let now = self.tools.clock.now();
        let new = Account {
            password_set_at: Some(now),
            password_temporary: true,
            password_given_by: Some(by.context.actor.clone()),
            version: opened.version,
            updated_at: now,
            ..opened.old.clone()
        };
        let epoch = store::account::update_password(&mut opened.transaction, &new, hash).await?;
        store::reset_code::delete_of(&mut opened.transaction, customer).await?;
        revoke_sessions(&mut opened.transaction, User::Customer(customer), epoch, None, now).await?;
        self.close(opened, "account.password_set", new, by).await
    }

    /// Keeps the customer from signing in and ends every session. One that is disabled already stays so.
    pub async fn disable(&self, customer: CustomerId, by: &Caller) -> Result<Changed<Account>, Error> {
        let changed = self.references.resolve(customer, || self.try_disable(customer, by)).await?;
        changed.ok_or_else(|| not_found(customer))
    }

    async fn try_disable(
        &self,
        customer: CustomerId,
        by: &Caller,
    ) -> Result<Option<Changed<Account>>, Error> {
        let Some(mut opened) = self.open(customer, by).await? else { return Ok(None) };
        if opened.repeated || opened.old.status == Status::Disabled {
            return Ok(Some(Changed::nothing(opened.old)));
        }
        let now = self.tools.clock.now();
        let new = Account {
            status: Status::Disabled,
            version: opened.version,
            updated_at: now,
            ..opened.old.clone()
        };
        let epoch = store::account::update_status(&mut opened.transaction, &new, 1).await?;
        revoke_sessions(&mut opened.transaction, User::Customer(customer), epoch, None, now).await?;
        self.close(opened, "account.disabled", new, by).await
    }

    /// Lets a disabled customer sign in again.
    pub async fn enable(&self, customer: CustomerId, by: &Caller) -> Result<Changed<Account>, Error> {
        let changed = self.references.resolve(customer, || self.try_enable(customer, by)).await?;
        changed.ok_or_else(|| not_found(customer))
    }

    async fn try_enable(&self, customer: CustomerId, by: &Caller) -> Result<Option<Changed<Account>>, Error> {
        let Some(mut opened) = self.open(customer, by).await? else { return Ok(None) };
        if opened.repeated || opened.old.status == Status::Active {
            return Ok(Some(Changed::nothing(opened.old)));
        }
        let forbidden =
            |rule, description| Error::State { rule, subject: resource_name(customer), description };
        if opened.old.status != Status::Disabled {
            return Err(forbidden("ACCOUNT_NOT_DISABLED", "the account is not disabled"));
        }
        if opened.old.revoked {
            return Err(forbidden("CUSTOMER_BEING_DELETED", "the customer is being deleted"));
        }
        let now = self.tools.clock.now();
        let new = Account {
            status: Status::Active,
            version: opened.version,
            updated_at: now,
            ..opened.old.clone()
        };
        store::account::update_status(&mut opened.transaction, &new, 0).await?;
        self.close(opened, "account.enabled", new, by).await
    }

    /// Locks a customer whom the caller sees, and reads the account; `None` where there is none.
    pub(super) async fn open(&self, customer: CustomerId, by: &Caller) -> Result<Option<Opened>, Error> {
        let mut transaction = self.tools.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, customer, by.scope).await? else {
            return Ok(None);
        };
        let old = store::account::find(&mut transaction, customer, by.scope).await?;
        let Some(old) = old else { return Ok(None) };
        let repeated = self.is_repeated(&mut transaction, by).await?;
        Ok(Some(Opened { transaction, old, repeated, version }))
    }

    /// Publishes what became of an account, and commits.
    pub(super) async fn close(
        &self,
        mut opened: Opened,
        kind: &'static str,
        new: Account,
        by: &Caller,
    ) -> Result<Option<Changed<Account>>, Error> {
        let event = event(kind, Some(&opened.old), &new);
        let consistency_token = self.publish(&mut opened.transaction, event, by).await?;
        opened.transaction.commit().await?;
        Ok(Some(Changed::to(new, consistency_token)))
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
        Ok(found.map(|reference| (account::email_in(&reference), reference.version)))
    }

    /// Whether the same request came before; records it where it did not.
    async fn is_repeated(&self, transaction: &mut Transaction, by: &Caller) -> Result<bool, Error> {
        let Some(request) = &by.request else { return Ok(false) };
        match request.record(transaction, self.tools.ids.next()).await? {
            Verdict::New => Ok(false),
            Verdict::Replay(_) => Ok(true),
            Verdict::Mismatch => Err(Error::RequestIdReused),
        }
    }

    async fn publish(
        &self,
        transaction: &mut Transaction,
        event: NewEvent,
        by: &Caller,
    ) -> Result<ConsistencyToken, Error> {
        let consistency_token = ConsistencyToken {
            source: Peer::IDENTITY,
            aggregate: event.aggregate.clone(),
            version: event.version,
        };
        self.tools.outbox.publish(transaction, &by.context, self.tools.clock.now(), vec![event]).await?;
        Ok(consistency_token)
    }
}

pub(super) fn not_found(customer: CustomerId) -> Error {
    Error::NotFound { kind: "account", name: resource_name(customer) }
}

/// What it means that an account cannot be stored.
pub(super) fn refused(error: sqlx::Error) -> Error {
    match pg::constraint(&error) {
        Some("account_pkey") => Error::Taken { kind: "account", field: "parent" },
        Some("username_pkey" | "username_skeleton_key" | "account_username_key_key") => {
            Error::Taken { kind: "account", field: "account.username" }
        }
        _ => error.into(),
    }
}
