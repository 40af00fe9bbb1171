-- The truth: journal, contents, scopes. Everything else below is a projection of these three.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE project (
  id    INTEGER PRIMARY KEY,
  name  TEXT    NOT NULL UNIQUE,
  seq   INTEGER NOT NULL DEFAULT 0,  -- the last operation's; gap-free, so a consistent cut
  hlc   INTEGER NOT NULL DEFAULT 0,
  epoch INTEGER NOT NULL DEFAULT 0   -- changes when rows vanish, so that caches start afresh
);

CREATE TABLE scope (
  id       INTEGER PRIMARY KEY,
  project  INTEGER NOT NULL REFERENCES project,
  user_id  TEXT, agent_id TEXT, run_id TEXT, app_id TEXT
);
CREATE UNIQUE INDEX scope_ids ON scope (
  project, ifnull(user_id, ''), ifnull(agent_id, ''), ifnull(run_id, ''), ifnull(app_id, ''));
CREATE INDEX scope_agent ON scope (project, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX scope_run   ON scope (project, run_id)   WHERE run_id   IS NOT NULL;
CREATE INDEX scope_app   ON scope (project, app_id)   WHERE app_id   IS NOT NULL;

CREATE TABLE content (
  id         TEXT    PRIMARY KEY,
  project    INTEGER NOT NULL,
  text       TEXT    NOT NULL,
  attributes TEXT    NOT NULL        -- JSON: role, name, metadata, entities, relations, slot, images
) WITHOUT ROWID;

CREATE TABLE operation (
  project         INTEGER NOT NULL,
  seq             INTEGER NOT NULL,
  op_id           TEXT    NOT NULL UNIQUE,
  hlc             INTEGER NOT NULL,
  replica         TEXT    NOT NULL,
  branch          INTEGER NOT NULL,
  principal       TEXT    NOT NULL,
  kind            TEXT    NOT NULL,
  payload         TEXT    NOT NULL,  -- JSON: structure and references, never content
  idempotency_key TEXT,
  PRIMARY KEY (project, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX operation_key    ON operation (project, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX        operation_branch ON operation (project, branch, seq);

-- Projections of the journal.

CREATE TABLE branch (
  project    INTEGER NOT NULL,
  id         INTEGER NOT NULL,       -- the sequence number of the operation that made it; main is 0
  name       TEXT    NOT NULL,
  parent     INTEGER,
  fork_seq   INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (project, id),
  UNIQUE (project, name)
) WITHOUT ROWID;

CREATE TABLE episode (
  id      TEXT    PRIMARY KEY,
  content TEXT    NOT NULL,
  scope   INTEGER NOT NULL,
  branch  INTEGER NOT NULL,
  said_us INTEGER NOT NULL,
  seq     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX episode_scope ON episode (scope, seq);

CREATE TABLE memory_version (
  memory        TEXT    NOT NULL,
  branch        INTEGER NOT NULL,
  seq_from      INTEGER NOT NULL,
  ordinal       INTEGER NOT NULL,    -- the place within its operation
  seq_to        INTEGER NOT NULL,
  scope         INTEGER NOT NULL,
  content       TEXT    NOT NULL,
  kind          TEXT    NOT NULL,
  state         TEXT    NOT NULL,
  created_us    INTEGER NOT NULL,
  updated_us    INTEGER NOT NULL,
  said_us       INTEGER NOT NULL,
  valid_from_us INTEGER NOT NULL,
  valid_to_us   INTEGER NOT NULL,
  expires_us    INTEGER NOT NULL,
  details       TEXT    NOT NULL,    -- JSON: supersedes, superseded_by, sources, verified, event
  PRIMARY KEY (memory, branch, seq_from, ordinal)
) WITHOUT ROWID;
CREATE INDEX memory_version_scope ON memory_version (scope, branch, seq_from, ordinal);

-- Projections of contents.

CREATE TABLE recall_index (
  content  TEXT    PRIMARY KEY,
  model    TEXT    NOT NULL,
  text_key INTEGER NOT NULL,
  slot_key INTEGER,
  speaker  TEXT,
  question INTEGER NOT NULL,         -- whether the text asks something
  vector   BLOB    NOT NULL,         -- int8, scaled by its largest component
  terms    BLOB    NOT NULL          -- uint32, in order of appearance
) WITHOUT ROWID;

CREATE TABLE token_vectors (
  content TEXT PRIMARY KEY,
  vectors BLOB NOT NULL              -- int8 (tokens, token_dimensions)
);

CREATE TABLE relation (
  content TEXT NOT NULL,
  source  TEXT NOT NULL,
  type    TEXT NOT NULL,
  target  TEXT NOT NULL,
  PRIMARY KEY (content, source, type, target)
) WITHOUT ROWID;
