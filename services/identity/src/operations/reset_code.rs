use super::{account::Accounts, account_store::AccountStore};
use crate::{
    account::{Account, Code, Name, Status},
    error::Error,
    password::Password,
    store::{self, credential::Credential, reset_code::ResetCode},
    throttle::{Attempt, Tried},
    user::{User, UserKind},
};
use patron_chassis::{principal::Scope, status::Problem};
use patron_ledger::change::{Caller, Changed, Next};
use patron_proto::event::v1::ChangeContext;
use std::{net::IpAddr, time::Duration};
use time::OffsetDateTime;

/// How long a code is good for. Source: the project's decisions; OWASP Forgot Password Cheat Sheet.
const LIFE: Duration = Duration::from_mins(10);

impl Accounts {
    /// A one-time code with which a customer sets a new password; it replaces an earlier code. Whoever reads it out could use it, so history
    /// keeps who that was.
    pub async fn create_reset_code(
        &self,
        name: Name,
        caller: &Caller,
    ) -> Result<Changed<(Code, OffsetDateTime)>, Error> {
        let (code, expires_at) = (Code::generate()?, self.tools.clock.now() + LIFE);
        let stored = ResetCode { customer: name.0, given_by: caller.context.actor.clone() };
        // The account itself stays as it is.
        let create = |old: &Account, next: Next| match old.standing.status {
            Status::Active => Ok(Some(Account { version: next.version, ..old.clone() })),
            _ => Err(Error::State {
                rule: "ACCOUNT_NOT_ACTIVE",
                subject: name.to_string(),
                description: "the customer may not sign in, with a new password neither",
            }),
        };
        let hash = code.hash();
        let store = AccountStore::Code(&hash, stored, expires_at);
        let change = self.tools.ledger.change(caller);
        let changed = change.apply(&store, name, "account.reset_code_created", create).await?;
        Ok(Changed { result: (code, expires_at), consistency_tokens: changed.consistency_tokens })
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
        let customer = code.customer;
        let known = store::credential::find_of(database, User::Customer(customer)).await?;
        let known = known.ok_or(Error::WrongCredentials)?;
        known.admission.check()?;
        self.check(password, &known)?;
        let hash = self.tools.hasher.hash(password).await?;
        let reset = |old: &Account, next: Next| match old.standing.status {
            Status::Active => Ok(Some(Account {
                password_set_at: Some(next.at),
                password_temporary: false,
                password_given_by: Some(code.given_by.clone()),
                ..old.changed(next)
            })),
            Status::PendingApproval => Err(Error::PendingApproval),
            Status::PendingVerification | Status::Disabled => Err(Error::WrongCredentials),
        };
        // Nobody was known to call; who has the code is the customer.
        let context = ChangeContext {
            actor: customer.resource_name(),
            origin: UserKind::Customer.name().to_owned(),
            ..context
        };
        let caller = Caller::of_context(Scope::Own(customer), context, None);
        let store = AccountStore::Reset { hash: &hash, code_hash, throttle: &self.throttle, attempt };
        let change = self.tools.ledger.change(&caller);
        match change.apply(&store, Name(customer), "account.password_reset", reset).await {
            // Gone since the code was looked up.
            Err(Error::Problem(Problem::NotFound { .. })) => Err(Error::WrongCredentials),
            changed => changed.map(drop),
        }
    }

    /// Whether a customer known by these names can have the password.
    pub(super) fn check(&self, password: &Password, known: &Credential) -> Result<(), Problem> {
        let personal: Vec<&str> = known.names.iter().map(String::as_str).collect();
        let checked = self.tools.policy.check(UserKind::Customer, password, &personal);
        checked.map_err(|weakness| Problem::invalid("password", weakness.to_string()))
    }
}
