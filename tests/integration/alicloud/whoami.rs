//! `keyform whoami`, as a user runs it.

use keyform::schema::Document;
use serde_json::json;

use super::server::{Reply, Server};
use crate::{
    leaks::CREDENTIALS,
    schemas,
    support::{Outcome, Project},
};

const ACCOUNT: &str = "1234567890123456";

/// STS, which says that the credentials are of this account.
fn sts(account: &'static str) -> Server {
    Server::start(move |_| {
        Reply::ok(json!({
            "RequestId": "1",
            "AccountId": account,
            "Arn": format!("acs:ram::{account}:user/ci"),
            "IdentityType": "RAMUser",
            "PrincipalId": "20732900249392",
            "UserId": "20732900249392",
        }))
    })
}

/// A project of the real cloud, whose STS is somewhere.
fn project(sts: &str) -> Project {
    with_cloud(&format!(", stsEndpoint: \"{sts}\""))
}

/// A project of the real cloud, with the rest of its `alicloud`.
fn with_cloud(rest: &str) -> Project {
    let project = Project::empty();
    project.write(
        "keyform.yaml",
        format!(
            "apiVersion: keyform/v1\nkind: Project\nmetadata: {{name: acme}}\nspec:\n  cloud:\n    \
             alicloud: {{account: \"{ACCOUNT}\"{rest}}}\n"
        ),
    );
    project
}

fn whoami(project: &Project, variables: &[(&str, &str)]) -> Outcome {
    let mut command = project.command(&["whoami"]);
    project.finish(command.envs(variables.iter().copied()))
}

/// The variables of the credentials of all tests, unset, and no metadata service.
fn without_credentials() -> Vec<(&'static str, &'static str)> {
    let unset = CREDENTIALS.iter().map(|(name, _)| (*name, ""));
    unset.chain([("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")]).collect()
}

#[test]
fn the_account_the_identity_the_link_and_what_was_tried_are_shown() {
    let sts = sts(ACCOUNT);
    let project = project(&sts.url());
    let text = whoami(&project, &[]).expect(0).stdout;
    insta::assert_snapshot!(text, @r"
    Account   1234567890123456
    Identity  acs:ram::1234567890123456:user/ci (RAMUser)
    From      the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)
    Until     no expiry is known

    TRIED            ANSWER  BECAUSE
    the environment  used    the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)
    ");
    let asked = &sts.received()[0];
    assert_eq!(asked.field("Action").as_deref(), Some("GetCallerIdentity"));
    assert_eq!(asked.field("AccessKeyId").as_deref(), Some(CREDENTIALS[0].1));
    assert_eq!(asked.field("SecurityToken").as_deref(), Some(CREDENTIALS[2].1));

    let document = project.run(&["whoami", "--format", "json"]).expect(0).json();
    schemas::accept(Document::Whoami, &document);
    assert_eq!(document["identity"]["accountId"], ACCOUNT);
    assert_eq!(document["link"], "environment");
    // CI with keys on its runner is no reason against it: nothing is kept.
    whoami(&project, &[("CI", "true")]).expect(0);
}

