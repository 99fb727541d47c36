use crate::{
    error::Error,
    session::{Secret, Session, Settings, forgotten_at},
    store::{self, session::Live},
    throttle::Throttle,
    token::{AccessToken, Tokens},
    tools::Tools,
    user::User,
};
use patron_chassis::{peer::Peer, pg::Transaction};
use patron_ledger::{change::Changed, inbox::ConsistencyToken, outbox::NewEvent, reference::References};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::SessionId;
use std::time::Duration;

/// Who subscribes to sign-ins and sign-outs: history.
const SUBSCRIBERS: &[Peer] = &[Peer::ACTIVITY];

/// Begins, goes on with and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    /// What changes are made with.
    pub tools: Tools,
    /// Slows guessing.
    pub throttle: Throttle,
    /// Makes tokens.
    pub tokens: Tokens,
    /// Finds customers of whom there is no event here yet.
    pub references: References,
    /// How long sessions last.
    pub settings: Settings,
    /// How long a password that someone else has set is good for.
    pub temporary_life: Duration,
}

impl Sessions {
    /// Which sessions are live at this moment.
    pub fn live(&self) -> Live {
        let now = self.tools.clock.now();
        Live { now, idle: self.settings.idle(now) }
    }

    /// A new token for the holder of a secret; the session then counts as used.
    pub async fn refresh(&self, secret: &Secret) -> Result<(Session, AccessToken), Error> {
        let database = &self.tools.database;
        let session = store::session::find_by_secret(database, &secret.hash(), self.live()).await?;
        let session = session.ok_or(Error::WrongCredentials)?;
        let token = self.tokens.issue(&session)?;
        Ok((session, token))
    }

    /// Ends a session of `user`.
    pub async fn delete(
        &self,
        user: User,
        id: SessionId,
        context: &ChangeContext,
    ) -> Result<Changed<()>, Error> {
        let mut transaction = self.tools.database.begin().await?;
        // The user before the session, as everyone locks them.
        let version = raise_session_version(&mut transaction, user).await?;
        let (Some(version), true) = (version, store::session::delete(&mut transaction, user, id).await?)
        else {
            return Err(Error::NotFound { kind: "session", name: id.resource_name() });
        };
        let now = self.tools.clock.now();
        store::revocation::insert_session(&mut transaction, id, forgotten_at(now)).await?;
        let (event, consistency_token) = session_event("session.deleted", user, id, version);
        self.tools.outbox.publish(&mut transaction, context, now, vec![event]).await?;
        transaction.commit().await?;
        Ok(Changed::to((), consistency_token))
    }
}

/// The next version of a user's sessions, whose row is then locked.
async fn raise_session_version(
    transaction: &mut Transaction,
    user: User,
) -> Result<Option<i64>, sqlx::Error> {
    match user {
        User::Staff(staff) => store::staff::raise_session_version(transaction, staff).await,
        User::Customer(customer) => store::account::raise_session_version(transaction, customer).await,
    }
}

/// What happened to a session, published in order for each user.
pub(super) fn session_event(
    kind: &'static str,
    user: User,
    id: SessionId,
    version: i64,
) -> (NewEvent, ConsistencyToken) {
    let aggregate = format!("{}/sessions", user.resource_name());
    let event = NewEvent {
        aggregate: aggregate.clone(),
        version,
        kind,
        customer: user.customer(),
        resource: id.resource_name(),
        changes: Vec::new(),
        snapshot: None,
        subscribers: SUBSCRIBERS,
    };
    (event, ConsistencyToken { source: Peer::IDENTITY, aggregate, version })
}
