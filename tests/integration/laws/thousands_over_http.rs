//! What ten thousand bindings cost in calls over HTTP: the budgets of docs/calls.md, as counts of the
//! requests that the service received.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use keyform::{
    alicloud::{Http, HttpFailure, HttpRequest, HttpResponse},
    apply::RATE_START,
    driver::{Clock, VirtualClock},
    model::limits::{ATTACH_INSTANCES_MAX, DESCRIBE_INSTANCES_MAX},
    session::{Applied, ApplyRequest, PlanOptions, Planned},
};
use sha2::{Digest, Sha256};

use super::{
    over_http::{InProcess, NOWHERE, context},
    scene::Scene,
};

const REGIONS: [&str; 2] = ["cn-beijing", "cn-hangzhou"];
const PAIRS: usize = 200;
const INSTANCES: usize = 10_000;
/// Each pair is bound to as many instances, and half of them may be down at once.
const FLEET: usize = INSTANCES / PAIRS;
const WAVES: usize = 2;

/// How many requests there were of each action.
type Counts = BTreeMap<String, usize>;

/// Counts the requests on their way to the service, some of which are throttled.
struct Counted {
    inner: InProcess,
    clock: VirtualClock,
    counts: Mutex<Counts>,
    /// How many of a hundred requests are throttled.
    throttled_percent: u8,
    /// When each request of AttachKeyPair came, by region, and whether it was throttled.
    attached: Mutex<Attached>,
}

/// Moments in milliseconds, by region, and whether the request was throttled.
type Attached = BTreeMap<String, Vec<(i64, bool)>>;

impl Counted {
    fn take(&self) -> Counts {
        std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Http for Counted {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let action = value(&request.headers, "x-acs-action")
            .or_else(|| value(&request.query, "Action"))
            .expect("each request names its action");
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(action.clone()).or_default() += 1;
        let number: usize = counts.values().sum();
        drop(counts);
        let draw = Sha256::digest(number.to_le_bytes())[0];
        // STS is another service, with limits of its own.
        let is_throttled = action != "GetCallerIdentity"
            && u32::from(draw) * 100 < u32::from(self.throttled_percent) * 256;
        if action == "AttachKeyPair" {
            let region = value(&request.query, "RegionId").expect("each bind names its region");
            let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
            let at = self.clock.now().milliseconds();
            attached.entry(region).or_default().push((at, is_throttled));
        }
        if is_throttled { Ok(throttling()) } else { self.inner.send(request) }
    }
}

/// What the service answers if it is called too often.
fn throttling() -> HttpResponse {
    let body =
        r#"{"Code": "Throttling.User", "Message": "Request was denied due to user flow control."}"#;
    HttpResponse { status: 400, headers: Vec::new(), body: body.as_bytes().to_vec().into() }
}

/// A header or a parameter by its name.
fn value(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone())
}

/// A project of 200 pairs in two regions, each with a fleet of fifty instances.
fn scene() -> Scene {
    let mut scene = Scene::new("");
    scene.write(
        "keyform.yaml",
        &format!(
            "apiVersion: keyform/v1\nkind: Project\nmetadata: {{name: thousands}}\nspec:\n  cloud: \
             {{alicloud: {{account: \"1234567890123456\", endpoint: \"{NOWHERE}\"}}}}\n  \
             defaults: {{restart: {{when: now, maxUnavailable: 50%}}}}\n"
        ),
    );
    let mut inventory =
        "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 30s\n  instances:\n"
            .to_owned();
    let mut manifests = String::new();
    for pair in 0..PAIRS {
        let region = REGIONS[pair % REGIONS.len()];
        let ids: Vec<_> = (0..FLEET).map(|number| format!("i-{pair:03}-{number:02}")).collect();
        for id in &ids {
            let _ = writeln!(inventory, "  - {{id: {id}, region: {region}}}");
        }
        let _ = write!(
            manifests,
            "---\napiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: pair-{pair:03}}}\nspec: \
             {{regions: [{region}]}}\n---\napiVersion: keyform/v1\nkind: Binding\nmetadata: \
             {{name: fleet-{pair:03}}}\nspec: {{keyPair: pair-{pair:03}, instances: [{}]}}\n",
            ids.join(", ")
        );
    }
    scene.write("inventory.yaml", &inventory);
    scene.write("web.yaml", &manifests);
    scene
}

