//! Clients that mean harm, or are broken: each gets a refusal or is cut off, and others are answered meanwhile and after.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

#[cfg(target_os = "linux")]
use {
    crate::{program::Program, support::client},
    tempfile::TempDir,
};

use crate::support::{House, PATIENCE};

/// Connects without a client that would mend what is sent.
async fn knock(house: &House) -> TcpStream {
    let address = house.url.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// All that comes until the connection is closed.
async fn heard(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // One that is closed while something is under way breaks off: what came before counts.
    let reading = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    let _ = reading.expect("the connection is closed");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends this as it is; gives what comes until the connection is closed.
async fn sends(house: &House, bytes: &[u8]) -> String {
    let mut stream = knock(house).await;
    // It may be closed before all is sent.
    let _ = stream.write_all(bytes).await;
    heard(&mut stream).await
}

/// Sends a beginning, and then a byte twice a second for as long as somebody listens.
async fn trickles(house: &House, beginning: &str) -> String {
    let (mut reader, mut writer) = knock(house).await.into_split();
    writer.write_all(beginning.as_bytes()).await.unwrap();
    let trickling = tokio::spawn(async move {
        while writer.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(500)).await;
        }
    });
    let mut bytes = Vec::new();
    let reading = timeout(PATIENCE, reader.read_to_end(&mut bytes)).await;
    let _ = reading.expect("the connection is closed");
    trickling.abort();
    String::from_utf8(bytes).unwrap()
}

async fn is_well(house: &House) {
    let response = house.client.get(format!("{}/healthz", house.url));
    assert_eq!(response.send().await.unwrap().status(), 200);
}

/// Ten seconds in truth, as below: whose bytes come now and then is not waited for.
#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_cut_off() {
    let house = House::open().await;
    let slow = trickles(&house, "GET / HTTP/1.1\r\nhost: localhost\r\nx: ");
    let (said, ()) = tokio::join!(slow, is_well(&house));
    assert_eq!(said, "");
    // The second on its connection, too: after an answer as a whole, and after one that came bit by bit.
    let second = async |path: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let said = trickles(&house, &head).await;
        assert!(said.starts_with("HTTP/1.1 200"), "{path}: {said}");
    };
    tokio::join!(
        second("/healthz"),
        second("/"),
        second("/api/export?form=json")
    );
    is_well(&house).await;
}

/// Longer than a head may take, in truth: a proxy keeps its connections for its next request.
#[tokio::test]
async fn a_connection_may_rest_between_two_requests() {
    let house = House::open().await;
    let mut stream = knock(&house).await;
    let mut answer = [0; 4096];
    for rest in [12, 0] {
        let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let length = timeout(PATIENCE, stream.read(&mut answer)).await.unwrap();
        let said = String::from_utf8_lossy(&answer[..length.unwrap()]);
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        sleep(Duration::from_secs(rest)).await;
    }
}

#[tokio::test]
async fn a_body_that_comes_byte_by_byte_is_refused_with_a_sentence() {
    let house = House::open().await;
    let head = "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n";
    let chunked =
        "POST /ask HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n4000\r\n";
    let (said, form) = tokio::join!(trickles(&house, head), trickles(&house, chunked));
    for said in [said, form] {
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(said.contains("too slowly"), "{said}");
    }
    assert_eq!(house.ollama.sim().stats().started, 0);
    is_well(&house).await;
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let house = House::open().await;
    let get = |path: &str, header: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{header}\r\n")
    };
    let long = |length| "x".repeat(length);
    let many: String = (0..200).map(|at| format!("x{at}: a\r\n")).collect();
    for (request, status) in [
        (get(&format!("/?{}", long(7000)), ""), 200),
        (get(&format!("/?{}", long(8000)), ""), 414),
        (get(&format!("/{}", long(100_000)), ""), 414),
        (get("/", &format!("x: {}\r\n", long(30_000))), 200),
        (get("/", &format!("x: {}\r\n", long(300_000))), 431),
        (get("/", &format!("x: {}\r\n", long(1_000_000))), 431),
        (get("/", &many), 431),
    ] {
        let said = sends(&house, request.as_bytes()).await;
        let expected = format!("HTTP/1.1 {status} ");
        let (length, begins) = (request.len(), &request[..20]);
        assert!(
            said.starts_with(&expected),
            "{begins}… of {length}: {said:.80}"
        );
    }
    let url = format!("{}/api/search?words={}", house.url, long(8000));
    let refused: Value = house
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(refused["error"]["kind"], "too_long");
    is_well(&house).await;
}

