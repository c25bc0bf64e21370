//! Projects whose private keys are in a bucket, worked on by the program as users run it.

use std::process::Command;

use crate::support::{Outcome, Project};

use super::{
    oss_server::{self, OssServer, READER_KEY},
    s3_server::S3Server,
};

const IN_FILES: &str = "privateKeys: {directory: keys}";
const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// The project that the README begins with, and the environment that it is worked on in.
struct Kept {
    project: Project,
    variables: Vec<(&'static str, &'static str)>,
}

impl Kept {
    fn in_s3(port: u16) -> Self {
        let variables = vec![
            ("AWS_ACCESS_KEY_ID", "test-key"),
            ("AWS_SECRET_ACCESS_KEY", "test-secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            // A runner of CI without a disk that is its own.
            ("CI", "true"),
        ];
        Self { project: Project::quickstart(), variables }.keep(&of_s3(port))
    }

    fn in_oss(port: u16) -> Self {
        let oss = format!(
            "privateKeys: {{oss: {{bucket: {}, prefix: team, region: {}, endpoint: \
             \"http://127.0.0.1:{port}\"}}}}",
            oss_server::BUCKET,
            oss_server::REGION
        );
        Self { project: Project::quickstart(), variables: Vec::new() }
            .with_key(oss_server::KEY)
            .keep(&oss)
    }

    fn keep(self, keys: &str) -> Self {
        self.project.edit("keyform.yaml", IN_FILES, keys);
        self
    }

    /// The same project, with this key of OSS.
    fn with_key(self, key: &'static str) -> Self {
        let variables = vec![
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", key),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", oss_server::SECRET),
        ];
        Self { variables, ..self }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command.env("PATH", "/usr/bin:/bin").envs(self.variables.iter().copied());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.project.finish(&mut self.command(arguments))
    }
}

fn of_s3(port: u16) -> String {
    format!(
        "privateKeys: {{s3: {{bucket: states, prefix: team, region: eu-west-1, pathStyle: true, \
         endpoint: \"http://127.0.0.1:{port}\"}}}}"
    )
}

#[test]
fn a_project_has_its_private_keys_in_s3() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let kept = Kept::in_s3(server.port);
    let applied = kept.run(&APPLY).expect(0).stdout;
    assert!(applied.contains("s3://states/team/quickstart/keys/web.pem"), "{applied}");
    assert!(!kept.project.path("keys").exists(), "no key is a file");
    kept.run(&["plan", "--detailed-exitcode"]).expect(0);
    kept.run(&["key", "check"]).expect(0);
    kept.run(&["key", "get", "web", "-o", "taken-out.pem"]).expect(0);
    kept.run(&["key", "put", "web", "taken-out.pem"]).expect(0);

    // To files and back. What is kept in the bucket under another spelling of the same place stays.
    let here = of_s3(server.port);
    let spelt = here.replace("127.0.0.1", "localhost");
    let old = tempfile::tempdir().expect("a directory");
    let earlier = old.path().join("keyform.yaml");
    let earlier = earlier.to_str().expect("UTF-8");
    let migrate = ["key", "migrate", "--from", earlier];
    let write = |text: &str| {
        let copied =
            Command::new("cp").arg(kept.project.path("keyform.yaml")).arg(earlier).status();
        assert!(copied.expect("cp").success());
        kept.project.edit("keyform.yaml", &here, text);
    };
    write(&spelt);
    assert_eq!(kept.run(&migrate).expect(1).error_code(), "migrationToItself");
    kept.run(&["key", "check"]).expect(0);
    kept.project.edit("keyform.yaml", &spelt, "privateKeys: {directory: kept}");
    kept.run(&migrate).expect(0);
    assert!(kept.project.path("kept/web.pem").exists());
    kept.run(&["plan", "--detailed-exitcode"]).expect(0);
    kept.project.edit("keyform.yaml", "privateKeys: {directory: kept}", &here);
    kept.run(&["key", "migrate", "--from", "kept"]).expect(0);
    assert!(!kept.project.path("kept/web.pem").exists());
    kept.run(&["plan", "--detailed-exitcode"]).expect(0);

    kept.run(&["destroy", "--auto-approve"]).expect(0);
    let listed = kept.run(&["key", "list"]).expect(0).stdout;
    assert!(listed.contains("put aside"), "{listed}");
}

#[test]
fn a_plan_needs_no_right_to_private_keys() {
    let server = OssServer::start();
    let kept = Kept::in_oss(server.port());
    kept.run(&APPLY).expect(0);
    let reader = kept.with_key(READER_KEY);
    reader.run(&["validate"]).expect(0);
    let plan = reader.run(&["plan", "--detailed-exitcode"]).expect(0).stdout;
    assert!(!plan.contains("not looked at"), "{plan}");
    let status = reader.run(&["status", "--detailed-exitcode"]).expect(0).stdout;
    assert!(!status.contains("missing"), "{status}");
    for (arguments, code) in [
        (&["key", "get", "web", "-o", "taken-out.pem"][..], "vaultBucketRefused"),
        (&["key", "check"], "vaultBucketRefused"),
        (&APPLY, "keyNotLookedUp"),
    ] {
        let refused = reader.run(arguments).expect(1);
        assert_eq!(refused.error_code(), code, "{arguments:?}");
        assert!(refused.stderr.contains("AccessDenied"), "{}", refused.stderr);
    }
    reader.with_key(oss_server::KEY).run(&["destroy", "--auto-approve"]).expect(0);
}
