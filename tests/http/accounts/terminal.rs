//! Accounts from the terminal, and what of it all stands in the log.

use ollama_sim::Running;
use serde_json::json;
use tempfile::TempDir;

use super::{Browser, between, until};
use crate::program::{Program, done, refused};

#[tokio::test]
async fn accounts_are_looked_after_from_the_terminal_while_brooklet_serves() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let folder = data.path();
    let why = refused(folder, &["user", "list"]).await;
    assert!(why.contains("there is no database"), "{why}");
    let more = ["--auth", "password"];
    let program = Program::start(folder, &ollama.url(), 0, &more).await;
    assert!(
        done(folder, &["user", "list"])
            .await
            .contains("no account yet")
    );

    let said = done(folder, &["user", "add", "Anna"]).await;
    assert!(
        said.contains("an administrator, as the first one"),
        "{said}"
    );
    let password = between(&said, "Its password is: ", "\n").to_owned();
    let anna = Browser::at(&program.url);
    assert_eq!(anna.sign_in("anna", &password).await.status(), 303);
    let said = done(folder, &["user", "add", "Berta"]).await;
    let secret = between(&said, "Its password is: ", "\n").to_owned();
    let berta = Browser::at(&program.url);
    assert_eq!(berta.sign_in("berta", &secret).await.status(), 303);
    let said = done(folder, &["user", "list"]).await;
    assert_eq!(said, "Anna (admin)\nBerta (user)\n");
    let why = refused(folder, &["user", "add", "ANNA"]).await;
    assert!(why.contains("there is an account ANNA already"), "{why}");
    let why = refused(folder, &["user", "add", ""]).await;
    assert!(why.contains("1 to 64 characters"), "{why}");

    done(folder, &["user", "disable", "berta"]).await;
    until("she is out", async || !berta.is_in().await).await;
    assert_eq!(berta.sign_in("berta", &secret).await.status(), 401);
    done(folder, &["user", "enable", "berta"]).await;
    assert_eq!(berta.sign_in("berta", &secret).await.status(), 303);
    for act in ["disable", "delete"] {
        let arguments = [
            &["user", act, "anna"][..],
            if act == "delete" { &["--yes"] } else { &[] },
        ]
        .concat();
        let why = refused(folder, &arguments).await;
        assert!(why.contains("no administrator left"), "{why}");
    }

    let said = done(folder, &["user", "reset-password", "anna"]).await;
    let new = between(&said, "Its password is: ", "\n");
    until("she is out", async || !anna.is_in().await).await;
    assert_eq!(anna.sign_in("anna", &password).await.status(), 401);
    assert_eq!(anna.sign_in("anna", new).await.status(), 303);

    let why = refused(folder, &["user", "delete", "berta"]).await;
    assert!(why.contains("--yes"), "{why}");
    done(folder, &["user", "delete", "berta", "--yes"]).await;
    until("she is gone", async || !berta.is_in().await).await;
    let why = refused(folder, &["user", "disable", "berta"]).await;
    assert!(why.contains("there is no account berta"), "{why}");
    let page = anna.text("/admin").await;
    assert!(
        page.contains("(by brooklet user)") && page.contains("Account deleted"),
        "{page}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn who_has_heard_enough_of_a_command_is_no_fault() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let program = Program::start(data.path(), &ollama.url(), 0, &[]).await;
    for name in ["anna", "berta"] {
        done(data.path(), &["user", "add", name]).await;
    }
    // What it does, and what becomes of it where nobody reads on.
    let unheard = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_brooklet"))
            .args(arguments)
            .arg("--data-dir")
            .arg(data.path())
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    for arguments in [
        &["user", "list"][..],
        &["user", "disable", "berta"],
        &["db", "check"],
    ] {
        assert_eq!(
            unheard(arguments),
            (Some(0), String::new()),
            "{arguments:?}"
        );
    }
    let list = done(data.path(), &["user", "list"]).await;
    assert!(list.contains("berta (user, disabled)"), "{list}");
    // A password that nobody has heard is nobody's.
    let (code, said) = unheard(&["user", "reset-password", "anna"]);
    assert!(
        code == Some(1) && said.contains("could not be told"),
        "{said}"
    );
    drop(program);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_secret_and_nothing_that_was_said_is_in_the_log() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let path = data.path().join("log");
    let log = std::fs::File::create(&path).unwrap();
    // All there is to log, of ours and of what we use.
    let more = ["--auth", "password"];
    let program =
        Program::start_talkative_with(data.path(), &ollama.url(), log.into(), &more).await;
    let said = done(data.path(), &["user", "add", "Anna"]).await;
    let password = between(&said, "Its password is: ", "\n").to_owned();
    let anna = Browser::at(&program.url);
    let wrong = "a wrong password of mine";
    anna.sign_in("anna", wrong).await;
    let response = anna.sign_in("anna", &password).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let session = between(cookie, "brooklet=", ";").to_owned();
    let form = [
        ("do", "make_key"),
        ("name", "script"),
        ("chat", "yes"),
        ("password", &password),
    ];
    let page = anna.post("/account", &form).await.text().await.unwrap();
    let key = between(&page, "<li><code>", "</code>").to_owned();
    let page = anna
        .post("/admin", &[("do", "invite")])
        .await
        .text()
        .await
        .unwrap();
    let link = between(&page, "link=", "<").to_owned();
    anna.get(&format!("/join?link={link}")).await;
    let question = "Where is the treasure buried?";
    let body = json!({"message": question, "model": "sim:text=echo"});
    for path in ["/api/chat", "/api/send"] {
        let request = anna.client.post(format!("{}{path}", program.url));
        let answer = request.bearer_auth(&key).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap();
    }
    let asked = anna
        .call(
            "/api/ask",
            &json!({"text": question, "model": "sim:text=echo"}),
        )
        .await;
    assert_eq!(asked.status(), 200);
    program.ask_to_end().await;
    program.ended().await;
    let log = std::fs::read_to_string(&path).unwrap();
    assert!(log.contains("generation ended"), "{log}");
    // Who guesses passwords is told to whoever keeps such people out, by the address that they come from.
    let refused = |line: &&str| line.contains("kind=\"refused\"");
    let refused: Vec<_> = log.lines().filter(refused).collect();
    let [line] = refused[..] else {
        panic!("{refused:?}");
    };
    for part in [" INFO ", "account", "address=127.0.0.1"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    for secret in [
        &password, wrong, &session, &key, &link, question, "treasure",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    // But for the link by which the first account is made, which is for whoever reads it.
    assert!(log.contains("/join?link="));
}

#[tokio::test]
async fn a_start_that_lets_others_come_in_unseen_says_so() {
    let (open, read) = ("without accounts", "can be read on the way");
    let home = "https://chat.example";
    for (listen, more, warned) in [
        ("0.0.0.0:0", &["--auth", "none"][..], &[open][..]),
        ("0.0.0.0:0", &["--auth", "password"], &[read]),
        ("0.0.0.0:0", &[], &[read]),
        ("0.0.0.0:0", &["--public-url", home], &[]),
        ("127.0.0.1:0", &[], &[]),
        ("127.0.0.1:0", &["--auth", "password"], &[]),
        // Others come by the proxy.
        (
            "127.0.0.1:0",
            &["--public-url", home, "--auth", "none"],
            &[open],
        ),
        (
            "127.0.0.1:0",
            &["--trusted-proxy", "127.0.0.1", "--auth", "none"],
            &[open],
        ),
    ] {
        let log = Program::log_of_a_start(listen, more).await;
        for sentence in [open, read] {
            let line = log.lines().find(|line| line.contains(sentence));
            let is_warned = line.is_some_and(|line| line.contains(" WARN "));
            let wanted = warned.contains(&sentence);
            assert_eq!(is_warned, wanted, "{listen} {more:?} {sentence}: {log}");
        }
    }
}

#[tokio::test]
async fn who_adds_an_account_beside_an_open_house_takes_nothing_out_of_sight() {
    let (ollama, data) = (Running::start().await.unwrap(), TempDir::new().unwrap());
    let program = Program::start(data.path(), &ollama.url(), 0, &[]).await;
    let anybody = Browser::at(&program.url);
    anybody.ask("Before.").await;
    done(data.path(), &["user", "add", "Anna"]).await;
    until("the chats are seen", async || {
        let chats: serde_json::Value = anybody.api("/api/chats").await.json().await.unwrap();
        chats["chats"][0]["title"] == "Before."
    })
    .await;
}
