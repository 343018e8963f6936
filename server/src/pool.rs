//! Work on many items at once, with the results in the order of the items.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// How far, in items for each thread, work may run ahead of what was taken: it bounds the results in memory.
const AHEAD: usize = 64;
/// The stack of a worker, as large as a main thread's.
const STACK: usize = 8 << 20;

/// Calls `work` for each item on `jobs` threads and `take` for each result, on the calling thread and in the order of
/// the items, as early as possible. One job needs no thread at all.
pub(crate) fn in_order<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R),
) {
    let jobs = jobs.min(items.len());
    if jobs <= 1 {
        items.iter().for_each(|item| take(work(item)));
        return;
    }
    let queue = Queue::new(jobs);
    thread::scope(|scope| {
        let mut started = 0;
        for _ in 0..jobs {
            let worker = || {
                while let Some(index) = queue.next(items.len()) {
                    let result = items.get(index).map(&work);
                    queue.put(index, result);
                }
            };
            let builder = thread::Builder::new().stack_size(STACK);
            started += usize::from(builder.spawn_scoped(scope, worker).is_ok());
        }
        for (index, item) in items.iter().enumerate() {
            // Where no thread could be started the calling one does it all.
            let result = if started == 0 {
                Some(work(item))
            } else {
                queue.take(index)
            };
            result.into_iter().for_each(&mut take);
        }
    });
}

/// What the threads share.
struct Queue<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
    ahead: usize,
}

struct State<R> {
    /// The next item to work on.
    next: usize,
    /// The next result to take.
    taken: usize,
    /// Results that wait for earlier ones. `None` stands for an item without a result.
    ready: BTreeMap<usize, Option<R>>,
}

impl<R> Queue<R> {
    fn new(jobs: usize) -> Self {
        Self {
            state: Mutex::new(State {
                next: 0,
                taken: 0,
                ready: BTreeMap::new(),
            }),
            changed: Condvar::new(),
            ahead: jobs * AHEAD,
        }
    }

    /// The index of an item to work on, once the results are not too far behind.
    fn next(&self, len: usize) -> Option<usize> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .changed
            .wait_while(state, |state| {
                state.next < len && state.next >= state.taken + self.ahead
            })
            .unwrap_or_else(PoisonError::into_inner);
        let index = state.next;
        (index < len).then(|| {
            state.next += 1;
            index
        })
    }

    fn put(&self, index: usize, result: Option<R>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ready.insert(index, result);
        drop(state);
        self.changed.notify_all();
    }

    /// The result of an item, waiting for it.
    fn take(&self, index: usize) -> Option<R> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .changed
            .wait_while(state, |state| !state.ready.contains_key(&index))
            .unwrap_or_else(PoisonError::into_inner);
        let result = state.ready.remove(&index).flatten();
        state.taken = index + 1;
        drop(state);
        self.changed.notify_all();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn order_is_kept_for_any_number_of_jobs() {
        let items: Vec<usize> = (0..1000).collect();
        for jobs in [1, 2, 7, 2000] {
            let mut results = Vec::new();
            in_order(&items, jobs, |item| item * 2, |result| results.push(result));
            let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(results, expected, "{jobs} jobs");
        }
        in_order(&[] as &[usize], 4, |item| *item, |_| panic!("no items"));
    }

    #[test]
    fn work_does_not_run_far_ahead() {
        let items: Vec<usize> = (0..1000).collect();
        let done = AtomicUsize::new(0);
        let mut most = 0;
        let mut taken = 0;
        in_order(
            &items,
            2,
            |item| {
                if *item == 0 {
                    std::thread::sleep(Duration::from_millis(50));
                }
                done.fetch_add(1, Ordering::SeqCst);
            },
            |()| {
                taken += 1;
                most = most.max(done.load(Ordering::SeqCst).saturating_sub(taken));
            },
        );
        assert!(most <= 2 * AHEAD, "{most} results waited");
    }
}
