//! A request to the server of the embedded cloud: a line with method, path and query, headers, an
//! empty line, and a body.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use keyform::{
    disk::MemoryDisk,
    ecs::{
        sign::{self, SigningKey},
        wire::HttpRequest,
    },
    emulator::{
        Local, Now,
        server::{AccessKeys, Answer, DEFAULT_ACCOUNT, Peer, Script, Service},
    },
    keys::PooledKeys,
    model::{
        InstanceId, InstanceStatus, Region, Tags, Timestamp,
        inventory::{Inventory, InventoryInstance},
        time::Precision,
    },
};

/// When all requests come in, to the server's clock.
const NOW: Timestamp = Timestamp::from_milliseconds(1_795_341_630_000);
const KEY: SigningKey<'static> =
    SigningKey { access_key_id: "emulator", access_key_secret: "emulator", security_token: None };

/// Answers the request as it is, and signed by a client: no answer is a panic, and a request that is
/// not signed is refused.
pub(super) fn run(bytes: &[u8]) {
    let request = parsed(bytes);
    let service = service();
    let Answer::Reply(reply) = service.answer(&request, Peer::Elsewhere) else {
        panic!("nothing is to be lost");
    };
    assert!((400..=599).contains(&reply.status), "{} without a signature", reply.status);
    for older in [false, true] {
        let mut signed = request.clone();
        let names = ["x-acs-action", "x-acs-version", "host"];
        for name in names.into_iter().filter(|_| !older) {
            signed.headers.entry(name.to_owned()).or_insert_with(|| "x".to_owned());
        }
        if older {
            signed.headers.remove("authorization");
            sign::sign_v1(&mut signed, &KEY, NOW, "nonce");
        } else {
            sign::sign(&mut signed, &KEY, NOW, "nonce");
        }
        if let Answer::Reply(reply) = service.answer(&signed, Peer::Loopback) {
            assert!(reply.body.starts_with('{') && reply.body.ends_with('}'), "an object of JSON");
        }
    }
}

/// A server of one instance; its cloud is new for each request.
fn service() -> Service {
    static KEYS: OnceLock<Arc<PooledKeys>> = OnceLock::new();
    let now: Now = Arc::new(|| NOW);
    let disk = Arc::new(MemoryDisk::new());
    let cloud = Local::open(disk, Path::new("cloud"), inventory(), Arc::clone(&now));
    let keys = Arc::clone(KEYS.get_or_init(|| Arc::new(PooledKeys::new(0))));
    let cloud = cloud.expect("there is no log").with_keys(keys);
    let account = DEFAULT_ACCOUNT.to_owned();
    Service::new(cloud, now, AccessKeys::default(), Script::default(), account)
}

fn inventory() -> Inventory {
    let instance = InventoryInstance {
        id: InstanceId::new("i-1"),
        region: Region::new("cn-hangzhou").expect("a region"),
        name: "web-1".to_owned(),
        os_type: "linux".to_owned(),
        instance_type: "ecs.g7.large".to_owned(),
        instance_type_family: "ecs.g7".to_owned(),
        io_optimized: true,
        status: InstanceStatus::Running,
        tags: Tags::new(),
        private_address: None,
        public_address: None,
    };
    Inventory {
        restart_time: std::time::Duration::from_millis(200),
        time_precision: Precision::Minute,
        reboot_moves_start_time: true,
        instances: vec![instance],
    }
}

fn parsed(bytes: &[u8]) -> HttpRequest {
    let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = (&bytes[..end], bytes.get(end + 2..).unwrap_or_default());
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().splitn(2, ' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_lowercase(), value.trim().to_owned()))
    };
    HttpRequest {
        method,
        path: path.to_owned(),
        query: HttpRequest::decode(query.as_bytes()),
        headers: lines.filter_map(header).collect::<BTreeMap<_, _>>(),
        body: body.to_vec(),
    }
}
