//! Customers as one service sees them: read, listed, changed.

use crate::{
    customer::{Customer, Record, State},
    error::Error,
    events,
    store::{self, edit::Edit},
};
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    pg::{Database, Transaction},
    principal::Scope,
    status::Problem,
};
use patron_ledger::{
    change::{By, Changed},
    idempotency::Verdict,
    outbox::Outbox,
};
use patron_proto::profile::v1 as proto;
use patron_values::{diff::diff, etag::Precondition, field_mask::FieldMask, id::CustomerId};
use time::Date;

/// Reads and changes records.
#[derive(Clone)]
pub struct Records {
    /// Where they are stored.
    pub database: Database,
    /// Who is told.
    pub outbox: Outbox,
    /// What time it is.
    pub clock: Clock,
    /// Ids of new ones.
    pub ids: Ids,
}

impl Records {
    /// One customer that the caller may see.
    pub async fn find(&self, customer: CustomerId, scope: Scope) -> Result<Customer, Error> {
        store::customer::find(&self.database, customer, scope).await?.ok_or(Error::NotFound(customer))
    }

    /// The last day that can be someone's birth date: today where it is furthest ahead, at UTC+14.
    pub fn today(&self) -> Date {
        (self.clock.now() + time::Duration::hours(14)).date()
    }

    /// Changes the fields that the mask names; with `dry_run` it only says what would come of it.
    pub async fn update(
        &self,
        customer: CustomerId,
        wanted: &proto::Customer,
        mask: &FieldMask,
        by: &By,
        dry_run: bool,
    ) -> Result<Changed<Customer>, Error> {
        let mut transaction = self.database.begin().await?;
        if !store::customer::lock(&mut transaction, customer, by.scope, State::Active).await? {
            return Err(Error::NotFound(customer));
        }
        let old = store::customer::find(&mut transaction, customer, by.scope)
            .await?
            .ok_or(Error::NotFound(customer))?;
        if let Some(request) = &by.request {
            match request.record(&mut transaction, customer.0).await? {
                Verdict::New => {}
                Verdict::Replay(_) => return Ok(Changed::nothing(old)),
                Verdict::Mismatch => return Err(Error::RequestIdReused),
            }
        }
        refuse_overwriting(&mut transaction, &old, &wanted.etag, mask).await?;
        let before = proto::Customer::from(&old);
        mask.check_fixed(&before, wanted).map_err(Problem::from)?;
        let merged = mask.merge(&before, wanted);
        let record = Record::parse("customer", &merged, self.today()).map_err(Problem::from)?;
        if record == old.record {
            return Ok(Changed::nothing(old));
        }
        let retold = record.assigned_staff != old.record.assigned_staff || record.email != old.record.email;
        let new = Customer {
            record,
            version: old.version + 1,
            reference_version: old.reference_version + i64::from(retold),
            updated_at: self.clock.now(),
            ..old.clone()
        };
        store::customer::update(&mut transaction, &new).await?;
        if dry_run {
            return Ok(Changed::nothing(new));
        }
        self.note_edit(&mut transaction, &old, &new, by).await?;
        let mut events: Vec<_> =
            events::history("customer.updated", Some(&old), Some(&new), new.version).into_iter().collect();
        if retold {
            events.extend(events::references(&new));
        }
        self.outbox.publish(&mut transaction, &by.context, new.updated_at, events).await?;
        transaction.commit().await?;
        let consistency_token = events::consistency_token(&new);
        Ok(Changed::to(new, consistency_token))
    }

    async fn note_edit(
        &self,
        transaction: &mut Transaction,
        old: &Customer,
        new: &Customer,
        by: &By,
    ) -> Result<(), Error> {
        let changes = diff(Some(&proto::Customer::from(old)), Some(&proto::Customer::from(new)));
        let mut fields: Vec<String> = changes.into_iter().map(|change| change.field).collect();
        if fields.is_empty() {
            // What a person cannot see, such as other spacing, still makes a version.
            fields.push("*".to_owned());
        }
        let edit = Edit { version: new.version, fields, actor: by.context.actor.clone() };
        Ok(store::edit::insert(transaction, new.id, &edit, new.updated_at).await?)
    }
}

/// Refuses a change of fields that someone else changed since the etag. Changes of other fields stand beside it.
async fn refuse_overwriting(
    transaction: &mut Transaction,
    old: &Customer,
    etag: &str,
    mask: &FieldMask,
) -> Result<(), Error> {
    let seen = match Precondition::parse(old.id.0, etag) {
        Precondition::None => return Ok(()),
        Precondition::Version(version) if version == old.version => return Ok(()),
        Precondition::Version(version) if version < old.version => version,
        Precondition::Version(_) | Precondition::Unknown => {
            return Err(Error::Changed { fields: mask.paths().map(str::to_owned).collect(), by: None });
        }
    };
    let edits = store::edit::list_after(transaction, old.id, seen).await?;
    let overlaps = |edit: &Edit| edit.fields.iter().any(|field| mask.contains(field));
    let Some(last) = edits.iter().rev().find(|edit| overlaps(edit)) else { return Ok(()) };
    let mut fields: Vec<String> =
        edits.iter().flat_map(|edit| &edit.fields).filter(|field| mask.contains(field)).cloned().collect();
    fields.sort();
    fields.dedup();
    Err(Error::Changed { fields, by: Some(last.actor.clone()) })
}
