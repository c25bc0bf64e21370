//! On what kind of file system a directory is.

use std::path::Path;

use crate::session::FileSystem;

/// What Linux says of file systems that other machines have (statfs(2)), by the protocol. A file
/// system of FUSE can be either.
const NETWORK: [(u64, &str); 10] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0x00c3_6400, "Ceph"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x0bd0_0bd0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x7461_636f, "OCFS2"),
];
const FUSE: u64 = 0x6573_5546;

/// The file system of a directory, as far as it can be told.
#[cfg(target_os = "linux")]
pub(super) fn of(directory: &Path) -> FileSystem {
    match rustix::fs::statfs(directory) {
        Ok(found) => named(bits(found.f_type)),
        Err(_) => FileSystem::Unknown,
    }
}

/// The bits of a number whose width depends on the machine.
#[cfg(target_os = "linux")]
fn bits(number: impl Into<i64>) -> u64 {
    number.into().cast_unsigned()
}

/// The file system of a directory, which this system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(_: &Path) -> FileSystem {
    FileSystem::Unknown
}

#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has these numbers"))]
fn named(kind: u64) -> FileSystem {
    // Some machines have 32 bits, and a number with a sign.
    let kind = kind & 0xffff_ffff;
    match NETWORK.into_iter().find(|(number, _)| *number == kind) {
        Some((_, protocol)) => FileSystem::Network(protocol),
        None if kind == FUSE => FileSystem::Unknown,
        None => FileSystem::Local,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        for (number, wanted) in [
            (0xef53, FileSystem::Local),
            (0x0102_1994, FileSystem::Local),
            (0x6969, FileSystem::Network("NFS")),
            (0xff53_4d42, FileSystem::Network("SMB")),
            (0xffff_ffff_ff53_4d42, FileSystem::Network("SMB")),
            (FUSE, FileSystem::Unknown),
        ] {
            assert_eq!(named(number), wanted, "{number:x}");
        }
    }
}
