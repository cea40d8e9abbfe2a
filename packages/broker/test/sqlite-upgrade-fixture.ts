import type { PublicJwk } from "@watchword/core";

/** NumericDate at which the rows below were written. */
export const THEN = 1_800_000_000;
export const LIVING = { run: "run_01jzv1living", lease: "lease_01a3185c50007f428866cc9a0422fd42" };
export const ENDED = { run: "run_01jzv1ended", lease: "lease_01a3185c50007e34bc9944bba8043611" };

/** Whose signature the checkpoint below bears. */
export const SIGNED_BY: { readonly keyId: string; readonly publicJwk: PublicJwk } = {
  keyId: "2c82b4b3-ce9e-4f29-a114-7f8b72caefe8",
  publicJwk: {
    kty: "EC",
    crv: "P-256",
    x: "y4FOI0SHHEduCyO2Yem6xbMF8_n0jKHtjDeMYQZTZKE",
    y: "lGlv40HUUvRQBP1njuN8aYYvnynobrQcNQWXzX4xlgo",
  },
};

/** The tables of the first version, to the letter. It is never edited: files like this one are out there. */
const TABLES = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE epoch (subject TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE used_token (issuer TEXT NOT NULL, jti TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (issuer, jti)) WITHOUT ROWID, STRICT;
CREATE INDEX used_token_expiry ON used_token (expires_at);
CREATE TABLE run (id TEXT PRIMARY KEY, record TEXT NOT NULL, ended_at INTEGER) WITHOUT ROWID, STRICT;
CREATE TABLE approval (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, txn TEXT NOT NULL, action_digest TEXT NOT NULL, binding TEXT NOT NULL, state TEXT NOT NULL,
  expires_at INTEGER NOT NULL, decided_by TEXT, record TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX approval_binding ON approval (tenant, binding);
CREATE INDEX approval_pending ON approval (tenant, id) WHERE state = 'pending';
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
  due_at INTEGER NOT NULL, max_uses INTEGER NOT NULL, uses INTEGER NOT NULL, revocation TEXT, sealed BLOB, record TEXT NOT NULL
) STRICT;
CREATE INDEX lease_due ON lease (due_at) WHERE revocation IS NULL;
CREATE INDEX lease_run ON lease (run) WHERE revocation IS NULL;
CREATE INDEX lease_root ON lease (root) WHERE revocation IS NULL;
CREATE TABLE lease_use (id TEXT PRIMARY KEY, lease_id TEXT NOT NULL, request_digest TEXT NOT NULL, at INTEGER NOT NULL, effect TEXT) WITHOUT ROWID, STRICT;
CREATE TABLE tenant (id TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE connection (
  tenant TEXT NOT NULL, system TEXT NOT NULL, account TEXT NOT NULL, settings TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, system)
) STRICT;
CREATE TABLE policy (version TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID, STRICT;
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

/** What the first version wrote: two runs, one of them ended, a lease of each, a budget, and a ledger with a checkpoint. */
const ROWS = String.raw`
INSERT INTO meta VALUES ('generation', 'kvcYTjhaBH7OfQtn6RHhrg');
INSERT INTO epoch VALUES ('run:run_01jzv1ended', 1);
INSERT INTO used_token VALUES ('urn:test:runtime', 'GETNfOu36-ULY2DQU6QfFg', 1800000120);
INSERT INTO used_token VALUES ('urn:test:runtime', 'Y2wsyzigbsD0Hb7VLjWkWQ', 1800000120);
INSERT INTO used_token VALUES ('urn:test:runtime', 'ePn2U8UTs8s1DQwUJlJ6pA', 1800000120);
INSERT INTO used_token VALUES ('urn:test:runtime', 'wN1LuvF8s_GQmq5_kNlBFg', 1800000120);
INSERT INTO run VALUES ('run_01jzv1ended', '{"id":"run_01jzv1ended","root":"run_01jzv1ended","tenant":"acme","agent":"support@3","workload":"support-runtime","thread":"thread-1","principal":{"kind":"user","issuer":"https://login.example","subject":"u-1"},"publicJwk":{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"},"startedAt":1800000000,"expiresAt":1800000600}', 1800000005);
INSERT INTO run VALUES ('run_01jzv1living', '{"id":"run_01jzv1living","root":"run_01jzv1living","tenant":"acme","agent":"support@3","workload":"support-runtime","thread":"ticket-1","principal":{"kind":"user","issuer":"https://login.example","subject":"u-1"},"publicJwk":{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"},"startedAt":1800000000,"expiresAt":1800000600}', NULL);
INSERT INTO intent VALUES ('acme', 'EySmLQF_Ptnd_Cy5RXk9eQ', 'dec_01a3185c500078178384ba2524b1b97a', 'lease_01a3185c50007f428866cc9a0422fd42', 'run_01jzv1living', 'payments', '0wryFkUocr_luuGnXjlmqjdFnp969A76ig1VpcQwpvU', NULL, 'minted', 1800000000, 1800000060);
INSERT INTO intent VALUES ('acme', 'iOE6qK6Xw-RYspXy6L-Y6A', 'dec_01a3185c50007ec3851332f6cb3e73f5', 'lease_01a3185c50007e34bc9944bba8043611', 'run_01jzv1ended', 'payments', 'ci_2RLJ9CmVT4T-hMIdri4DtfMeO1J2zllZQL0NR5jg', NULL, 'minted', 1800000000, 1800000060);
INSERT INTO budget VALUES ('b', 1800000000, 600);
INSERT INTO budget_claim VALUES ('dec_01a3185c500078178384ba2524b1b97a', 'b', 1800000000, 600);
INSERT INTO lease VALUES ('lease_01a3185c50007f428866cc9a0422fd42', 'dec_01a3185c500078178384ba2524b1b97a', 'run_01jzv1living', 'run_01jzv1living', 'KRV2SEw2DRca4QIiOgxs2ipQ4bNkvK7E1_wT_0uF45Q', 1800000060, 1800000060, 1, 0, NULL, x'010203', '{"id":"lease_01a3185c50007f428866cc9a0422fd42","decisionId":"dec_01a3185c500078178384ba2524b1b97a","tenant":"acme","system":"payments","adapter":"stripe","run":"run_01jzv1living","root":"run_01jzv1living","thread":"ticket-1","txn":"EySmLQF_Ptnd_Cy5RXk9eQ","actionDigest":"0wryFkUocr_luuGnXjlmqjdFnp969A76ig1VpcQwpvU","authority":"{}","thumbprint":"HvNLbOIm8nIR2m8DrakwSQVHBUuIy-IhoWXJC8XT3P8","kind":"restricted_key","fingerprint":"4mW29WRgGh_o3EJ4XNGKhovYAT61iZVg55JIdnpoPms","idempotencyKey":"0wryFkUocr_luuGnXjlmqjdFnp969A76ig1VpcQwpvU","nativeExpiresAt":null,"expiresAt":1800000060,"maxUses":1}');
INSERT INTO lease VALUES ('lease_01a3185c50007e34bc9944bba8043611', 'dec_01a3185c50007ec3851332f6cb3e73f5', 'run_01jzv1ended', 'run_01jzv1ended', 'SSNQygsM4tMZ5dan2FZa-YcgR5WoUXvzzMizW2cDoxg', 1800000060, 0, 1, 0, NULL, x'010203', '{"id":"lease_01a3185c50007e34bc9944bba8043611","decisionId":"dec_01a3185c50007ec3851332f6cb3e73f5","tenant":"acme","system":"payments","adapter":"stripe","run":"run_01jzv1ended","root":"run_01jzv1ended","thread":"thread-1","txn":"iOE6qK6Xw-RYspXy6L-Y6A","actionDigest":"ci_2RLJ9CmVT4T-hMIdri4DtfMeO1J2zllZQL0NR5jg","authority":"{}","thumbprint":"-Mc0q83ezKSnZH8ZYw5ZdnQLtBK_LVflydLhIISTZOw","kind":"restricted_key","fingerprint":"4mW29WRgGh_o3EJ4XNGKhovYAT61iZVg55JIdnpoPms","idempotencyKey":"ci_2RLJ9CmVT4T-hMIdri4DtfMeO1J2zllZQL0NR5jg","nativeExpiresAt":null,"expiresAt":1800000060,"maxUses":1}');
INSERT INTO ledger VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 1, 'run_started', 1800000000000, 'acme', 'dec_01a3185c5000745c8d35853b7c3ac02d', '{"outcome":"run_started"}', NULL, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', '5Nf2E54IDAYoU-X0a7RRrTmmkn4kbm-3JJwuY47DpL0');
INSERT INTO ledger VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 2, 'run_started', 1800000000000, 'acme', 'dec_01a3185c50007a528a08531edfd24f00', '{"outcome":"run_started"}', NULL, '5Nf2E54IDAYoU-X0a7RRrTmmkn4kbm-3JJwuY47DpL0', 'FLR1RCwdffsgrHJNB3LIFBErI5glkdtrOFbilsDTrT4');
INSERT INTO ledger VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 3, 'intent', 1800000000000, 'acme', 'dec_01a3185c5000738fb9d9a376edcae990', '{"outcome":"intent"}', NULL, 'FLR1RCwdffsgrHJNB3LIFBErI5glkdtrOFbilsDTrT4', 'jy5bE8VETWIIaw2LJID462Yha_dCGcwWtskArxq7mO4');
INSERT INTO ledger VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 4, 'outcome', 1800000000000, 'acme', 'dec_01a3185c5000740c8c42fefa6b9280ef', '{"outcome":"outcome"}', NULL, 'jy5bE8VETWIIaw2LJID462Yha_dCGcwWtskArxq7mO4', 'sBI9PSMEXJJ6qZrnqfW53KJqtVjgKzzychaMwKe2pjw');
INSERT INTO ledger VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 5, 'intent', 1800000000000, 'acme', 'dec_01a3185c50007932a6f2e8311cbb9540', '{"outcome":"intent"}', NULL, 'sBI9PSMEXJJ6qZrnqfW53KJqtVjgKzzychaMwKe2pjw', 'mhYGnNtwkCMV1vSwRSggl9M2_RT3ItmTemxK7SShY1M');
INSERT INTO ledger VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 6, 'outcome', 1800000000000, 'acme', 'dec_01a3185c50007032bc2888fc45f08046', '{"outcome":"outcome"}', NULL, 'mhYGnNtwkCMV1vSwRSggl9M2_RT3ItmTemxK7SShY1M', 'vev6N-sMhxU0vp2D9DDTDO_DrYgUxmD3Nu2xD9odbKg');
INSERT INTO ledger VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 7, 'run_ended', 1800000000000, 'acme', 'dec_01a3185c500079ac94c40f1c37558a2e', '{"outcome":"run_ended"}', NULL, 'vev6N-sMhxU0vp2D9DDTDO_DrYgUxmD3Nu2xD9odbKg', 'GtrLb9YOi2NuvXgFWHlfk_cnedRboqnTkZX36XgK2yM');
INSERT INTO ledger_head VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 7, 'GtrLb9YOi2NuvXgFWHlfk_cnedRboqnTkZX36XgK2yM');
INSERT INTO checkpoint VALUES ('rep_01a20e90226e7ae390c8b54e17822e9d', 7, 'GtrLb9YOi2NuvXgFWHlfk_cnedRboqnTkZX36XgK2yM', 1795540657104, '2c82b4b3-ce9e-4f29-a114-7f8b72caefe8', 'OrwsuqBInEtuwhVJpZz_-_iBlm_HyVSgn713S60CeIm4eWU3acj_PzLViciKEsQs_YqB3x5VU_8kPMlFrTa5CA');
`;

/** A store's file as the first version left it. */
export const FIRST_VERSION = `${TABLES}${ROWS}PRAGMA user_version = 1;`;
