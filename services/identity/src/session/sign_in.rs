use super::{Secret, Session, Sessions, changes::session_event};
use crate::{
    error::Error,
    password::{Hash, Password, Verdict},
    store::{self, credential::Credential},
    throttle::Attempt,
    token::AccessToken,
    user::{User, UserKind},
};
use patron_chassis::{
    change::Changed,
    consumer::Position,
    value::{email::Email, fold, id::SessionId, username::Username},
};
use patron_proto::event::v1::ChangeContext;
use sqlx::PgConnection;

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
        self.throttle.admit(attempt).await?;
        let pool = self.tools.database.pool();
        let found = store::credential::find(pool, kind, &identifier.key()).await?;
        let usable = found.filter(|credential| self.is_usable(credential));
        let right = usable.as_ref().and_then(|credential| credential.password.as_ref());
        let verdict = self.tools.hasher.verify(password, right).await?;
        let (Some(credential), Verdict::Right { rehash }) = (usable, verdict) else {
            return Err(Error::WrongCredentials);
        };
        let begin = Begin { user: credential.user, seen: credential.password, rehash, attempt, context };
        let begun = match credential.user {
            User::Staff(_) => self.begin(&begin).await?,
            // Its creation may be done at profile and not yet known here.
            User::Customer(customer) => self.references.resolve(customer, async || self.begin(&begin).await).await?,
        };
        begun.ok_or(Error::WrongCredentials)
    }

    fn is_usable(&self, credential: &Credential) -> bool {
        let now = self.tools.clock.now();
        let expired = credential.temporary
            && credential.set_at.is_none_or(|set_at| set_at + self.temporary_life <= now);
        credential.may_sign_in && !expired
    }

    /// Stores the session, unless the user changed since the password was looked at.
    async fn begin(&self, begin: &Begin<'_>) -> Result<Option<Changed<SignedIn>>, Error> {
        let id = self.tools.ids.next();
        let secret = Secret::generate()?;
        let work = async |transaction: &mut PgConnection| {
            let Some(version) = self.note_sign_in(transaction, begin).await? else { return Ok(None) };
            let Some((session, position)) = self.insert(transaction, begin, id, &secret, version).await? else {
                return Ok(None);
            };
            self.throttle.forgive(transaction, begin.attempt).await?;
            let token = self.tokens.issue(&session)?;
            Ok::<_, Error>(Some(Changed::to(SignedIn { session, secret: secret.clone(), token }, position)))
        };
        self.tools.database.change(work).await
    }

    async fn note_sign_in(&self, transaction: &mut PgConnection, begin: &Begin<'_>) -> Result<Option<i64>, sqlx::Error> {
        let Some(seen) = &begin.seen else { return Ok(None) };
        let now = self.tools.clock.now();
        match begin.user {
            User::Staff(staff) => {
                store::staff::note_sign_in(transaction, staff, seen, begin.rehash.as_ref(), now).await
            }
            User::Customer(customer) => {
                store::account::note_sign_in(transaction, customer, seen, begin.rehash.as_ref(), now).await
            }
        }
    }

    async fn insert(
        &self,
        transaction: &mut PgConnection,
        begin: &Begin<'_>,
        id: SessionId,
        secret: &Secret,
        version: i64,
    ) -> Result<Option<(Session, Position)>, Error> {
        let now = self.tools.clock.now();
        let expires_at = now + self.settings.life(begin.user);
        store::session::insert(transaction, id, &secret.hash(), begin.user, now, expires_at).await?;
        let live = self.live();
        let Some(session) = store::session::find(&mut *transaction, begin.user, id, live).await? else { return Ok(None) };
        let (draft, position) = session_event("session.created", begin.user, id, version);
        let context = ChangeContext {
            actor: begin.user.resource_name(),
            actor_display_name: session.display_name.clone(),
            origin: begin.user.kind().name().to_owned(),
            ..begin.context.clone()
        };
        self.tools.outbox.write(transaction, &context, now, None, vec![draft]).await?;
        Ok(Some((session, position)))
    }
}

/// A session about to begin.
struct Begin<'a> {
    user: User,
    /// The hash that the password was compared with.
    seen: Option<Hash>,
    /// The hash to keep from now on, where it is another.
    rehash: Option<Hash>,
    attempt: &'a Attempt,
    context: ChangeContext,
}
