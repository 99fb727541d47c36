use super::account::{Accounts, not_found};
use crate::{
    account::{Account, Code, Status, event, resource_name},
    error::Error,
    password::Password,
    session::revoke_sessions,
    store::{self, credential::Credential, reset_code::ResetCode},
    throttle::{Attempt, Tried},
    user::{User, UserKind},
};
use patron_chassis::{principal::Scope, status::Problem};
use patron_ledger::{
    change::{Caller, Changed},
    reference,
};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::CustomerId;
use std::{net::IpAddr, time::Duration};
use time::OffsetDateTime;

/// How long a code is good for. Source: the project's decisions; OWASP Forgot Password Cheat Sheet.
const LIFE: Duration = Duration::from_mins(10);

impl Accounts {
    /// A one-time code with which a customer sets a new password, in place of the one before. What it is worth is known to whoever
    /// reads it out: history keeps who that was.
    pub async fn create_reset_code(
        &self,
        customer: CustomerId,
        by: &Caller,
    ) -> Result<Changed<(Code, OffsetDateTime)>, Error> {
        let created = self.references.resolve(customer, || self.try_create_reset_code(customer, by)).await?;
        created.ok_or_else(|| not_found(customer))
    }

    async fn try_create_reset_code(
        &self,
        customer: CustomerId,
        by: &Caller,
    ) -> Result<Option<Changed<(Code, OffsetDateTime)>>, Error> {
        let Some(mut opened) = self.open(customer, by).await? else { return Ok(None) };
        if opened.old.status != Status::Active {
            let description = "the customer may not sign in, with a new password neither";
            let subject = resource_name(customer);
            return Err(Error::State { rule: "ACCOUNT_NOT_ACTIVE", subject, description });
        }
        let (code, now) = (Code::generate()?, self.tools.clock.now());
        let expires_at = now + LIFE;
        let stored = ResetCode { customer, given_by: by.context.actor.clone() };
        store::reset_code::replace(&mut opened.transaction, &code.hash(), &stored, expires_at).await?;
        let new = Account { version: opened.version, ..opened.old.clone() };
        let closed = self.close(opened, "account.reset_code_created", new, by).await?;
        Ok(closed.map(|changed| Changed {
            result: (code, expires_at),
            consistency_tokens: changed.consistency_tokens,
        }))
    }

    /// Sets a new password with a one-time code, which is then used up, and ends every session. Signs nobody in.
    pub async fn reset_password(
        &self,
        code: &Code,
        password: &Password,
        address: Option<IpAddr>,
        context: ChangeContext,
    ) -> Result<(), Error> {
        let code_hash = code.hash();
        let attempt = self.throttle.admit(Tried::Code(&code_hash), address).await?;
        match self.try_reset_password(&code_hash, password, &attempt, context).await {
            Err(Error::WrongCredentials) => {
                self.throttle.fail(&attempt).await?;
                Err(Error::WrongCredentials)
            }
            Err(error) => {
                self.throttle.give_back(&attempt).await;
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    async fn try_reset_password(
        &self,
        code_hash: &[u8],
        password: &Password,
        attempt: &Attempt,
        context: ChangeContext,
    ) -> Result<(), Error> {
        let (database, now) = (&self.tools.database, self.tools.clock.now());
        let code = store::reset_code::find(database, code_hash, now).await?.ok_or(Error::WrongCredentials)?;
        let known = store::credential::find_of(database, User::Customer(code.customer)).await?;
        let known = known.filter(|it| it.may_sign_in).ok_or(Error::WrongCredentials)?;
        self.check(password, &known)?;
        let hash = self.tools.hasher.hash(password).await?;

        let customer = code.customer;
        let mut transaction = database.begin().await?;
        let version = reference::lock(&mut transaction, customer, Scope::Own(customer)).await?;
        let old = store::account::find(&mut transaction, customer, Scope::All).await?;
        let (Some(version), Some(old)) = (version, old) else { return Err(Error::WrongCredentials) };
        let used = store::reset_code::delete(&mut transaction, code_hash, now).await?;
        if !used || old.status != Status::Active {
            return Err(Error::WrongCredentials);
        }
        let new = Account {
            password_set_at: Some(now),
            password_temporary: false,
            password_given_by: Some(code.given_by),
            version,
            updated_at: now,
            ..old.clone()
        };
        let epoch = store::account::update_password(&mut transaction, &new, &hash).await?;
        revoke_sessions(&mut transaction, User::Customer(customer), epoch, None, now).await?;
        self.throttle.reset(&mut transaction, attempt).await?;
        let context = ChangeContext {
            actor: customer.resource_name(),
            origin: UserKind::Customer.name().to_owned(),
            ..context
        };
        let event = event("account.password_reset", Some(&old), &new);
        self.tools.outbox.publish(&mut transaction, &context, now, vec![event]).await?;
        Ok(transaction.commit().await?)
    }

    /// Whether a customer known by these names can have the password.
    pub(super) fn check(&self, password: &Password, known: &Credential) -> Result<(), Problem> {
        let personal: Vec<&str> = known.names.iter().map(String::as_str).collect();
        let checked = self.tools.policy.check(UserKind::Customer, password, &personal);
        checked.map_err(|weakness| Problem::invalid("password", weakness.to_string()))
    }
}
