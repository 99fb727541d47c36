//! One export under way: page after page, as fast as its reader takes the parts.

use super::{Exports, Reader, Wanted, record::Recorded};
use crate::export::{Encoder, Names, Page};
use bytes::Bytes;
use patron_chassis::{principal::User, status::Problem};
use patron_ledger::saga::is_outage;
use patron_proto::profile::v1::customer_export::Outcome;
use patron_values::order_by::Cursor;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};
use tonic::Status;

/// Customers read at once: a statement of some 10 ms, and with the longest texts some 10 MiB. Three such pages are there at most: one is
/// read, one waits, one is written.
const PAGE: i64 = 1_000;
/// Bytes of a part: what a connection keeps for each answer anyway.
const PART: usize = 64 * 1024;
/// Time for the reader to take a part.
const READ: Duration = Duration::from_secs(30);
/// How long an export that has begun waits for what does not answer, and between two tries.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(500);
/// Longest export: a million customers at 300 a second.
const LONGEST: Duration = Duration::from_hours(1);

/// Why an export ends before its end.
enum Break {
    /// The reader went away, or takes nothing.
    Abandoned,
    /// It cannot go on.
    Failed(Status),
}

impl<E: Into<Status>> From<E> for Break {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Exports {
    /// Exports, and notes how it began and ended.
    pub(super) async fn export(
        &self,
        wanted: Wanted,
        reader: Reader,
        sender: mpsc::Sender<Result<Bytes, Status>>,
    ) {
        let ledger = &self.customers.ledger;
        let mut recorded = match Recorded::begin(ledger, &wanted, &reader.context).await {
            Ok(recorded) => recorded,
            Err(problem) => return drop(sender.send(Err(problem.into())).await),
        };
        let mut sent = 0;
        let sending = self.send_all(&wanted, &reader.user, &sender, &mut sent);
        let ended = timeout(LONGEST, sending).await.unwrap_or_else(|_| Err(Problem::Late.into()));
        let outcome = match &ended {
            Ok(()) => Outcome::Complete,
            Err(Break::Abandoned) => Outcome::Abandoned,
            Err(Break::Failed(_)) => Outcome::Failed,
        };
        // Before the reader sees the end.
        recorded.end(ledger, outcome, sent).await;
        if let Err(Break::Failed(status)) = ended {
            tracing::warn!(code = ?status.code(), sent, "an export breaks off");
            // Who is gone needs no reason.
            let _ = timeout(READ, sender.send(Err(status))).await;
        }
    }

    async fn send_all(
        &self,
        wanted: &Wanted,
        user: &User,
        sender: &mpsc::Sender<Result<Bytes, Status>>,
        sent: &mut usize,
    ) -> Result<(), Break> {
        let (pages, filled) = mpsc::channel(1);
        // A page is read while the one before is written.
        let reading = self.read_all(wanted, user, pages);
        tokio::try_join!(reading, self.write_all(wanted, filled, sender, sent)).map(drop)
    }

    /// Reads page after page, and says of each whether it is the last.
    async fn read_all(
        &self,
        wanted: &Wanted,
        user: &User,
        pages: mpsc::Sender<(Page, bool)>,
    ) -> Result<(), Break> {
        let (mut names, mut after) = (Arc::default(), None::<Cursor>);
        loop {
            // Before anything is sent its failure can still be answered as one.
            let patience = if after.is_some() { PATIENCE } else { Duration::ZERO };
            let page = self.read(wanted, user, after.as_ref(), &names, patience).await?;
            names = Arc::clone(&page.names);
            let is_full = i64::try_from(page.customers.len()).is_ok_and(|read| read == PAGE);
            after = page.customers.last().filter(|_| is_full).map(|last| wanted.order.cursor(last));
            let is_last = after.is_none();
            // Who writes no more says why.
            if pages.send((page, is_last)).await.is_err() || is_last {
                return Ok(());
            }
        }
    }

    /// Writes and sends the pages as they come.
    async fn write_all(
        &self,
        wanted: &Wanted,
        mut pages: mpsc::Receiver<(Page, bool)>,
        sender: &mpsc::Sender<Result<Bytes, Status>>,
        sent: &mut usize,
    ) -> Result<(), Break> {
        let mut encoder = Encoder::new(wanted.format, &wanted.columns);
        let mut bytes = Vec::new();
        encoder.begin(&mut bytes).map_err(Problem::Internal)?;
        while let Some((page, is_last)) = pages.recv().await {
            *sent += page.customers.len();
            // Apart from the threads that answer calls, which would wait for it.
            let work = spawn_blocking(move || {
                let rest = encoder.encode(&page, is_last, &mut bytes);
                rest.map(|rest| (rest, bytes))
            });
            let (rest, written) = work.await.map_err(Problem::internal)?.map_err(Problem::Internal)?;
            self.send(written.into(), sender).await?;
            let Some(rest) = rest else { break };
            (encoder, bytes) = (rest, Vec::new());
        }
        Ok(())
    }

    /// Sends bytes part by part, as the reader takes them.
    async fn send(
        &self,
        mut bytes: Bytes,
        sender: &mpsc::Sender<Result<Bytes, Status>>,
    ) -> Result<(), Break> {
        loop {
            let part = bytes.split_to(bytes.len().min(PART));
            let sending = timeout(READ, sender.send(Ok(part)));
            tokio::select! {
                taken = sending => match taken {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(_) => return Err(Break::Abandoned),
                },
                () = self.stopping.cancelled() => return Err(Problem::Unavailable.into()),
            }
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    /// Reads the next page, for who still may: again where something does not answer for less than `patience`.
    async fn read(
        &self,
        wanted: &Wanted,
        user: &User,
        after: Option<&Cursor>,
        names: &Arc<Names>,
        patience: Duration,
    ) -> Result<Page, Status> {
        let until = Instant::now() + patience;
        loop {
            let reading = async {
                self.validity.check_not_revoked(user)?;
                let customers = self.list(wanted, after, PAGE).await?;
                let mut page = Page { customers, names: Arc::clone(names), ..Page::default() };
                self.contacts.fill(&mut page, &wanted.columns).await?;
                Ok(page)
            };
            match reading.await {
                Err(status) if is_outage(&status) && Instant::now() < until => sleep(PAUSE).await,
                read => return read,
            }
        }
    }
}
