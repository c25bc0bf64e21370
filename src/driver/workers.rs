//! Threads of a scope, as many as the system makes.

use std::{
    io,
    thread::{Builder, Scope, ScopedJoinHandle},
};

/// Threads that were started.
pub(super) struct Workers<'scope, T> {
    /// Those that run.
    pub(super) handles: Vec<ScopedJoinHandle<'scope, T>>,
    /// Why there are fewer than were asked for, if so.
    pub(super) refused: Option<io::Error>,
}

/// Starts up to so many threads that do the same. The system may make fewer: whoever starts them
/// says with how few the work can go on.
pub(super) fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    builder: fn() -> Builder,
    count: usize,
    work: impl Fn() -> T + Clone + Send + 'scope,
) -> Workers<'scope, T> {
    let mut handles = Vec::new();
    for _ in 0..count {
        match builder().spawn_scoped(scope, work.clone()) {
            Ok(handle) => handles.push(handle),
            Err(error) => return Workers { handles, refused: Some(error) },
        }
    }
    Workers { handles, refused: None }
}

/// How threads are usually made.
pub(super) fn usual() -> Builder {
    Builder::new().name("worker".to_owned())
}

/// Threads that no system makes, for its stack is larger than any memory.
#[cfg(test)]
pub(super) fn impossible() -> Builder {
    Builder::new().stack_size(1 << 60)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn the_system_may_make_fewer_threads_than_are_asked_for_or_none() {
        let started = |builder| {
            thread::scope(|scope| {
                let workers = start(scope, builder, 3, || 1);
                let done = workers.handles.into_iter().filter_map(|handle| handle.join().ok());
                (done.sum::<usize>(), workers.refused.is_some())
            })
        };
        assert_eq!(started(usual), (3, false));
        assert_eq!(started(impossible), (0, true));
    }
}
