use super::{
    Saga, Sagas, is_outage,
    store::{self, NewSaga},
};
use crate::queue::{Job, Settlement};
use futures::future::join_all;
use patron_chassis::{pg::Transaction, status::Problem};
use patron_values::id::CustomerId;
use std::{
    collections::{BTreeMap, HashMap},
    slice,
    time::Duration,
};
use tonic::Status;
use uuid::Uuid;

/// Shortest and longest rest after an outage; in between it is a quarter of the time since the saga began.
const REST: (Duration, Duration) = (Duration::from_millis(500), Duration::from_mins(1));

/// Sagas that were stored and are under the lease of this process.
#[derive(Debug)]
pub struct Started<P> {
    pub(super) lease: Uuid,
    pub(super) sagas: Vec<UnderWay<P>>,
}

impl<P> Started<P> {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sagas.is_empty()
    }
}

#[derive(Debug)]
pub(super) struct UnderWay<P> {
    pub(super) job: Job,
    pub(super) plan: P,
}

/// Why a saga is not complete.
#[derive(Debug)]
pub enum Failure {
    /// It was compensated: this is what refused a step, or was away for too long.
    Compensated(Status),
    /// It goes on later; this is what was in the way.
    Later(Status),
    /// Another process took it over, and brings or brought it to one end or the other.
    Elsewhere,
}

/// What became of a saga.
enum Progress<O> {
    Complete(O),
    Compensated(Status),
    Elsewhere,
    /// It is at no end yet: how its job, as it is by now, is settled, and what was in the way.
    Later(Job, Settlement, Status),
}

impl<S: Saga> Sagas<S> {
    /// Stores sagas in `transaction`. Once that is committed, [`advance`](Self::advance) them at once: this process has them for
    /// itself for 10 s.
    pub async fn start(
        &self,
        transaction: &mut Transaction,
        plans: Vec<S::Plan>,
    ) -> Result<Started<S::Plan>, sqlx::Error> {
        let lease = self.ids.next();
        let new = plans.iter().map(|plan| NewSaga {
            id: self.ids.next(),
            payload: S::encode(plan),
            customers: S::customers(plan),
        });
        let new: Vec<NewSaga> = new.collect();
        let jobs = store::insert_all(transaction, (S::KIND, lease), &new, self.clock.now()).await?;
        let sagas = jobs.into_iter().zip(plans).map(|(job, plan)| UnderWay { job, plan }).collect();
        Ok(Started { lease, sagas })
    }

    /// Takes over the sagas that concern a customer and on which no process works, whether they are due or rest after an outage.
    pub async fn take_over(&self, customer: CustomerId) -> Result<Started<S::Plan>, sqlx::Error> {
        let lease = self.ids.next();
        let jobs = store::take_over(&self.database, (S::KIND, lease), customer).await?;
        let sagas = jobs.into_iter().filter_map(|job| {
            let plan = S::decode(job.payload.as_deref()?, job.customers.as_deref()?)?;
            Some(UnderWay { job, plan })
        });
        Ok(Started { lease, sagas: sagas.collect() })
    }

