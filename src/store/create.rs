//! Creating a blob, whatever becomes of the answer.

use super::{Created, Shelf, ShelfError, ShelfErrorKind};

/// How often a creation is asked for whose answer does not come.
const ATTEMPTS: usize = 3;

/// Creates a blob whose content no other run would write: it names this one.
///
/// Where an answer was lost, what is there tells whether it was this creation that made it. Asking
/// again is safe since the content is the same: if the lost request comes late, the one that came
/// before it has made the same blob.
pub(super) fn create(shelf: &dyn Shelf, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
    let mut may_be_ours = false;
    let mut attempt = 1;
    loop {
        match shelf.create(name, content) {
            Ok(Created::Exists) if may_be_ours => return whose(shelf, name, content),
            Ok(created) => return Ok(created),
            Err(error) if error.kind == ShelfErrorKind::Refused || attempt == ATTEMPTS => {
                return Err(error);
            }
            Err(error) => may_be_ours |= error.kind == ShelfErrorKind::Lost,
        }
        attempt += 1;
    }
}

/// Whether what is there is what this run wants to create.
fn whose(shelf: &dyn Shelf, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
    let is_ours = shelf.read(name)?.is_some_and(|there| there == content);
    Ok(if is_ours { Created::New } else { Created::Exists })
}
