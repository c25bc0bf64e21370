//! Who runs the program, as far as the environment says.

use super::environment::variable;
use crate::session::Invoker;

/// This process. No argument of keyform's is a secret, and a path in one need not be UTF-8.
pub(super) fn runner() -> Invoker {
    let arguments =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    Invoker {
        user: variable("USER").or_else(|| variable("LOGNAME")).unwrap_or_else(unknown),
        host: host(),
        pid: std::process::id(),
        command: std::iter::once("keyform".to_owned())
            .chain(arguments)
            .collect::<Vec<_>>()
            .join(" "),
        ci_url: ci_url(&variable),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
