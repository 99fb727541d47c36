use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::oneshot, time::Instant};

/// How many of those who have no precedence may wait: a flood of strangers leaves places to the rest.
const OTHERS: usize = 192;

/// A queue for a few turns at once, in which some have precedence.
#[derive(Debug, Clone)]
pub(super) struct Queue(Arc<Mutex<Waiting>>);

#[derive(Debug)]
struct Waiting {
    /// Turns that nobody has.
    free: usize,
    first: VecDeque<oneshot::Sender<Turn>>,
    others: VecDeque<oneshot::Sender<Turn>>,
}

/// Who goes before whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// Who is signed in, or known where the attempt comes from.
    Known,
    /// Everyone else.
    Stranger,
}

/// A turn, which goes to the next when it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Option<Queue>);

impl Queue {
    /// A queue for so many turns at once.
    pub(super) fn new(turns: usize) -> Self {
        Self(Arc::new(Mutex::new(Waiting { free: turns, first: VecDeque::new(), others: VecDeque::new() })))
    }

    /// Waits for a turn; `None` where it does not come in time, or too many strangers wait.
    pub(super) async fn wait(&self, precedence: Precedence, until: Instant) -> Option<Turn> {
        let turn = {
            let mut waiting = self.lock();
            if waiting.free > 0 {
                waiting.free -= 1;
                return Some(Turn(Some(self.clone())));
            }
            let (sender, receiver) = oneshot::channel();
            match precedence {
                Precedence::Known => waiting.first.push_back(sender),
                Precedence::Stranger => {
                    waiting.others.retain(|waiting| !waiting.is_closed());
                    if waiting.others.len() >= OTHERS {
                        return None;
                    }
                    waiting.others.push_back(sender);
                }
            }
            receiver
        };
        tokio::time::timeout_at(until, turn).await.ok()?.ok()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out who comes next; without one the turn is free.
    fn next(&self) -> Option<oneshot::Sender<Turn>> {
        let mut waiting = self.lock();
        let next = waiting.first.pop_front();
        let next = next.or_else(|| waiting.others.pop_front());
        if next.is_none() {
            waiting.free += 1;
        }
        next
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(queue) = self.0.take() else { return };
        while let Some(next) = queue.next() {
            // Who has gone away gives it back.
            let Err(mut refused) = next.send(Self(Some(queue.clone()))) else { return };
            refused.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(1)
    }

    #[tokio::test]
    async fn the_known_go_before_strangers_and_each_in_turn() {
        let queue = Queue::new(1);
        let held = queue.wait(Precedence::Stranger, soon()).await.unwrap();
        let order = Mutex::new(Vec::new());
        let wait = async |name, precedence| {
            let _turn = queue.wait(precedence, soon()).await.unwrap();
            order.lock().unwrap().push(name);
        };
        let release = async { drop(held) };
        tokio::join!(
            wait("first stranger", Precedence::Stranger),
            wait("second stranger", Precedence::Stranger),
            wait("known", Precedence::Known),
            release
        );
        assert_eq!(*order.lock().unwrap(), ["known", "first stranger", "second stranger"]);
        assert_eq!(queue.lock().free, 1);
    }

    #[tokio::test]
    async fn who_waits_too_long_gives_way_and_loses_no_turn() {
        let queue = Queue::new(1);
        let held = queue.wait(Precedence::Known, soon()).await.unwrap();
        assert!(queue.wait(Precedence::Known, Instant::now()).await.is_none());
        let waits = queue.wait(Precedence::Stranger, soon());
        let release = async { drop(held) };
        let (turn, ()) = tokio::join!(waits, release);
        drop(turn.unwrap());
        assert_eq!(queue.lock().free, 1);
    }

    #[tokio::test]
    async fn strangers_leave_places_to_the_known() {
        let queue = Queue::new(1);
        let held = queue.wait(Precedence::Known, soon()).await.unwrap();
        let strangers = join_all((0..=OTHERS).map(|_| queue.wait(Precedence::Stranger, soon())));
        let known = async {
            tokio::task::yield_now().await;
            let (turn, ()) = tokio::join!(queue.wait(Precedence::Known, soon()), async { drop(held) });
            drop(turn.unwrap());
        };
        let (strangers, ()) =
            tokio::join!(async { strangers.await.into_iter().filter(Option::is_none).count() }, known);
        assert!(strangers >= 1, "one was too many");
    }
}
