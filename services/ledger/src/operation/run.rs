use super::{
    Counts, Stop, Work,
    store::{self, End, UnderWay},
};
use crate::{
    queue::{AFTER_FAILURE, Job, MOST_ATTEMPTS, Queue, Settlement},
    saga::is_outage,
};
use patron_chassis::{
    clock::Clock,
    fault,
    pg::{Database, Transaction},
    status,
};
use patron_proto::google::rpc;
use patron_values::id::OperationId;
use prost::Message;
use std::{
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use uuid::Uuid;

/// Operations of one kind that a process does at once.
const AT_ONCE: usize = 2;

/// Where work notes how far it has come.
#[derive(Debug)]
pub struct Progress<P> {
    database: Database,
    operation: OperationId,
    kind: &'static str,
    worker: Uuid,
    moved: AtomicBool,
    place: PhantomData<fn(&P)>,
}

impl<P: Message> Progress<P> {
    /// Which operation it is of.
    pub fn operation(&self) -> OperationId {
        self.operation
    }

    /// Notes that everything up to `place` is done, between two parts of the work and at least every few seconds. Fails where the work
    /// shall stop.
    pub async fn note(&self, place: &P, counts: Counts) -> Result<(), Stop> {
        fault::point("operation.before_note");
        let worker = (self.operation, self.worker);
        let noted = store::note(&self.database, worker, &place.encode_to_vec(), counts).await;
        fault::point("operation.after_note");
        self.heed(noted.map_err(status::Problem::from)?)
    }

    /// The same with what `transaction` writes, and commits it. Nothing of it stands where another worker has the operation; where the
    /// operation was cancelled it stands, and the work stops.
    pub async fn note_with(
        &self,
        mut transaction: Transaction,
        place: &P,
        counts: Counts,
    ) -> Result<(), Stop> {
        fault::point("operation.before_note");
        let worker = (self.operation, self.worker);
        let noted = store::note(&mut transaction, worker, &place.encode_to_vec(), counts).await;
        let noted = noted.map_err(status::Problem::from)?;
        if noted.is_some() {
            transaction.commit().await.map_err(status::Problem::from)?;
        }
        fault::point("operation.after_note");
        self.heed(noted)
    }

    fn heed(&self, noted: Option<bool>) -> Result<(), Stop> {
        match noted {
            Some(false) => {
                self.moved.store(true, Ordering::Relaxed);
                Ok(())
            }
            Some(true) => Err(Stop::Cancelled),
            None => Err(Stop::Elsewhere),
        }
    }

    /// Whether another operation of the kind waits for its turn, for work that may stop with [`Stop::Later`] then.
    pub async fn others_wait(&self) -> Result<bool, Stop> {
        Ok(store::waits(&self.database, self.kind).await.map_err(status::Problem::from)?)
    }
}

/// Does operations of one kind, two at once, until `stop`. Those left half-way by a process that died are taken up when its lease ends.
pub async fn perform<W: Work>(work: W, database: Database, clock: Clock, stop: CancellationToken) {
    let (work, queue) = (Arc::new(work), Queue::new(database.clone()));
    let run = move |job| {
        let (work, database, clock) = (work.clone(), database.clone(), clock.clone());
        async move { run(work.as_ref(), &database, &clock, job).await }
    };
    queue.work(W::KIND, AT_ONCE, stop, run).await;
}

/// Does the job of an operation.
async fn run<W: Work>(work: &W, database: &Database, clock: &Clock, job: Job) -> Settlement {
    let Some(id) = job.key.as_deref().and_then(|key| key.parse::<OperationId>().ok()) else {
        return Settlement::Dead("mislabelled".to_owned());
    };
    let under_way = match store::begin(database, id, clock.now()).await {
        Ok(Some(under_way)) => under_way,
        Ok(None) => return Settlement::Done,
        Err(error) => {
            tracing::warn!(operation = %id, %error, "an operation could not be begun");
            return Settlement::Failed("it could not be begun".to_owned());
        }
    };
    let progress = Progress {
        database: database.clone(),
        operation: id,
        kind: W::KIND,
        worker: under_way.worker,
        moved: AtomicBool::new(false),
        place: PhantomData,
    };
    let end = match go_on(work, under_way, &progress).await {
        Ok(response) => match prost_types::Any::from_msg(&response) {
            Ok(any) => End::Response(any.encode_to_vec()),
            Err(_) => return Settlement::Dead("the response cannot be encoded".to_owned()),
        },
        // The next try sees whether it has ended. Where another has the job by now, this changes nothing.
        Err(Stop::Elsewhere) => return Settlement::Again(AFTER_FAILURE),
        Err(Stop::Later(wait)) => return Settlement::Again(wait),
        Err(Stop::Cancelled) => {
            let message = "the operation was cancelled".to_owned();
            let error = rpc::Status { code: Code::Cancelled.into(), message, ..rpc::Status::default() };
            End::Error(error.encode_to_vec())
        }
        // What comes further is tried as often as it takes.
        Err(Stop::Failed(failure)) if is_outage(&failure) && progress.moved.load(Ordering::Relaxed) => {
            return Settlement::Again(AFTER_FAILURE);
        }
        Err(Stop::Failed(failure)) if is_outage(&failure) && job.attempts + 1 < MOST_ATTEMPTS => {
            return Settlement::Failed(format!("{:?}", failure.code()));
        }
        Err(Stop::Failed(failure)) => End::Error(status::message(&failure).encode_to_vec()),
    };
    fault::point("operation.before_end");
    match store::end(database, (id, progress.worker), end, clock.now()).await {
        Ok(true) => Settlement::Done,
        Ok(false) => Settlement::Again(AFTER_FAILURE),
        Err(error) => {
            tracing::warn!(operation = %id, %error, "how an operation ended could not be stored");
            Settlement::Failed("its end could not be stored".to_owned())
        }
    }
}

async fn go_on<W: Work>(
    work: &W,
    under_way: UnderWay,
    progress: &Progress<W::Place>,
) -> Result<W::Response, Stop> {
    if under_way.cancelled {
        return Err(Stop::Cancelled);
    }
    let unreadable = |error: prost::DecodeError| status::Problem::internal(error);
    let argument = W::Argument::decode(under_way.argument.as_slice()).map_err(unreadable)?;
    let place = W::Place::decode(under_way.place.unwrap_or_default().as_slice()).map_err(unreadable)?;
    work.run(argument, place, progress).await
}
