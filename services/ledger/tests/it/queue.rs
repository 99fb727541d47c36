//! What the queue promises its workers.

use crate::fixture::{database, until_none};
use patron_chassis::{config, peer::Peer, pg::Database};
use patron_ledger::queue::{Job, LeaseLimits, NewJob, Queue, Settlement, dead_letter::Which};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio_util::sync::CancellationToken;

const KIND: &str = "sweep";

async fn enqueue(database: &Database, keys: &[Option<&str>]) {
    let mut transaction = database.begin().await.unwrap();
    let jobs = keys
        .iter()
        .enumerate()
        .map(|(number, key)| NewJob::new(KIND, key.map(str::to_owned), number.to_string().into_bytes()));
    Queue::enqueue(&mut transaction, jobs.collect()).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn jobs_of_one_key_are_done_one_after_the_other_and_others_beside_them() {
    let (stored, database) = database(Peer::GROUP).await;
    let queue = Queue::new(database.clone());
    enqueue(&database, &[Some("a"), Some("a"), Some("b"), None, None]).await;
    let limits = LeaseLimits { jobs: 10, bytes: i64::MAX, whole_keys: false };
    let first = queue.lease(KIND, limits).await.unwrap();
    let done: Vec<_> = first.jobs.iter().map(|job| job.payload.clone().unwrap()).collect();
    assert_eq!(done, [b"0", b"2", b"3", b"4"]);
    assert!(queue.lease(KIND, limits).await.unwrap().jobs.is_empty());
    let settled: Vec<_> = first.jobs.iter().map(|job| (job.clone(), Settlement::Done)).collect();
    queue.settle(first.lease(), &settled).await.unwrap();
    assert_eq!(queue.lease(KIND, limits).await.unwrap().jobs[0].payload.as_deref(), Some(&b"1"[..]));
    stored.drop_database().await;
}

#[tokio::test]
async fn workers_do_each_job_once_and_those_of_a_key_in_order() {
    let (stored, database) = database(Peer::GROUP).await;
    let (queue, stop) = (Queue::new(database.clone()), CancellationToken::new());
    let (done, at_once) =
        (Arc::new(Mutex::new(HashMap::<String, Vec<usize>>::new())), Arc::new(AtomicUsize::new(0)));
    for _ in 0..2 {
        let (done, at_once) = (done.clone(), at_once.clone());
        let work = move |job: Job| {
            let (done, at_once) = (done.clone(), at_once.clone());
            async move {
                assert!(at_once.fetch_add(1, Ordering::SeqCst) < 8, "each of two workers has four places");
                tokio::task::yield_now().await;
                let number = String::from_utf8(job.payload.unwrap()).unwrap().parse().unwrap();
                done.lock().unwrap().entry(job.key.unwrap()).or_default().push(number);
                at_once.fetch_sub(1, Ordering::SeqCst);
                Settlement::Done
            }
        };
        tokio::spawn(queue.clone().work(KIND, 4, stop.clone(), work));
    }
    let keys: Vec<Option<&str>> =
        (0..200).map(|number| Some(["a", "b", "c", "d", "e"][number % 5])).collect();
    enqueue(&database, &keys).await;
    until_none(&database, "select count(*) from queue").await;
    stop.cancel();
    let done = done.lock().unwrap().clone();
    assert_eq!(done.values().map(Vec::len).sum::<usize>(), 200);
    assert!(done.values().all(|numbers| numbers.is_sorted()), "{done:?}");
    stored.drop_database().await;
}

#[tokio::test]
async fn a_backlog_is_leased_at_once_though_postgres_takes_the_queue_for_empty() {
    let (stored, database) = database(Peer::GROUP).await;
    let queue = Queue::new(database.clone());
    let execute = async |statement: &'static str| {
        sqlx::query(statement).execute(stored.pool()).await.unwrap();
    };
    let fill = "insert into queue (kind, key, version, payload)
                select 'sweep', 'things/' || gen_random_uuid(), 1, '' from generate_series(1, 50000)";
    execute(fill).await;
    // The last job keeps vacuum from giving the pages back, so that so few rows on so many pages are what Postgres remembers.
    execute("delete from queue where job_id < (select max(job_id) from queue)").await;
    execute("vacuum analyze queue").await;
    execute(fill).await;
    // Reading all of it for each job of a lease takes several times as long.
    execute("set statement_timeout = '1s'").await;
    for _ in 0..3 {
        let batch =
            queue.lease(KIND, LeaseLimits { jobs: 500, bytes: i64::MAX, whole_keys: true }).await.unwrap();
        assert_eq!(batch.jobs.len(), 500);
    }
    stored.drop_database().await;
}

