//! A shelf that fails and crashes at the operation that a test picks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Created, Shelf, ShelfError, ShelfErrorKind};

/// A shelf around another one, which does not grow.
#[derive(Debug)]
pub struct FaultyShelf<S> {
    inner: S,
    course: Mutex<Course>,
}

#[derive(Debug, Default)]
struct Course {
    operations: u64,
    trouble: Option<(u64, Trouble)>,
    is_stopped: bool,
}

/// What happens at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not done, and the shelf is said to be unreachable.
    Unreachable,
    /// It is not done, and its answer is said to be lost.
    LoseRequest,
    /// It is done, and its answer is lost.
    LoseAnswer,
    /// It is refused.
    Refuse,
    /// The program stops before it: this operation and all later ones fail.
    StopBefore,
    /// The program stops after it was done: all later ones fail too.
    StopAfter,
}

impl Trouble {
    /// Each kind of it.
    pub const ALL: [Self; 6] = [
        Self::Unreachable,
        Self::LoseRequest,
        Self::LoseAnswer,
        Self::Refuse,
        Self::StopBefore,
        Self::StopAfter,
    ];

    /// Whether the program stops with it.
    #[must_use]
    pub fn is_stop(self) -> bool {
        matches!(self, Self::StopBefore | Self::StopAfter)
    }
}

impl<S: Shelf> FaultyShelf<S> {
    /// Wraps a shelf; nothing goes wrong before a test picks it.
    pub fn new(inner: S) -> Self {
        Self { inner, course: Mutex::default() }
    }

    /// Picks what happens at the operation with this number, counted from 0 since the shelf was
    /// wrapped.
    pub fn trouble_at(&self, operation: u64, trouble: Trouble) {
        self.course().trouble = Some((operation, trouble));
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.course().operations
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn operate<R>(&self, work: impl FnOnce(&S) -> Result<R, ShelfError>) -> Result<R, ShelfError> {
        let mut course = self.course();
        if course.is_stopped {
            return Err(self.error(ShelfErrorKind::Unreachable));
        }
        let number = course.operations;
        course.operations += 1;
        let Some((_, trouble)) = course.trouble.take_if(|(at, _)| *at == number) else {
            drop(course);
            return work(&self.inner);
        };
        course.is_stopped = trouble.is_stop();
        drop(course);
        match trouble {
            Trouble::Unreachable | Trouble::StopBefore => {
                Err(self.error(ShelfErrorKind::Unreachable))
            }
            Trouble::LoseRequest => Err(self.error(ShelfErrorKind::Lost)),
            Trouble::Refuse => Err(self.error(ShelfErrorKind::Refused)),
            Trouble::LoseAnswer | Trouble::StopAfter => {
                work(&self.inner)?;
                Err(self.error(ShelfErrorKind::Lost))
            }
        }
    }

    fn error(&self, kind: ShelfErrorKind) -> ShelfError {
        let reason = "a test wants it so".to_owned();
        ShelfError { place: self.inner.place(), reason, kind }
    }
}

impl<S: Shelf> Shelf for FaultyShelf<S> {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        self.operate(|shelf| shelf.list(prefix))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.operate(|shelf| shelf.read(name))
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        self.operate(|shelf| shelf.create(name, content))
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.operate(|shelf| shelf.remove(name))
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}
