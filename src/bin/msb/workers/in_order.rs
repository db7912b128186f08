//! Work on a stream: results come in the order of the items, and what is held is bounded.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How much may be begun and not yet taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Items.
    pub(crate) items: usize,
    /// Their weight together; an item that weighs more goes alone.
    pub(crate) weight: usize,
}

/// What is done with the items of a stream.
pub(crate) trait Job: Send + Sync + 'static {
    type Item: Send + 'static;
    type Result: Send + 'static;

    /// What an item weighs while it is held.
    fn weight(&self, item: &Self::Item) -> usize;
    /// The work.
    fn work(&self, item: &Self::Item) -> Self::Result;
    /// The result for an item on which the work panicked.
    fn panicked(&self, item: &Self::Item) -> Self::Result;
}

/// What comes out of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn<R> {
    /// The next result.
    Result(R),
    /// None is ready, so whoever holds back results should give them away.
    Idle,
}

/// Works on what `next` gives in some threads, and hands results to `take` on this one, in the order of the items. An error of `take`
/// ends the stream at once, even while `next` waits for something that never comes: the threads are left to the end of the process.
pub(crate) fn in_order<J: Job, E>(
    mut next: impl FnMut() -> Option<J::Item> + Send + 'static,
    job: J,
    threads: usize,
    window: Window,
    mut take: impl FnMut(Turn<J::Result>) -> Result<(), E>,
) -> Result<(), E> {
    let job = Arc::new(job);
    let held = Arc::new(Held::new(window));
    // Without bounds of their own: the window holds back what goes in.
    let (give, items) = channel::<(usize, J::Item)>();
    let (answer, results) = channel();
    let items = Arc::new(Mutex::new(items));
    for _ in 0..threads.max(1) {
        let (job, items, answer) = (Arc::clone(&job), Arc::clone(&items), answer.clone());
        thread::spawn(move || {
            while let Some((index, item)) = receive(&items) {
                let worked = catch_unwind(AssertUnwindSafe(|| job.work(&item)));
                let result = worked.unwrap_or_else(|_| job.panicked(&item));
                if answer.send((index, job.weight(&item), result)).is_err() {
                    break;
                }
            }
        });
    }
    drop(answer);
    let entrance = Arc::clone(&held);
    thread::spawn(move || {
        for index in 0.. {
            let Some(item) = next() else { break };
            entrance.enter(job.weight(&item));
            if give.send((index, item)).is_err() {
                break;
            }
        }
    });
    let mut ahead = BTreeMap::new();
    let mut turn = 0;
    loop {
        while let Some((weight, result)) = ahead.remove(&turn) {
            take(Turn::Result(result))?;
            held.leave(weight);
            turn += 1;
        }
        let received = match results.try_recv() {
            Err(TryRecvError::Empty) => {
                take(Turn::Idle)?;
                results.recv().ok()
            }
            received => received.ok(),
        };
        let Some((index, weight, result)) = received else { return take(Turn::Idle) };
        ahead.insert(index, (weight, result));
    }
}

