-- How models are asked: by chat, by preset, and by answer as it was made; and what is being written.

-- A JSON object: model, system prompt, think, keep_alive, options.
ALTER TABLE chats ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

-- A JSON object: think, keep_alive and options that the answer was asked for with.
ALTER TABLE generations ADD COLUMN asked TEXT NOT NULL DEFAULT '{}';

-- Those that have begun with settings, and in which nothing has been asked: they are forgotten after a while.
CREATE INDEX chats_unasked ON chats (begun_at) WHERE leaf IS NULL;

CREATE TABLE presets (
    -- A UUIDv7.
    id       TEXT NOT NULL PRIMARY KEY,
    -- Whose it is; empty until there are accounts.
    owner    TEXT NOT NULL,
    name     TEXT NOT NULL,
    -- As those of a chat.
    settings TEXT NOT NULL,
    -- Milliseconds since 1970.
    made_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX presets_by_name ON presets (owner, name);

CREATE TABLE drafts (
    owner   TEXT NOT NULL,
    -- The chat that it is for; empty: a new one.
    chat    TEXT NOT NULL,
    text    TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (owner, chat)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER chats_undrafted AFTER DELETE ON chats BEGIN
    DELETE FROM drafts WHERE chat = old.id;
END;
