-- Each statement is named; `Queries` gives it by that name. Order of parameters: as they appear.

-- name: project
SELECT id, seq, hlc, epoch FROM project WHERE name = ?;

-- name: add_project
INSERT INTO project (name) VALUES (?) RETURNING id, seq, hlc, epoch;

-- name: advance
UPDATE project SET seq = seq + 1, hlc = ? WHERE id = ? RETURNING seq;

-- name: new_epoch
UPDATE project SET epoch = epoch + 1 WHERE id = ?;

-- name: add_operation
INSERT INTO operation (project, seq, op_id, hlc, replica, branch, principal, kind, payload, idempotency_key)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: operation_by_id
SELECT * FROM operation WHERE project = ? AND op_id = ?;

-- name: operation_by_key
SELECT * FROM operation WHERE project = ? AND idempotency_key = ?;

-- name: operations
SELECT * FROM operation WHERE project = ? AND seq > ? ORDER BY seq LIMIT ?;

-- name: operations_of_branch
SELECT * FROM operation WHERE project = ? AND branch = ? AND seq > ? ORDER BY seq LIMIT ?;

-- name: first_seq
SELECT min(seq) FROM operation WHERE project = ?;

-- name: commit_of
SELECT op_id, hlc FROM operation WHERE project = ? AND seq = ?;

-- name: scopes
SELECT id, user_id, agent_id, run_id, app_id FROM scope WHERE project = ?;

-- name: scope_ref
SELECT id FROM scope
WHERE project = ?1 AND ifnull(user_id, '') = ifnull(?2, '') AND ifnull(agent_id, '') = ifnull(?3, '')
  AND ifnull(run_id, '') = ifnull(?4, '') AND ifnull(app_id, '') = ifnull(?5, '');

-- name: add_scope
INSERT INTO scope (project, user_id, agent_id, run_id, app_id) VALUES (?, ?, ?, ?, ?) RETURNING id;

-- name: add_branch
INSERT INTO branch (project, id, name, parent, fork_seq, created_us) VALUES (?, ?, ?, ?, ?, ?);

-- name: branches
SELECT id, name, parent, fork_seq, created_us FROM branch WHERE project = ? ORDER BY id;

-- name: delete_branch
DELETE FROM branch WHERE project = ? AND id = ?;

-- name: add_content
INSERT INTO content (id, project, text, attributes) VALUES (?, ?, ?, ?);

-- name: contents
SELECT c.id, c.text, c.attributes FROM json_each(?) asked CROSS JOIN content c ON c.id = asked.value WHERE c.project = ?;

-- name: delete_content
DELETE FROM content WHERE id = ?;