#[test]
fn credentials_of_another_account_are_an_error_that_names_both() {
    let sts = sts("9999999999999999");
    let project = project(&sts.url());
    let refused = whoami(&project, &[]).expect(1);
    assert_eq!(refused.error_code(), "otherAccount");
    for part in [ACCOUNT, "9999999999999999", "ALIBABA_CLOUD_ACCESS_KEY_ID"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    assert!(refused.stdout.contains("9999999999999999"), "{}", refused.stdout);
}

#[test]
fn what_sts_refuses_is_told_without_what_it_repeats() {
    let echo = CREDENTIALS.map(|(_, value)| value).join(" ");
    let body = json!({"Code": "InvalidAccessKeyId.NotFound", "Message": echo}).to_string();
    let sts = Server::start(move |_| Reply::Status(404, body.clone()));
    let project = project(&sts.url());
    let refused = whoami(&project, &[]).expect(1);
    assert_eq!(refused.error_code(), "credentialsRefused");
    assert!(refused.stderr.contains("InvalidAccessKeyId.NotFound"), "{}", refused.stderr);
    let document = project.run(&["whoami", "--format", "json"]).expect(1).json();
    schemas::accept(Document::Whoami, &document);
    assert_eq!(document["link"], "environment");
    assert!(document["identity"].is_null());
}

#[test]
fn without_credentials_every_link_says_why() {
    let project = project(&Server::nowhere());
    let refused = whoami(&project, &without_credentials()).expect(1);
    assert_eq!(refused.error_code(), "noCredentials");
    insta::assert_snapshot!(refused.stdout, @r"
    TRIED                          ANSWER          BECAUSE
    the environment                not configured  ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not set
    OIDC                           not configured  ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE are not set
    config.json                    not configured  HOME is not set
    the credentials file           not configured  HOME is not set
    the RAM role of this instance  not configured  ALIBABA_CLOUD_ECS_METADATA_DISABLED turns it off
    the credentials URI            not configured  ALIBABA_CLOUD_CREDENTIALS_URI is not set
    ");
    let mut command = project.command(&["whoami", "--format", "json"]);
    let document = project.finish(command.envs(without_credentials())).expect(1).json();
    schemas::accept(Document::Whoami, &document);
}

#[test]
fn a_home_directory_with_a_profile_is_read_and_a_link_that_fails_ends_the_search() {
    let sts = sts(ACCOUNT);
    let project = project(&sts.url());
    let home = project.path("home").display().to_string();
    let mut variables = without_credentials();
    variables.push(("HOME", &home));
    let profile = json!({
        "name": "one", "mode": "AK", "access_key_id": CREDENTIALS[0].1,
        "access_key_secret": CREDENTIALS[1].1,
    });
    let file = json!({"current": "one", "profiles": [profile]}).to_string();
    project.write("home/.aliyun/config.json", "{");
    let refused = whoami(&project, &variables).expect(1);
    assert_eq!(refused.error_code(), "credentialsMalformed");
    assert!(refused.stderr.contains("config.json"), "{}", refused.stderr);
    assert!(!refused.stdout.contains("credentials URI"), "no further link: {}", refused.stdout);
    let elsewhere = tempfile::tempdir().expect("a directory");
    write(&elsewhere.path().join(".aliyun/config.json"), &file);
    let home = elsewhere.path().display().to_string();
    variables.push(("HOME", &home));
    let shown = whoami(&project, &variables).expect(0).stdout;
    assert!(shown.contains("profile `one` of "), "{shown}");
}

#[expect(clippy::disallowed_methods, reason = "it sets up what a person wrote")]
fn write(path: &std::path::Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    std::fs::write(path, text).expect("a file");
}

#[test]
fn the_embedded_cloud_asks_for_no_credentials() {
    let project = Project::quickstart();
    let shown = project.run(&["whoami"]).expect(0).stdout;
    assert_eq!(shown, "The project uses the embedded cloud, which asks for no credentials.\n");
    assert!(project.run(&["whoami", "--format", "json"]).expect(0).json().is_null());
}

#[test]
fn strangers_wrong_proxies_and_wrong_manifests_are_refused_before_anything_is_sent() {
    let stranger = project("https://sts.oss-cn-hangzhou.aliyuncs.com");
    assert_eq!(whoami(&stranger, &[]).expect(1).error_code(), "untrustedHostRefused");
    for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        let refused = whoami(&stranger, &[(name, "gopher://user:secret@proxy.example")]).expect(1);
        assert_eq!(refused.error_code(), "proxyMalformed", "{name}");
        assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
    }
    let broken = Project::empty();
    broken.write("keyform.yaml", "kind: Project\n");
    assert_eq!(whoami(&broken, &[]).expect(1).error_code(), "notAManifest");
    // Without a project the machine's own choice is asked about.
    let nothing = Project::empty();
    let mut variables = without_credentials();
    variables.push(("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tOfNobodyInParticular"));
    assert_eq!(whoami(&nothing, &variables).expect(1).error_code(), "credentialsIncomplete");
}

#[test]
fn a_proxy_is_asked_for_sts_which_has_a_host_for_each_region_and_network() {
    let proxy = Server::start(|_| Reply::Status(403, String::new()));
    let project = with_cloud("");
    for (variables, host) in [
        (&[][..], "sts.aliyuncs.com:443"),
        (&[("ALIBABA_CLOUD_STS_REGION", "cn-hangzhou")], "sts.cn-hangzhou.aliyuncs.com:443"),
        (
            &[
                ("ALIBABA_CLOUD_STS_REGION", "cn-hangzhou"),
                ("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true"),
            ],
            "sts-vpc.cn-hangzhou.aliyuncs.com:443",
        ),
    ] {
        let address = proxy.url();
        let variables = [variables, &[("HTTPS_PROXY", address.as_str())]].concat();
        let refused = whoami(&project, &variables).expect(1);
        assert_eq!(refused.error_code(), "credentialsUnreachable");
        assert!(refused.stderr.contains("the proxy did not connect"), "{}", refused.stderr);
        let asked = proxy.received().pop().expect("a request");
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("CONNECT", host));
    }
}
