-- Generations as far as they have been saved: what answers for them once they have left memory, and after a crash.

CREATE TABLE generations (
    -- A UUIDv7, its name in URLs.
    id         TEXT NOT NULL PRIMARY KEY,
    -- Whose it is; empty until there are accounts.
    owner      TEXT NOT NULL,
    -- The client's own id of the request, so that sending twice is asking once.
    request_id TEXT,
    model      TEXT NOT NULL,
    -- Milliseconds since 1970.
    begun_at   INTEGER NOT NULL,
    -- The number of the entry that ended its log; 0 while it runs.
    seq        INTEGER NOT NULL DEFAULT 0,
    -- All that was said, once it has ended; until then it is in the pieces.
    content    TEXT NOT NULL DEFAULT '',
    thinking   TEXT NOT NULL DEFAULT '',
    -- A JSON array of what the model called.
    tool_calls TEXT NOT NULL DEFAULT '[]',
    -- How it ended, as the JSON of its last frame; NULL while it runs.
    done       TEXT,
    UNIQUE (owner, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX generations_running ON generations (id) WHERE done IS NULL;
CREATE INDEX generations_by_age ON generations (begun_at);

-- What was said between one save and the next by generations that run: a log, appended at its end and read after a
-- crash alone. Without an index: a save is to touch few pages, whoever is writing.
CREATE TABLE pieces (
    -- Never used again, however many are deleted.
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    generation TEXT NOT NULL,
    -- The number of the last entry inside.
    seq        INTEGER NOT NULL,
    content    TEXT NOT NULL,
    thinking   TEXT NOT NULL,
    tool_calls TEXT NOT NULL
) STRICT;
