use crate::{
    error::Error,
    session::{Name, Secret, Session, Settings, forgotten_at},
    store::{self, session::Live},
    throttle::Throttle,
    token::{AccessToken, Tokens},
    tools::Tools,
    user::User,
};
use patron_chassis::{peer::Peer, pg::Transaction, principal::Scope, status::Problem};
use patron_ledger::{
    change::{Caller, Changed, Locked, Resource, ResourceName, Store, Transition},
    reference::References,
};
use patron_proto::identity::v1 as proto;
use patron_values::id::{CustomerId, SessionId};
use std::time::Duration;
use uuid::Uuid;

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

    /// Ends a session.
    pub async fn delete(&self, name: Name, caller: &Caller) -> Result<Changed<()>, Error> {
        self.tools.ledger.change(caller).delete(self, name, "").await
    }

    /// Ends the session that a secret stands for, where it is live.
    pub(super) async fn end(&self, secret: &Secret, caller: &Caller) -> Result<(), Error> {
        let database = &self.tools.database;
        let found = store::session::find_by_secret(database, &secret.hash(), self.live()).await?;
        let Some(session) = found else { return Ok(()) };
        match self.delete(session.name(), caller).await {
            // Another was faster.
            Err(Error::Problem(Problem::NotFound { .. })) => Ok(()),
            ended => ended.map(drop),
        }
    }
}

impl ResourceName for Name {
    const KIND: &'static str = "session";

    fn id(self) -> Uuid {
        self.session.0
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { session: id.into(), ..self }
    }

    fn resource_name(self) -> String {
        SessionId::resource_name(self.session)
    }

    /// None, for customers too: the row of the user is locked instead, so that a sign-in waits for nothing else that happens to the customer.
    fn customer(self) -> Option<CustomerId> {
        None
    }

    fn aggregate(self) -> String {
        format!("{}/sessions", self.user.resource_name())
    }
}

impl Resource for Session {
    type Name = Name;
    type Message = proto::Session;

    const EVENTS: [&'static str; 3] = ["session.created", "session.updated", "session.deleted"];
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY];

    fn name(&self) -> Name {
        Name { user: self.user, session: self.id }
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn to_message(&self) -> proto::Session {
        self.into()
    }

    fn etag(_: &proto::Session) -> &'static str {
        ""
    }

    fn concerned(name: Name) -> Option<CustomerId> {
        name.user.customer()
    }
}

impl Store for Sessions {
    type Resource = Session;
    type Error = Error;

    /// Raises the version of the user's sessions. Gives the one before, to which the ledger adds one.
    async fn lock(&self, transaction: &mut Transaction, name: Name) -> Result<Option<i64>, sqlx::Error> {
        let next = match name.user {
            User::Staff(staff) => store::staff::raise_session_version(transaction, staff).await?,
            User::Customer(customer) => store::account::raise_session_version(transaction, customer).await?,
        };
        Ok(next.map(|next| next - 1))
    }

    async fn find(
        &self,
        transaction: &mut Transaction,
        name: Name,
        _: Scope,
    ) -> Result<Option<Session>, sqlx::Error> {
        store::session::find(transaction, name.user, name.session, self.live()).await
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Session>,
        _: &Caller,
    ) -> Result<Vec<Transition<Session>>, Error> {
        if let Transition::Deleted(old) = &transition {
            store::session::delete(locked, old.id).await?;
            let forgotten_at = forgotten_at(self.tools.clock.now());
            store::revocation::insert_session(locked, old.id, forgotten_at).await?;
        }
        Ok(vec![transition])
    }
}
