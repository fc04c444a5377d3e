//! A log that nobody reads: it stops nothing, and says what of it is lost.

use std::{
    fs::File,
    io::{BufRead, BufReader},
};

use ollama_sim::Running;
use rustix::pipe::{fcntl_setpipe_size, pipe};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    program::Program,
    support::{Frames, PATIENCE, add_up, client, script},
};

const MODEL: &str = "sim:tokens=5,rate=10000";

/// What the log says of lines of its own that it has lost.
const LOST: &str = "lines of this log were lost";

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let (unread, log) = pipe().unwrap();
    fcntl_setpipe_size(&log, 4096).unwrap();
    let program = Program::start_talkative(data.path(), &ollama.url(), log.into()).await;
    // Each of them is a line of the log.
    for _ in 0..1500 {
        let mut connection = TcpStream::connect(("127.0.0.1", program.port()))
            .await
            .unwrap();
        connection
            .write_all(b"this is no HTTP\r\n\r\n")
            .await
            .unwrap();
        let mut said = Vec::new();
        let refused = connection.read_to_end(&mut said);
        let refused = tokio::time::timeout(PATIENCE, refused).await;
        refused
            .expect("who is served while nobody reads the log")
            .unwrap();
    }
    let asked = client().post(format!("{}/api/chat", program.url));
    let asked = asked.json(&json!({"message": "Hello", "model": MODEL}));
    let (content, _, _) = add_up(&Frames::of(asked.send().await.unwrap()).all().await);
    assert_eq!(content, script(MODEL).0);
    // Somebody reads again, and hears of it.
    let lines = BufReader::new(File::from(unread)).lines();
    let mut lines = lines.map(Result::unwrap);
    let told = tokio::task::spawn_blocking(move || lines.find(|line| line.contains(LOST)));
    let told = tokio::time::timeout(PATIENCE, told).await.unwrap().unwrap();
    let told = told.expect("what is lost is told");
    let (_, lost) = told.split_once("lines=").unwrap();
    let lost: String = lost.chars().take_while(char::is_ascii_digit).collect();
    // Of 1,500 lines some 30 are in the pipe, and 1,024 wait.
    assert!(lost.parse::<u32>().unwrap() > 300, "{told}");
}
