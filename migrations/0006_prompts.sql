-- Questions that are asked again and again, with blanks.

CREATE TABLE prompts (
    -- A UUIDv7.
    id      TEXT NOT NULL PRIMARY KEY,
    -- Whose it is; empty until there are accounts.
    owner   TEXT NOT NULL,
    name    TEXT NOT NULL,
    -- What is to be filled in stands in double braces: {{topic}}.
    text    TEXT NOT NULL,
    -- Milliseconds since 1970.
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX prompts_by_name ON prompts (owner, name);
