//! How accounts are stored in a change.

use super::password::ChosenPassword;
use crate::{
    account::{Account, Name, Standing, Status},
    error::Error,
    password::Hash,
    session::revoke_sessions,
    store::{self, reset_code::ResetCode},
    throttle::{Attempt, Throttle},
    user::User,
    username::Keys,
};
use patron_chassis::{
    peer::Peer,
    pg::{self, Transaction},
    principal::Scope,
    status::Problem,
};
use patron_ledger::change::{Caller, Locked, Resource, ResourceName, Store, Transition};
use patron_proto::{event::v1::event::Snapshot, identity::v1 as proto};
use patron_values::{email::Email, id::CustomerId};
use time::OffsetDateTime;
use uuid::Uuid;

impl ResourceName for Name {
    const KIND: &'static str = "account";

    fn id(self) -> Uuid {
        self.0.0
    }

    fn with_id(self, id: Uuid) -> Self {
        Self(id.into())
    }

    fn resource_name(self) -> String {
        self.to_string()
    }

    fn customer(self) -> Option<CustomerId> {
        Some(self.0)
    }

    fn aggregate(self) -> String {
        self.to_string()
    }
}

impl Resource for Account {
    type Name = Name;
    type Message = proto::Account;

    const EVENTS: [&'static str; 3] = ["account.created", "account.updated", "account.deleted"];
    /// History, and the record that can be found by username and status.
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY, Peer::PROFILE];

