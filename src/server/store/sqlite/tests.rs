//! What the file keeps, shown.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use std::time::UNIX_EPOCH;

use super::{
    super::{
        Begun, Place, Reason,
        chats::{Chats, Question},
        words::Search,
    },
    schema::{MIGRATIONS, migrator},
    writing::MANY,
    *,
};
use crate::chat::Touch;

fn change(id: &str, content: String) -> Change {
    Change {
        id: id.to_owned(),
        begun: Some(Begun {
            owner: "".into(),
            model: "m".to_owned(),
            asked: "{}".to_owned(),
            request_id: None,
            place: None,
            at: SystemTime::now(),
        }),
        seq: 1,
        content,
        ..Change::default()
    }
}

async fn open(folder: &Path) -> Sqlite {
    Sqlite::open(Folder::take(folder).unwrap()).await.unwrap()
}

/// A failure can leave a transaction open of which nobody knows: here it is opened behind sqlx's back.
#[tokio::test]
async fn after_a_failure_what_is_saved_is_saved() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    sqlx::query("BEGIN").execute(&store.writer).await.unwrap();
    let lost = store.save(vec![change("a", "lost".to_owned())]).await;
    assert!(lost.is_err());
    store
        .save(vec![change("b", "kept".to_owned())])
        .await
        .unwrap();
    // The readers see what has been committed, and nothing else.
    assert_eq!(store.generation("a").await.unwrap(), None);
    let kept = store.generation("b").await.unwrap().unwrap();
    assert_eq!(kept.id, "b");
}

/// As a full disk does it: what was there stays, and what comes when there is room is kept.
#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_stored() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let kept = |id: &str, content: &str| Change {
        done: Some(Done::default()),
        ..change(id, content.to_owned())
    };
    store.save(vec![kept("a", "before")]).await.unwrap();
    // As many pages as there are; the next connection knows nothing of it.
    sqlx::query("PRAGMA max_page_count = 1")
        .execute(&store.writer)
        .await
        .unwrap();
    let long = "x".repeat(1_000_000);
    let full = store.save(vec![kept("b", &long)]).await.unwrap_err();
    assert!(matches!(full, StoreFault::Full(_)), "{full}");
    assert_eq!(full.reason(), Some(Reason::Full));
    assert_eq!(store.generation("b").await.unwrap(), None);
    store.save(vec![kept("b", &long)]).await.unwrap();
    for (id, content) in [("a", "before"), ("b", &long)] {
        let kept = store.generation(id).await.unwrap().unwrap();
        assert_eq!(kept.content, content);
    }
}

#[tokio::test]
async fn a_crowd_is_kept_piece_by_piece_and_to_the_byte() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let ids: Vec<_> = (0..MANY + 7).map(|number| number.to_string()).collect();
    let text = |id: &str, seq: u64| format!("{id}\u{0}é{seq} ");
    let whole = |id: &str| (1..=3).map(|seq| text(id, seq)).collect::<String>();
    for seq in 1..=3 {
        let save = ids.iter().map(|id| Change {
            begun: (seq == 1).then(|| change(id, String::new()).begun.unwrap()),
            seq,
            tool_calls: vec![serde_json::json!({ "call": seq })],
            ..change(id, text(id, seq))
        });
        store.save(save.collect()).await.unwrap();
    }
    // Half of them end; a crash cuts the others off.
    let (ended, cut) = ids.split_at(20);
    let ends = ended.iter().map(|id| Change {
        begun: None,
        seq: 4,
        done: Some(Done::default()),
        ..change(id, whole(id))
    });
    store.save(ends.collect()).await.unwrap();
    store.close().await;
    drop(store);
    let store = open(home.path()).await;
    for id in ended {
        let kept = store.generation(id).await.unwrap().unwrap();
        assert_eq!((kept.content, kept.seq), (whole(id), 4));
        assert_eq!(kept.done, Some(Done::default()));
    }
    for id in cut {
        let kept = store.generation(id).await.unwrap().unwrap();
        assert_eq!((kept.content, kept.seq), (whole(id), 3 + BEYOND));
        assert_eq!(kept.tool_calls.len(), 3);
        assert_eq!(kept.done.unwrap().status, Status::Interrupted);
    }
    // Nothing is old, and then everything is: some at a time.
    assert!(!store.forget_before(UNIX_EPOCH).await.unwrap());
    while store
        .forget_before(SystemTime::now() + PATIENCE)
        .await
        .unwrap()
    {}
    assert_eq!(store.generation("1").await.unwrap(), None);
}

