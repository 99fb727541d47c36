use super::account_store::AccountStore;
use crate::{
    account::{self, Account, Name, NewAccount, Status},
    error::Error,
    password::Password,
    store,
    throttle::Throttle,
    tools::Tools,
    user::User,
};
use patron_chassis::{
    client::Channel,
    permission::Permission,
    principal::{self, Scope},
    status::Problem,
};
use patron_ledger::change::{Caller, Changed, Next};
use patron_proto::{
    identity::v1 as proto,
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, customer_reference_service_client::CustomerReferenceServiceClient,
    },
};
use patron_values::{email::Email, id::CustomerId};

/// Fields that say whether a customer may sign in.
const STATUS: &[&str] = &["status"];

/// Gives customers accounts, and changes them.
#[derive(Clone)]
pub struct Accounts {
    /// What changes are made with.
    pub tools: Tools,
    /// Slows the guessing of one-time codes.
    pub throttle: Throttle,
    /// Knows the emails of customers who have no account.
    pub profile: CustomerReferenceServiceClient<Channel>,
}

impl Accounts {
    /// The account of a customer whom the caller sees.
    pub async fn find(&self, name: Name, scope: Scope) -> Result<Option<Account>, Error> {
        let database = &self.tools.database;
        let find = || async move { Ok(store::account::find(database, name.0, scope).await?) };
        self.tools.ledger.resolve(name.0, find).await
    }

    /// Gives a customer an account.
    pub async fn create(
        &self,
        customer: CustomerId,
        message: &proto::NewAccount,
        caller: &Caller,
    ) -> Result<Changed<Account>, Error> {
        let found = self.email_of(customer).await?;
        let (email, as_of) = found.ok_or_else(|| Problem::not_found("customer", customer.resource_name()))?;
        let new = NewAccount::parse(message, email.as_ref(), &self.tools.policy)?;
        let (account, hash) = self.prepare(customer, new, &caller.context).await?;
        let usernames = &self.tools.usernames;
        let store = AccountStore::Creation { hash: hash.as_ref(), email: email.as_ref(), as_of, usernames };
        self.tools.ledger.change(caller).create(&store, account).await
    }

    /// Sets a password that the customer must change, and ends every session. Whoever knows it can sign in as the customer: so where the
    /// customer has ever signed in, it takes the right to act as a customer. Others give out a one-time code.
    pub async fn set_password(
        &self,
        name: Name,
        password: &Password,
        caller: &Caller,
        setter: &principal::User,
    ) -> Result<Changed<Account>, Error> {
        // Looked at before the password costs a hash, and once more when the customer is locked.
        let old = self.find(name, caller.scope).await?.ok_or_else(|| not_found(name))?;
        self.may_set_password(&old, setter)?;
        let known = store::credential::find_of(&self.tools.database, User::Customer(name.0)).await?;
        self.check(password, &known.ok_or_else(|| not_found(name))?)?;
        let hash = self.tools.hasher.hash(password).await?;
        let set = |old: &Account, next: Next| {
            self.may_set_password(old, setter)?;
            Ok(Some(Account {
                password_set_at: Some(next.at),
                password_temporary: true,
                password_given_by: Some(caller.context.actor.clone()),
                ..old.changed(next)
            }))
        };
        let store = AccountStore::SetByStaff(&hash);
        self.tools.ledger.change(caller).apply(&store, name, "account.password_set", set).await
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

    /// Keeps the customer from signing in and ends every session. One that is disabled already stays so. ABORTED where the status
    /// changed since `etag`.
    pub async fn disable(&self, name: Name, etag: &str, caller: &Caller) -> Result<Changed<Account>, Error> {
        let disable = |old: &Account, next: Next| {
            let enabled = old.status != Status::Disabled;
            Ok(enabled.then(|| Account { status: Status::Disabled, ..old.changed(next) }))
        };
        let change = self.tools.ledger.change(caller).unless_changed_since(etag, STATUS);
        change.apply(&AccountStore::Status, name, "account.disabled", disable).await
    }

    /// Lets a disabled customer sign in again. ABORTED where the status changed since `etag`.
    pub async fn enable(&self, name: Name, etag: &str, caller: &Caller) -> Result<Changed<Account>, Error> {
        let forbidden =
            |rule, description| Err(Error::State { rule, subject: name.to_string(), description });
        let enable = |old: &Account, next: Next| match old.status {
            Status::Active => Ok(None),
            Status::Disabled if old.revoked => {
                forbidden("CUSTOMER_BEING_DELETED", "the customer is being deleted")
            }
            Status::Disabled => Ok(Some(Account { status: Status::Active, ..old.changed(next) })),
            Status::PendingVerification | Status::PendingApproval => {
                forbidden("ACCOUNT_NOT_DISABLED", "the account is not disabled")
            }
        };
        let change = self.tools.ledger.change(caller).unless_changed_since(etag, STATUS);
        change.apply(&AccountStore::Status, name, "account.enabled", enable).await
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
}

pub(super) fn not_found(name: Name) -> Error {
    Error::NotFound { kind: "account", name: name.to_string() }
}
