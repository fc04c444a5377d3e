//! Clients that mean harm, or are broken: each gets a refusal or is cut off, and others are answered meanwhile and after.
//! Many at once are in `crowd`.

mod crowd;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
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
    let refused = house.client.get(url).send().await.unwrap();
    let refused: Value = refused.json().await.unwrap();
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