/// What is old is looked through a little at a time, however much of it stays.
#[tokio::test]
async fn what_is_in_a_chat_stays_and_what_is_behind_it_goes() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let ended = |id: &str, place| {
        let mut change = change(id, String::new());
        if let Some(begun) = &mut change.begun {
            begun.place = place;
        }
        change.done = Some(Done::default());
        change
    };
    let kept = (0..600).map(|number| {
        let place = Place {
            goes_on: false,
            chat: "chat".to_owned(),
            title: (number == 0).then(String::new),
            parent: format!("q{number}"),
            answer: format!("a{number}"),
            question: Some(Question::default()),
        };
        ended(&format!("g{number:04}"), Some(place))
    });
    store.save(kept.collect()).await.unwrap();
    let useless = (0..250).map(|number| ended(&format!("u{number:04}"), None));
    store.save(useless.collect()).await.unwrap();
    // Twice, as it begins anew each time.
    for _ in 0..2 {
        while store
            .forget_before(SystemTime::now() + PATIENCE)
            .await
            .unwrap()
        {}
        let left: Vec<String> = sqlx::query_scalar("SELECT id FROM generations ORDER BY id")
            .fetch_all(&store.readers)
            .await
            .unwrap();
        assert_eq!(left.len(), 600);
        assert!(left.iter().all(|id| id.starts_with('g')));
    }
}

/// A log of pieces that nobody needs any more does not grow for ever.
#[tokio::test]
async fn the_pieces_go_when_those_who_said_them_have_ended() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let count = || async {
        let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM pieces");
        count.fetch_one(&store.writer).await.unwrap()
    };
    let more = |id: &str, done| Change {
        begun: None,
        seq: 2,
        done,
        ..change(id, "text".to_owned())
    };
    store
        .save(vec![
            change("a", "a".to_owned()),
            change("b", "b".to_owned()),
        ])
        .await
        .unwrap();
    assert_eq!(count().await, 2);
    store
        .save(vec![more("a", Some(Done::default()))])
        .await
        .unwrap();
    // One still runs: what it has said is needed.
    store.save(vec![more("b", None)]).await.unwrap();
    assert_eq!(count().await, 3);
    store
        .save(vec![more("b", Some(Done::default()))])
        .await
        .unwrap();
    store.save(vec![change("c", "c".to_owned())]).await.unwrap();
    assert_eq!(count().await, 1);
}

/// It should not come to this; if it does, neither is lost, nor is what is saved with them.
#[tokio::test]
async fn the_same_request_a_second_time_is_kept_without_its_name() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let twice = ["a", "b"].map(|id| {
        let mut change = change(id, format!("by {id}"));
        if let Some(begun) = &mut change.begun {
            begun.request_id = Some("once".to_owned());
        }
        change
    });
    store.save(twice.to_vec()).await.unwrap();
    assert_eq!(store.begun_by("once").await.unwrap().unwrap().id, "a");
    assert_eq!(store.generation("b").await.unwrap().unwrap().id, "b");
}

