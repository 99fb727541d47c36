//! What sagas promise, by one that merges customers.

mod merge;

use self::merge::{Behaviour, Merge, Step, World, customer};
use crate::fixture::until_none;
use patron_ledger::{
    queue::{Queue, dead_letter::Which},
    saga::Failure,
};
use tonic::Code;

#[tokio::test]
async fn a_saga_takes_its_steps_in_order_and_is_found_by_each_of_its_customers_until_it_ends() {
    let world = World::new().await;
    world.participants.behave(Step::Activity, Some(Behaviour::Away));
    assert!(matches!(world.merge(&["agy"]).await[..], [Err(Failure::Later(_))]));
    for concerned in [1, 2] {
        assert_eq!(world.sagas.find(customer(concerned)).await.unwrap()[0].name, "agy");
    }
    assert!(world.sagas.find(customer(3)).await.unwrap().is_empty());
    world.participants.behave(Step::Activity, None);
    world.resume();
    until_none(&world.database, "select count(*) from queue").await;
    let calls = world.participants.calls();
    assert_eq!(calls[..3], ["Address agy", "Group agy", "Activity agy"]);
    assert_eq!(calls[calls.len() - 3..], ["Address agy", "Group agy", "Activity agy"]);
    assert_eq!(world.merge(&["ay"]).await.pop().unwrap().unwrap(), "ay");
    world.end().await;
}

#[tokio::test]
async fn a_saga_that_is_refused_in_the_middle_is_compensated_in_reverse_and_others_beside_it_are_not() {
    let world = World::new().await;
    world.participants.behave(Step::Group, Some(Behaviour::Refuse));
    let ended = world.merge(&["agy", "ay"]).await;
    assert!(
        matches!(&ended[0], Err(Failure::Compensated(status)) if status.code() == Code::PermissionDenied)
    );
    assert!(matches!(&ended[1], Ok(name) if name == "ay"));
    let calls = world.participants.calls();
    let back: Vec<_> = calls.iter().filter(|call| call.contains("agy ")).collect();
    assert_eq!(back, ["Group agy back", "Address agy back", "agy abandoned"]);
    until_none(&world.database, "select count(*) from queue").await;
    world.end().await;
}

#[tokio::test]
async fn a_saga_whose_process_dies_between_steps_is_resumed_and_one_that_compensates_goes_on_to_do_so() {
    let world = World::new().await;
    world.participants.behave(Step::Group, Some(Behaviour::Hang));
    world.die_at("Group agy", &["agy"]).await;
    world.participants.behave(Step::Group, None);
    world.resume();
    until_none(&world.database, "select count(*) from queue").await;
    assert_eq!(world.participants.calls(), ["Address agy", "Group agy", "Activity agy"]);
    world.stop.cancel();

    let world = World::new().await;
    world.participants.behave(Step::Activity, Some(Behaviour::Refuse));
    world.participants.behave(Step::Group, Some(Behaviour::HangBack));
    world.die_at("Group agy back", &["agy"]).await;
    world.participants.behave(Step::Activity, None);
    world.participants.behave(Step::Group, None);
    world.resume();
    until_none(&world.database, "select count(*) from queue").await;
    assert_eq!(
        world.participants.calls(),
        ["Activity agy back", "Group agy back", "Address agy back", "agy abandoned"]
    );
    world.end().await;
}

#[tokio::test]
async fn a_participant_that_hangs_delays_only_sagas_that_need_it() {
    let world = World::new().await;
    world.participants.behave(Step::Activity, Some(Behaviour::Away));
    world.merge(&["agy", "ay", "y"]).await;
    world.participants.behave(Step::Address, Some(Behaviour::Away));
    world.merge(&["ag"]).await;
    world.participants.behave(Step::Address, None);
    world.participants.behave(Step::Activity, Some(Behaviour::Hang));
    world.resume();
    world.participants.until_called("Activity y").await;
    until_none(&world.database, "select count(*) from queue where payload = 'ag'").await;
    world.stop.cancel();
    let left: i64 =
        sqlx::query_scalar("select count(*) from queue").fetch_one(&world.database).await.unwrap();
    assert_eq!(left, 3);
}

