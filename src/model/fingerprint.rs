//! The MD5 fingerprint that ECS shows for a key.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The MD5 fingerprint of a public key, which is how ECS identifies key material.
///
/// MD5 over the SSH wire form (RFC 4716, section 4). The service shows it with or without colons
/// and in either case; here it is sixteen bytes, so that two forms of one fingerprint are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^[0-9a-f]{32}$"))]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Wraps the sixteen bytes of an MD5 digest.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads 32 hexadecimal digits, with or without colons between the bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.bytes().filter(|&byte| byte != b':').collect();
        if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// 32 lower-case digits without colons, the form DescribeKeyPairs was seen to answer.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MD5:")?;
        for (index, byte) in self.0.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hex())
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a fingerprint has 32 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_fingerprint_are_equal() {
        let plain = Fingerprint::parse("0123456789abcdef0123456789ABCDEF");
        let colons = Fingerprint::parse("01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef");
        assert_eq!(plain, colons);
        assert_eq!(plain.map(|p| p.hex()), Some("0123456789abcdef0123456789abcdef".to_owned()));
        for bad in ["", "01", "0123456789abcdef0123456789abcdeg", "é"] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
    }
}
