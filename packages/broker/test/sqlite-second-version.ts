/** NumericDate at which the rows below were written. */
export const THEN = 1_800_000_000;
export const RUN = "run_01a3185c50007e4c9d02169b45a7b99b";
export const LEASES = {
  used: "lease_01a3185c50007376a5596de604195d4d",
  unused: "lease_01a3185c50007062a453e01f6b505e6e",
};
/** What its use named: a refund, a charge, something too long and something with a NUL. */
export const REFUND = { decision: "dec_01a3185c50007444b51e447bd9038ddd", id: "re_1", charge: "ch_1" };
/** Latest first: a refusal, two intents. */
export const DECISIONS = [
  "dec_01a3185c50010000000000000000beef",
  "dec_01a3185c50007d0aba578eeda5df9234",
  "dec_01a3185c50007b59b90fffceb0671285",
];
/** Both tenants', which the second version allowed. */
export const SHARED_ACCOUNT = "acct_shared";

/** The tables of the second version, to the letter. It is never edited: files like this one are out there. */
const TABLES = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE epoch (subject TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE used_token (issuer TEXT NOT NULL, jti TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (issuer, jti)) WITHOUT ROWID, STRICT;
CREATE INDEX used_token_expiry ON used_token (expires_at);
CREATE TABLE run (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, expires_at INTEGER NOT NULL, record TEXT NOT NULL, ended_at INTEGER
) WITHOUT ROWID, STRICT;
CREATE INDEX run_of_tenant ON run (tenant, expires_at) WHERE ended_at IS NULL;
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
CREATE TABLE lease (
  id TEXT PRIMARY KEY, decision_id TEXT NOT NULL, run TEXT NOT NULL, root TEXT NOT NULL, handle_hash TEXT NOT NULL UNIQUE, expires_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL, max_uses INTEGER NOT NULL, uses INTEGER NOT NULL, revocation TEXT, sealed BLOB, record TEXT NOT NULL, system TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX lease_due ON lease (due_at) WHERE revocation IS NULL;
CREATE INDEX lease_run ON lease (run) WHERE revocation IS NULL;
CREATE INDEX lease_system ON lease (system) WHERE revocation IS NULL;
CREATE TABLE lease_use (id TEXT PRIMARY KEY, lease_id TEXT NOT NULL, request_digest TEXT NOT NULL, at INTEGER NOT NULL, effect TEXT) WITHOUT ROWID, STRICT;
CREATE TABLE tenant (id TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE connection (
  tenant TEXT NOT NULL, system TEXT NOT NULL, account TEXT NOT NULL, settings TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, system)
) STRICT;
CREATE TABLE policy (version TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE policy_activation (epoch INTEGER PRIMARY KEY, version TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE ledger (
  replica TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, tenant TEXT, decision_id TEXT, body TEXT NOT NULL,
  commitment TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (replica, sequence)
) WITHOUT ROWID, STRICT;
CREATE INDEX ledger_decision ON ledger (decision_id) WHERE decision_id IS NOT NULL;
CREATE TABLE ledger_head (replica TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE ledger_personal (replica TEXT NOT NULL, sequence INTEGER NOT NULL, salt TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (replica, sequence)) WITHOUT ROWID, STRICT;
CREATE TABLE checkpoint (
  replica TEXT NOT NULL, sequence INTEGER NOT NULL, hash TEXT NOT NULL, at INTEGER NOT NULL, key_id TEXT NOT NULL, signature TEXT NOT NULL, PRIMARY KEY (replica, sequence)
) WITHOUT ROWID, STRICT;
`;

/** What the second version wrote: two tenants with one account, a living and an ended run, a used and an unused lease. */
const ROWS = String.raw`
INSERT INTO meta VALUES ('generation', '6-WraOOvnDWWSNTZ91vIjA');
INSERT INTO epoch VALUES ('run:run_01a3185c5000708f93b521b58c4273ff', 1);
INSERT INTO epoch VALUES ('tenant:acme', 2);
INSERT INTO epoch VALUES ('tenant:globex', 2);
INSERT INTO run VALUES ('run_01a3185c5000708f93b521b58c4273ff', 'acme', 'support', 1800000600, '{"id":"run_01a3185c5000708f93b521b58c4273ff","root":"run_01a3185c5000708f93b521b58c4273ff","ancestors":[],"tenant":"acme","agent":"support@3","chain":["support@3"],"workload":"support-runtime","thread":"thread-1","principal":{"kind":"user","issuer":"https://login.example","subject":"u-1"},"assurance":"verified","publicJwk":{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"},"startedAt":1800000000,"expiresAt":1800000600}', 1800000005);
INSERT INTO run VALUES ('run_01a3185c50007e4c9d02169b45a7b99b', 'acme', 'support', 1800000600, '{"id":"run_01a3185c50007e4c9d02169b45a7b99b","root":"run_01a3185c50007e4c9d02169b45a7b99b","ancestors":[],"tenant":"acme","agent":"support@3","chain":["support@3"],"workload":"support-runtime","thread":"thread-1","principal":{"kind":"user","issuer":"https://login.example","subject":"u-1"},"assurance":"verified","publicJwk":{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"},"startedAt":1800000000,"expiresAt":1800000600}', NULL);
INSERT INTO intent VALUES ('acme', 'YibzusKipIfui7L7YuSYYQ', 'dec_01a3185c50007444b51e447bd9038ddd', 'lease_01a3185c50007376a5596de604195d4d', 'run_01a3185c50007e4c9d02169b45a7b99b', 'payments', 'OkFowFT-SU6BfaouldW5mbj92pEQBJQc-0OcTbzhKQ8', NULL, 'minted', 1800000000, 1800000060);
INSERT INTO intent VALUES ('acme', 'yRUvM-jLsj8qoo3KSc7K4g', 'dec_01a3185c5000726687579d1f0eea9687', 'lease_01a3185c50007062a453e01f6b505e6e', 'run_01a3185c50007e4c9d02169b45a7b99b', 'payments', 'WZraZktbrEfJ40upEUwZNZX7kKwViTjsxoFlv5dRwiM', NULL, 'minted', 1800000000, 1800000060);
INSERT INTO lease VALUES ('lease_01a3185c50007376a5596de604195d4d', 'dec_01a3185c50007444b51e447bd9038ddd', 'run_01a3185c50007e4c9d02169b45a7b99b', 'run_01a3185c50007e4c9d02169b45a7b99b', '9Awh91ihnRu_93yDvNNXVR_MckPhf5Ls3bS_gld-EqQ', 1800000060, 1800000060, 1, 1, NULL, x'010203', '{"id":"lease_01a3185c50007376a5596de604195d4d","decisionId":"dec_01a3185c50007444b51e447bd9038ddd","tenant":"acme","system":"payments","adapter":"stripe","run":"run_01a3185c50007e4c9d02169b45a7b99b","root":"run_01a3185c50007e4c9d02169b45a7b99b","thread":"thread-1","custody":"gateway","txn":"YibzusKipIfui7L7YuSYYQ","actionDigest":"OkFowFT-SU6BfaouldW5mbj92pEQBJQc-0OcTbzhKQ8","authority":"{}","thumbprint":"wvS-rhwZlVk3KC2h5a5gdhBrY2RGCHoVBFRiOnsz6KI","kind":"restricted_key","fingerprint":"4mW29WRgGh_o3EJ4XNGKhovYAT61iZVg55JIdnpoPms","idempotencyKey":"OkFowFT-SU6BfaouldW5mbj92pEQBJQc-0OcTbzhKQ8","nativeExpiresAt":null,"expiresAt":1800000060,"maxUses":1}', 'payments');
INSERT INTO lease VALUES ('lease_01a3185c50007062a453e01f6b505e6e', 'dec_01a3185c5000726687579d1f0eea9687', 'run_01a3185c50007e4c9d02169b45a7b99b', 'run_01a3185c50007e4c9d02169b45a7b99b', 'RGd9rcRCrTnjfp0ywW2K88ioJpYe_3hyheWTDF8_8Jo', 1800000060, 1800000060, 1, 0, NULL, x'010203', '{"id":"lease_01a3185c50007062a453e01f6b505e6e","decisionId":"dec_01a3185c5000726687579d1f0eea9687","tenant":"acme","system":"payments","adapter":"stripe","run":"run_01a3185c50007e4c9d02169b45a7b99b","root":"run_01a3185c50007e4c9d02169b45a7b99b","thread":"thread-1","custody":"gateway","txn":"yRUvM-jLsj8qoo3KSc7K4g","actionDigest":"WZraZktbrEfJ40upEUwZNZX7kKwViTjsxoFlv5dRwiM","authority":"{}","thumbprint":"wvS-rhwZlVk3KC2h5a5gdhBrY2RGCHoVBFRiOnsz6KI","kind":"restricted_key","fingerprint":"4mW29WRgGh_o3EJ4XNGKhovYAT61iZVg55JIdnpoPms","idempotencyKey":"WZraZktbrEfJ40upEUwZNZX7kKwViTjsxoFlv5dRwiM","nativeExpiresAt":null,"expiresAt":1800000060,"maxUses":1}', 'payments');
INSERT INTO lease_use VALUES ('use_1', 'lease_01a3185c50007376a5596de604195d4d', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 1800000000, 'done');
INSERT INTO tenant VALUES ('acme');
INSERT INTO tenant VALUES ('globex');
INSERT INTO connection VALUES ('acme', 'payments', 'acct_shared', '{}', x'0904');
INSERT INTO connection VALUES ('globex', 'payments', 'acct_shared', '{}', x'0906');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 1, 'tenant', 1800000000000, 'acme', 'dec_01a3185c50007cf1a2e7b6e3846bb4b5', '{"outcome":"tenant"}', NULL, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'nOKYlIYxzGV6iK6pzu0ds1QAuUuIcrZ3A-yyowSWWtQ');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 2, 'tenant', 1800000000000, 'acme', 'dec_01a3185c500072bbba86af19e47cebc4', '{"outcome":"tenant"}', NULL, 'nOKYlIYxzGV6iK6pzu0ds1QAuUuIcrZ3A-yyowSWWtQ', 'pTiw65fm26AP4vqRfK9kj3jFcyIhnviRqFnTNO7iYhM');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 3, 'tenant', 1800000000000, 'globex', 'dec_01a3185c5000768ba7ac6c3e00b0ceeb', '{"outcome":"tenant"}', NULL, 'pTiw65fm26AP4vqRfK9kj3jFcyIhnviRqFnTNO7iYhM', '166euCcwdDViGysW46U8r7sprvvMPIJ4PzyJOGr6wEk');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 4, 'tenant', 1800000000000, 'globex', 'dec_01a3185c50007cc3b6bb8d013e1bf6a0', '{"outcome":"tenant"}', NULL, '166euCcwdDViGysW46U8r7sprvvMPIJ4PzyJOGr6wEk', 'mByQcz2cm72zhGanEimzHMvslmFu_O74Xo2CpH0gra8');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 5, 'run_started', 1800000000000, 'acme', 'dec_01a3185c50007e8093d5bb0e4c6d5ace', '{"outcome":"run_started"}', NULL, 'mByQcz2cm72zhGanEimzHMvslmFu_O74Xo2CpH0gra8', 'rF0Wa9RX8-XAm1HvIRZyyKvPJtuIG6PaAhs6HmBxVqk');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 6, 'run_started', 1800000000000, 'acme', 'dec_01a3185c500073ef954aeed3565fe7d7', '{"outcome":"run_started"}', NULL, 'rF0Wa9RX8-XAm1HvIRZyyKvPJtuIG6PaAhs6HmBxVqk', 'DSBWrefzdAwnFR30sK7Ryfi6m4EN4tEGbwFdFoQB5-w');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 7, 'intent', 1800000000000, 'acme', 'dec_01a3185c50007d0aba578eeda5df9234', '{"outcome":"intent"}', NULL, 'DSBWrefzdAwnFR30sK7Ryfi6m4EN4tEGbwFdFoQB5-w', 'dqPcj2R_OPEOZ6YFVKZNjIiMZsF3-wxByrtjnf3RD5A');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 8, 'outcome', 1800000000000, 'acme', 'dec_01a3185c50007a129acd84b3e07f79b1', '{"outcome":"outcome"}', NULL, 'dqPcj2R_OPEOZ6YFVKZNjIiMZsF3-wxByrtjnf3RD5A', 'QPb8Pp-z4zw_ICmPO-d78HqMLd5VsZSi4Hfy8_gzRpA');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 9, 'intent', 1800000000000, 'acme', 'dec_01a3185c50007b59b90fffceb0671285', '{"outcome":"intent"}', NULL, 'QPb8Pp-z4zw_ICmPO-d78HqMLd5VsZSi4Hfy8_gzRpA', 'P2VNH3vv6i65ugWnaPapluoqkpls2YNE1AYq2hTxb2o');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 10, 'outcome', 1800000000000, 'acme', 'dec_01a3185c5000732c87b63f428b61c6d0', '{"outcome":"outcome"}', NULL, 'P2VNH3vv6i65ugWnaPapluoqkpls2YNE1AYq2hTxb2o', 'KxACBIIPwLZvUfa7lF2h4uHuoQlk4E-yA-29w-4iG9Q');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 11, 'use', 1800000000000, 'acme', 'dec_01a3185c50007444b51e447bd9038ddd', '{"lease":"lease_01a3185c50007376a5596de604195d4d","outcome":"claimed","system":"payments","use":"use_1"}', NULL, 'KxACBIIPwLZvUfa7lF2h4uHuoQlk4E-yA-29w-4iG9Q', 'lLjloJdbVjTZJ3H65HyS0Zbm2hzCY0gdQdGHAx5SOt0');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 12, 'use_outcome', 1800000000000, 'acme', 'dec_01a3185c50007444b51e447bd9038ddd', '{"effect":"done","ids":{"charge":"ch_1","long":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","nul":"a\u0000b","refund":"re_1"},"lease":"lease_01a3185c50007376a5596de604195d4d","status":200,"system":"payments","use":"use_1"}', NULL, 'lLjloJdbVjTZJ3H65HyS0Zbm2hzCY0gdQdGHAx5SOt0', 'DxGeXDvP7Vqd11QzqGItTUi_hm4g6-lGpvcXYSfzByM');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 13, 'decision', 1800000000000, 'acme', 'dec_01a3185c50010000000000000000beef', '{"outcome":"deny"}', 'wtfhifXM7Jssmh6ph5PiStQ9lnFvYIg6Ftxc8_2nI_g', 'DxGeXDvP7Vqd11QzqGItTUi_hm4g6-lGpvcXYSfzByM', 'ZjA-oW6qAc2tVly8szAwB1B9EqufbytwfUgDFYUSzx8');
INSERT INTO ledger VALUES ('rep_01a20f07400876e6835dead079c50246', 14, 'run_ended', 1800000000000, 'acme', 'dec_01a3185c500079fa9fe2ca3138596b6e', '{"outcome":"run_ended"}', NULL, 'ZjA-oW6qAc2tVly8szAwB1B9EqufbytwfUgDFYUSzx8', 'asbRKNwlUAbVQR90JIJG0hf75AY1jfNXvDRr-zP53UM');
INSERT INTO ledger_head VALUES ('rep_01a20f07400876e6835dead079c50246', 14, 'asbRKNwlUAbVQR90JIJG0hf75AY1jfNXvDRr-zP53UM');
INSERT INTO ledger_personal VALUES ('rep_01a20f07400876e6835dead079c50246', 13, 'X8JPVbmBeeNdtXfiLodgrw', '{"subject":"u-1"}');
`;

/** A store's file as the second version left it. */
export const SECOND_VERSION = `${TABLES}${ROWS}PRAGMA user_version = 2;`;
