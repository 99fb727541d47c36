use super::account_store::AccountStore;
use crate::{
    account::{self, Account, Name, NewAccount, Obstacle},
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
use patron_ledger::{
    change::{Caller, Changed, Next},
    reference,
};
use patron_proto::{
    group::internal::v1::{
        ListCustomerApprovalGroupsRequest, approval_service_client::ApprovalServiceClient,
    },
    identity::v1 as proto,
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, customer_reference_service_client::CustomerReferenceServiceClient,
    },
};
use patron_values::{email::Email, id::CustomerId};
use std::time::Duration;

/// Gives customers accounts, and changes them.
#[derive(Clone)]
pub struct Accounts {
    /// What changes are made with.
    pub tools: Tools,
    /// Slows the guessing of passwords and one-time codes.
    pub throttle: Throttle,
    /// Knows the emails of customers who have no account.
    pub profile: CustomerReferenceServiceClient<Channel>,
    /// Knows the groups of customers who have no account.
    pub group: ApprovalServiceClient<Channel>,
    /// How long a password that someone else has set is good for.
    pub temporary_life: Duration,
}

impl Accounts {
    /// The account of a customer whom the caller sees.
    pub async fn find(&self, name: Name, scope: Scope) -> Result<Option<Account>, Error> {
        let database = &self.tools.database;
        let find = || async move { Ok(store::account::find(database, name.0, scope).await?) };
        self.tools.ledger.resolve(name.0, find).await
    }

    /// What keeps a customer whom the caller sees from signing in; `None` where the caller sees no such customer.
    pub async fn diagnose(&self, name: Name, scope: Scope) -> Result<Option<Vec<Obstacle>>, Error> {
        let database = &self.tools.database;
        let visible = || async move {
            Ok::<_, Error>(reference::is_visible(database, name.0, scope).await?.then_some(()))
        };
        if self.tools.ledger.resolve(name.0, visible).await?.is_none() {
            return Ok(None);
        }
        let account = store::account::find(database, name.0, scope).await?;
        let held_until = self.throttle.held_until(User::Customer(name.0)).await?;
        let now = self.tools.clock.now();
        Ok(Some(account::obstacles(account.as_ref(), held_until, now, self.temporary_life)))
    }

    /// Gives a customer an account.
    pub async fn create(
        &self,
        customer: CustomerId,
        message: &proto::NewAccount,
        caller: &Caller,
    ) -> Result<Changed<Account>, Error> {
        let (found, asked) = futures::try_join!(self.email_of(customer), self.is_asked(customer))?;
        let (email, as_of) = found.ok_or_else(|| Problem::not_found("customer", customer.resource_name()))?;
        let new = NewAccount::parse(message, email.as_ref(), &self.tools.policy)?;
        let prepared = self.prepare(customer, new, asked, &caller.context).await?;
        let (hash, answer) = (prepared.password.as_ref(), prepared.answer.as_ref());
        let usernames = &self.tools.usernames;
        let store = AccountStore::Creation { hash, email: email.as_ref(), as_of, usernames, answer };
        self.tools.ledger.change(caller).create(&store, prepared.account).await
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

    /// Ends the wait after wrong passwords, where there is one.
    pub async fn unlock(&self, name: Name, caller: &Caller) -> Result<Changed<Account>, Error> {
        let account = self.find(name, caller.scope).await?.ok_or_else(|| not_found(name))?;
        if self.throttle.held_until(User::Customer(name.0)).await?.is_none() {
            return Ok(Changed::nothing(account));
        }
        let unchanged =
            |old: &Account, next: Next| Ok(Some(Account { version: next.version, ..old.clone() }));
        let store = AccountStore::Unlocked(&self.throttle);
        self.tools.ledger.change(caller).apply(&store, name, "account.unlocked", unchanged).await
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

    /// Whether group says that someone must approve a customer. Its events say so too: those of before this look may still be on their
    /// way, and those that come between it and the account are looked at when the account is stored, with the customer locked.
    async fn is_asked(&self, customer: CustomerId) -> Result<bool, Error> {
        let request = ListCustomerApprovalGroupsRequest { customer: customer.resource_name() };
        let reply = self.group.clone().list_customer_approval_groups(request).await;
        let reply = reply.map_err(|status| {
            tracing::warn!(code = ?status.code(), "group was asked about approval and did not answer");
            Problem::Unavailable
        })?;
        Ok(!reply.into_inner().groups.is_empty())
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
