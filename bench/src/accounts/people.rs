//! Accounts in a data folder, and those who ask by one of them: a browser, a program, and somebody with a wrong key.
//!
//! One account is made as people make it, and has its session and its key by the forms that people use. The others are
//! copies of it in the file, since each that is made costs what a login costs. Not here: what they ask.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::Told;
use crate::client::Client;
use crate::process::{Process, START};
use crate::run::Programs;

/// Brooklet's file in its data folder.
const FILE: &str = "brooklet.db";

/// Whose session and key it is.
const NAME: &str = "reader";

/// Everybody's password.
const PASSWORD: &str = "seven-brown-trout-in-a-brook";

/// How many others there are: each signs in a few times at most, as people do.
const MANY: u32 = 1000;

/// How a key begins, and how long it is.
const KEY: (&str, usize) = ("brooklet_", 52);

/// Nobody answers there: the models are asked nothing.
pub(crate) const NOWHERE: &str = "127.0.0.1:9";

/// Those who are known.
#[derive(Debug)]
pub(crate) struct People {
    data: PathBuf,
    /// What stands in the head of a request of the reader's browser.
    pub(crate) session: String,
    /// The same of their program.
    pub(crate) key: String,
    /// The same of a program whose key is nobody's.
    pub(crate) wrong: String,
}

impl People {
    /// Makes them in the folder `data`.
    pub(crate) async fn make(programs: &Programs, data: &Path) -> Told<Self> {
        // The schema is the server's own.
        let (server, _) = programs.brooklet(NOWHERE, data, START).await?;
        server.end().await?;
        add_reader(programs.brooklet_itself(), data)?;
        let copied = copy_reader(&data.join(FILE)).await;
        copied.map_err(|error| format!("accounts could not be copied: {error}"))?;
        let mut people = Self {
            data: data.to_owned(),
            session: String::new(),
            key: String::new(),
            wrong: bearer(&format!("{:x<1$}", KEY.0, KEY.1)),
        };
        // Another process than the ones that are measured: what signing in leaves behind in it is not in the figures.
        let (server, address) = people.serve(programs, NOWHERE).await?;
        let cookie = sign_in(&mut Client::connect(address).await?, NAME).await?;
        people.session = format!("Cookie: {cookie}\r\n");
        let mut client = Client::connect_as(address, &people.session).await?;
        let form = format!("do=make_key&name=bench&chat=yes&read=yes&days=30&password={PASSWORD}");
        let page = client.submit("/account", &form).await?;
        let key = key_in(&page.body)
            .ok_or_else(|| format!("/account shows no key; it answers {}", page.status))?;
        people.key = bearer(key);
        server.end().await?;
        Ok(people)
    }

    /// A server that knows them.
    pub(crate) async fn serve(
        &self,
        programs: &Programs,
        upstream: &str,
    ) -> Told<(Process, SocketAddr)> {
        let more = ["--auth", "password"];
        let served = programs.brooklet_with(&more, upstream, &self.data, START);
        served.await
    }
}

/// Signs one of the others in, from an address of their own: nobody has to wait because of another.
pub(crate) async fn come(server: SocketAddr, number: u32) -> Told<()> {
    let [_, high, middle, low] = number.to_be_bytes();
    // All of 127.0.0.0/8 is this machine's; the last byte is neither 0 nor 255.
    let own = Ipv4Addr::new(127, 1 + high, middle, 1 + low % 254);
    let mut client = Client::connect_from(server, own).await?;
    let name = format!("{NAME}-{}", 1 + number % MANY);
    sign_in(&mut client, &name).await.map(|_| ())
}

/// Gives the cookie of a new session.
async fn sign_in(client: &mut Client, name: &str) -> Told<String> {
    let form = format!("name={name}&password={PASSWORD}");
    let reply = client.submit("/login", &form).await?;
    match reply.cookie {
        Some(cookie) if reply.status == 303 => Ok(cookie),
        _ => Err(format!("/login answers {name} with {}", reply.status)),
    }
}

/// `brooklet user add`.
fn add_reader(brooklet: &Path, data: &Path) -> Told<()> {
    let failed = |why: String| format!("brooklet user add failed: {why}");
    let mut child = Command::new(brooklet)
        .args(["user", "add", NAME, "--password-stdin", "--data-dir"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        let written = writeln!(input, "{PASSWORD}");
        written.map_err(|error| failed(error.to_string()))?;
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// Makes the others.
async fn copy_reader(file: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await?;
    sqlx::query(
        "WITH RECURSIVE numbers (number) AS (
             SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?
         )
         INSERT INTO users (id, name, folded, role, password, made_at)
         SELECT substr(id, 1, 32) || printf('%04x', number), name || '-' || number, folded || '-' || number, 'user',
                password, made_at
         FROM users CROSS JOIN numbers WHERE name = ?",
    )
    .bind(MANY)
    .bind(NAME)
    .execute(&mut connection)
    .await?;
    connection.close().await
}

fn bearer(key: &str) -> String {
    format!("Authorization: Bearer {key}\r\n")
}

/// The key that a page shows this once.
fn key_in(page: &str) -> Option<&str> {
    let (begin, length) = KEY;
    let at = page.find(&format!("<code>{begin}"))? + "<code>".len();
    let key = page.get(at..at + length)?;
    key.bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
        .then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_in_the_page() {
        let key = format!("{}{}", KEY.0, "aB3-_".repeat(9).split_at(43).0);
        let page = format!("<ul><li><code>{key}</code></li></ul><code>brooklet_abc…</code>");
        assert_eq!(key_in(&page), Some(&*key));
        assert_eq!(key_in("<code>brooklet_abc…</code>"), None);
    }
}
