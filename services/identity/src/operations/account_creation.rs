use super::{
    account::Accounts,
    account_store::{Beside, insert, username_taken},
    security_answer::NOT_LISTED,
};
use crate::{
    account::{Account, NewAccount, Standing, Status},
    error::Error,
    password::Hash,
    store,
};
use patron_chassis::status::Problem;
use patron_ledger::{change::InitialResources, reference};
use patron_proto::{event::v1::ChangeContext, identity::v1 as proto};
use patron_values::{email::Email, id::CustomerId};

/// What the account of a new customer must have.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// A password, though this call may not know it.
    pub password: bool,
    /// The answer to its security question, though this call may not know it.
    pub security_answer: bool,
    /// Approval, before the customer signs in.
    pub approval: bool,
}

/// The field of a new account that names its security question.
const QUESTION: &str = "account.security_question";

/// A new account, and what is shown to nobody.
pub(super) struct Prepared {
    pub(super) account: Account,
    pub(super) password: Option<Hash>,
    /// To the security question.
    pub(super) answer: Option<Hash>,
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
        if let Some(chosen) = &new.security_answer
            && store::security_question::find(database, chosen.question).await?.is_none()
        {
            return Err(Problem::invalid(QUESTION, NOT_LISTED).into());
        }
        Ok(())
    }

    /// Creates the account of a customer that is not yet visible, once however often it is asked for. The password
    /// and the security answer may be missing in all but the first call, though the account shall have them.
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
        if needs.security_answer && new.security_answer.is_none() {
            return Err(Error::State {
                rule: "SECURITY_ANSWER_LOST",
                subject: customer.resource_name(),
                description: "the security answer is known no more, and no account was created with it",
            });
        }
        let prepared = self.prepare(customer, new, needs.approval, context).await?;
        let Some(mut pending) = self.tools.ledger.open_pending(&[(customer, 1)]).await? else {
            return Ok(());
        };
        let account = Account { version: reference::FIRST, ..prepared.account };
        let beside = Beside {
            password: prepared.password.as_ref(),
            email: email.as_ref(),
            answer: prepared.answer.as_ref(),
        };
        insert(&mut pending, &self.tools.usernames, &account, beside).await?;
        let snapshot = account.snapshot();
        Ok(pending.conclude(&[InitialResources { resources: vec![account], snapshot, context }]).await?)
    }

    /// A new account with the hashes of its secrets, but for its version.
    pub(super) async fn prepare(
        &self,
        customer: CustomerId,
        new: NewAccount,
        approval_needed: bool,
        context: &ChangeContext,
    ) -> Result<Prepared, Error> {
        let now = self.tools.clock.now();
        let chosen = self.choose(new.security_answer.as_ref(), QUESTION).await?;
        let (security_question, answer) = chosen.map(|it| (it.question, it.answer)).unzip();
        let hash = match &new.password {
            Some(password) => Some(self.tools.hasher.hash(password).await?),
            None => None,
        };
        // Who typed it for the customer knows it.
        let given_by =
            hash.is_some().then(|| context.actor.clone()).filter(|actor| actor.starts_with("staff/"));
        let standing = Standing::new(approval_needed, new.disabled);
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
            security_question,
            version: 0,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        };
        Ok(Prepared { account, password: hash, answer })
    }
}
