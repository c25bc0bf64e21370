//! How each right is granted that a store needs.

use crate::{manifest::StateChoice, model::BucketChoice};

/// A right that a store needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// To see which files there are.
    List,
    /// To create a file.
    Create,
    /// To read one.
    Read,
    /// To remove one.
    Remove,
    /// What the lock needs besides.
    Lock,
}

impl Right {
    /// In a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Create => "create",
            Self::Read => "read",
            Self::Remove => "remove",
            Self::Lock => "lock",
        }
    }

    /// How it is granted where the Project keeps its state.
    pub(super) fn grant(self, choice: &StateChoice) -> String {
        match choice {
            StateChoice::File { directory, .. } => {
                let directory = directory.display();
                format!("let this user list, read and write there: `chmod u+rwx {directory}`")
            }
            StateChoice::Postgres { .. } => self.in_database().to_owned(),
            StateChoice::S3 { bucket, .. } => self.on_bucket(bucket, "s3", "arn:aws:s3:::"),
            StateChoice::Oss { bucket, .. } => self.on_bucket(bucket, "oss", "acs:oss:*:*:"),
            StateChoice::Http { .. } => "let this user read, write, lock and free the state; in \
                                         GitLab a Maintainer may"
                .to_owned(),
        }
    }

    fn in_database(self) -> &'static str {
        match self {
            Self::List | Self::Read => {
                "`GRANT SELECT ON keyform_tables, keyform_blobs` to this user, or let it own the tables"
            }
            Self::Create => {
                "let this user make its tables, in a schema of its own: `CREATE SCHEMA keyform \
                 AUTHORIZATION keyform`; on tables of another user it needs `GRANT INSERT`"
            }
            Self::Remove => {
                "`GRANT DELETE ON keyform_blobs` to this user, or let it own the tables"
            }
            Self::Lock => {
                "`GRANT SELECT, INSERT, UPDATE ON keyform_leases` to this user, or let it own the tables"
            }
        }
    }

    fn on_bucket(self, choice: &BucketChoice, service: &str, arn: &str) -> String {
        let bucket = &choice.bucket;
        let prefix = choice.prefix.trim_matches('/');
        let objects = match prefix.is_empty() {
            true => format!("{arn}{bucket}/*"),
            false => format!("{arn}{bucket}/{prefix}/*"),
        };
        let (actions, resource) = match (self, service) {
            (Self::List, "s3") => ("s3:ListBucket", format!("{arn}{bucket}")),
            (Self::List, _) => ("oss:ListObjects", format!("{arn}{bucket}")),
            (Self::Create, "s3") => ("s3:PutObject", objects),
            (Self::Create, _) => ("oss:PutObject", objects),
            (Self::Read, "s3") => ("s3:GetObject", objects),
            (Self::Read, _) => ("oss:GetObject", objects),
            (Self::Remove, "s3") => ("s3:DeleteObject", objects),
            (Self::Remove, _) => ("oss:DeleteObject", objects),
            (Self::Lock, "s3") => ("s3:PutObject, s3:GetObject", objects),
            (Self::Lock, _) => {
                ("oss:GetBucketInfo and oss:GetBucketVersioning", format!("{arn}{bucket}"))
            }
        };
        format!("allow {actions} on {resource}")
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, time::Duration};

    use super::*;
    use crate::model::{Endpoint, PostgresUrl};

    #[test]
    fn each_right_says_how_it_is_granted() {
        let lease = Duration::from_secs(60);
        let bucket = |prefix: &str| BucketChoice {
            bucket: "acme-states".to_owned(),
            prefix: prefix.to_owned(),
            region: "eu-west-1".to_owned(),
            endpoint: Endpoint::parse("https://objects.example").expect("an endpoint"),
        };
        let url = PostgresUrl::parse("postgres://keyform@127.0.0.1/keyform").expect("an address");
        let choices = [
            StateChoice::File { directory: ".keyform/state".into(), outlives_runner: false },
            StateChoice::Postgres { url, lease },
            StateChoice::S3 { bucket: bucket("/team/"), is_path_style: false, lease },
            StateChoice::Oss { bucket: bucket(""), lease },
        ];
        let mut text = String::new();
        for choice in &choices {
            for right in [Right::List, Right::Create, Right::Read, Right::Remove, Right::Lock] {
                let _ = writeln!(text, "{}: {}", right.word(), right.grant(choice));
            }
        }
        insta::assert_snapshot!(text);
    }
}