    /// Brings sagas to an end, as far as that is possible now; the results stand in their order. Those that need the same steps are
    /// advanced together, and beside the others: a participant that is away, or hangs, delays only sagas that need it.
    pub async fn advance(&self, started: Started<S::Plan>) -> Vec<Result<S::Outcome, Failure>> {
        let Started { lease, sagas } = started;
        let mut alike = BTreeMap::<_, Vec<_>>::new();
        for (place, saga) in sagas.into_iter().enumerate() {
            let needs: Vec<bool> = S::STEPS.iter().map(|step| S::needs(&saga.plan, *step)).collect();
            // One that compensates does so by itself.
            let apart = saga.job.compensates_from.map(|_| place);
            alike.entry((apart, needs)).or_default().push((place, saga));
        }
        let advanced = alike.into_values().map(|sagas| async move {
            let (places, sagas): (Vec<usize>, Vec<_>) = sagas.into_iter().unzip();
            places.into_iter().zip(self.advance_together(lease, &sagas).await)
        });
        let mut results: Vec<_> = join_all(advanced).await.into_iter().flatten().collect();
        results.sort_unstable_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, result)| result).collect()
    }

    async fn advance_together(
        &self,
        lease: Uuid,
        sagas: &[UnderWay<S::Plan>],
    ) -> Vec<Result<S::Outcome, Failure>> {
        let (mut results, mut settled) = (Vec::with_capacity(sagas.len()), Vec::new());
        let jobs: Vec<i64> = sagas.iter().map(|saga| saga.job.id).collect();
        for progress in self.queue.renewing(lease, &jobs, self.run(lease, sagas)).await {
            results.push(match progress {
                Progress::Complete(outcome) => Ok(outcome),
                Progress::Compensated(status) => Err(Failure::Compensated(status)),
                Progress::Elsewhere => Err(Failure::Elsewhere),
                Progress::Later(job, settlement, status) => {
                    settled.push((job, settlement));
                    Err(Failure::Later(status))
                }
            });
        }
        if let Err(error) = self.queue.settle(lease, &settled).await {
            tracing::warn!(kind = S::KIND, %error, "sagas could not be settled; they go on when their lease has ended");
        }
        results
    }

    /// Takes the steps of sagas, or compensates.
    async fn run(&self, lease: Uuid, sagas: &[UnderWay<S::Plan>]) -> Vec<Progress<S::Outcome>> {
        if let [saga] = sagas
            && let Some(from) = saga.job.compensates_from
        {
            return vec![self.compensate(lease, (&saga.job, &saga.plan), from, None).await];
        }
        match self.forward(lease, sagas).await {
            Ok(progress) => progress,
            // One of them is refused.
            Err((_, status)) if sagas.len() > 1 && !is_outage(&status) => {
                let mut progress = Vec::with_capacity(sagas.len());
                for saga in sagas {
                    progress.extend(Box::pin(self.run(lease, slice::from_ref(saga))).await);
                }
                progress
            }
            Err((step, status)) => {
                let mut progress = Vec::with_capacity(sagas.len());
                for saga in sagas {
                    progress.push(self.after_failure(lease, saga, step, status.clone()).await);
                }
                progress
            }
        }
    }

    /// Takes all steps together and completes the sagas; fails with the place of the step that did.
    async fn forward(
        &self,
        lease: Uuid,
        sagas: &[UnderWay<S::Plan>],
    ) -> Result<Vec<Progress<S::Outcome>>, (usize, Status)> {
        for (place, step) in S::STEPS.iter().enumerate() {
            let plans = sagas.iter().map(|saga| &saga.plan).filter(|plan| S::needs(plan, *step));
            let plans: Vec<_> = plans.collect();
            if !plans.is_empty() {
                self.saga.forward(*step, &plans).await.map_err(|status| (place, status))?;
            }
        }
        self.complete(lease, sagas).await.map_err(|status| (S::STEPS.len(), status))
    }

    async fn complete(
        &self,
        lease: Uuid,
        sagas: &[UnderWay<S::Plan>],
    ) -> Result<Vec<Progress<S::Outcome>>, Status> {
        let mut transaction = self.database.begin().await.map_err(Problem::from)?;
        let jobs: Vec<i64> = sagas.iter().map(|saga| saga.job.id).collect();
        let ours = store::delete_all(&mut transaction, lease, &jobs).await.map_err(Problem::from)?;
        let ours: Vec<_> = sagas.iter().filter(|saga| ours.contains(&saga.job.id)).collect();
        if ours.is_empty() {
            return Ok(sagas.iter().map(|_| Progress::Elsewhere).collect());
        }
        let plans: Vec<_> = ours.iter().map(|saga| &saga.plan).collect();
        let outcomes = self.saga.complete(&mut transaction, &plans).await?;
        transaction.commit().await.map_err(Problem::from)?;
        let mut outcomes: HashMap<i64, S::Outcome> =
            ours.iter().map(|saga| saga.job.id).zip(outcomes).collect();
        let progress =
            jobs.iter().map(|job| outcomes.remove(job).map_or(Progress::Elsewhere, Progress::Complete));
        Ok(progress.collect())
    }

    /// What becomes of a saga of which the step at `place` failed: it goes on later, or compensates.
    async fn after_failure(
        &self,
        lease: Uuid,
        saga: &UnderWay<S::Plan>,
        place: usize,
        status: Status,
    ) -> Progress<S::Outcome> {
        match S::PATIENCE {
            Some(patience) if !is_outage(&status) || self.age(&saga.job) >= patience => {
                match self.begin_compensation(lease, &saga.job, place).await {
                    Ok(Some((job, from))) => {
                        self.compensate(lease, (&job, &saga.plan), from, Some(status)).await
                    }
                    Ok(None) => Progress::Elsewhere,
                    Err(error) => self.later(&saga.job, place, Problem::from(error).into()),
                }
            }
            _ => self.later(&saga.job, place, status),
        }
    }

    /// Has a saga compensate from the step at `place` backwards from now on. Gives its job as it is then; `None` where that is under
    /// another's lease.
    pub(super) async fn begin_compensation(
        &self,
        lease: Uuid,
        job: &Job,
        place: usize,
    ) -> Result<Option<(Job, i32)>, sqlx::Error> {
        let from = i32::try_from(place).unwrap_or(i32::MAX);
        let begun = store::begin_compensation(&self.database, lease, job.id, from).await?;
        Ok(begun.then(|| (Job { attempts: 0, compensates_from: Some(from), ..job.clone() }, from)))
    }

    /// Undoes the steps of a saga from one place backwards, whatever it is that failed.
    async fn compensate(
        &self,
        lease: Uuid,
        (job, plan): (&Job, &S::Plan),
        from: i32,
        cause: Option<Status>,
    ) -> Progress<S::Outcome> {
        let steps = S::STEPS.iter().enumerate().rev();
        let taken = steps.filter(|(place, step)| {
            i32::try_from(*place).is_ok_and(|place| place <= from) && S::needs(plan, **step)
        });
        for (place, step) in taken {
            if let Err(status) = self.saga.compensate(*step, plan).await {
                return self.later(job, place, status);
            }
        }
        match self.abandon(lease, job, plan).await {
            Ok(true) => Progress::Compensated(cause.unwrap_or_else(|| Problem::Unavailable.into())),
            Ok(false) => Progress::Elsewhere,
            Err(status) => self.later(job, S::STEPS.len(), status),
        }
    }

    async fn abandon(&self, lease: Uuid, job: &Job, plan: &S::Plan) -> Result<bool, Status> {
        let mut transaction = self.database.begin().await.map_err(Problem::from)?;
        let ours = store::delete_all(&mut transaction, lease, &[job.id]).await.map_err(Problem::from)?;
        if ours.is_empty() {
            return Ok(false);
        }
        self.saga.abandon(&mut transaction, plan).await?;
        transaction.commit().await.map_err(Problem::from)?;
        Ok(true)
    }

    /// An outage is waited out; anything else is tried a few times more before it is a dead letter.
    fn later(&self, job: &Job, place: usize, status: Status) -> Progress<S::Outcome> {
        let settlement = if is_outage(&status) {
            // With patience, there is a try soon after its end.
            let longest = S::PATIENCE.map_or(REST.1, |patience| patience / 5);
            Settlement::Again((self.age(job) / 4).clamp(REST.0, longest.max(REST.0)))
        } else {
            Settlement::Failed(match S::STEPS.get(place) {
                Some(step) => format!("{:?} in step {step:?}", status.code()),
                None => format!("{:?} at the end", status.code()),
            })
        };
        Progress::Later(job.clone(), settlement, status)
    }

    fn age(&self, job: &Job) -> Duration {
        (self.clock.now() - job.created_at).try_into().unwrap_or_default()
    }
}