-- name: add_index
INSERT OR REPLACE INTO recall_index (content, model, text_key, slot_key, speaker, question, vector, terms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: index_row
SELECT i.content, i.model, i.text_key, i.slot_key, i.speaker, i.question, i.vector, i.terms,
       (SELECT vectors FROM token_vectors t WHERE t.content = i.content)
FROM recall_index i JOIN content c ON c.id = i.content WHERE i.content = ? AND c.project = ?;

-- name: delete_index
DELETE FROM recall_index WHERE content = ?;

-- name: add_tokens
INSERT OR REPLACE INTO token_vectors (content, vectors) VALUES (?, ?);

-- name: tokens
SELECT t.content, t.vectors
FROM json_each(?) asked
CROSS JOIN token_vectors t ON t.content = asked.value
CROSS JOIN content c ON c.id = t.content
WHERE c.project = ?;

-- name: delete_tokens
DELETE FROM token_vectors WHERE content = ?;

-- name: add_relation
INSERT OR IGNORE INTO relation (content, source, type, target) VALUES (?, ?, ?, ?);

-- name: delete_relations
DELETE FROM relation WHERE content = ?;

-- name: add_episode
INSERT INTO episode (id, content, scope, branch, said_us, seq) VALUES (?, ?, ?, ?, ?, ?);

-- name: episode
SELECT e.id, e.content, e.scope, e.said_us, e.seq
FROM episode e JOIN scope s ON s.id = e.scope WHERE e.id = ? AND s.project = ?;

-- name: episodes_of_scope
SELECT e.id, e.content, e.scope, e.said_us, e.seq
FROM episode e JOIN scope s ON s.id = e.scope WHERE e.scope = ? AND s.project = ? ORDER BY e.seq, e.id;

-- name: delete_episode
DELETE FROM episode WHERE id = ?;

-- name: close_version
UPDATE memory_version SET seq_to = ?
WHERE memory = ? AND branch = ? AND seq_to = 4611686018427387904;

-- name: add_version
INSERT INTO memory_version (memory, branch, seq_from, ordinal, seq_to, scope, content, kind, state, created_us,
  updated_us, said_us, valid_from_us, valid_to_us, expires_us, details)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: chain
SELECT v.* FROM memory_version v JOIN scope s ON s.id = v.scope
WHERE v.memory = ? AND v.branch = ? AND s.project = ? ORDER BY v.seq_from, v.ordinal;

-- name: versions_of_scope
SELECT v.* FROM memory_version v INDEXED BY memory_version_scope JOIN scope s ON s.id = v.scope
WHERE v.scope = ? AND s.project = ? ORDER BY v.seq_from, v.ordinal;

-- name: delete_versions
DELETE FROM memory_version WHERE memory = ?;

-- name: delete_versions_of_branch
DELETE FROM memory_version WHERE branch = ? AND scope IN (SELECT id FROM scope WHERE project = ?)
RETURNING memory, content;

-- name: versions_anywhere
SELECT * FROM memory_version WHERE memory = ?;

-- name: episodes_of_branch
SELECT id, content FROM episode WHERE branch = ? AND scope IN (SELECT id FROM scope WHERE project = ?);

-- name: partition
SELECT v.memory, v.content, v.scope, v.seq_from, v.ordinal, v.state, v.kind, v.created_us, v.updated_us, v.said_us,
       v.valid_from_us, v.valid_to_us, v.expires_us, v.details, i.text_key, i.slot_key, i.speaker,
       i.question, i.terms, i.vector
FROM memory_version v INDEXED BY memory_version_scope
CROSS JOIN recall_index i ON i.content = v.content
WHERE v.scope = ? AND v.branch = ? AND v.seq_from > ? AND v.seq_from <= ?;

-- name: relations
SELECT DISTINCT r.content, r.source, r.type, r.target
FROM memory_version v INDEXED BY memory_version_scope
CROSS JOIN relation r ON r.content = v.content
WHERE v.scope = ? AND v.branch = ?;

-- name: meta
SELECT value FROM meta WHERE key = ?;

-- name: set_meta
INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?);

-- name: projects
SELECT name FROM project ORDER BY name;

-- name: embedding_models
SELECT model, count(*) FROM recall_index GROUP BY model;

-- name: vector_bytes
SELECT length(vector) FROM recall_index LIMIT 1;

-- name: unindexed
SELECT p.name, c.id, c.text, c.attributes
FROM recall_index i JOIN content c ON c.id = i.content JOIN project p ON p.id = c.project
WHERE i.model <> ? ORDER BY c.id LIMIT ?;

-- name: foreign
SELECT 1 FROM (
  SELECT project FROM content WHERE id = ?1
  UNION ALL SELECT s.project FROM episode e JOIN scope s ON s.id = e.scope WHERE e.id = ?2
  UNION ALL SELECT s.project FROM memory_version v JOIN scope s ON s.id = v.scope WHERE v.memory = ?3)
WHERE project <> ?4 LIMIT 1;

-- name: forget_scope
UPDATE scope SET user_id = ?, agent_id = NULL, run_id = NULL, app_id = NULL WHERE id = ?;
