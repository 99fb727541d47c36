//! Exports of customers: read page by page, written as one file, sent as fast as it is read.
//!
//! An export is a task of its own, which reads a few pages ahead of its reader: who reads slowly holds a permit and nothing
//! of the database. It notes in history that it began before it sends anything, and at its end how it ended, whoever went away.

mod contacts;
mod record;
mod sending;

pub use self::contacts::Contacts;

use super::permits::Permits;
use crate::{
    customer::Customer,
    export::{Columns, Encoder, Format, Page},
    operations::Customers,
    store::list::{self, Count, Selection},
};
use bytes::Bytes;
use patron_chassis::{context::Context, principal::User, status::Problem, token::Validity};
use patron_proto::event::v1::ChangeContext;
use patron_values::order_by::{Cursor, OrderBy};
use std::{sync::Arc, time::Duration};
use time::Date;
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::Status;
use tracing::Instrument as _;

/// Exports of one process: each has a connection of the database about half of its time, and a core of the machine.
const ALL: usize = 8;
/// Customers that an estimate is made of.
const SAMPLE: i64 = 100;
/// Parts that wait for the reader.
const AHEAD: usize = 2;

/// Gives customers as files. Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    customers: Customers,
    contacts: Contacts,
    permits: Permits,
    validity: Validity,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

/// What is to be exported.
pub struct Wanted {
    /// Which customers.
    pub selection: Selection,
    /// In which order.
    pub order: OrderBy<'static, Customer>,
    /// What the file looks like.
    pub format: Format,
    /// What it holds.
    pub columns: Columns,
    /// What the customers are chosen by, without values.
    pub selected_by: Vec<String>,
}

/// For whom an export is made.
pub struct Reader {
    /// Who calls.
    pub user: Arc<User>,
    /// What history keeps of it.
    pub context: ChangeContext,
}

/// How much an export would send.
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    /// Customers; `None` where counting takes too long.
    pub count: Option<Count>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Time to send it.
    pub duration: Duration,
}

/// The parts of a file, until its end or why there are no more.
pub(crate) type Parts = mpsc::Receiver<Result<Bytes, Status>>;

/// Customers that an estimate counts on in a second: what is asked of a table on two cores, and less where more is written for each, or
/// address is asked.
fn rows_per_second(wanted: &Wanted) -> u64 {
    match (wanted.columns.show_addresses(), wanted.format) {
        (false, Format::Csv) => 50_000,
        (false, Format::Xlsx | Format::JsonLines) => 15_000,
        (true, _) => 8_000,
    }
}

impl Exports {
    /// Exports of these customers. `validity` and `stopping` end them.
    pub fn new(
        customers: Customers,
        contacts: Contacts,
        validity: Validity,
        stopping: CancellationToken,
    ) -> Self {
        let (permits, tasks) = (Permits::new(ALL), TaskTracker::new());
        Self { customers, contacts, permits, validity, stopping, tasks }
    }

    /// Waits, once `stop` is cancelled, for the exports that are under way, which end with the process and note it.
    pub async fn run(self, stop: CancellationToken) {
        stop.cancelled().await;
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// How much an export would send: customers as lists count them, bytes as some of them take. Fails where one could not begin now.
    pub async fn estimate(&self, wanted: &Wanted, caller: &str) -> Result<Estimate, Status> {
        drop(self.permits.take(caller)?);
        let count = self.count(wanted).await?;
        let mut page = Page { customers: self.list(wanted, None, SAMPLE).await?, ..Page::default() };
        self.contacts.fill(&mut page, &wanted.columns).await?;
        let sampled = page.customers.len();
        let (mut encoder, mut bytes) = (Encoder::new(wanted.format, &wanted.columns), Vec::new());
        let work = spawn_blocking(move || {
            encoder.begin(&mut bytes)?;
            let begun = bytes.len();
            encoder.encode(&page, true, &mut bytes).map(|_| (begun, bytes.len() - begun))
        });
        let (begun, sample) = work.await.map_err(Problem::internal)?.map_err(Problem::Internal)?;
        let rows = count.map_or(0, |(Count::Exact(rows) | Count::Estimated(rows))| rows);
        let rows = u64::try_from(rows).unwrap_or_default();
        Ok(Estimate {
            count,
            bytes: begun as u64 + sample as u64 * rows / (sampled as u64).max(1),
            duration: Duration::from_millis(rows * 1_000 / rows_per_second(wanted)),
        })
    }

    /// The day, in UTC.
    pub fn today(&self) -> Date {
        self.customers.ledger.now().date()
    }

    /// Begins an export, and gives its parts once the first one is there. Fails where the caller has as many as they may, the format
    /// cannot hold so many customers, or something does not answer.
    pub async fn start(&self, wanted: Wanted, reader: Reader) -> Result<(Bytes, Parts), Status> {
        let permit = self.permits.take(&reader.context.actor)?;
        if wanted.format.most_rows().is_some() {
            self.count(&wanted).await?;
        }
        let (sender, mut parts) = mpsc::channel(AHEAD);
        let this = self.clone();
        let export = async move {
            this.export(wanted, reader, sender).await;
            drop(permit);
        };
        let export = export.instrument(tracing::Span::current());
        match Context::current() {
            Some(context) => self.tasks.spawn(context.scope(export)),
            None => self.tasks.spawn(export),
        };
        let first = parts.recv().await.ok_or(Problem::Unavailable)??;
        Ok((first, parts))
    }

    async fn list(
        &self,
        wanted: &Wanted,
        after: Option<&Cursor>,
        limit: i64,
    ) -> Result<Vec<Customer>, Status> {
        let database = self.customers.ledger.database();
        Ok(list::list(database, &wanted.selection, &wanted.order, after, limit).await?)
    }

    /// Counts as lists do. Fails where the format cannot hold so many.
    async fn count(&self, wanted: &Wanted) -> Result<Option<Count>, Status> {
        let count = list::count_in_time(self.customers.ledger.database(), &wanted.selection).await?;
        let (Some(Count::Exact(rows) | Count::Estimated(rows)), Some(most)) =
            (count, wanted.format.most_rows())
        else {
            return Ok(count);
        };
        if usize::try_from(rows).is_ok_and(|rows| rows <= most) {
            return Ok(count);
        }
        Err(Problem::State {
            rule: "EXPORT_TOO_LARGE_FOR_FORMAT",
            subject: String::new(),
            description: format!(
                "a sheet of Excel has {most} rows for customers, and these are more: choose CSV, or fewer customers"
            ),
        }
        .into())
    }
}
