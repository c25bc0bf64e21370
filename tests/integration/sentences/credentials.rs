//! Why there are no credentials.

use keyform::{
    alicloud::{
        CredentialCode, CredentialError, Link, Outcome, Problem, ProgramProblem, ProxyCode,
        ProxyProblem, Trace, Tried,
        http::{HttpFailure, NoAnswer, NotSent},
    },
    model::Timestamp,
};

use super::error_sentences;

const FILE: &str = "/home/ci/.aliyun/config.json";

fn place() -> String {
    format!("profile `prod` of {FILE}")
}

fn host() -> String {
    "sts.aliyuncs.com".to_owned()
}

fn at() -> Timestamp {
    Timestamp::parse("2026-12-01T08:00:00Z").expect("a time")
}

fn refused(code: &str, message: &str) -> Problem {
    let (host, code, message) = (host(), code.to_owned(), message.to_owned());
    Problem::Refused { host, action: "AssumeRole", status: 400, code, message }
}

fn unreachable(failure: impl Into<HttpFailure>) -> Problem {
    Problem::Unreachable { host: host(), action: "AssumeRole", failure: failure.into() }
}

/// What is wrong with files and what is in them.
fn of_files() -> Vec<Problem> {
    let known = "`dev`, `test`".to_owned();
    let (profile, named_by) = ("prod".to_owned(), "`current`".to_owned());
    vec![
        Problem::Incomplete { place: place(), missing: "access_key_secret" },
        Problem::Unreadable { file: FILE.to_owned(), reason: "permission denied".to_owned() },
        Problem::Malformed {
            what: FILE.to_owned(),
            flaw: "has something at line 3 that is not expected there".to_owned(),
        },
        Problem::NoProfile { file: FILE.to_owned(), profile, named_by, known },
        Problem::ProfileCircle { file: FILE.to_owned(), profiles: "a, b".to_owned() },
        Problem::UnsupportedMode { place: place(), mode: "CloudSSO".to_owned() },
        Problem::Program { place: place(), problem: ProgramProblem::Ended { code: 3 } },
        Problem::Program { place: place(), problem: ProgramProblem::Signalled { signal: 9 } },
        Problem::Program { place: place(), problem: ProgramProblem::TookTooLong { seconds: 60 } },
        Problem::Program { place: place(), problem: ProgramProblem::PrintedTooMuch },
        Problem::Program {
            place: place(),
            problem: ProgramProblem::NotStarted { reason: "not found".to_owned() },
        },
        Problem::ProgramForbidden { place: place() },
    ]
}

/// What is wrong with what a service answers.
fn of_services() -> Vec<Problem> {
    let fix = "run the job again, or let it ask for a token that lives longer";
    let reason = || "unknown issuer".to_owned();
    vec![
        Problem::Expired { what: "the token in /tmp/token".to_owned(), at: at(), fix },
        refused("InvalidAccessKeyId.NotFound", ""),
        refused("SignatureDoesNotMatch", ""),
        refused("AuthenticationFail.OIDCToken.Expired", "This JsonWebToken is expired."),
        refused("NoPermission", "You are not authorized to do this action."),
        refused("Throttling.User", ""),
        unreachable(NotSent::Tls { reason: reason() }),
        unreachable(NotSent::Proxy { reason: "403 Forbidden".to_owned() }),
        unreachable(NotSent::NameNotFound { reason: "no address".to_owned() }),
        unreachable(NotSent::NotConnected { reason: "connection refused".to_owned() }),
        unreachable(NoAnswer::Closed { reason: "connection reset".to_owned() }),
        unreachable(NoAnswer::Malformed { reason: "no status".to_owned() }),
        unreachable(NoAnswer::TooLarge { max: 16 << 20 }),
        Problem::Slow { host: host(), action: "AssumeRole", milliseconds: 10_000 },
        Problem::Answer {
            host: host(),
            action: "AssumeRole",
            flaw: "leads elsewhere (status 302), where keyform does not follow".to_owned(),
        },
        Problem::Address {
            what: "ALIBABA_CLOUD_CREDENTIALS_URI".to_owned(),
            flaw: "is an address of another machine without TLS".to_owned(),
        },
        Problem::NoRandomness { reason: "no device".to_owned() },
    ]
}

#[test]
fn each_reason_for_no_credentials_has_its_sentence() {
    let outcome = Outcome::NotConfigured { reason: "HOME is not set".to_owned() };
    let trace = Trace(vec![
        Tried { link: Link::ConfigFile, outcome: outcome.clone() },
        Tried { link: Link::IniFile, outcome },
    ]);
    let other = CredentialError::OtherAccount {
        expected: "1234567890123456".to_owned(),
        found: "9999999999999999".to_owned(),
        arn: "acs:ram::9999999999999999:user/ci".to_owned(),
        origin: place(),
    };
    let failed = [of_files(), of_services()].concat().into_iter();
    let failed = failed.map(|problem| CredentialError::Failed { link: Link::ConfigFile, problem });
    let unidentified = CredentialError::Unidentified {
        link: Link::Environment,
        problem: refused("InvalidAccessKeyId.NotFound", ""),
    };
    let examples: Vec<_> = [CredentialError::None { trace }, other, unidentified]
        .into_iter()
        .chain(failed)
        .map(|error| (error.code().as_str(), error))
        .collect();
    let all: Vec<_> = CredentialCode::ALL.iter().map(|code| code.as_str()).collect();
    insta::assert_snapshot!(error_sentences(&examples, &all));
}

#[test]
fn a_wrong_proxy_has_its_sentence() {
    let problem = ProxyProblem { scheme: "https", variable: "HTTPS_PROXY or ALL_PROXY" };
    let all: Vec<_> = ProxyCode::ALL.iter().map(|code| code.as_str()).collect();
    insta::assert_snapshot!(error_sentences(&[(problem.code().as_str(), problem)], &all), @r"
    proxyMalformed:
      the proxy for https:// in the environment is not an address such as http://proxy.example:3128; correct the variable HTTPS_PROXY or ALL_PROXY, or unset it
    ");
}
