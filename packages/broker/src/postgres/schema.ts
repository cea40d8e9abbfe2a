/**
 * Tables and the indexes that the hot path uses, as in the SQLite store. Unique keys are the last line of the single-use
 * promises; what several rows promise together is kept by the locks that `write-group-function.ts` takes first. Texts that
 * are sorted are sorted by their bytes, whatever the language of the database.
 */
export const TABLES = `
CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE epoch (subject text PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor = 80);
CREATE TABLE used_token (issuer text NOT NULL, jti text NOT NULL, expires_at bigint NOT NULL, PRIMARY KEY (issuer, jti));
CREATE INDEX used_token_expiry ON used_token (expires_at);
CREATE TABLE run (
  id text PRIMARY KEY, root text NOT NULL, tenant text NOT NULL, agent text NOT NULL, subjects text[] NOT NULL, expires_at bigint NOT NULL,
  ended_at bigint, record text NOT NULL
);
CREATE INDEX run_of_tenant ON run (tenant, expires_at) WHERE ended_at IS NULL;
CREATE INDEX run_of_agent ON run (agent, expires_at) WHERE ended_at IS NULL;
CREATE TABLE descent (ancestor text NOT NULL, run text NOT NULL, PRIMARY KEY (ancestor, run));
CREATE TABLE frozen (subject text PRIMARY KEY);
CREATE TABLE evidence (
  source text NOT NULL, commit_id text NOT NULL, digest text NOT NULL, arrival bigint NOT NULL, state text NOT NULL, received_at bigint NOT NULL,
  detail text NOT NULL, PRIMARY KEY (source, commit_id, digest)
);
CREATE UNIQUE INDEX evidence_latest ON evidence (source, commit_id, arrival);
CREATE TABLE approval (
  id text COLLATE "C" PRIMARY KEY, tenant text NOT NULL, txn text NOT NULL, action_digest text NOT NULL, binding text NOT NULL, state text NOT NULL,
  expires_at bigint NOT NULL, decided_by text, record text NOT NULL, request text NOT NULL, due_at bigint NOT NULL, progress text NOT NULL
);
CREATE INDEX approval_request ON approval (tenant, request) WHERE state IN ('pending', 'granted');
CREATE INDEX approval_pending ON approval (tenant, id) WHERE state = 'pending';
CREATE INDEX approval_waiting ON approval (expires_at) WHERE state = 'pending';
CREATE INDEX approval_due ON approval (due_at) WHERE state IN ('pending', 'granted');
CREATE TABLE intent (
  tenant text NOT NULL, txn text NOT NULL, decision_id text NOT NULL UNIQUE, lease_id text NOT NULL, run text NOT NULL, system text NOT NULL,
  action_digest text NOT NULL, approval_id text, state text NOT NULL, now bigint NOT NULL, deadline bigint NOT NULL, PRIMARY KEY (tenant, txn)
);
CREATE INDEX intent_open ON intent (deadline) WHERE state = 'open';
CREATE TABLE effect (key text PRIMARY KEY, decision_id text NOT NULL, state text NOT NULL, until bigint NOT NULL);
CREATE INDEX effect_decision ON effect (decision_id);
CREATE TABLE budget (key text NOT NULL, bucket bigint NOT NULL, minor bigint NOT NULL, PRIMARY KEY (key, bucket)) WITH (fillfactor = 50);
CREATE TABLE budget_claim (decision_id text NOT NULL, key text NOT NULL, bucket bigint NOT NULL, minor bigint NOT NULL, PRIMARY KEY (decision_id, key));
CREATE TABLE lease (
  id text PRIMARY KEY, decision_id text NOT NULL, tenant text NOT NULL, system text NOT NULL, custody text NOT NULL, run text NOT NULL, root text NOT NULL,
  handle_hash text NOT NULL UNIQUE, expires_at bigint NOT NULL, due_at bigint NOT NULL, max_uses bigint NOT NULL, uses bigint NOT NULL, revocation text,
  sealed bytea, record text NOT NULL
);
CREATE INDEX lease_due ON lease (due_at) WHERE revocation IS NULL;
CREATE INDEX lease_run ON lease (run) WHERE revocation IS NULL;
CREATE INDEX lease_system ON lease (system) WHERE revocation IS NULL;
CREATE TABLE lease_use (id text PRIMARY KEY, lease_id text NOT NULL, request_digest text NOT NULL, at bigint NOT NULL, effect text);
CREATE TABLE tenant (id text PRIMARY KEY);
CREATE TABLE connection (
  tenant text NOT NULL, system text COLLATE "C" NOT NULL, account text NOT NULL, settings text NOT NULL, sealed bytea NOT NULL, PRIMARY KEY (tenant, system)
);
CREATE TABLE policy (version text PRIMARY KEY, document text NOT NULL);
CREATE TABLE policy_activation (epoch bigint PRIMARY KEY, version text NOT NULL, at bigint NOT NULL);
CREATE TABLE ledger (
  replica text COLLATE "C" NOT NULL, sequence bigint NOT NULL, kind text NOT NULL, at bigint NOT NULL, tenant text, decision_id text, body text NOT NULL,
  commitment text, previous text NOT NULL, hash text NOT NULL, PRIMARY KEY (replica, sequence)
);
CREATE INDEX ledger_decision ON ledger (decision_id) WHERE decision_id IS NOT NULL;
CREATE TABLE ledger_head (
  replica text COLLATE "C" PRIMARY KEY, sequence bigint NOT NULL, hash text NOT NULL, batch bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE ledger_personal (replica text NOT NULL, sequence bigint NOT NULL, salt text NOT NULL, value text NOT NULL, PRIMARY KEY (replica, sequence));
CREATE TABLE checkpoint (
  replica text COLLATE "C" NOT NULL, sequence bigint NOT NULL, hash text NOT NULL, at bigint NOT NULL, key_id text NOT NULL, signature text NOT NULL,
  PRIMARY KEY (replica, sequence)
);
`;