/// A chat whose question is its title is entitled once.
#[tokio::test]
async fn a_model_entitles_a_chat_once_and_never_against_a_person() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    for id in ["made", "renamed", "deleted"] {
        let mut change = change(id, "text".to_owned());
        if let Some(begun) = &mut change.begun {
            begun.place = Some(Place {
                goes_on: false,
                chat: id.to_owned(),
                title: Some("question".to_owned()),
                question: Some(Question::default()),
                parent: format!("{id} question"),
                answer: format!("{id} answer"),
            });
        }
        store.save(vec![change]).await.unwrap();
    }
    let same = Touch::Rename("question".to_owned());
    assert!(store.touch(&["renamed".to_owned()], same).await.unwrap());
    assert!(
        store
            .touch(&["deleted".to_owned()], Touch::Delete)
            .await
            .unwrap()
    );
    for (id, from, entitled) in [
        ("made", "another question", false),
        ("made", "question", true),
        ("made", "title", false),
        ("renamed", "question", false),
        ("deleted", "question", false),
        ("nowhere", "question", false),
    ] {
        let made = store.entitle(id, from, "title").await.unwrap();
        assert_eq!(made, entitled, "{id} {from}");
    }
    assert!(
        store
            .touch(&["deleted".to_owned()], Touch::Restore)
            .await
            .unwrap()
    );
    for (id, title) in [
        ("made", "title"),
        ("renamed", "question"),
        ("deleted", "question"),
    ] {
        assert_eq!(store.chat(id).await.unwrap().unwrap().title, title);
    }
}

/// From every earlier form: what was there is there, and the file as it was lies beside it.
#[tokio::test]
async fn a_file_of_an_earlier_version_is_brought_up_to_date() {
    for earlier in 1..MIGRATIONS.len() {
        let home = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().create_if_missing(true);
        let old = SqlitePool::connect_with(options.clone().filename(home.path().join(FILE)));
        let old = old.await.unwrap();
        migrator(&MIGRATIONS[..earlier]).run(&old).await.unwrap();
        let kept = "INSERT INTO generations (id, owner, model, begun_at, content, done)
                    VALUES ('a', '', 'm', 1, 'kept', '{}')";
        sqlx::query(kept).execute(&old).await.unwrap();
        if earlier > 1 {
            let chat = "INSERT INTO chats (id, owner, title, leaf, begun_at, asked_at)
                        VALUES ('c', '', 'A title', 'n', 1, 1);
                        INSERT INTO messages (id, chat, parent, role, content, generation, made_at)
                        VALUES ('m', 'c', NULL, 'user', 'A question', NULL, 1),
                               ('n', 'c', 'm', 'assistant', '', 'a', 1)";
            sqlx::raw_sql(chat).execute(&old).await.unwrap();
        }
        if earlier > 2 {
            let number = "UPDATE chats SET number = 1";
            sqlx::query(number).execute(&old).await.unwrap();
        }
        old.close().await;
        for _ in 0..2 {
            let store = open(home.path()).await;
            let kept = store.generation("a").await.unwrap().unwrap();
            assert_eq!(kept.content, "kept");
            let found = async |typed: &str| {
                let search = Search::read(typed);
                store.search(&search, None, 10).await.unwrap()
            };
            if earlier > 1 {
                let chat = store.chat("c").await.unwrap().unwrap();
                assert_eq!(chat.messages[1].content, "kept");
                assert_eq!(found("title").await.chats[0].id, "c");
                assert_eq!(found("question").await.messages[0].message, "m");
                assert_eq!(found("kep").await.messages[0].message, "n");
            }
            store.close().await;
        }
        let copies = std::fs::read_dir(home.path()).unwrap();
        let copies: Vec<_> = copies
            .map(|file| file.unwrap().path())
            .filter(|path| path.to_string_lossy().contains(".before-"))
            .collect();
        let [copy] = &copies[..] else {
            panic!("one copy, once: {copies:?}");
        };
        let copy = SqlitePool::connect_with(options.filename(copy))
            .await
            .unwrap();
        let has = "SELECT MAX(version) FROM _sqlx_migrations";
        let has: i64 = sqlx::query_scalar(has).fetch_one(&copy).await.unwrap();
        assert_eq!(has, MIGRATIONS[earlier - 1].0);
        let kept: String = sqlx::query_scalar("SELECT content FROM generations")
            .fetch_one(&copy)
            .await
            .unwrap();
        assert_eq!(kept, "kept");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_kept_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let home = tempfile::tempdir().unwrap();
    let for_all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(home.path(), for_all).unwrap();
    let store = open(home.path()).await;
    store
        .save(vec![change("a", "secret".to_owned())])
        .await
        .unwrap();
    for name in [FILE.to_owned(), format!("{FILE}-wal")] {
        let mode = std::fs::metadata(home.path().join(&name)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o077, 0, "{name}");
    }
}
