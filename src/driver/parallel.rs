//! The same work on many things, in a bounded number of threads.

use std::{
    panic::resume_unwind,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread::{self, Builder},
};

use super::workers::{start, usual};

/// Does some work on each item, on up to `threads` of them at once, and answers in the order of the
/// items. With one thread the items come one after the other, and none comes after one that failed.
///
/// The thread that calls works too, so that fewer do it if the system makes no more. A panic goes on
/// in it when the others have come to their end.
///
/// # Errors
/// That of the first item, in the order of the items, that fails: it does not depend on which thread
/// was faster.
pub fn parallel<I: Sync, T: Send, E: Send>(
    threads: usize,
    items: &[I],
    work: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    parallel_with(usual, threads, items, work)
}

fn parallel_with<I: Sync, T: Send, E: Send>(
    builder: fn() -> Builder,
    threads: usize,
    items: &[I],
    work: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    // Items are taken in their order. So when one fails, all before it were taken and come to their
    // end, and the first failure of all is always among the results.
    let take = || {
        let mut results = Vec::new();
        while !has_failed.load(Ordering::SeqCst) {
            let index = next.fetch_add(1, Ordering::SeqCst);
            let Some(item) = items.get(index) else { break };
            let result = work(item);
            has_failed.fetch_or(result.is_err(), Ordering::SeqCst);
            results.push((index, result));
        }
        results
    };
    let mut results = thread::scope(|scope| {
        let others = threads.min(items.len()).saturating_sub(1);
        let workers = start(scope, builder, others, take);
        let mut results = take();
        for handle in workers.handles {
            results.extend(handle.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        results
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::{Barrier, Mutex},
    };

    use super::{super::workers::impossible, *};

    const ITEMS: [usize; 6] = [0, 1, 2, 3, 4, 5];

    #[test]
    fn so_many_items_are_worked_on_at_once_and_the_answers_keep_their_order() {
        for threads in [2, 3, 6] {
            // Each waits until as many as there are threads have begun.
            let all = Barrier::new(threads);
            let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let answers = parallel(threads, &ITEMS, |&item| {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                all.wait();
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, ()>(item * 10)
            });
            assert_eq!(answers, Ok(vec![0, 10, 20, 30, 40, 50]));
            assert_eq!(most.into_inner(), threads);
        }
    }

    #[test]
    fn one_thread_works_in_order_and_begins_nothing_after_a_failure() {
        for threads in [0, 1] {
            let begun = Mutex::new(Vec::new());
            let answers: Result<Vec<()>, usize> = parallel(threads, &ITEMS, |&item| {
                begun.lock().unwrap().push(item);
                if item < 2 { Ok(()) } else { Err(item) }
            });
            assert_eq!(answers, Err(2));
            assert_eq!(begun.into_inner().unwrap(), [0, 1, 2]);
        }
    }

    #[test]
    fn the_failure_that_is_told_is_the_first_in_order_and_not_in_time() {
        for _ in 0..50 {
            // Item 0 fails only once item 1 is about to.
            let both = Barrier::new(2);
            let answers: Result<Vec<()>, usize> = parallel(2, &ITEMS[..2], |&item| {
                both.wait();
                for _ in 0..(1 - item) * 1000 {
                    std::hint::spin_loop();
                }
                Err(item)
            });
            assert_eq!(answers, Err(0));
        }
    }

    #[test]
    fn without_more_threads_the_one_that_calls_does_it_all() {
        let here = thread::current().id();
        let answers = parallel_with(impossible, 4, &ITEMS, |&item| {
            assert_eq!(thread::current().id(), here);
            Ok::<_, ()>(item)
        });
        assert_eq!(answers, Ok(ITEMS.to_vec()));
    }

    #[test]
    fn a_panic_goes_on_in_the_thread_that_calls() {
        let both = Barrier::new(2);
        let work = |&item: &usize| -> Result<usize, ()> {
            both.wait();
            if item == 0 { Ok(0) } else { resume_unwind(Box::new("a mistake")) }
        };
        let ended = catch_unwind(AssertUnwindSafe(|| parallel(2, &ITEMS[..2], work)));
        let panic = ended.expect_err("it panics");
        assert_eq!(panic.downcast_ref(), Some(&"a mistake"));
    }

    #[test]
    fn nothing_is_nothing_to_do() {
        assert_eq!(parallel(8, &[], |_: &()| Err::<(), ()>(())), Ok(vec![]));
    }
}