/// Plans and applies over HTTP: the requests of the plan, and those of the run.
fn apply(scene: &Scene, http: &Arc<Counted>) -> (Counts, Counts) {
    let context = context(scene, http.clone());
    let session = scene.session_of(context, |inner| inner).expect("the project opens");
    let mut planned = Counts::new();
    let mut approve = |_: &Planned| {
        planned = http.take();
        true
    };
    let wish = ApplyRequest::Fresh(PlanOptions::default());
    match session.apply(wish, &mut approve, &mut |_, _, _| ()).expect("it comes to its end") {
        Applied::Ran { report, .. } => assert!(report.is_complete()),
        Applied::Nothing(_) => planned = http.take(),
        Applied::Declined => panic!("everything is approved"),
    }
    (planned, http.take())
}

fn counted(scene: &Scene, throttled_percent: u8) -> Arc<Counted> {
    let clock = scene.clock.clone();
    let inner = InProcess::new(scene.cloud(), Arc::new(move || clock.now()));
    Arc::new(Counted {
        inner,
        clock: scene.clock.clone(),
        counts: Mutex::default(),
        throttled_percent,
        attached: Mutex::default(),
    })
}

fn counts<const N: usize>(counts: [(&str, usize); N]) -> Counts {
    counts.map(|(action, count)| (action.to_owned(), count)).into()
}

#[test]
fn ten_thousand_bindings_on_two_hundred_pairs_keep_to_the_budget_of_calls() {
    let scene = scene();
    let http = counted(&scene, 0);
    let (planned, ran) = apply(&scene, &http);
    let by_id = (INSTANCES / REGIONS.len()).div_ceil(DESCRIBE_INSTANCES_MAX) * REGIONS.len();
    // No pair is there yet: one empty page a region.
    assert_eq!(
        planned,
        counts([
            ("DescribeInstances", by_id),
            ("DescribeKeyPairs", REGIONS.len()),
            ("GetCallerIdentity", 1),
        ])
    );
    let waves = PAIRS * WAVES;
    let batches = (FLEET / WAVES).div_ceil(ATTACH_INSTANCES_MAX);
    for (action, count) in
        [("ImportKeyPair", PAIRS), ("AttachKeyPair", waves * batches), ("RebootInstances", waves)]
    {
        assert_eq!(ran[action], count, "{action}: {ran:?}");
    }
    let reads: Vec<_> = ran.iter().filter(|(action, _)| action.starts_with("Describe")).collect();
    insta::assert_debug_snapshot!("reads_of_a_run_on_ten_thousand_bindings", reads);
    // The next plan has nothing to do, and lists the pairs in full pages.
    let (planned, ran) = apply(&scene, &http);
    let pages = (PAIRS / REGIONS.len()).div_ceil(50) * REGIONS.len();
    assert_eq!(
        planned,
        counts([
            ("DescribeInstances", by_id),
            ("DescribeKeyPairs", pages),
            ("GetCallerIdentity", 1),
        ])
    );
    assert!(ran.is_empty(), "{ran:?}");
}

#[test]
fn with_three_requests_in_ten_throttled_it_slows_down_and_comes_to_its_end() {
    let scene = scene();
    let http = counted(&scene, 30);
    apply(&scene, &http);
    let (_, ran) = apply(&scene, &http);
    assert!(ran.is_empty(), "there is nothing left to do: {ran:?}");
    let attached = http.attached.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(attached.len(), REGIONS.len());
    for (region, requests) in attached.iter() {
        let throttled = requests.iter().filter(|(_, is_throttled)| *is_throttled).count();
        assert!(throttled * 5 > requests.len(), "{region}: {throttled} of {}", requests.len());
        // The rate that it began with would have made them ten a second.
        let (first, last) = (requests[0].0, requests[requests.len() - 1].0);
        let seconds = usize::try_from((last - first) / 1000).expect("time passes");
        let bound = seconds * usize::try_from(RATE_START).expect("a small number") / 2;
        assert!(requests.len() < bound, "{region}: {} in {seconds} s", requests.len());
    }
}
