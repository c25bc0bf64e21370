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
            meaning: "The file of a private key holds another one.",
            why: "keyform never overwrites a private key (L2).",
            fix: "Move the file away if it is not needed, and run the same command again.",
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
            fix: "Check the disk, move the file away, and run the same command again.",
        }
        Io = "keyDisk" {
            meaning: "The operating system refused a file of the private keys.",
            why: "A private key must be on the disk before its pair exists in the cloud (L2).",
            fix: "Fix what the cause names, and run the same command again.",
        }
    }
}
