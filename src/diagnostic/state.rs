//! Problems of where a Project's state is kept.

use crate::code::codes;

codes! {
    /// Codes of the `state` of a Project.
    pub enum StateCode {
        TwoStores = "twoStores" {
            meaning: "The Project keeps its state in two places.",
            why: "Of two states neither would know what the other one records.",
            fix: "Keep one of the two.",
        }
        InvalidDatabase = "invalidDatabaseAddress" {
            meaning: "A text is not the address of a database of PostgreSQL.",
            why: "A password goes to this host, so the form of the address is strict, and a server \
                  of another machine is always verified.",
            fix: "Write it like postgres://keyform@db.example/keyform.",
        }
        PasswordInDatabase = "passwordInDatabaseAddress" {
            meaning: "The address of a database has a password in it.",
            why: "A password in a file of the repository is exposed (L4), so keyform does not show \
                  the line.",
            fix: "Remove it from the file and from git's history, and change it; put the new one \
                  into PGPASSWORD, ~/.pgpass or a service file.",
        }
        InvalidBucket = "invalidBucket" {
            meaning: "A text is not the name of a bucket.",
            why: "The name becomes a part of a host, to which signed requests go.",
            fix: "Write its name: 3 to 63 lower-case letters, digits and hyphens.",
        }
        InvalidPrefix = "invalidStatePrefix" {
            meaning: "A text cannot stand before the names of objects.",
            why: "Other characters are written in several ways in an address.",
            fix: "Write letters, digits, `-`, `_` and `.`, with `/` between parts.",
        }
        InvalidBucketRegion = "invalidBucketRegion" {
            meaning: "It is not known in which region the bucket is, or a text is no region.",
            why: "Each request to it is signed for its region.",
            fix: "Write `region`, such as eu-west-1 for S3 or cn-hangzhou for OSS.",
        }
        InvalidAddress = "invalidDocumentAddress" {
            meaning: "A text is not the address of a document on a server.",
            why: "A password goes to this host, so the form of the address is strict, and other machines \
                  are spoken to by TLS.",
            fix: "Write it like https://gitlab.example/api/v4/projects/7/terraform/state/prod.",
        }
        CredentialInAddress = "credentialInDocumentAddress" {
            meaning: "The address of a document has a user or a credential in it.",
            why: "A credential in a file of the repository is exposed (L4), so keyform does not show the \
                  line.",
            fix: "Remove it from the file and from git's history, and change it; put the new one into \
                  TF_HTTP_USERNAME and TF_HTTP_PASSWORD.",
        }
        UnknownServer = "unknownDocumentServer" {
            meaning: "A preset or a method of a document's server is not known.",
            why: "The server is asked for its lock with it.",
            fix: "Write `preset: gitlab` or `preset: gitea`, and methods such as LOCK in capital letters.",
        }
        DocumentWithoutLock = "documentWithoutLock" {
            meaning: "Nothing says where the server locks the document.",
            why: "The document is overwritten with each record: without a lock, two runs would lose each \
                  other's records (L7).",
            fix: "Write `preset`, or `lockAddress` with what the server's documentation says.",
        }
        LeaseOfDocument = "leaseOfDocument" {
            meaning: "A lease is set for a document.",
            why: "Its server keeps the lock until it is given up, also that of a run that died.",
            fix: "Remove `lease`; `keyform state unlock` frees the lock of a run that died.",
        }
        LeaseWithoutServer = "leaseWithoutServer" {
            meaning: "A lease is set for a state in files.",
            why: "The lock of a directory is the operating system's, and is free as soon as its \
                  holder has ended.",
            fix: "Remove `lease`, or keep the state on a server.",
        }
    }
}