/// The next item, for one of several threads.
fn receive<T>(items: &Mutex<Receiver<T>>) -> Option<T> {
    items.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// What was begun and not yet taken.
struct Held {
    window: Window,
    /// Items, and their weight.
    now: Mutex<(usize, usize)>,
    less: Condvar,
}

impl Held {
    fn new(window: Window) -> Held {
        Held { window, now: Mutex::new((0, 0)), less: Condvar::new() }
    }

    fn now(&self) -> MutexGuard<'_, (usize, usize)> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room.
    fn enter(&self, weight: usize) {
        let is_full = |now: &mut (usize, usize)| {
            now.0 > 0 && (now.0 >= self.window.items || now.1.saturating_add(weight) > self.window.weight)
        };
        let mut now = self.less.wait_while(self.now(), is_full).unwrap_or_else(PoisonError::into_inner);
        *now = (now.0 + 1, now.1.saturating_add(weight));
    }

    fn leave(&self, weight: usize) {
        let mut now = self.now();
        *now = (now.0.saturating_sub(1), now.1.saturating_sub(weight));
        self.less.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    const WIDE: Window = Window { items: 100, weight: usize::MAX };

    /// Doubles numbers, the later ones faster; panics on 13.
    struct Doubles;

    impl Job for Doubles {
        type Item = usize;
        type Result = usize;
        fn weight(&self, item: &usize) -> usize {
            *item
        }
        fn work(&self, item: &usize) -> usize {
            assert_ne!(*item, 13);
            thread::sleep(Duration::from_micros(500 * (item % 4) as u64));
            item * 2
        }
        fn panicked(&self, _: &usize) -> usize {
            usize::MAX
        }
    }

    fn numbers(end: usize) -> impl FnMut() -> Option<usize> + Send + 'static {
        let mut all = 0..end;
        move || all.next()
    }

    #[test]
    fn results_come_in_order_and_a_panic_is_one_of_them() {
        let mut results = Vec::new();
        let ended = in_order(numbers(300), Doubles, 4, WIDE, |turn| {
            if let Turn::Result(result) = turn {
                results.push(result);
            }
            Ok::<(), ()>(())
        });
        assert_eq!(ended, Ok(()));
        let expected: Vec<usize> = (0..300).map(|n| if n == 13 { usize::MAX } else { n * 2 }).collect();
        assert_eq!(results, expected);
    }

    #[test]
    fn nothing_is_held_beyond_the_window() {
        for (window, most) in [(Window { items: 3, weight: usize::MAX }, 3), (Window { items: 100, weight: 7 }, 7)] {
            let begun = Arc::new(AtomicUsize::new(0));
            let (counted, mut left) = (Arc::clone(&begun), 200);
            let next = move || {
                left -= 1;
                counted.fetch_add(1, Ordering::SeqCst);
                (left >= 0).then_some(1)
            };
            let mut taken = 0;
            let ended = in_order(next, Doubles, 4, window, |turn| {
                taken += usize::from(turn == Turn::Result(2));
                // One more waits in front of the window.
                let held = begun.load(Ordering::SeqCst) - taken;
                if held > most + 1 { Err(held) } else { Ok(()) }
            });
            assert_eq!((ended, taken), (Ok(()), 200), "{window:?}");
        }
    }

    #[test]
    fn what_is_too_heavy_goes_alone() {
        let heavy = Window { items: 100, weight: 0 };
        let mut sum = 0;
        let ended = in_order(numbers(12), Doubles, 4, heavy, |turn| {
            sum += if let Turn::Result(result) = turn { result } else { 0 };
            Ok::<(), ()>(())
        });
        assert_eq!((ended, sum), (Ok(()), 132));
    }

    #[test]
    fn an_error_ends_it_though_the_next_item_never_comes() {
        let mut first = Some(1);
        let next = move || {
            first.take().or_else(|| {
                loop {
                    thread::park()
                }
            })
        };
        let mut turns = Vec::new();
        let ended = in_order(next, Doubles, 2, WIDE, |turn| {
            let is_result = matches!(turn, Turn::Result(_));
            turns.push(turn);
            if is_result { Err("nobody reads") } else { Ok(()) }
        });
        assert_eq!(ended, Err("nobody reads"));
        assert_eq!(turns.last(), Some(&Turn::Result(2)));
    }

    #[test]
    fn whoever_waits_is_given_what_there_is() {
        let (more, asked) = channel::<usize>();
        let mut turns = Vec::new();
        more.send(1).unwrap();
        let mut more = Some(more);
        let ended = in_order(
            move || asked.recv().ok(),
            Doubles,
            2,
            WIDE,
            |turn| {
                // The second item comes only after the first result was given away.
                if turn == Turn::Idle && turns.last() == Some(&Turn::Result(2)) {
                    match turns.iter().filter(|turn| **turn == Turn::Result(2)).count() {
                        1 => more.as_ref().unwrap().send(1).unwrap(),
                        _ => more = None,
                    }
                }
                turns.push(turn);
                Ok::<(), ()>(())
            },
        );
        assert_eq!(ended, Ok(()));
        assert_eq!(turns.iter().filter(|turn| **turn == Turn::Result(2)).count(), 2);
    }
}
