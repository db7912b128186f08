//! Work on many things, on all cores.

mod in_order;

pub(crate) use in_order::{Job, Turn, Window, in_order};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// How many threads work, when nobody says it: one for each core.
pub(crate) fn threads(asked: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    asked.map_or_else(cores, usize::from)
}

/// Does `work` on each item in some threads and hands results to `take` on this one, as they come, with the item's index. A
/// result of nothing is a panic, which stops no other item. Once `stop` is set nothing new is begun; what was begun is
/// finished and handed over.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    stop: &AtomicBool,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(usize, Option<R>),
) {
    let next = AtomicUsize::new(0);
    let threads = threads.clamp(1, items.len().max(1));
    // Results that nobody has taken yet are few, however fast they are made.
    let (sender, results) = mpsc::sync_channel(2 * threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = catch_unwind(AssertUnwindSafe(|| work(item))).ok();
                    if sender.send((index, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in results {
            take(index, result);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        let items: Vec<usize> = (0..500).collect();
        let mut results = vec![0; 500];
        each(&items, 4, &AtomicBool::new(false), |item| item * 2, |index, result| results[index] += result.unwrap());
        assert!(results.iter().enumerate().all(|(index, result)| *result == index * 2));
        each(&[] as &[usize], 4, &AtomicBool::new(false), |item| *item, |_, _| panic!("there is none"));
    }

    #[test]
    fn a_panic_is_a_result_of_nothing_and_a_stop_begins_nothing() {
        let mut failed = Vec::new();
        let work = |item: &usize| assert_ne!(*item, 3);
        each(&[1, 2, 3, 4], 2, &AtomicBool::new(false), work, |index, result| {
            if result.is_none() {
                failed.push(index);
            }
        });
        assert_eq!(failed, [2]);
        let stop = AtomicBool::new(false);
        let mut taken = 0;
        each(&[1; 1000], 1, &stop, |_| stop.store(true, Ordering::Relaxed), |_, _| taken += 1);
        assert_eq!(taken, 1);
    }
}
