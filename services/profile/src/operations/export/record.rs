//! What history keeps of an export: two events, which are all that is known of it.

use super::Wanted;
use patron_chassis::{peer::Peer, status::Problem};
use patron_ledger::{Ledger, outbox::NewEvent};
use patron_proto::{
    event::v1::ChangeContext,
    profile::v1::{CustomerExport, customer_export},
};
use patron_values::{diff::diff, timestamp};
use std::time::Duration;
use uuid::Uuid;

/// Tries to note the end of an export, and the pause between two.
const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_millis(300);

/// An export whose beginning is noted.
pub(super) struct Recorded {
    export: CustomerExport,
    context: ChangeContext,
}

impl Recorded {
    /// Notes that an export begins.
    pub(super) async fn begin(
        ledger: &Ledger,
        wanted: &Wanted,
        context: &ChangeContext,
    ) -> Result<Self, Problem> {
        let export = CustomerExport {
            name: format!("exports/{}", ledger.next_id::<Uuid>()),
            format: customer_export::Format::from(wanted.format).into(),
            columns: wanted.columns.names.iter().map(ToString::to_string).collect(),
            selected_by: wanted.selected_by.clone(),
            create_time_from: wanted.selection.created_from.map(timestamp),
            create_time_before: wanted.selection.created_before.map(timestamp),
            ..CustomerExport::default()
        };
        publish(ledger, context, "export.created", 1, (None, &export)).await?;
        Ok(Self { export, context: context.clone() })
    }

    /// Notes how it ended, and with how many customers.
    pub(super) async fn end(&mut self, ledger: &Ledger, outcome: customer_export::Outcome, rows: usize) {
        let row_count = i32::try_from(rows).unwrap_or(i32::MAX);
        let ended = CustomerExport { outcome: outcome.into(), row_count, ..self.export.clone() };
        for attempt in 1..=TRIES {
            let change = (Some(&self.export), &ended);
            match publish(ledger, &self.context, "export.ended", 2, change).await {
                Ok(()) => return,
                Err(error) if attempt == TRIES => {
                    tracing::error!(%error, export = self.export.name, rows, "the end of an export is not in history");
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

async fn publish(
    ledger: &Ledger,
    context: &ChangeContext,
    kind: &'static str,
    version: i64,
    (old, new): (Option<&CustomerExport>, &CustomerExport),
) -> Result<(), Problem> {
    let event = NewEvent {
        aggregate: new.name.clone(),
        version,
        kind,
        customer: None,
        resource: new.name.clone(),
        changes: diff(old, Some(new)),
        snapshot: None,
        subscribers: &[Peer::ACTIVITY],
    };
    let mut transaction = ledger.database().begin().await?;
    ledger.outbox().publish(&mut transaction, context, ledger.now(), vec![event]).await?;
    Ok(transaction.commit().await?)
}