/// Posts JSON as it is; gives the status, and the JSON of the answer.
async fn post(house: &House, path: &str, body: String) -> (u16, Value) {
    let request = house.client.post(format!("{}{path}", house.url));
    let request = request.header("content-type", "application/json");
    let response = request.body(body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn json_is_as_deep_as_it_makes_sense() {
    let house = House::open().await;
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for levels in [200, 1_000_000] {
        let deep = deep(levels);
        for (path, body) in [
            ("/api/chat", format!(r#"{{"message":{deep}}}"#)),
            (
                "/api/chat",
                format!(r#"{{"message":"a","options":{{"a":{deep}}}}}"#),
            ),
            ("/api/chat", deep.clone()),
            (
                "/api/send",
                format!(r#"{{"message":"a","options":{{"a":{deep}}}}}"#),
            ),
            ("/api/ask", format!(r#"{{"text":{deep}}}"#)),
            ("/api/preset", format!(r#"{{"change":{deep}}}"#)),
        ] {
            let (status, error) = post(&house, path, body).await;
            assert_eq!(status, 400, "{path} {levels}");
            assert!(error["error"]["message"].is_string(), "{path}: {error}");
        }
        // What nobody reads may be as deep as it likes.
        let unread = format!(r#"{{"chats":[],"touch":"archive","unread":{deep}}}"#);
        let (status, _) = post(&house, "/api/touch", unread).await;
        assert!(status < 500, "{levels}");
    }
    assert_eq!(house.ollama.sim().stats().started, 0);
    is_well(&house).await;
}

/// What two servers in a row could read in two ways is read in none.
#[tokio::test]
async fn a_request_that_is_framed_wrongly_asks_nothing() {
    let house = House::open().await;
    let body = json!({"message": "hi", "model": "sim:tokens=1"}).to_string();
    let length = body.len();
    let post = |headers: &str, rest: &str| {
        format!("POST /api/chat HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n{rest}")
    };
    let chunk = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    let requests = [
        post(
            &format!("content-length: {length}\r\ncontent-length: 3\r\n"),
            &body,
        ),
        post(&format!("content-length: {length}, 3\r\n"), &body),
        post("content-length: -1\r\n", &body),
        post(&format!("content-length: +{length}\r\n"), &body),
        post(&format!("content-length: {length}a\r\n"), &body),
        post("content-length: 99999999999999999999\r\n", &body),
        post("transfer-encoding: chunked, identity\r\n", &chunk),
        post("transfer-encoding: xchunked\r\n", &chunk),
        post("transfer-encoding: chunked\r\n", &format!("zz\r\n{body}")),
        post(
            "transfer-encoding: chunked\r\n",
            &format!("ffffffffffffffffff\r\n{body}"),
        ),
        post(
            "transfer-encoding: chunked\r\n",
            &format!("{length:x}\r\n{body}XX0\r\n\r\n"),
        ),
        post(&format!("content-length : {length}\r\n"), &body),
        post(&format!("content-length:\r\n {length}\r\n"), &body),
        post(&format!("content-length: {length}\r\nx: a\rb\r\n"), &body),
        post(&format!("content-length: {length}\r\nx: a\0b\r\n"), &body),
        post(&format!("content-length: {length}\r\n(x): a\r\n"), &body),
        format!(
            "POST /api/chat HTTP/9.9\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}"
        ),
        format!(
            "POST  /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}"
        ),
        format!("POST /api/chat\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}"),
        format!("\u{16}\u{3}\u{1}POST /api/chat HTTP/1.1\r\n\r\n{body}"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ];
    for request in requests {
        let said = sends(&house, request.as_bytes()).await;
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 4"),
            "{request:?}: {said:.200}"
        );
    }
    assert_eq!(house.ollama.sim().stats().started, 0);
    is_well(&house).await;
}

#[tokio::test]
async fn paths_lead_nowhere_but_to_what_is_there() {
    let house = House::open().await;
    for path in [
        "/..",
        "/../Cargo.toml",
        "/pkg/../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/pkg/..%2f..%2fCargo.toml",
        "/pkg/%2e%2e%5c%2e%2e%5cCargo.toml",
        "/..\\..\\Cargo.toml",
        "/pkg/brooklet.css%00.html",
        "//evil.example/",
        "///etc/passwd",
        "/c/..%2f..%2fetc%2fpasswd",
        "/c/%ff%fe",
        "/api/../healthz",
        "/api/generate",
        "/api/tags",
        "/api/pull",
        "/v1/../api/tags",
        "http://evil.example/",
        "http://evil.example/healthz",
        "file:///etc/passwd",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let said = sends(&house, request.as_bytes()).await;
        let status = said.get(9..12).unwrap_or_default();
        assert!(
            ["400", "403", "404"].contains(&status),
            "{path}: {said:.80}"
        );
        let said = said.to_lowercase();
        assert!(!said.contains("location:"), "{path}");
        assert!(
            !said.contains("[package]") && !said.contains("root:"),
            "{path}"
        );
    }
    // Nothing of it is asked of Ollama.
    assert!(house.ollama.sim().requests().is_empty());
}

#[tokio::test]
async fn more_connections_than_there_may_be_are_told_so() {
    let house = House::with(&["--max-connections", "5"]).await;
    let mut crowd = Vec::new();
    for _ in 0..5 {
        let mut stream = knock(&house).await;
        // One that has been answered has its place.
        let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(request).await.unwrap();
        stream.read_exact(&mut [0; 12]).await.unwrap();
        crowd.push(stream);
    }
    // Read though it asks for something.
    let said = sends(&house, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 503"), "{said}");
    let (head, sentence) = said.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("retry-after: 5"), "{head}");
    assert!(
        head.contains(&format!("content-length: {}", sentence.len())),
        "{head}"
    );
    // Who leaves makes room.
    drop(crowd.pop());
    let in_time = timeout(PATIENCE, async {
        let ask = || house.client.get(format!("{}/healthz", house.url)).send();
        while ask().await.is_ok_and(|response| response.status() != 200) {
            sleep(Duration::from_millis(10)).await;
        }
    });
    in_time.await.expect("there is room again");
    is_well(&house).await;
}

/// Who asks is told by a proxy that is listed, and by nobody else.
#[tokio::test]
async fn clients_behind_a_proxy_are_told_apart() {
    let follow = async |house: &House, generation: &str, client: &str| {
        let url = format!("{}/api/follow?generation={generation}", house.url);
        let request = house.client.get(url).header("x-forwarded-for", client);
        request.send().await.unwrap()
    };
    let limit = ["--max-streams-per-client", "1"];
    let listed = House::with(&[&limit[..], &["--trusted-proxy", "127.0.0.1"]].concat()).await;
    let generation = listed.send("sim:tokens=100000,rate=50").await;
    let first = follow(&listed, &generation, "198.51.100.7").await;
    let second = follow(&listed, &generation, "203.0.113.1, 198.51.100.7").await;
    let third = follow(&listed, &generation, "198.51.100.8").await;
    let statuses = [&first, &second, &third].map(|it| it.status().as_u16());
    assert_eq!(statuses, [200, 503, 200]);
    assert_eq!(second.headers()["retry-after"], "5");
    // Of another everything comes from one address, which is this machine's and is not counted.
    let unlisted = House::with(&limit).await;
    let generation = unlisted.send("sim:tokens=100000,rate=50").await;
    let first = follow(&unlisted, &generation, "198.51.100.7").await;
    let second = follow(&unlisted, &generation, "198.51.100.7").await;
    assert_eq!(
        (first.status(), second.status()),
        (first.status(), first.status())
    );
    assert_eq!(first.status(), 200);
}

/// A crowd of connections to a program that say nothing. Some have been answered, so all those before them are inside.
#[cfg(target_os = "linux")]
async fn crowd(program: &Program, count: usize) -> Vec<TcpStream> {
    let address = program.url.strip_prefix("http://").unwrap();
    let mut crowd = Vec::with_capacity(count);
    for at in 1..=count {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if at % 100 == 0 {
            let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
            stream.write_all(request).await.unwrap();
            stream.read_exact(&mut [0; 12]).await.unwrap();
        }
        crowd.push(stream);
    }
    crowd
}

/// Ten thousand that say nothing, as far as this system has files for them.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_crowd_that_says_nothing_is_in_nobodys_way_and_leaves_nothing_behind() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(20_000).min(20_000);
    if limit.current.is_some_and(|current| current < most) {
        let current = Some(most);
        setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
    }
    // What other tests have open has room too.
    let count = usize::try_from(most)
        .unwrap()
        .saturating_sub(3_000)
        .min(10_000);
    assert!(
        count >= 1_000,
        "{count}: this needs 4,000 files (`ulimit -n`)"
    );
    let data = TempDir::new().unwrap();
    let two = ["--threads", "2"];
    let program = Program::start(data.path(), "127.0.0.1:1", 0, &two).await;
    let is_well = async || {
        let response = client().get(format!("{}/healthz", program.url)).send();
        assert_eq!(response.await.unwrap().status(), 200);
    };
    is_well().await;
    let before = program.memory();
    // What stayed of one would add up with the next.
    for _ in 0..3 {
        let crowd = crowd(&program, count).await;
        is_well().await;
        let taken = program.memory().saturating_sub(before);
        assert!(taken > 0);
        drop(crowd);
        // Nobody tells when the system has it back.
        let given_back = timeout(PATIENCE, async {
            while program.memory() > before + taken / 10 + 8_000 {
                is_well().await;
                sleep(Duration::from_millis(50)).await;
            }
        });
        given_back.await.expect("what the crowd took is given back");
    }
}
