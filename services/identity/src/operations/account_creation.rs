use super::{
    account::Accounts,
    account_store::{insert, username_taken},
};
use crate::{
    account::{Account, NewAccount, Standing, Status},
    error::Error,
    password::Hash,
    store,
};
use patron_ledger::{change::InitialResources, reference};
use patron_proto::{event::v1::ChangeContext, identity::v1 as proto};
use patron_values::{email::Email, id::CustomerId};

/// What the account of a new customer must have.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// A password, though this call may not know it.
    pub password: bool,
    /// Approval, before the customer signs in.
    pub approval: bool,
}

impl Accounts {
    /// Checks an account as its creation would, and stores nothing.
    pub async fn validate(&self, message: &proto::NewAccount, email: Option<&Email>) -> Result<(), Error> {
        let (database, new) = (&self.tools.database, NewAccount::parse(message, email, &self.tools.policy)?);
        if let Some(username) = &new.username
            && (store::account::is_username_taken(database, username).await?
                || store::username::is_retired(database, &self.tools.usernames.hashes(username)).await?)
        {
            return Err(username_taken());
        }
        Ok(())
    }

    /// Creates the account of a customer that is not yet visible, once however often it is asked for. The password may be
    /// missing in all but the first call, though the account shall have one.
    ///
    /// Whether the customer must be approved is decided before the creation begins, and every step of it is told the same: there is no
    /// moment in which an account is active and its customer in a group that requires approval.
    pub async fn create_pending(
        &self,
        customer: CustomerId,
        new: NewAccount,
        email: Option<Email>,
        needs: Needs,
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let database = &self.tools.database;
        if store::account::find_any(database, customer).await?.is_some() {
            return Ok(());
        }
        if needs.password && new.password.is_none() {
            return Err(Error::State {
                rule: "PASSWORD_LOST",
                subject: customer.resource_name(),
                description: "the password is known no more, and no account was created with it",
            });
        }
        let (account, hash) = self.prepare(customer, new, needs.approval, context).await?;
        let Some(mut pending) = self.tools.ledger.open_pending(&[(customer, 1)]).await? else {
            return Ok(());
        };
        let account = Account { version: reference::FIRST, ..account };
        insert(&mut pending, &self.tools.usernames, &account, (hash.as_ref(), email.as_ref())).await?;
        let snapshot = account.snapshot();
        Ok(pending.conclude(&[InitialResources { resources: vec![account], snapshot, context }]).await?)
    }

    /// A new account with the hash of its password, but for its version.
    pub(super) async fn prepare(
        &self,
        customer: CustomerId,
        new: NewAccount,
        approval_needed: bool,
        context: &ChangeContext,
    ) -> Result<(Account, Option<Hash>), Error> {
        let now = self.tools.clock.now();
        let hash = match &new.password {
            Some(password) => Some(self.tools.hasher.hash(password).await?),
            None => None,
        };
        // Who typed it for the customer knows it.
        let given_by =
            hash.is_some().then(|| context.actor.clone()).filter(|actor| actor.starts_with("staff/"));
        let standing = Standing::new(approval_needed);
        let account = Account {
            customer,
            username: new.username,
            standing,
            status_reason: None,
            waiting_since: (standing.status == Status::PendingApproval).then_some(now),
            revoked: false,
            password_set_at: hash.as_ref().map(|_| now),
            password_temporary: given_by.is_some(),
            password_given_by: given_by,
            version: 0,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        };
        Ok((account, hash))
    }
}
