//! Many clients at once: more than there may be, and whom each of them is counted for.

use std::time::Duration;

use brooklet::server::clock::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};
#[cfg(target_os = "linux")]
use {
    crate::{program::Program, support::client},
    tempfile::TempDir,
    tokio::net::TcpStream,
};

use super::{is_well, knock, sends};
use crate::support::{House, PATIENCE};

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
    // It is made by the door itself, and says what every answer says.
    for header in [
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
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

/// For whatever is asked, by somebody or by nobody.
#[tokio::test]
async fn requests_of_an_address_are_counted_by_the_minute() {
    let clock = Clock::by_hand();
    let limit = ["--max-requests-per-minute-per-client", "30"];
    let listed = ["--trusted-proxy", "127.0.0.1", "--auth", "password"];
    let house = House::at(&[&limit[..], &listed].concat(), clock.clone()).await;
    let ask = async |path: &str, client: &str| {
        let request = house.client.get(format!("{}{path}", house.url));
        request
            .header("x-forwarded-for", client)
            .send()
            .await
            .unwrap()
    };
    let status = async |client: &str| ask("/healthz", client).await.status().as_u16();
    let paths = [
        "/",
        "/healthz",
        "/favicon.svg",
        "/api/chats",
        "/login",
        "/nowhere",
    ];
    for path in paths.iter().cycle().take(30) {
        let passed = ask(path, "198.51.100.7").await.status();
        assert_ne!(passed, 429, "{path}");
    }
    for path in paths {
        let refused = ask(path, "198.51.100.7").await;
        assert_eq!(refused.status(), 429, "{path}");
        assert_eq!(refused.headers()["retry-after"], "2", "{path}");
        let sentence = refused.text().await.unwrap();
        assert!(
            sentence.contains("30 requests in a minute"),
            "{path}: {sentence}"
        );
    }
    // What the client itself has written before its address is not believed.
    assert_eq!(status("203.0.113.1, 198.51.100.7").await, 429);
    assert_eq!(status("198.51.100.8").await, 200);
    // A household has one network, and many addresses in it.
    for at in 0..30 {
        assert_eq!(status(&format!("2001:db8:0:{at}::{at}")).await, 200);
    }
    assert_eq!(status("2001:db8:0:ff::1").await, 429);
    assert_eq!(status("2001:db8:0:100::1").await, 200);
    // This machine is not counted.
    for _ in 0..40 {
        let own = house.client.get(format!("{}/healthz", house.url)).send();
        assert_eq!(own.await.unwrap().status(), 200);
    }
    clock.advance(Duration::from_secs(2));
    assert_eq!(status("198.51.100.7").await, 200);
    assert_eq!(status("198.51.100.7").await, 429);
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
