-- Search: which words stand in which title, and in which message. The texts themselves are where they were; what a word
-- is, `store/words.rs` says, and PRAGMA user_version by which version of that rule these were made.

-- A row's number may change where it is not a column; words know a chat by this one.
ALTER TABLE chats ADD COLUMN number INTEGER;
UPDATE chats SET number = rowid;
CREATE UNIQUE INDEX chats_by_number ON chats (number);

CREATE VIRTUAL TABLE title_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);
CREATE VIRTUAL TABLE message_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);

-- The words that there are, which a word that is still being typed may become.
CREATE VIRTUAL TABLE message_terms USING fts5vocab (message_words, instance);

-- What has come since words were collected last: they are not collected where it is written, which somebody waits for.
CREATE TABLE wordless_chats (number INTEGER PRIMARY KEY) STRICT;
CREATE TABLE wordless_messages (number INTEGER PRIMARY KEY) STRICT;

-- (Not by INSERT OR IGNORE: in a trigger it does what the statement says that fired it, and some say nothing.)
CREATE TRIGGER chats_come AFTER INSERT ON chats
WHEN NOT EXISTS (SELECT 1 FROM wordless_chats WHERE number = new.number) BEGIN
    INSERT INTO wordless_chats VALUES (new.number);
END;
CREATE TRIGGER chats_renamed AFTER UPDATE OF title ON chats
WHEN NOT EXISTS (SELECT 1 FROM wordless_chats WHERE number = new.number) BEGIN
    INSERT INTO wordless_chats VALUES (new.number);
END;
CREATE TRIGGER questions_come AFTER INSERT ON messages
WHEN new.role = 'user' AND NOT EXISTS (SELECT 1 FROM wordless_messages WHERE number = new.number) BEGIN
    INSERT INTO wordless_messages VALUES (new.number);
END;
CREATE TRIGGER answers_end AFTER UPDATE OF done ON generations WHEN new.done IS NOT NULL BEGIN
    INSERT INTO wordless_messages SELECT number FROM messages
    WHERE generation = new.id AND number NOT IN (SELECT number FROM wordless_messages);
END;

CREATE TRIGGER chats_unfound AFTER DELETE ON chats BEGIN
    DELETE FROM title_words WHERE rowid = old.number;
END;
CREATE TRIGGER messages_unfound AFTER DELETE ON messages BEGIN
    DELETE FROM message_words WHERE rowid = old.number;
END;

-- Every row says whose it is.
ALTER TABLE messages ADD COLUMN owner TEXT NOT NULL DEFAULT '';
