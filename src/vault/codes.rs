//! Codes of why the vault refuses.

use crate::code::codes;

codes! {
    /// The codes of a [`VaultError`](super::VaultError) itself; a file that cannot be used has its own.
    pub enum VaultErrorCode {
        NotADirectory = "keyDirectoryNotPlain" {
            meaning: "Something that is not a directory stands where private keys are kept.",
            why: "A symlink could lead the keys to where others read them (L4).",
            fix: "Move it away, or name the directory itself.",
        }
        WritableByOthers = "keyDirectoryWritable" {
            meaning: "Others on this machine can write to the directory of the private keys.",
            why: "They could put a key of theirs in the place of yours (L4).",
            fix: "Run `chmod 700` on it, and look whether anything in it is not yours.",
        }
        OfAnotherUser = "keyDirectoryOfAnotherUser" {
            meaning: "The directory of the private keys belongs to another user.",
            why: "Its owner can read the keys, and put others in their place (L4).",
            fix: "Run keyform as that user, or keep the private keys in a directory of your own.",
        }
        AnotherKey = "anotherKeyInFile" {
            meaning: "The place of a private key holds another one.",
            why: "keyform never overwrites a private key (L2).",
            fix: "Move it away if it is not needed, and run the same command again.",
        }
        Taken = "keyFileTaken" {
            meaning: "A private key stands where that of a pair would be kept which the service is \
                      about to create.",
            why: "The service hands a private key out once, so its place must be free before (L2).",
            fix: "Run the same command again: it uses the key that is there, or says why not.",
        }
        ReadBack = "keyNotReadBack" {
            meaning: "A private key was written, and reads back with another content.",
            why: "A key counts as kept only when it was read back (L2), so the pair was not made.",
            fix: "Check the disk or the programs of the vault, move the key away, and run the same \
                  command again.",
        }
        NotGivenBack = "keyNotGivenBack" {
            meaning: "The program that puts a private key succeeded, and the one that gets it does \
                      not have it.",
            why: "A key counts as kept only when it was read back (L2), so the pair was not made.",
            fix: "Run the program of `get` by hand, fix it, and run the same command again.",
        }
        NotPutAside = "keyNotPutAside" {
            meaning: "The program that retires a private key succeeded, and the key still has its name.",
            why: "The name must be free for the next key, and no key is ever replaced (L2).",
            fix: "Run the program of `retire` by hand, fix it, and run the same command again.",
        }
        Command = "vaultProgramFailed" {
            meaning: "A program of the vault failed.",
            why: "keyform makes no pair whose private key is not kept for sure (L2).",
            fix: "Read what the program printed, fix the cause, and run the same command again.",
        }
        Bucket = "vaultBucketRefused" {
            meaning: "The bucket that keeps the private keys did not do what it was asked for.",
            why: "keyform makes no pair whose private key is not kept for sure (L2).",
            fix: "Read what the service said, fix the cause, and run the same command again.",
        }
        BucketOverwrites = "vaultBucketOverwrites" {
            meaning: "The service of the bucket replaces an object that keyform asked it only to create.",
            why: "A second run could replace a private key whose pair is in use (L2).",
            fix: "Keep the private keys in a bucket of AWS, of OSS, or of a service that knows \
                  `If-None-Match`.",
        }
        NoList = "vaultWithoutList" {
            meaning: "The vault is a command without a program that lists its keys.",
            why: "Nothing else knows the private keys that were put aside.",
            fix: "Add `list: […]` to `privateKeys.command`: it prints a line for each key.",
        }
        ListUnreadable = "vaultListUnreadable" {
            meaning: "What the program prints that lists the keys of a vault cannot be read.",
            why: "A key that is passed over might be lost when the keys are moved (L2).",
            fix: "Let it print `NAME FINGERPRINT`, and `retired` behind it for a key that was put aside.",
        }
        Gone = "listedKeyGone" {
            meaning: "A private key that was listed is not there any more.",
            why: "Someone else changed the vault meanwhile.",
            fix: "Run the same command again.",
        }
        NowhereToLend = "nowhereToLend" {
            meaning: "A program needs a private key as a file, and there is no directory in memory for it.",
            why: "A key of a vault without files is never written to a disk (L4).",
            fix: "Mount a tmpfs at /dev/shm, or set XDG_RUNTIME_DIR to a directory on one.",
        }
        LendingDirectory = "lendingDirectoryOpen" {
            meaning: "The directory in which private keys are lent belongs to another user, or is \
                      open to others.",
            why: "They could read the keys that are lent to programs (L4).",
            fix: "Move it away. keyform makes it again.",
        }
        Io = "keyDisk" {
            meaning: "The operating system refused a file of the private keys.",
            why: "A private key must be on the disk before its pair exists in the cloud (L2).",
            fix: "Fix what the cause names, and run the same command again.",
        }
    }
}
