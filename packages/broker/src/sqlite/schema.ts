/** Version of the schema, kept in `PRAGMA user_version`. */
export const SCHEMA_VERSION = 5;

/**
 * Tables and the indexes that the hot path uses. Unique keys are the single-use promises: a jti, an approval, an effect,
 * a transaction can be taken by one writer only, whichever process it is in.
 */
export const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE epoch (subject TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE used_token (issuer TEXT NOT NULL, jti TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (issuer, jti)) WITHOUT ROWID, STRICT;
CREATE INDEX used_token_expiry ON used_token (expires_at);
CREATE TABLE run (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, expires_at INTEGER NOT NULL, record TEXT NOT NULL, ended_at INTEGER
) WITHOUT ROWID, STRICT;
CREATE INDEX run_of_tenant ON run (tenant, expires_at) WHERE ended_at IS NULL;
CREATE INDEX run_living ON run (expires_at) WHERE ended_at IS NULL;
CREATE INDEX run_of_agent ON run (agent, expires_at) WHERE ended_at IS NULL;
CREATE TABLE descent (ancestor TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (ancestor, run)) WITHOUT ROWID, STRICT;
CREATE TABLE frozen (subject TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE evidence (
  source TEXT NOT NULL, commit_id TEXT NOT NULL, digest TEXT NOT NULL, arrival INTEGER NOT NULL, state TEXT NOT NULL, received_at INTEGER NOT NULL,
  detail TEXT NOT NULL, PRIMARY KEY (source, commit_id, digest)
) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX evidence_latest ON evidence (source, commit_id, arrival);
CREATE TABLE approval (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, txn TEXT NOT NULL, action_digest TEXT NOT NULL, binding TEXT NOT NULL, state TEXT NOT NULL,
  expires_at INTEGER NOT NULL, decided_by TEXT, record TEXT NOT NULL, request TEXT NOT NULL DEFAULT '', due_at INTEGER NOT NULL DEFAULT 0,
  progress TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID, STRICT;
CREATE INDEX approval_request ON approval (tenant, request) WHERE state IN ('pending', 'granted');
CREATE INDEX approval_pending ON approval (tenant, id) WHERE state = 'pending';
CREATE INDEX approval_waiting ON approval (expires_at) WHERE state = 'pending';
CREATE INDEX approval_due ON approval (due_at) WHERE state IN ('pending', 'granted');
CREATE TABLE intent (
  tenant TEXT NOT NULL, txn TEXT NOT NULL, decision_id TEXT NOT NULL UNIQUE, lease_id TEXT NOT NULL, run TEXT NOT NULL, system TEXT NOT NULL,
  action_digest TEXT NOT NULL, approval_id TEXT, state TEXT NOT NULL, now INTEGER NOT NULL, deadline INTEGER NOT NULL, PRIMARY KEY (tenant, txn)
) WITHOUT ROWID, STRICT;
CREATE INDEX intent_open ON intent (deadline) WHERE state = 'open';
CREATE TABLE effect (key TEXT PRIMARY KEY, decision_id TEXT NOT NULL, state TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE INDEX effect_decision ON effect (decision_id);
CREATE TABLE budget (key TEXT NOT NULL, bucket INTEGER NOT NULL, minor INTEGER NOT NULL, PRIMARY KEY (key, bucket)) WITHOUT ROWID, STRICT;
CREATE TABLE budget_claim (decision_id TEXT NOT NULL, key TEXT NOT NULL, bucket INTEGER NOT NULL, minor INTEGER NOT NULL, PRIMARY KEY (decision_id, key)) WITHOUT ROWID, STRICT;
CREATE TABLE quota (key TEXT NOT NULL, tenant TEXT NOT NULL, bucket INTEGER NOT NULL, drawn INTEGER NOT NULL, PRIMARY KEY (key, tenant, bucket)) WITHOUT ROWID, STRICT;
CREATE TABLE lease (
  id TEXT PRIMARY KEY, decision_id TEXT NOT NULL, run TEXT NOT NULL, root TEXT NOT NULL, handle_hash TEXT NOT NULL UNIQUE, expires_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL, max_uses INTEGER NOT NULL, uses INTEGER NOT NULL, revocation TEXT, sealed BLOB, record TEXT NOT NULL, system TEXT NOT NULL DEFAULT '',
  tenant TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX lease_due ON lease (due_at) WHERE revocation IS NULL;
CREATE INDEX lease_run ON lease (run) WHERE revocation IS NULL;
CREATE INDEX lease_active ON lease (id) WHERE revocation IS NULL;
CREATE INDEX lease_of_tenant ON lease (tenant, id) WHERE revocation IS NULL;
CREATE INDEX lease_system ON lease (system) WHERE revocation IS NULL;
CREATE TABLE lease_use (id TEXT PRIMARY KEY, lease_id TEXT NOT NULL, request_digest TEXT NOT NULL, at INTEGER NOT NULL, effect TEXT) WITHOUT ROWID, STRICT;
CREATE INDEX lease_use_open ON lease_use (lease_id) WHERE effect IS NULL;
CREATE TABLE tenant (id TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE connection (
  tenant TEXT NOT NULL, system TEXT NOT NULL, account TEXT NOT NULL, settings TEXT NOT NULL, sealed BLOB NOT NULL, fingerprint TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 1, earlier_sealed BLOB, earlier_fingerprint TEXT, earlier_until INTEGER, PRIMARY KEY (tenant, system)
) STRICT;
CREATE INDEX connection_account ON connection (system, account);
CREATE TABLE also_account (system TEXT NOT NULL, account TEXT NOT NULL, tenant TEXT NOT NULL, PRIMARY KEY (system, account, tenant)) WITHOUT ROWID, STRICT;
CREATE INDEX also_account_of ON also_account (tenant, system);
CREATE INDEX connection_earlier ON connection (earlier_until) WHERE earlier_until IS NOT NULL;
CREATE TABLE policy (version TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE policy_activation (epoch INTEGER PRIMARY KEY, version TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE ledger (
  replica TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, tenant TEXT, decision_id TEXT, body TEXT NOT NULL,
  commitment TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (replica, sequence)
) WITHOUT ROWID, STRICT;
CREATE INDEX ledger_decision ON ledger (decision_id, at) WHERE decision_id IS NOT NULL;
CREATE INDEX ledger_decided ON ledger (decision_id) WHERE kind IN ('decision', 'intent') AND decision_id IS NOT NULL;
CREATE INDEX ledger_decided_of ON ledger (tenant, decision_id) WHERE kind IN ('decision', 'intent') AND decision_id IS NOT NULL;
CREATE TABLE decision_object (system TEXT NOT NULL, object TEXT NOT NULL, decision_id TEXT NOT NULL, PRIMARY KEY (system, object, decision_id)) WITHOUT ROWID, STRICT;
CREATE TABLE ledger_head (replica TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE ledger_personal (replica TEXT NOT NULL, sequence INTEGER NOT NULL, salt TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (replica, sequence)) WITHOUT ROWID, STRICT;
CREATE TABLE checkpoint (
  replica TEXT NOT NULL, sequence INTEGER NOT NULL, hash TEXT NOT NULL, at INTEGER NOT NULL, key_id TEXT NOT NULL, signature TEXT NOT NULL, PRIMARY KEY (replica, sequence)
) WITHOUT ROWID, STRICT;
`;
