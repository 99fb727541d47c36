use super::{session::Sessions, sign_in::SignedIn};
use crate::{
    account,
    error::Error,
    password::{Hash, Password, Precedence, Seat, Verdict},
    session::{Secret, revoke_sessions},
    store,
    throttle::{Attempt, Tried},
    user::User,
};
use patron_chassis::{peer::Peer, pg::Transaction, principal::Scope, status::Problem};
use patron_ledger::{
    change::{self, Changed},
    inbox::ConsistencyToken,
    outbox::NewEvent,
    reference,
};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::SessionId;

impl Sessions {
    /// Replaces the password of `user`, who knows the old one, and ends all sessions but `id`.
    pub async fn change_password(
        &self,
        user: User,
        id: SessionId,
        (old, new): (&Password, &Password),
        context: &ChangeContext,
    ) -> Result<Changed<SignedIn>, Error> {
        let seat = self.tools.hasher.take_seat()?;
        let attempt = self.throttle.admit(Tried::Confirming(user), None).await?;
        let changed = match self.confirm(user, seat, old, new).await {
            Ok(Some(seen)) => self.replace_password(user, id, (&seen, new), &attempt, context).await,
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
        context: &ChangeContext,
    ) -> Result<Changed<SignedIn>, Error> {
        let (hash, secret) = (self.tools.hasher.hash(new).await?, Secret::generate()?);
        let mut transaction = self.tools.database.begin().await?;
        let stored = self.store_password(&mut transaction, user, seen, &hash).await?;
        // Nothing is stored where the user was revoked or changed the password elsewhere meanwhile.
        let (event, epoch) = stored.ok_or(Error::WrongCredentials)?;
        let now = self.tools.clock.now();
        revoke_sessions(&mut transaction, user, epoch, Some(id), now).await?;
        store::session::update_secret(&mut transaction, id, &secret.hash()).await?;
        let session = store::session::find(&mut transaction, user, id, self.live()).await?;
        let session = session.ok_or(Error::WrongCredentials)?;
        self.throttle.reset(&mut transaction, attempt).await?;
        let consistency_token = ConsistencyToken {
            source: Peer::IDENTITY,
            aggregate: event.aggregate.clone(),
            version: event.version,
        };
        if let User::Staff(staff) = user {
            change::note_version(&mut transaction, staff.0, event.version, &context.actor, now).await?;
        }
        self.tools.outbox.publish(&mut transaction, context, now, vec![event]).await?;
        let token = self.tokens.issue(&session)?;
        transaction.commit().await?;
        Ok(Changed::to(SignedIn { session, secret, token }, consistency_token))
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
        let known = known.filter(|credential| credential.may_sign_in);
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

    /// Stores the new hash in place of the one seen; gives the event and the user's new epoch.
    async fn store_password(
        &self,
        transaction: &mut Transaction,
        user: User,
        seen: &Hash,
        hash: &Hash,
    ) -> Result<Option<(NewEvent, i64)>, Error> {
        let now = self.tools.clock.now();
        match user {
            User::Staff(staff) => {
                let replaced = store::staff::replace_password(transaction, staff, seen, hash, now).await?;
                Ok(replaced.map(|stored| {
                    (crate::staff::event("staff.password_changed", staff, stored.version), stored.epoch)
                }))
            }
            User::Customer(customer) => {
                let Some(version) = reference::lock(transaction, customer, Scope::Own(customer)).await?
                else {
                    return Ok(None);
                };
                let Some(old) = store::account::find(&mut *transaction, customer, Scope::All).await? else {
                    return Ok(None);
                };
                store::reset_code::delete_of(&mut *transaction, customer).await?;
                let epoch =
                    store::account::replace_password(transaction, customer, seen, hash, version, now).await?;
                let new = account::Account {
                    password_temporary: false,
                    password_given_by: None,
                    version,
                    ..old.clone()
                };
                Ok(epoch.map(|epoch| (account::event("account.password_changed", Some(&old), &new), epoch)))
            }
        }
    }
}
