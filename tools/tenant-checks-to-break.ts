import type { BrokenCheck } from "./checks-to-break.ts";

const CHECK = "packages/broker/src/tenants/check-connection.ts";
const CONNECT = "packages/broker/src/tenants/connect-system.ts";
const IMPORT = "packages/broker/src/tenants/import-document.ts";
const FINISH = "packages/broker/src/tenants/finish-consent.ts";
const TOKENS = "packages/broker/src/tenants/consent-tokens.ts";
const STATE = "packages/broker/src/oauth/begun-state.ts";

const TENANTS = ["packages/broker/test/tenants.test"];
const CONSENT = ["packages/broker/test/consent.test"];
const ROTATION = ["packages/broker/test/rotating-secret.test"];

/** Checks about whose accounts and secrets the broker holds. */
export const TENANT_CHECKS: readonly BrokenCheck[] = [
  {
    name: "tenants: nothing becomes current that the system did not accept",
    file: CHECK,
    find: "if (errors.length === 0) return { findings,",
    replace: "if (errors.length >= 0) return { findings,",
    tests: TENANTS,
  },
  {
    name: "tenants: a check that fails is an error",
    file: CHECK,
    find: 'findings = [{ severity: "error", text: refusal.message',
    replace: 'findings = [{ severity: "warning", text: refusal.message',
    tests: TENANTS,
  },
  {
    name: "tenants: a check ends in time",
    file: CHECK,
    find: "await Promise.race([adapter.selfCheck(call), aborted(call.signal)])",
    replace: "await adapter.selfCheck(call)",
    tests: TENANTS,
  },
  {
    name: "tenants: what a system says does not quote the secret",
    file: CHECK,
    find: "text.includes(key) ?",
    replace: 'text === "" ?',
    tests: TENANTS,
  },
  {
    name: "tenants: what was minted with the secret before is ended with it",
    file: "packages/broker/src/tenant-systems.ts",
    find: "rotatedOut ? earlier.sealed : record.sealed",
    replace: "record.sealed",
    tests: TENANTS,
  },
  {
    name: "tenants: a lease says with which secret it was minted",
    file: "packages/broker/src/open-lease.ts",
    find: "    connection: connectionFingerprint(context, allowed.decided.connection),\n",
    replace: "",
    tests: TENANTS,
  },
  {
    name: "tenants: the secret before is kept for what was minted with it",
    file: CONNECT,
    find: "earlier: rotated ? await replaced(context, before) :",
    replace: "earlier: rotated ? null :",
    tests: TENANTS,
  },
  {
    name: "tenants: the secret before is kept for leases of an older policy, too",
    file: "packages/broker/src/tenants/needed-until.ts",
    find: "last = Math.max(last, lease.expiresAt);",
    replace: "last = 0;",
    tests: TENANTS,
  },
  {
    name: "tenants: the secret before is erased at its time",
    file: "packages/broker/src/tenants/forget-secrets.ts",
    find: "forgetEarlierSecrets(now,",
    replace: "forgetEarlierSecrets(0,",
    tests: TENANTS,
  },
  {
    name: "tenants: the same secret is no rotation",
    file: CONNECT,
    find: "|| (await fingerprintNow(context, before)) === fingerprint",
    replace: "",
    tests: TENANTS,
  },
  {
    name: "tenants: a change is of the revision that was seen",
    file: CONNECT,
    find: "if (connection.revision !== undefined && connection.revision !== (before?.revision ?? 0)) throw stale();",
    replace: "",
    tests: TENANTS,
  },
  {
    name: "tenants: an account that is taken is refused",
    file: CONNECT,
    find: 'if (outcome === "account_taken") throw taken([known.account, ...alsoAccounts]);',
    replace: "",
    tests: TENANTS,
  },
  {
    name: "tenants: accounts are visible ASCII",
    file: CONNECT,
    find: "!/^[\\x21-\\x7e]+$/.test(account) ||",
    replace: "",
    tests: TENANTS,
  },
  {
    name: "tenants: a whole document is looked at before any of it is put",
    file: IMPORT,
    find: "      readConnection(context, { tenant: id, system }, connection);\n",
    replace: "",
    tests: TENANTS,
  },
  {
    name: "tenants: one account is not two tenants' in a document",
    file: IMPORT,
    find: "if (owner !== undefined &&",
    replace: 'if (owner === "" &&',
    tests: TENANTS,
  },
  {
    name: "consent: ten minutes",
    file: STATE,
    find: "if (age < 0 || age > BEGUN_SECONDS)",
    replace: "if (age < 0)",
    tests: CONSENT,
  },
  {
    name: "consent: once",
    file: FINISH,
    find: "if (!(await context.store.spendToken(used, numericDate(context.clock))))",
    replace: 'if (!(await context.store.spendToken(used, numericDate(context.clock))) && used.jti === "")',
    tests: CONSENT,
  },
  {
    name: "consent: the answer names the system's issuer",
    file: FINISH,
    find: "if (consent.issuer !== undefined && iss !== consent.issuer)",
    replace: 'if (iss === "")',
    tests: CONSENT,
  },
  {
    name: "consent: the account that was named, and no other",
    file: FINISH,
    find: "!== begun.about.account)",
    replace: '=== "")',
    tests: CONSENT,
  },
  {
    name: "consent: the adapter that it was begun with",
    file: FINISH,
    find: " || adapter.name !== begun.about.adapter",
    replace: "",
    tests: CONSENT,
  },
  {
    name: "consent: the connection that was seen when it was begun",
    file: FINISH,
    find: "      revision,\n",
    replace: "",
    tests: CONSENT,
  },
  {
    name: "consent: exactly the scopes that were asked for",
    file: TOKENS,
    find: "all.size === wanted.size && [...wanted].every((scope) => all.has(scope))",
    replace: "all.size >= wanted.size",
    tests: CONSENT,
  },
  {
    name: "consent: no scope is missing",
    file: TOKENS,
    find: "all.size === wanted.size &&",
    replace: "all.size <= wanted.size ||",
    tests: CONSENT,
  },
  {
    name: "consent: the code goes to the configured address alone",
    file: "packages/broker/src/oauth/request-token.ts",
    find: 'redirect: "error",',
    replace: 'redirect: "follow",',
    tests: CONSENT,
  },
  {
    name: "consent: each parameter of a redirect once",
    file: "packages/broker/src/http/read-redirect.ts",
    find: "if (values.length > 1 ||",
    replace: "if (",
    tests: [...CONSENT, "packages/broker/test/approvals-login.test"],
  },
  {
    name: "rotation: one use at a time",
    file: "packages/broker/src/tenants/secret-turns.ts",
    find: "await before;",
    replace: "",
    tests: ROTATION,
  },
  {
    name: "rotation: what is shared is one account's",
    file: "packages/broker/src/tenants/secret-turns.ts",
    find: "JSON.stringify([tenant, system, account, shared])",
    replace: "JSON.stringify([tenant, system, shared])",
    tests: ROTATION,
  },
  {
    name: "rotation: nobody who gave up uses it",
    file: "packages/broker/src/tenants/secret-turns.ts",
    find: "if (signal.aborted) throw late();",
    replace: "",
    tests: ROTATION,
  },
  {
    name: "rotation: durable before it is worked with",
    file: "packages/broker/src/tenants/rotate-secret.ts",
    find: "if (next !== undefined) await keep(context, record, next);",
    replace: "if (next !== undefined) void keep(context, record, next).catch(() => undefined);",
    tests: ROTATION,
  },
  {
    name: "rotation: what the check of a new connection left is what is stored",
    file: CHECK,
    find: "secret: rotation?.current() ?? connection.secret",
    replace: "secret: connection.secret",
    tests: ROTATION,
  },
  {
    name: "rotation: only the one that was used is replaced",
    file: "packages/broker/src/sqlite/write-connections.ts",
    find: "AND revision = ? AND fingerprint = ?",
    replace: "AND revision = ? AND (fingerprint = ? OR TRUE)",
    tests: ["packages/broker/test/sqlite.contract.test"],
  },
];
