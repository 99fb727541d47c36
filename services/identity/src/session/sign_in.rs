use super::{Secret, Session, Sessions, changes::session_event};
use crate::{
    error::Error,
    password::{Hash, Password, Verdict},
    store::{self, credential::Credential},
    throttle::Attempt,
    token::AccessToken,
    user::{User, UserKind},
};
use patron_chassis::pg::Transaction;
use patron_ledger::change::Changed;
use patron_proto::event::v1::ChangeContext;
use patron_values::{email::Email, fold, username::Username};

/// What a user types to say who they are.
#[derive(Debug, Clone)]
pub struct Identifier(String);

impl Identifier {
    /// A username or an email. One that can be neither is nobody's.
    pub fn new(typed: &str) -> Self {
        Self(typed.to_owned())
    }

    /// The form it is stored in. A username holds no `@`, so it can be taken for no email.
    fn key(&self) -> String {
        let email = Email::parse(&self.0).map(|email| email.key());
        let key = email.or_else(|_| Username::parse(&self.0).map(|username| username.key()));
        key.unwrap_or_else(|_| fold::identity(&self.0))
    }
}

/// A new session with all that its user gets.
#[derive(Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// What stands for it.
    pub secret: Secret,
    /// A token for calls.
    pub token: AccessToken,
}

impl Sessions {
    /// Signs a user in. An unknown user, a wrong password and a user who may not sign in get one answer in one time.
    pub async fn sign_in(
        &self,
        kind: UserKind,
        identifier: &Identifier,
        password: &Password,
        attempt: &Attempt,
        context: ChangeContext,
    ) -> Result<Changed<SignedIn>, Error> {
        let place = self.tools.hasher.take_place()?;
        self.throttle.admit(attempt).await?;
        let database = &self.tools.database;
        let found = store::credential::find(database, kind, &identifier.key()).await?;
        let usable = found.filter(|credential| self.is_usable(credential));
        let right = usable.as_ref().and_then(|credential| credential.password.as_ref());
        let verdict = self.tools.hasher.verify(place, password, right).await?;
        let (Some(credential), Verdict::Right { rehash }) = (usable, verdict) else {
            return Err(Error::WrongCredentials);
        };
        let proven = Proven { user: credential.user, seen: credential.password, rehash, attempt, context };
        let session = match credential.user {
            User::Staff(_) => self.begin(&proven).await?,
            // Its creation may be done at profile and not yet known here.
            User::Customer(customer) => self.references.resolve(customer, || self.begin(&proven)).await?,
        };
        session.ok_or(Error::WrongCredentials)
    }

    fn is_usable(&self, credential: &Credential) -> bool {
        let now = self.tools.clock.now();
        let expired = credential.temporary
            && credential.set_at.is_none_or(|set_at| set_at + self.temporary_life <= now);
        credential.may_sign_in && !expired
    }

    /// Begins the session, unless the user changed since the password was looked at.
    async fn begin(&self, proven: &Proven<'_>) -> Result<Option<Changed<SignedIn>>, Error> {
        let mut transaction = self.tools.database.begin().await?;
        let Some(version) = self.note_sign_in(&mut transaction, proven).await? else { return Ok(None) };
        let (id, now, secret) = (self.tools.ids.next(), self.tools.clock.now(), Secret::generate()?);
        let expires_at = now + self.settings.life(proven.user);
        store::session::insert(&mut transaction, id, &secret.hash(), proven.user, now, expires_at).await?;
        let session = store::session::find(&mut transaction, proven.user, id, self.live()).await?;
        let Some(session) = session else { return Ok(None) };
        self.throttle.forgive(&mut transaction, proven.attempt).await?;
        let (event, consistency_token) = session_event("session.created", proven.user, id, version);
        let context = proven.context(&session);
        self.tools.outbox.publish(&mut transaction, &context, now, vec![event]).await?;
        let token = self.tokens.issue(&session)?;
        transaction.commit().await?;
        Ok(Some(Changed::to(SignedIn { session, secret, token }, consistency_token)))
    }

    /// Locks the user, and gives the next version of its sessions.
    async fn note_sign_in(
        &self,
        transaction: &mut Transaction,
        proven: &Proven<'_>,
    ) -> Result<Option<i64>, sqlx::Error> {
        let Some(seen) = &proven.seen else { return Ok(None) };
        let (rehash, now) = (proven.rehash.as_ref(), self.tools.clock.now());
        match proven.user {
            User::Staff(staff) => store::staff::note_sign_in(transaction, staff, seen, rehash, now).await,
            User::Customer(customer) => {
                store::account::note_sign_in(transaction, customer, seen, rehash, now).await
            }
        }
    }
}

/// A user who knew the password.
struct Proven<'a> {
    user: User,
    /// The hash that the password was compared with.
    seen: Option<Hash>,
    /// The hash to keep from now on, where it is another.
    rehash: Option<Hash>,
    attempt: &'a Attempt,
    context: ChangeContext,
}

impl Proven<'_> {
    /// What history keeps of the sign-in: it is the user's own doing, though nobody was known to call.
    fn context(&self, session: &Session) -> ChangeContext {
        ChangeContext {
            actor: self.user.resource_name(),
            actor_display_name: session.display_name.clone(),
            origin: self.user.kind().name().to_owned(),
            ..self.context.clone()
        }
    }
}
