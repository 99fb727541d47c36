use super::session::Sessions;
use crate::{
    account,
    error::Error,
    password::{Hash, Password, Precedence, Seat, Verdict},
    session::{Device, Identifier, Name, Secret, Session, forgotten_at},
    store::{self, credential::Credential, session::NewSession},
    throttle::{Attempt, Tried},
    token::AccessToken,
    user::{Admission, User, UserKind},
};
use patron_chassis::{peer::Peer, pg::Transaction, principal::Scope};
use patron_ledger::{
    change::{Caller, Changed, Resource as _, ResourceName as _},
    inbox::ConsistencyToken,
    outbox::NewEvent,
};
use patron_proto::event::v1::ChangeContext;
use std::net::IpAddr;

/// Where somebody signs in, as far as is known.
#[derive(Debug)]
pub struct Origin {
    /// The address, by which attempts are slowed.
    pub address: Option<IpAddr>,
    /// What the session keeps.
    pub device: Device,
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
    /// Signs a user in, in place of the session that an earlier secret stands for, if any. An unknown
    /// user, a wrong password and a user who may not sign in get one answer in one time; who knows the password of an account that waits
    /// for approval is told that it does.
    pub async fn sign_in(
        &self,
        kind: UserKind,
        identifier: &Identifier,
        password: &Password,
        previous: Option<&Secret>,
        origin: &Origin,
        context: ChangeContext,
    ) -> Result<Changed<SignedIn>, Error> {
        let seat = self.tools.hasher.take_seat()?;
        let key = identifier.key();
        let found = store::credential::find(&self.tools.database, kind, &key).await?;
        let tried = match &found {
            Some(credential) => Tried::Account(credential.user),
            None => Tried::Nobody(kind, &key),
        };
        let attempt = self.throttle.admit(tried, origin.address).await?;
        let usable = found.filter(|credential| self.is_usable(credential));
        let signed_in = match self.prove(seat, usable, password, (&attempt, &origin.device), context).await {
            Ok(Some(proven)) => self.begin_in_place_of(previous, &proven).await,
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(Some(session)) => Ok(session),
            // Answered after it is counted: who gets no answer, guessed nothing.
            Ok(None) => self.throttle.fail(&attempt).await.and(Err(Error::WrongCredentials)),
            Err(error) => {
                self.throttle.give_back(&attempt).await;
                Err(error)
            }
        }
    }

    /// Compares the password with that of the user found; `None` where it is wrong or there is none.
    async fn prove<'a>(
        &self,
        seat: Seat,
        usable: Option<Credential>,
        password: &Password,
        (attempt, device): (&'a Attempt, &'a Device),
        context: ChangeContext,
    ) -> Result<Option<Proven<'a>>, Error> {
        let precedence = if attempt.is_known() { Precedence::Known } else { Precedence::Stranger };
        let right = usable.as_ref().and_then(|credential| credential.password.as_ref());
        let verdict = self.tools.hasher.verify(seat, precedence, password, right).await?;
        let (Some(credential), Verdict::Right { rehash }) = (usable, verdict) else { return Ok(None) };
        credential.admission.check()?;
        let (user, seen) = (credential.user, credential.password);
        Ok(Some(Proven { user, seen, rehash, attempt, device, context }))
    }

    /// Ends the session that the browser or device had before, whosever it was, and then begins the new one: what others may know of
    /// the old one is worth nothing from now on.
    async fn begin_in_place_of(
        &self,
        previous: Option<&Secret>,
        proven: &Proven<'_>,
    ) -> Result<Option<Changed<SignedIn>>, Error> {
        if let Some(secret) = previous {
            let context = proven.context("");
            let caller = Caller::of_context(Scope::All, context, None);
            self.end(secret, &caller).await?;
        }
        self.begin_resolved(proven).await
    }

    async fn begin_resolved(&self, proven: &Proven<'_>) -> Result<Option<Changed<SignedIn>>, Error> {
        match proven.user {
            User::Staff(_) => self.begin(proven).await,
            // Its creation may be done at profile and not yet known here.
            User::Customer(customer) => self.references.resolve(customer, || self.begin(proven)).await,
        }
    }

    fn is_usable(&self, credential: &Credential) -> bool {
        let now = self.tools.clock.now();
        let expired = credential.temporary
            && credential.set_at.is_none_or(|set_at| set_at + self.temporary_life <= now);
        credential.admission != Admission::Closed && !expired
    }

    /// Begins the session, unless the user changed since the password was looked at. It does not go through the ledger's changes: a
    /// sign-in has no scope, no request id and no etag.
    async fn begin(&self, proven: &Proven<'_>) -> Result<Option<Changed<SignedIn>>, Error> {
        let mut transaction = self.tools.database.begin().await?;
        let Some(version) = self.note_sign_in(&mut transaction, proven).await? else { return Ok(None) };
        let (id, now, secret) = (self.tools.ids.next(), self.tools.clock.now(), Secret::generate()?);
        let expires_at = now + self.settings.life(proven.user);
        let (secret_hash, device) = (&secret.hash(), proven.device);
        let new = NewSession { id, secret_hash, user: proven.user, expires_at, device };
        store::session::insert(&mut transaction, new, self.live(), forgotten_at(now)).await?;
        let session = store::session::find(&mut transaction, proven.user, id, self.live()).await?;
        let Some(session) = session else { return Ok(None) };
        self.throttle.reset(&mut transaction, proven.attempt).await?;
        let (event, context) = (created(&session, version), proven.context(&session.display_name));
        let signed_in = proven.user.customer().map(|customer| account::sign_in_event(customer, version, now));
        let events: Vec<NewEvent> = signed_in.into_iter().chain([event]).collect();
        let tokens = events.iter().map(|event| {
            let aggregate = event.aggregate.clone();
            ConsistencyToken { source: Peer::IDENTITY, aggregate, version }
        });
        let consistency_tokens = tokens.collect();
        self.tools.outbox.publish(&mut transaction, &context, now, events).await?;
        let token = self.tokens.issue(&session)?;
        transaction.commit().await?;
        Ok(Some(Changed { result: SignedIn { session, secret, token }, consistency_tokens }))
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

/// The sign-in, in the order of what happens to the user's sessions.
fn created(session: &Session, version: i64) -> NewEvent {
    let name: Name = session.name();
    let [kind, ..] = Session::EVENTS;
    NewEvent {
        aggregate: name.aggregate(),
        version,
        kind,
        customer: Session::concerned(name),
        resource: name.resource_name(),
        changes: Vec::new(),
        snapshot: None,
        subscribers: Session::SUBSCRIBERS,
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
    device: &'a Device,
    context: ChangeContext,
}

impl Proven<'_> {
    /// What history keeps of the sign-in: it is the user's own doing, though nobody was known to call.
    fn context(&self, display_name: &str) -> ChangeContext {
        ChangeContext {
            actor: self.user.resource_name(),
            actor_display_name: display_name.to_owned(),
            origin: self.user.kind().name().to_owned(),
            ..self.context.clone()
        }
    }
}
