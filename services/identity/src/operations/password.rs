use super::{account_store::AccountStore, session::Sessions, sign_in::SignedIn, staff_store::StaffStore};
use crate::{
    account::{self, Account, Status},
    error::Error,
    password::{Hash, Password, Precedence, Seat, Verdict},
    session::{Secret, Session, revoke_sessions},
    staff::Staff,
    store,
    throttle::{Attempt, Tried},
    token::AccessToken,
    user::{Admission, User},
};
use patron_chassis::{pg::Transaction, status::Problem};
use patron_ledger::change::{Caller, Changed, Next};
use patron_values::id::SessionId;
use std::sync::OnceLock;
use time::OffsetDateTime;

impl Sessions {
    /// Replaces the password of `user`, who knows the old one, and ends all sessions but `id`.
    pub async fn change_password(
        &self,
        user: User,
        id: SessionId,
        (old, new): (&Password, &Password),
        caller: &Caller,
    ) -> Result<Changed<SignedIn>, Error> {
        let seat = self.tools.hasher.take_seat()?;
        let attempt = self.throttle.admit(Tried::Confirming(user), None).await?;
        let changed = match self.confirm(user, seat, old, new).await {
            Ok(Some(seen)) => self.replace_password(user, id, (&seen, new), &attempt, caller).await,
            Ok(None) => {
                self.throttle.fail(&attempt).await?;
                return Err(Problem::invalid("old_password", "is not the password").into());
            }
            Err(error) => Err(error),
        };
        if changed.is_err() {
            self.throttle.give_back(&attempt).await;
        }
        changed
    }

    /// Stores the new password in place of the one seen; the session goes on with a new secret, and the others end.
    async fn replace_password(
        &self,
        user: User,
        id: SessionId,
        (seen, new): (&Hash, &Password),
        attempt: &Attempt,
        caller: &Caller,
    ) -> Result<Changed<SignedIn>, Error> {
        let (hash, secret) = (self.tools.hasher.hash(new).await?, Secret::generate()?);
        let renewed = OnceLock::new();
        let chosen = ChosenPassword {
            sessions: self,
            user,
            id,
            seen,
            hash: &hash,
            secret: &secret,
            attempt,
            renewed: &renewed,
        };
        let change = self.tools.ledger.change(caller);
        let consistency_tokens = match user {
            User::Staff(staff) => {
                let next = |old: &Staff, next: Next| Ok(Some(old.changed(next)));
                change
                    .apply(&StaffStore::Chosen(chosen), staff, "staff.password_changed", next)
                    .await?
                    .consistency_tokens
            }
            User::Customer(customer) => {
                let next = |old: &Account, next: Next| match old.standing.status {
                    Status::Active => Ok(Some(Account {
                        password_set_at: Some(next.at),
                        password_temporary: false,
                        password_given_by: None,
                        ..old.changed(next)
                    })),
                    _ => Err(Error::WrongCredentials),
                };
                let (name, event) = (account::Name(customer), "account.password_changed");
                change.apply(&AccountStore::Chosen(chosen), name, event, next).await?.consistency_tokens
            }
        };
        let (session, token) = renewed.into_inner().ok_or(Error::WrongCredentials)?;
        Ok(Changed { result: SignedIn { session, secret, token }, consistency_tokens })
    }

    /// The hash of the old password, where the new one is good enough; `None` where the old one is wrong.
    async fn confirm(
        &self,
        user: User,
        seat: Seat,
        old: &Password,
        new: &Password,
    ) -> Result<Option<Hash>, Error> {
        let known = store::credential::find_of(&self.tools.database, user).await?;
        let known = known.filter(|credential| credential.admission == Admission::Open);
        let right = known.as_ref().and_then(|credential| credential.password.as_ref());
        let verdict = self.tools.hasher.verify(seat, Precedence::Known, old, right).await?;
        let (Some(known), Verdict::Right { .. }) = (known, verdict) else { return Ok(None) };
        let personal: Vec<&str> = known.names.iter().map(String::as_str).collect();
        if let Err(weakness) = self.tools.policy.check(user.kind(), new, &personal) {
            return Err(Problem::invalid("new_password", weakness.to_string()).into());
        }
        if old.is_same(new) {
            return Err(Problem::invalid("new_password", "is the old one").into());
        }
        Ok(known.password)
    }
}

/// A password that a user chooses who knows the one before, and what becomes of their sessions with it.
pub(super) struct ChosenPassword<'a> {
    sessions: &'a Sessions,
    user: User,
    /// The session that goes on.
    id: SessionId,
    /// What the one before was, when the user proved to know it.
    pub(super) seen: &'a Hash,
    pub(super) hash: &'a Hash,
    secret: &'a Secret,
    attempt: &'a Attempt,
    /// The session as it goes on.
    renewed: &'a OnceLock<(Session, AccessToken)>,
}

impl ChosenPassword<'_> {
    /// Ends the other sessions, once the password is stored. `epoch` is `None`, which fails, where the user was revoked or changed the
    /// password meanwhile.
    pub(super) async fn renew_session(
        &self,
        transaction: &mut Transaction,
        epoch: Option<i64>,
        at: OffsetDateTime,
    ) -> Result<(), Error> {
        let epoch = epoch.ok_or(Error::WrongCredentials)?;
        revoke_sessions(transaction, self.user, epoch, Some(self.id), at).await?;
        store::session::update_secret(transaction, self.id, &self.secret.hash()).await?;
        let session =
            store::session::find(&mut *transaction, self.user, self.id, self.sessions.live()).await?;
        let session = session.ok_or(Error::WrongCredentials)?;
        self.sessions.throttle.reset(transaction, self.attempt).await?;
        let token = self.sessions.tokens.issue(&session)?;
        self.renewed.get_or_init(|| (session, token));
        Ok(())
    }
}
