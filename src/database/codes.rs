//! Codes of what can be wrong with where a database is.

use crate::code::codes;

codes! {
    /// The code of a [`DatabaseProblem`](super::DatabaseProblem).
    pub enum DatabaseCode {
        File = "databaseFile" {
            meaning: "A file that says how to connect to PostgreSQL cannot be read.",
            why: "Without it keyform would connect as another user, or to another server.",
            fix: "Correct the path that the message names, or the permissions of the file.",
        }
        NoSuchService = "databaseServiceMissing" {
            meaning: "The service file of PostgreSQL has no service of the name that is wanted.",
            why: "The service says which server, user and database to use.",
            fix: "Add the service to the file, or correct its name in `spec.state.postgres.url` or \
                  in PGSERVICE.",
        }
        Service = "databaseServiceWrong" {
            meaning: "A service of the service file of PostgreSQL has a value that keyform cannot use.",
            why: "keyform verifies every server that is not on this machine, and reads no option \
                  that it does not know.",
            fix: "Correct the value that the message names.",
        }
        Missing = "databaseIncomplete" {
            meaning: "Neither the address nor a service says which host or user to use.",
            why: "keyform guesses neither: a guess could be the state of another project.",
            fix: "Write it in the address: postgres://keyform@db.example/keyform.",
        }
        UntrustedHost = "databaseHostUntrusted" {
            meaning: "The address leads to another machine, which the environment does not name.",
            why: "A change of a manifest must not send credentials to another host (L4).",
            fix: "If the host is right, name it in KEYFORM_TRUSTED_HOSTS where keyform runs.",
        }
        Unencrypted = "databaseUnencrypted" {
            meaning: "A server of another machine would be spoken to without TLS.",
            why: "The state and the password could be read and changed on the way.",
            fix: "Leave `sslmode` out, or write `sslmode=verify-full`.",
        }
        Authorities = "databaseAuthorities" {
            meaning: "The certificates of the authorities that may vouch for the server cannot be used.",
            why: "Without them the server cannot be verified.",
            fix: "Name a file of certificates in PEM in `sslrootcert`.",
        }
    }
}