#[tokio::test]
async fn of_sagas_that_start_together_only_those_that_need_a_participant_wait_for_it() {
    let world = World::new().await;
    world.participants.behave(Step::Activity, Some(Behaviour::Away));
    let ended = world.merge(&["agy", "ag", "y", "g"]).await;
    assert!(
        matches!(&ended[..], [Err(Failure::Later(_)), Ok(ag), Err(Failure::Later(_)), Ok(g)] if ag == "ag" && g == "g"),
        "{ended:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_saga_whose_processes_die_is_compensated_and_only_a_compensation_that_fails_is_a_dead_letter() {
    const DIED: &str = "update queue set attempts = 7, lease = gen_random_uuid(), leased_until = now() - interval '1 second'";
    let world = World::new().await;
    world.participants.behave(Step::Group, Some(Behaviour::Away));
    assert!(matches!(world.merge(&["agy"]).await[..], [Err(Failure::Later(_))]));
    world.participants.behave(Step::Group, Some(Behaviour::HangBack));
    world.participants.calls.lock().unwrap().clear();
    // The eighth that had it is gone.
    world.execute(DIED).await;
    world.resume();
    world.participants.until_called("Group agy back").await;
    assert_eq!(world.participants.calls(), ["Activity agy back", "Group agy back"], "no step is taken again");
    let attempts: i32 =
        sqlx::query_scalar("select attempts from queue").fetch_one(&world.database).await.unwrap();
    assert_eq!(attempts, 0, "it may compensate as often as it could go forward");

    // This process hangs in it, another comes, and so on.
    world.execute(DIED).await;
    until_none(&world.database, "select count(*) from queue where dead_at is null").await;
    let queue = Queue::new(world.database.clone());
    assert_eq!(queue.dead_letters(Which::All, 0, 100).await.unwrap()[0].error, "abandoned");
    world.participants.behave(Step::Group, None);
    queue.retry_dead_letters(Which::All).await.unwrap();
    until_none(&world.database, "select count(*) from queue").await;
    assert!(world.participants.calls().ends_with(&["agy abandoned".to_owned()]));
    world.end().await;
}

#[tokio::test]
async fn an_outage_that_outlasts_the_patience_of_a_saga_is_compensated() {
    let world = World::new().await;
    world.participants.behave(Step::Group, Some(Behaviour::Away));
    assert!(matches!(world.merge(&["agy"]).await[..], [Err(Failure::Later(_))]));
    world.execute("update queue set created_at = now() - interval '11 minutes', due_at = now()").await;
    world.resume();
    until_none(&world.database, "select count(*) from queue").await;
    assert!(
        world.participants.calls().ends_with(&["Address agy back".to_owned(), "agy abandoned".to_owned()])
    );
    world.end().await;
}

#[tokio::test]
async fn of_two_processes_that_work_on_one_saga_one_ends_it() {
    let world = World::new().await;
    world.participants.behave(Step::Activity, Some(Behaviour::Hang));
    let slow = world.sagas.clone();
    let mut transaction = world.database.begin().await.unwrap();
    let merge = Merge { name: "y".to_owned(), customers: [customer(1), customer(2)] };
    let started = slow.start(&mut transaction, vec![merge]).await.unwrap();
    transaction.commit().await.unwrap();
    world.participants.behave(Step::Activity, None);
    world.execute("update queue set lease = gen_random_uuid()").await;
    assert!(matches!(slow.advance(started).await[..], [Err(Failure::Elsewhere)]));
    world.execute("update queue set leased_until = now() - interval '1 second'").await;
    world.resume();
    until_none(&world.database, "select count(*) from queue").await;
    world.end().await;
}

#[tokio::test]
async fn a_saga_that_cannot_be_read_is_a_dead_letter() {
    let world = World::new().await;
    world.participants.behave(Step::Address, Some(Behaviour::Away));
    world.merge(&["a"]).await;
    world.execute(r"update queue set payload = '\xff', due_at = now()").await;
    world.resume();
    until_none(&world.database, "select count(*) from queue where dead_at is null").await;
    let dead = Queue::new(world.database.clone()).dead_letters(Which::All, 0, 100).await.unwrap();
    assert_eq!(dead[0].error, "undecodable");
    world.end().await;
}
