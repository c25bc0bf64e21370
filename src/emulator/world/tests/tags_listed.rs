//! Listing the tags of pairs.

use crate::{
    ecs::{Code, Request, Response, TagFilter, TagPage},
    emulator::example::{Cloud, RSA, at, import, inventory, name, region, tags},
    model::Tags,
};

fn list(pairs: &[&str], wanted: &[(&str, Option<&str>)], next_token: Option<&str>) -> Request {
    let filter = |(key, value): &(&str, Option<&str>)| TagFilter {
        key: (*key).to_owned(),
        value: value.map(str::to_owned),
    };
    Request::ListTagResources {
        region: region(),
        key_pair_names: pairs.iter().map(|pair| name(pair)).collect(),
        tags: wanted.iter().map(filter).collect(),
        next_token: next_token.map(str::to_owned),
    }
}

fn cloud(pairs: &[(&str, Tags)]) -> Cloud {
    let mut cloud = Cloud::new(inventory());
    for (pair, added) in pairs {
        let mut request = import(pair, RSA);
        if let Request::ImportKeyPair { tags, .. } = &mut request {
            tags.clone_from(added);
        }
        cloud.done(at(0), &request);
    }
    cloud
}

fn page(cloud: &mut Cloud, request: &Request) -> TagPage {
    match cloud.call(at(0), request) {
        Ok(Response::Tags(page)) => page,
        other => panic!("tags are listed, and not {other:?}"),
    }
}

#[test]
fn tags_are_listed_of_the_pairs_that_are_named_or_that_have_them() {
    let mut cloud =
        cloud(&[("db", tags(&[("team", "db")])), ("web", tags(&[("team", "web"), ("tier", "1")]))]);
    for (request, expected) in [
        (list(&["web"], &[], None), "web team=web, web tier=1"),
        (list(&["web", "none"], &[("team", Some("db"))], None), ""),
        (list(&[], &[("team", None)], None), "db team=db, web team=web, web tier=1"),
        (list(&[], &[("tier", Some("1"))], None), "web team=web, web tier=1"),
    ] {
        let page = page(&mut cloud, &request);
        let rows = page.tags.iter().map(|(pair, key, value)| format!("{pair} {key}={value}"));
        assert_eq!(rows.collect::<Vec<_>>().join(", "), expected, "{request:?}");
        assert_eq!(page.next_token, None);
    }
    let refusal = cloud.refusal(at(0), &list(&[], &[], None));
    assert_eq!(refusal, (403, Code::TAGS_AND_RESOURCES_EMPTY.to_owned()));
}

#[test]
fn more_than_fifty_rows_are_told_page_by_page() {
    let many: Tags = (0..20).map(|number| (format!("key-{number}"), String::new())).collect();
    let pairs: Vec<_> = ["a1", "b2", "c3"].map(|pair| (pair, many.clone())).into();
    let mut cloud = cloud(&pairs);
    let first = page(&mut cloud, &list(&["a1", "b2", "c3"], &[], None));
    assert_eq!(first.tags.len(), 50);
    let token = first.next_token.expect("a second page");
    let second = page(&mut cloud, &list(&["a1", "b2", "c3"], &[], Some(&token)));
    assert_eq!((second.tags.len(), second.next_token), (10, None));
    let refusal = cloud.refusal(at(0), &list(&["a1"], &[], Some("none")));
    assert_eq!(refusal, (403, Code::NEXT_TOKEN.to_owned()));
}

#[test]
fn all_tags_are_removed_without_naming_them_but_not_beside_names() {
    let mut cloud = cloud(&[("web", tags(&[("team", "web"), ("tier", "1")]))]);
    let untag = |keys: &[&str], all| Request::UntagResources {
        region: region(),
        key_pair_names: vec![name("web")],
        tag_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        all,
    };
    let refusal = cloud.refusal(at(0), &untag(&["team"], true));
    assert_eq!(refusal, (403, Code::PARAMETER_CONFLICT.to_owned()));
    cloud.done(at(0), &untag(&[], true));
    assert_eq!(page(&mut cloud, &list(&["web"], &[], None)).tags, []);
}
