-- Accounts, and by what people and programs are known: sessions, links, keys. Of every secret there is only a hash here.

CREATE TABLE users (
    -- A UUIDv7: the owner of what is theirs.
    id          TEXT NOT NULL PRIMARY KEY,
    -- As it was written; two that differ in the case of their letters alone are one.
    name        TEXT NOT NULL,
    folded      TEXT NOT NULL UNIQUE,
    -- 'admin' or 'user'.
    role        TEXT NOT NULL,
    -- Argon2id, as a PHC string; NULL: there is none to sign in by.
    password    TEXT,
    -- Who it is for another server that says who signs in; NULL: it does not.
    subject     TEXT UNIQUE,
    disabled    INTEGER NOT NULL DEFAULT 0,
    -- The secret of the second factor; NULL: there is none.
    totp        BLOB,
    -- The last step of it that was used: each counts once.
    totp_step   INTEGER NOT NULL DEFAULT 0,
    -- A JSON object: what of the server's limits is another for this user.
    limits      TEXT NOT NULL DEFAULT '{}',
    -- Milliseconds since 1970, like all times here.
    made_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    -- SHA-256 of what the cookie holds.
    hash     BLOB NOT NULL PRIMARY KEY,
    -- By which its user can speak of it.
    id       TEXT NOT NULL UNIQUE,
    user     TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    made_at  INTEGER NOT NULL,
    -- When it was last used, to some minutes.
    seen_at  INTEGER NOT NULL,
    -- What the browser calls itself, and from where it came.
    agent    TEXT NOT NULL,
    address  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user, seen_at);
CREATE INDEX sessions_by_age ON sessions (seen_at);

-- Links that are good once: to become somebody, or to have a new password.
CREATE TABLE links (
    hash       BLOB NOT NULL PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    -- 'setup', 'invitation' or 'reset'.
    kind       TEXT NOT NULL,
    -- What one becomes by it.
    role       TEXT NOT NULL,
    -- Whose password it is for.
    user       TEXT REFERENCES users ON DELETE CASCADE,
    -- Who made it, with whom it goes; NULL: nobody.
    made_by    TEXT REFERENCES users ON DELETE CASCADE,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    user TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    hash BLOB NOT NULL,
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    hash       BLOB NOT NULL PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    user       TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    name       TEXT NOT NULL,
    -- Its first letters, by which one knows it again.
    begins     TEXT NOT NULL,
    -- What it may do: 'chat', 'read' or 'chat read'.
    scopes     TEXT NOT NULL,
    -- As that of a user.
    limits     TEXT NOT NULL DEFAULT '{}',
    made_at    INTEGER NOT NULL,
    -- NULL: never.
    expires_at INTEGER,
    -- When it was last used, to a minute, and from where.
    used_at    INTEGER,
    address    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX keys_by_user ON keys (user, made_at);

-- How many tokens a user has had of a model on a day (UTC, as days since 1970).
CREATE TABLE usage (
    user          TEXT NOT NULL,
    day           INTEGER NOT NULL,
    model         TEXT NOT NULL,
    answers       INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    tokens        INTEGER NOT NULL,
    PRIMARY KEY (user, day, model)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_by_day ON usage (day);

-- What has happened to accounts. No secret, and nothing that was said.
CREATE TABLE events (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    -- What: 'signed_in', 'refused', 'key_made' …
    kind    TEXT NOT NULL,
    -- Whose account it is about; it may be gone.
    user    TEXT,
    -- Its name then, or the one that was tried.
    name    TEXT NOT NULL,
    -- Who did it, if somebody else.
    actor   TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL,
    -- What else there is to know, such as the name of a key.
    detail  TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX events_by_age ON events (at);
