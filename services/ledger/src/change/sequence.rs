use super::{
    Caller, Changed, Locked, NameOf, Next, Resource, ResourceName as _, Store, Transition,
    edit::{self, Written},
};
use crate::{
    Ledger,
    idempotency::Seen,
    reference::{self, FIRST},
};
use patron_chassis::status::Problem;
use patron_values::field_mask::FieldMask;
use uuid::Uuid;

/// Changes resources for one caller.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) caller: &'a Caller,
    /// An etag, and the fields that `apply` writes.
    seen: Option<(&'a str, &'a [&'static str])>,
}

/// What became of a resource: its state, or nothing where it was deleted.
pub(super) type Outcome<S> = Result<Changed<Option<<S as Store>::Resource>>, <S as Store>::Error>;

/// A resource that a caller wants to go.
#[derive(Debug)]
pub enum Deletion<R> {
    /// There is none that the caller sees.
    Absent,
    /// The same request came before.
    Replayed,
    /// It is locked and may go.
    Opened(Locked, R),
}

impl<'a> Change<'a> {
    pub(crate) fn new(ledger: &'a Ledger, caller: &'a Caller) -> Self {
        Self { ledger, caller, seen: None }
    }

    /// The same, which fails with ABORTED where one of `fields` changed since `etag`. An empty etag checks nothing.
    #[must_use]
    pub fn unless_changed_since(self, etag: &'a str, fields: &'a [&'static str]) -> Self {
        Self { seen: Some((etag, fields)), ..self }
    }

    /// Creates a resource. NOT_FOUND where its customer is not visible to the caller.
    pub async fn create<S: Store>(
        &self,
        store: &S,
        new: S::Resource,
    ) -> Result<Changed<S::Resource>, S::Error> {
        let name = new.name();
        let created = self.resolve(name, || self.try_create(store, new.clone())).await?;
        let absent = || match name.customer() {
            Some(customer) => Problem::not_found("customer", customer.resource_name()),
            None => not_found(name),
        };
        created.map(present).ok_or_else(absent)?
    }

    async fn try_create<S: Store>(
        &self,
        store: &S,
        new: S::Resource,
    ) -> Result<Option<Changed<Option<S::Resource>>>, S::Error> {
        let name = new.name();
        let mut transaction = self.ledger.database().begin().await?;
        let version = match name.customer() {
            Some(customer) => reference::lock(&mut transaction, customer, self.caller.scope).await?,
            None => Some(FIRST),
        };
        let Some(version) = version else { return Ok(None) };
        let mut locked = Locked { transaction, version };
        if let Some(earlier) = self.replayed(&mut locked, name.id()).await? {
            let name = name.with_id(earlier);
            let known = store.find(&mut locked, name, self.caller.scope).await?;
            return Ok(Some(Changed::nothing(Some(known.ok_or_else(|| not_found(name))?))));
        }
        self.conclude(store, locked, Transition::Created(new), None).await.map(Some)
    }

    /// Writes the fields that the mask names. ABORTED where one of them changed since the etag of `wanted`.
    pub async fn update<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
        wanted: &<S::Resource as Resource>::Message,
        mask: &FieldMask,
    ) -> Result<Changed<S::Resource>, S::Error> {
        let updated = self.resolve(name, || self.try_update(store, name, wanted, mask)).await?;
        updated.map(present).ok_or_else(|| not_found(name))?
    }

    async fn try_update<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
        wanted: &<S::Resource as Resource>::Message,
        mask: &FieldMask,
    ) -> Result<Option<Changed<Option<S::Resource>>>, S::Error> {
        let Some((mut locked, old, replayed)) = self.open(store, name).await? else { return Ok(None) };
        if replayed {
            return Ok(Some(Changed::nothing(Some(old))));
        }
        refuse_overwriting(&mut locked, &old, S::Resource::etag(wanted), Written::Fields(mask)).await?;
        let before = old.to_message();
        mask.check_fixed(&before, wanted).map_err(Problem::from)?;
        let merged = mask.merge(&before, wanted);
        let next = self.next(&locked);
        match store.parse(&old, &merged, next).map_err(Problem::from)? {
            Some(new) => self.conclude(store, locked, Transition::Updated(old, new), None).await.map(Some),
            None => self.unchanged::<S>(locked, old).await.map(Some),
        }
    }

    /// Moves a resource to the state that `next_state` gives, in an event of this type; `None` where it is in that state. ABORTED where
    /// fields that it writes changed since the etag of [`unless_changed_since`](Self::unless_changed_since).
    pub async fn apply<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
        event: &'static str,
        next_state: impl Fn(&S::Resource, Next) -> Result<Option<S::Resource>, S::Error> + Sync,
    ) -> Result<Changed<S::Resource>, S::Error> {
        let applied = self.resolve(name, || self.try_apply(store, name, event, &next_state)).await?;
        applied.map(present).ok_or_else(|| not_found(name))?
    }

    async fn try_apply<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
        event: &'static str,
        next_state: &(impl Fn(&S::Resource, Next) -> Result<Option<S::Resource>, S::Error> + Sync),
    ) -> Result<Option<Changed<Option<S::Resource>>>, S::Error> {
        let Some((mut locked, old, replayed)) = self.open(store, name).await? else { return Ok(None) };
        if replayed {
            return Ok(Some(Changed::nothing(Some(old))));
        }
        if let Some((etag, fields)) = self.seen {
            refuse_overwriting(&mut locked, &old, etag, Written::Named(fields)).await?;
        }
        let next = self.next(&locked);
        match next_state(&old, next)? {
            Some(new) => {
                self.conclude(store, locked, Transition::Updated(old, new), Some(event)).await.map(Some)
            }
            None => self.unchanged::<S>(locked, old).await.map(Some),
        }
    }

    /// Deletes a resource; what the same request deleted before counts as done. ABORTED where any field changed since the etag.
    pub async fn delete<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
        etag: &str,
    ) -> Result<Changed<()>, S::Error> {
        let deleted = self.resolve(name, || self.try_delete(store, name, etag)).await?;
        let Changed { consistency_tokens, .. } = deleted.ok_or_else(|| not_found(name))?;
        Ok(Changed { result: (), consistency_tokens })
    }

    async fn try_delete<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
        etag: &str,
    ) -> Result<Option<Changed<Option<S::Resource>>>, S::Error> {
        match self.open_deletion(store, name, etag).await? {
            Deletion::Absent => Ok(None),
            Deletion::Replayed => Ok(Some(Changed::nothing(None))),
            Deletion::Opened(locked, old) => {
                self.conclude(store, locked, Transition::Deleted(old), None).await.map(Some)
            }
        }
    }

    /// Locks and reads a resource that is to go, for deletions that are more than one transaction. ABORTED where any field changed
    /// since the etag.
    pub async fn open_deletion<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
        etag: &str,
    ) -> Result<Deletion<S::Resource>, S::Error> {
        let mut transaction = self.ledger.database().begin().await?;
        let version = match name.customer() {
            Some(customer) => reference::lock(&mut transaction, customer, self.caller.scope).await?,
            // One that is gone may have gone by this very request.
            None => Some(store.lock(&mut transaction, name).await?.map_or(FIRST, |version| version + 1)),
        };
        let Some(version) = version else { return Ok(Deletion::Absent) };
        let mut locked = Locked { transaction, version };
        if self.replayed(&mut locked, name.id()).await?.is_some() {
            return Ok(Deletion::Replayed);
        }
        let Some(old) = store.find(&mut locked, name, self.caller.scope).await? else {
            return Ok(Deletion::Absent);
        };
        refuse_overwriting(&mut locked, &old, etag, Written::Everything).await?;
        Ok(Deletion::Opened(locked, old))
    }

    /// Does `work` about a resource; where its customer is not known here, once more with what profile says.
    async fn resolve<
        N: super::ResourceName,
        T,
        E: From<Problem>,
        F: Future<Output = Result<Option<T>, E>>,
    >(
        &self,
        name: N,
        work: impl Fn() -> F,
    ) -> Result<Option<T>, E> {
        match name.customer() {
            Some(customer) => self.ledger.resolve(customer, work).await,
            None => work().await,
        }
    }

    /// Locks and reads a resource that is there, and says whether the request came before.
    async fn open<S: Store>(
        &self,
        store: &S,
        name: NameOf<S>,
    ) -> Result<Option<(Locked, S::Resource, bool)>, S::Error> {
        let mut transaction = self.ledger.database().begin().await?;
        let version = match name.customer() {
            Some(customer) => reference::lock(&mut transaction, customer, self.caller.scope).await?,
            None => store.lock(&mut transaction, name).await?.map(|version| version + 1),
        };
        let Some(version) = version else { return Ok(None) };
        let mut locked = Locked { transaction, version };
        let Some(old) = store.find(&mut locked, name, self.caller.scope).await? else { return Ok(None) };
        let replayed = self.replayed(&mut locked, name.id()).await?.is_some();
        Ok(Some((locked, old, replayed)))
    }

    /// The id for which the same request was carried out before; records the request where it is new.
    async fn replayed(&self, locked: &mut Locked, id: Uuid) -> Result<Option<Uuid>, Problem> {
        let Some(request) = &self.caller.request else { return Ok(None) };
        match request.record(locked, id).await? {
            Seen::Never => Ok(None),
            Seen::Before(earlier) => Ok(Some(earlier)),
            Seen::WithOtherBody => Err(Problem::RequestIdReused),
        }
    }

    fn next(&self, locked: &Locked) -> Next {
        Next { version: locked.version, at: self.ledger.now() }
    }

    /// Nothing was to change: only the request stays known.
    async fn unchanged<S: Store>(&self, mut locked: Locked, old: S::Resource) -> Outcome<S> {
        if self.caller.request.is_some() && !self.caller.validate_only {
            if let Some(customer) = old.name().customer() {
                reference::return_version(&mut locked, customer).await?;
            }
            locked.transaction.commit().await?;
        }
        Ok(Changed::nothing(Some(old)))
    }
}

async fn refuse_overwriting<R: Resource>(
    locked: &mut Locked,
    old: &R,
    etag: &str,
    written: Written<'_>,
) -> Result<(), Problem> {
    match old.version() {
        Some(version) => edit::refuse_overwriting(locked, (old.name().id(), version), etag, written).await,
        None => Ok(()),
    }
}

fn not_found<N: super::ResourceName>(name: N) -> Problem {
    Problem::not_found(N::KIND, name.resource_name())
}

/// What is there after a change that deletes nothing.
fn present<R, E: From<Problem>>(changed: Changed<Option<R>>) -> Result<Changed<R>, E> {
    let Changed { result, consistency_tokens } = changed;
    let result = result.ok_or_else(|| Problem::internal("a change left nothing of what it changed"))?;
    Ok(Changed { result, consistency_tokens })
}
