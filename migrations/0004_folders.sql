-- Folders, and an archive: chats that are kept out of the list.

CREATE TABLE folders (
    -- A UUIDv7.
    id      TEXT NOT NULL PRIMARY KEY,
    -- Whose it is; empty until there are accounts.
    owner   TEXT NOT NULL,
    name    TEXT NOT NULL,
    -- Milliseconds since 1970.
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX folders_by_name ON folders (owner, name);

ALTER TABLE chats ADD COLUMN folder TEXT REFERENCES folders ON DELETE SET NULL;
ALTER TABLE chats ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;

-- The list, as a whole and of a folder. A chat in which nothing has been asked yet is in no list. What is asked of each
-- chat is in the index, so that they are counted without being read.
DROP INDEX chats_listed;
CREATE INDEX chats_listed ON chats (owner, archived, pinned DESC, asked_at DESC, id DESC, deleted_at, leaf)
    WHERE deleted_at IS NULL AND leaf IS NOT NULL;
CREATE INDEX chats_by_folder ON chats (owner, folder, archived, pinned DESC, asked_at DESC, id DESC, deleted_at, leaf)
    WHERE deleted_at IS NULL AND leaf IS NOT NULL AND folder IS NOT NULL;
