//! The regions: whether they exist, answer, and may be read.

use std::collections::BTreeSet;

use super::opened::{Doctor, ask, told};
use crate::{
    checkup::{Check, CheckCode},
    ecs::{
        CallError, Code, DescribeInstances, PairOptions, Request, Response, Transport,
        limits::{DESCRIBE_KEY_PAIRS_MAX, KEY_PAIRS_MAX},
    },
    model::Region,
};

/// From how many pairs on a region is soon full.
const MANY_PAIRS: usize = KEY_PAIRS_MAX / 10 * 9;

/// What is checked of each region.
const OF_REGION: [CheckCode; 4] =
    [CheckCode::Region, CheckCode::Endpoint, CheckCode::Pairs, CheckCode::Instances];

pub(super) fn checks(doctor: &Doctor, regions: &[Region], may_read: bool) -> Vec<Check> {
    let transport = match &doctor.service.transport {
        _ if !may_read => {
            let why = "nothing is read with credentials that are not those of the account";
            return OF_REGION.map(|code| Check::skipped(code, why)).to_vec();
        }
        Err(error) => {
            let finding = format!("[{}] {}", error.code(), told(error));
            return vec![Check::problem(CheckCode::Endpoint, finding)];
        }
        Ok(transport) => &**transport,
    };
    let known = known_regions(transport);
    let mut checks = Vec::new();
    for region in regions {
        let of_region = [vec![exists(&known, region)], reads(doctor, transport, region)].concat();
        checks.extend(of_region.into_iter().map(|check| check.about(region)));
    }
    if regions.is_empty() {
        checks.push(Check::skipped(CheckCode::Region, "the project is about no region yet"));
    }
    checks
}

fn known_regions(transport: &dyn Transport) -> Result<BTreeSet<String>, String> {
    match ask(transport, &Request::DescribeRegions) {
        Ok(Response::Regions(rows)) => Ok(rows.into_iter().map(|row| row.region_id).collect()),
        Ok(_) => Err("the answer was that of another operation".to_owned()),
        Err(error) => Err(told(&error)),
    }
}

fn exists(known: &Result<BTreeSet<String>, String>, region: &Region) -> Check {
    match known {
        Ok(known) if known.contains(region.as_str()) => {
            Check::ok(CheckCode::Region, "the service has it")
        }
        Ok(_) => Check::problem(CheckCode::Region, "the service has no such region")
            .advice("correct it in the manifests"),
        Err(why) => {
            Check::skipped(CheckCode::Region, format!("the regions cannot be listed: {why}"))
        }
    }
}

/// Whether its endpoint answers, and what the caller may read there.
fn reads(doctor: &Doctor, transport: &dyn Transport, region: &Region) -> Vec<Check> {
    let request = Request::DescribeKeyPairs {
        region: region.clone(),
        key_pair_name: None,
        page_number: 1,
        page_size: DESCRIBE_KEY_PAIRS_MAX,
        options: PairOptions::default(),
    };
    let answered = ask(transport, &request);
    let host = doctor.service.account.as_ref().and_then(|account| account.overheard.last());
    let host = host.map_or_else(|| "the embedded cloud".to_owned(), |heard| heard.host);
    if let Err(CallError::NoAnswer { .. } | CallError::NotSent { .. }) = &answered
        && let Err(error) = &answered
    {
        let finding = format!("{host} does not answer: {}", told(error));
        let advice = "let this machine reach it, or name another one as `cloud.alicloud.endpoint`";
        let rest = [CheckCode::Pairs, CheckCode::Instances];
        let mut checks = vec![Check::problem(CheckCode::Endpoint, finding).advice(advice)];
        checks.extend(rest.map(|code| Check::skipped(code, "the endpoint does not answer")));
        return checks;
    }
    let endpoint = Check::ok(CheckCode::Endpoint, format!("{host} answers"));
    vec![endpoint, pairs(answered), instances(transport, region)]
}

fn pairs(answered: Result<Response, CallError>) -> Check {
    match answered {
        Ok(Response::KeyPairs(page)) => {
            let count = page.total_count;
            let finding = format!("they can be read: {count} of {KEY_PAIRS_MAX}");
            if count < MANY_PAIRS {
                return Check::ok(CheckCode::Pairs, finding);
            }
            Check::warning(CheckCode::Pairs, finding).advice("delete pairs that no one needs (R5)")
        }
        Ok(_) => Check::problem(CheckCode::Pairs, "the answer was that of another operation"),
        Err(error) => unreadable(CheckCode::Pairs, &error),
    }
}

fn instances(transport: &dyn Transport, region: &Region) -> Check {
    let all = DescribeInstances::all(region.clone());
    let request = Request::DescribeInstances(DescribeInstances { dry_run: true, ..all });
    match ask(transport, &request) {
        Err(error) if error.code() == Some(Code::DRY_RUN) => {
            Check::ok(CheckCode::Instances, "they may be read")
        }
        Err(error) => unreadable(CheckCode::Instances, &error),
        Ok(_) => Check::problem(CheckCode::Instances, "the service does not know the dry run"),
    }
}

/// A lack of rights is a problem of its own (`super::rights`), so that it is told once.
fn unreadable(code: CheckCode, error: &CallError) -> Check {
    match error.denial() {
        Some(_) => Check::skipped(code, "the caller lacks the right"),
        None => Check::problem(code, told(error)).advice("run `keyform doctor` again"),
    }
}
