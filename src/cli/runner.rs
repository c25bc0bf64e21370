//! Who runs the program, as far as the environment says.

use super::environment::variable;
use crate::session::Invoker;

/// This process. No argument of keyform's is a secret, and a path in one need not be UTF-8.
pub(super) fn runner() -> Invoker {
    let arguments =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    Invoker {
        user: user(&variable),
        host: host(),
        pid: std::process::id(),
        command: std::iter::once("keyform".to_owned())
            .chain(arguments)
            .collect::<Vec<_>>()
            .join(" "),
        ci_url: ci_url(&variable).map(|url| without_user(&url)),
        commit: commit(&variable),
    }
}

/// The name of the user: cron and containers often say none in the environment.
fn user(variable: &dyn Fn(&str) -> Option<String>) -> String {
    let named = variable("USER").or_else(|| variable("LOGNAME"));
    named.unwrap_or_else(|| {
        let accounts = std::fs::read("/etc/passwd").unwrap_or_default();
        account(rustix::process::getuid().as_raw(), &String::from_utf8_lossy(&accounts))
    })
}

/// The name of an account by the system's list, which need not have it; else its number.
fn account(uid: u32, accounts: &str) -> String {
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    });
    name.map_or_else(|| format!("uid {uid}"), str::to_owned)
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn host() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { unknown() } else { name }
}

/// The page of the job, by the variables that GitHub Actions, GitLab CI and Jenkins document.
fn ci_url(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let github = || {
        let (server, run) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_RUN_ID")?);
        Some(format!("{server}/{}/actions/runs/{run}", variable("GITHUB_REPOSITORY")?))
    };
    github().or_else(|| variable("CI_JOB_URL")).or_else(|| variable("BUILD_URL"))
}

/// A URL without the user and the password that some CI puts into it.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// The commit of the job, by the variables that GitHub Actions, GitLab CI and Jenkins document.
fn commit(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"].into_iter().find_map(variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_ci_job_is_told_without_a_user_and_a_password() {
        for (url, shown) in [
            ("https://ci.example/17", "https://ci.example/17"),
            ("https://bot:hunter2@ci.example/17?a=b@c", "https://ci.example/17?a=b@c"),
            ("https://bot@ci.example", "https://ci.example"),
            ("https://a@b@ci.example/@x", "https://ci.example/@x"),
            ("ci.example/17", "ci.example/17"),
        ] {
            assert_eq!(without_user(url), shown);
        }
    }

    #[test]
    fn the_commit_of_a_ci_job_is_found_by_its_variables() {
        for name in ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"] {
            let variable = |asked: &str| (asked == name).then(|| "0a1b2c".to_owned());
            assert_eq!(commit(&variable).as_deref(), Some("0a1b2c"), "{name}");
        }
        assert_eq!(commit(&|_| None), None);
    }

    #[test]
    fn without_a_variable_a_user_is_the_account_s_name_or_its_number() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\nbroken\n:x:7:\nci:x:1001:1001::/ci:/bin/sh\n";
        assert_eq!(account(1001, accounts), "ci");
        assert_eq!(account(0, accounts), "root");
        assert_eq!(account(7, accounts), "uid 7");
        assert_eq!(account(1002, accounts), "uid 1002");
        let set = |name: &str| (name == "LOGNAME").then(|| "kim".to_owned());
        assert_eq!(user(&set), "kim");
        assert_ne!(user(&|_| None), unknown());
    }

    #[test]
    fn the_page_of_a_ci_job_is_found_by_its_variables() {
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/web"),
            ("GITHUB_RUN_ID", "17"),
        ];
        let gitlab = [("CI_JOB_URL", "https://gitlab.com/acme/web/-/jobs/17")];
        let jenkins = [("BUILD_URL", "https://ci.acme.example/job/web/17/")];
        for (set, url) in [
            (&github[..], Some("https://github.com/acme/web/actions/runs/17")),
            (&github[..2], None),
            (&gitlab, Some("https://gitlab.com/acme/web/-/jobs/17")),
            (&jenkins, Some("https://ci.acme.example/job/web/17/")),
            (&[], None),
        ] {
            let variable = |name: &str| {
                set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(ci_url(&variable).as_deref(), url, "{set:?}");
        }
    }
}
