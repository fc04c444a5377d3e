-- Chats: trees of messages, and the path through each that is shown.

CREATE TABLE chats (
    -- A UUIDv7, its name in URLs.
    id         TEXT NOT NULL PRIMARY KEY,
    -- Whose it is; empty until there are accounts.
    owner      TEXT NOT NULL,
    title      TEXT NOT NULL,
    -- 1: a person wrote the title, and nobody else may change it.
    titled     INTEGER NOT NULL DEFAULT 0,
    -- The last message of the path that is shown; NULL: there is none.
    leaf       TEXT,
    -- Milliseconds since 1970, like all times here.
    begun_at   INTEGER NOT NULL,
    -- When something was last asked in it.
    asked_at   INTEGER NOT NULL,
    pinned     INTEGER NOT NULL DEFAULT 0,
    -- When it was deleted; it can be had back for some days.
    deleted_at INTEGER
) STRICT;

-- The list: pinned ones first, then by when something was asked.
CREATE INDEX chats_listed ON chats (owner, pinned DESC, asked_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE messages (
    -- In the order in which they came: a message has a greater number than what it follows.
    number     INTEGER PRIMARY KEY,
    -- A UUIDv7.
    id         TEXT NOT NULL UNIQUE,
    chat       TEXT NOT NULL REFERENCES chats ON DELETE CASCADE,
    -- What it follows; NULL: it is one of the beginnings. Looked at when all is done, since whoever deletes a message
    -- deletes what hangs below it, however deep that is.
    parent     TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
    -- 'user' or 'assistant'.
    role       TEXT NOT NULL,
    -- What a person wrote. An answer's text is its generation's.
    content    TEXT NOT NULL DEFAULT '',
    -- Which generation writes, or has written, the answer: another one after it has gone on.
    generation TEXT REFERENCES generations,
    made_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX messages_by_chat ON messages (chat);
CREATE INDEX messages_by_parent ON messages (parent);
CREATE INDEX messages_by_generation ON messages (generation) WHERE generation IS NOT NULL;