#[tokio::test]
async fn a_plan_that_was_made_while_the_queue_was_empty_leases_a_backlog_at_once() {
    let (stored, _) = database(Peer::GROUP).await;
    let settings = config::Database { background_pool_size: 1, ..stored.settings().clone() };
    let background = stored.database().background(&settings, Peer::GROUP).unwrap();
    let queue = Queue::new(background);
    let limits = LeaseLimits { jobs: 500, bytes: i64::MAX, whole_keys: true };
    let execute = async |statement: &'static str| {
        sqlx::query(statement).execute(stored.pool()).await.unwrap();
    };
    execute("vacuum analyze queue").await;
    // Postgres keeps the plan of the sixth time.
    for _ in 0..6 {
        assert!(queue.lease(KIND, limits).await.unwrap().jobs.is_empty());
    }
    execute(
        "insert into queue (kind, key, version, payload)
         select 'sweep', 'things/' || gen_random_uuid(), 1, '' from generate_series(1, 10000)",
    )
    .await;
    // Reading all of it for each job of a lease takes longer than a statement may.
    let batch = queue.lease(KIND, limits).await.unwrap();
    assert_eq!(batch.jobs.len(), 500);
    stored.drop_database().await;
}

#[tokio::test]
async fn a_job_that_fails_for_good_is_set_aside_and_can_be_tried_again_and_dropped() {
    let (stored, database) = database(Peer::GROUP).await;
    let queue = Queue::new(database.clone());
    enqueue(&database, &[Some("a"), Some("a")]).await;
    let limits = LeaseLimits { jobs: 10, bytes: i64::MAX, whole_keys: false };
    let mut attempts = 0;
    while queue.dead_letters(Which::All, 0, 100).await.unwrap().is_empty() {
        let batch = queue.lease(KIND, limits).await.unwrap();
        let failed = Settlement::Failed("wrong".to_owned());
        queue.settle(batch.lease(), &[(batch.jobs[0].clone(), failed)]).await.unwrap();
        assert!(
            queue.lease(KIND, limits).await.unwrap().jobs.len() <= usize::from(attempts == 7),
            "it waits"
        );
        sqlx::query("update queue set due_at = now()").execute(&database).await.unwrap();
        attempts += 1;
    }
    assert_eq!(attempts, 8);
    let dead = queue.dead_letters(Which::All, 0, 100).await.unwrap();
    assert!(dead[0].to_string().ends_with(": wrong after 8 attempts, a"), "{}", dead[0]);
    assert_eq!(queue.retry_dead_letters(Which::These(vec![dead[0].id])).await.unwrap(), 1);
    assert!(queue.dead_letters(Which::All, 0, 100).await.unwrap().is_empty());
    let batch = queue.lease(KIND, limits).await.unwrap();
    let lease = batch.lease();
    let of_it = batch.jobs.into_iter().find(|job| job.id == dead[0].id);
    if let Some(job) = of_it {
        queue.settle(lease, &[(job, Settlement::Dead("wrong".to_owned()))]).await.unwrap();
    }
    assert_eq!(queue.drop_dead_letters(Which::All).await.unwrap(), 1);
    stored.drop_database().await;
}

#[tokio::test]
async fn a_job_whose_workers_die_again_and_again_is_a_dead_letter() {
    let (stored, database) = database(Peer::GROUP).await;
    let (queue, stop) = (Queue::new(database.clone()), CancellationToken::new());
    enqueue(&database, &[None]).await;
    sqlx::query(
        "update queue set attempts = 7, lease = gen_random_uuid(), leased_until = now() - interval '1 second'",
    )
    .execute(&database)
    .await
    .unwrap();
    tokio::spawn(queue.clone().work(KIND, 1, stop.clone(), |_| async { Settlement::Done }));
    until_none(&database, "select count(*) from queue where dead_at is null").await;
    stop.cancel();
    assert_eq!(queue.dead_letters(Which::All, 0, 100).await.unwrap()[0].error, "abandoned");
    stored.drop_database().await;
}
