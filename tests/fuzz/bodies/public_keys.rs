//! A public key as somebody pasted it.

use keyform::keys::GivenKey;

/// Whatever is accepted is one line that means the same again.
pub(super) fn run(bytes: &[u8]) {
    match GivenKey::parse(bytes) {
        Ok(given) => {
            let line = given.line();
            assert!(!line.contains(['\n', '\r', '\0']), "{line:?}");
            let again = GivenKey::parse(line.as_bytes())
                .unwrap_or_else(|problem| panic!("{line:?} is refused: {problem}"));
            assert_eq!((again.line(), again.public_key()), (line, given.public_key()));
        }
        Err(problem) => assert!(!problem.to_string().is_empty()),
    }
}
