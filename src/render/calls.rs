//! How often the service was called.

use std::fmt::Write as _;

use serde::Serialize;

use crate::{ecs::CallCount, model::Region, visible};

/// A line for each region: `calls in cn-hangzhou: DescribeInstances 12, ImportKeyPair 2 (1
/// throttled)`.
#[must_use]
pub fn text(counts: &[CallCount]) -> String {
    let mut text = String::new();
    for of_region in counts.chunk_by(|one, next| one.region == next.region) {
        let calls: Vec<_> = of_region.iter().map(of_operation).collect();
        let place = of_region.first().and_then(|one| one.region.as_ref());
        let place = place.map_or_else(String::new, |region: &Region| format!(" in {region}"));
        let _ = writeln!(text, "calls{place}: {}", calls.join(", "));
    }
    if text.is_empty() {
        text.push_str("calls: none\n");
    }
    text
}

fn of_operation(count: &CallCount) -> String {
    let CallCount { operation, calls, throttled, .. } = count;
    match throttled {
        0 => format!("{operation} {calls}"),
        _ => format!("{operation} {calls} ({throttled} throttled)"),
    }
}

/// One JSON object on a line.
#[must_use]
pub fn json(counts: &[CallCount]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        calls: &'a [CallCount],
    }
    let text = serde_json::to_string(&Document { calls: counts }).expect("texts and numbers");
    visible::json(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(
        region: Option<&str>,
        operation: &'static str,
        calls: usize,
        throttled: usize,
    ) -> CallCount {
        let region = region.map(|name| Region::new(name).expect("a region"));
        CallCount { region, operation, calls, throttled }
    }

    #[test]
    fn calls_are_told_region_by_region() {
        let counts = [
            count(None, "DescribeRegions", 1, 0),
            count(Some("cn-beijing"), "DescribeInstances", 12, 0),
            count(Some("cn-beijing"), "ImportKeyPair", 3, 2),
            count(Some("cn-hangzhou"), "DescribeKeyPairs", 1, 0),
        ];
        insta::assert_snapshot!(text(&counts), @r"
        calls: DescribeRegions 1
        calls in cn-beijing: DescribeInstances 12, ImportKeyPair 3 (2 throttled)
        calls in cn-hangzhou: DescribeKeyPairs 1
        ");
        insta::assert_snapshot!(text(&[]), @"calls: none");
        insta::assert_snapshot!(json(&counts[2..3]), @r#"{"calls":[{"region":"cn-beijing","operation":"ImportKeyPair","calls":3,"throttled":2}]}"#);
    }
}
