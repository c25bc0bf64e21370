//! The data types of the SSH protocol (RFC 4251, section 5), read and written.

/// Reads fields one after the other. `None` means that the bytes end before the field does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// A `string`: four bytes of length, and as many bytes.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.uint32()?;
        let (string, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(string)
    }

    /// A `uint32`, big-endian.
    pub(super) fn uint32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    /// A `uint64`, big-endian.
    pub(super) fn uint64(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*bytes))
    }
}

/// The big-endian digits of a positive `mpint`, without its leading zero; `None` for zero, for a
/// negative number, and for one that is not written as short as it can be.
pub(super) fn positive(mpint: &[u8]) -> Option<&[u8]> {
    match mpint {
        [0, digits @ ..] if digits.first().is_some_and(|first| *first >= 0x80) => Some(digits),
        [1..=0x7f, ..] => Some(mpint),
        _ => None,
    }
}

/// Appends a `string`.
pub(super) fn put_string(out: &mut Vec<u8>, string: &[u8]) {
    let length = u32::try_from(string.len()).expect("the fields of a key are below 4 GiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(string);
}

/// Appends a number of big-endian digits, which may begin with zeros, as an `mpint`.
pub(super) fn put_number(out: &mut Vec<u8>, digits: &[u8]) {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = &digits[zeros..];
    let sign = digits.first().filter(|first| **first >= 0x80).map(|_| 0);
    put_string(out, &sign.into_iter().chain(digits.iter().copied()).collect::<Vec<u8>>());
}