    fn name(&self) -> Name {
        Name(self.customer)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::Account {
        self.into()
    }

    fn etag(message: &proto::Account) -> &str {
        &message.etag
    }
}

/// Stores accounts, with what each kind of change writes besides.
pub(super) enum AccountStore<'a> {
    /// A new one.
    Creation {
        /// Of its first password.
        hash: Option<&'a Hash>,
        /// The customer's, as of a version of the reference.
        email: Option<&'a Email>,
        as_of: i64,
        usernames: &'a Keys,
        /// Of the answer to its security question.
        answer: Option<&'a Hash>,
    },
    /// Whether the customer may sign in.
    Standing,
    /// A password that staff set.
    SetByStaff(&'a Hash),
    /// A one-time code with this hash, and when it ends.
    Code(&'a [u8], ResetCode, OffsetDateTime),
    /// A password that the customer sets with a one-time code, which is used up.
    Reset { hash: &'a Hash, code_hash: &'a [u8], throttle: &'a Throttle, attempt: &'a Attempt },
    /// The answer to a security question, or none.
    SecurityAnswer(Option<&'a Hash>),
    /// A right answer, after which wrong ones are counted from the start.
    Verified { throttle: &'a Throttle, attempt: &'a Attempt },
    /// No further wait after wrong passwords.
    Unlocked(&'a Throttle),
    /// Nothing: history alone says what was done.
    Unchanged,
    /// A password that the customer, who knows the one before, chooses.
    Chosen(ChosenPassword<'a>),
}

impl Store for AccountStore<'_> {
    type Resource = Account;
    type Error = Error;

    async fn find(
        &self,
        transaction: &mut Transaction,
        name: Name,
        scope: Scope,
    ) -> Result<Option<Account>, sqlx::Error> {
        store::account::find(transaction, name.0, scope).await
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Account>,
        _: &Caller,
    ) -> Result<Vec<Transition<Account>>, Error> {
        let transition = match (transition, self) {
            (Transition::Created(new), Self::Creation { hash, email, as_of, usernames, answer }) => {
                if store::account::reference_version(locked, new.customer).await? > *as_of {
                    // The email may have changed since profile was asked.
                    return Err(Problem::Unavailable.into());
                }
                let mut new = Account { version: locked.version(), ..new };
                if store::approval::is_asked(locked, new.customer).await? {
                    let disabled = new.standing.status == Status::Disabled;
                    new.standing = Standing::new(true, disabled);
                    new.waiting_since = (!disabled).then_some(new.created_at);
                }
                insert(locked, usernames, &new, Beside { password: *hash, email: *email, answer: *answer })
                    .await?;
                Transition::Created(new)
            }
            (Transition::Updated(old, new), write) => {
                write.update(locked, &new).await?;
                Transition::Updated(old, new)
            }
            (Transition::Created(_) | Transition::Deleted(_), _) => {
                return Err(
                    Problem::internal("accounts begin by a creation, and end with their customers").into()
                );
            }
        };
        Ok(vec![transition])
    }

    async fn snapshot(&self, locked: &mut Locked, name: Name) -> Result<Option<Snapshot>, Error> {
        let account = store::account::find_any(&mut **locked, name.0).await?;
        Ok(account.map(|account| account.snapshot()))
    }
}

impl AccountStore<'_> {
    async fn update(&self, locked: &mut Locked, new: &Account) -> Result<(), Error> {
        let (customer, now) = (new.customer, new.updated_at);
        let ended = match self {
            Self::Creation { .. } => return Err(Problem::internal("an account is created once").into()),
            Self::Standing => {
                let ends = new.standing.status != Status::Active;
                let epoch = store::account::update_standing(locked, new, i64::from(ends)).await?;
                ends.then_some(epoch)
            }
            Self::SetByStaff(hash) => {
                store::reset_code::delete_of(locked, customer).await?;
                store::account::update_password(locked, new, hash, None).await?
            }
            Self::Code(code_hash, code, expires_at) => {
                store::reset_code::replace(locked, code_hash, code, *expires_at).await?;
                None
            }
            Self::Reset { hash, code_hash, throttle, attempt } => {
                if !store::reset_code::delete(locked, code_hash, now).await? {
                    return Err(Error::WrongCredentials);
                }
                throttle.reset(locked, attempt).await?;
                store::account::update_password(locked, new, hash, None).await?
            }
            Self::SecurityAnswer(answer) => {
                store::account::update_security_answer(locked, new, *answer).await?;
                None
            }
            Self::Verified { throttle, attempt } => {
                throttle.reset(locked, attempt).await?;
                None
            }
            Self::Unlocked(throttle) => {
                throttle.unlock(locked, User::Customer(customer)).await?;
                None
            }
            Self::Unchanged => None,
            Self::Chosen(chosen) => {
                store::reset_code::delete_of(locked, customer).await?;
                let epoch =
                    store::account::update_password(locked, new, chosen.hash, Some(chosen.seen)).await?;
                return chosen.renew_session(locked, epoch, now).await;
            }
        };
        if let Some(epoch) = ended {
            revoke_sessions(locked, User::Customer(customer), epoch, None, now).await?;
        }
        Ok(())
    }
}

/// What it means that a username is another's, or was.
pub(super) fn username_taken() -> Error {
    Error::Taken { kind: "account", field: "account.username" }
}

/// What is stored with a new account and shown to nobody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    pub(super) password: Option<&'a Hash>,
    pub(super) email: Option<&'a Email>,
    /// To the security question.
    pub(super) answer: Option<&'a Hash>,
}

/// Stores a new account.
pub(super) async fn insert(
    transaction: &mut Transaction,
    usernames: &Keys,
    account: &Account,
    Beside { password, email, answer }: Beside<'_>,
) -> Result<(), Error> {
    let stored = store::account::insert(transaction, account, password, email, answer).await;
    stored.map_err(|error| match pg::constraint(&error) {
        Some("account_pkey") => Error::Taken { kind: "account", field: "parent" },
        Some("account_username_key_key") => username_taken(),
        _ => error.into(),
    })?;
    // Looked for afterwards: storing it has waited for the end of who had the name until now.
    if let Some(username) = &account.username
        && store::username::is_retired(transaction, &usernames.hashes(username)).await?
    {
        return Err(username_taken());
    }
    Ok(())
}
