import type { BrokenCheck } from "./checks-to-break.ts";

const BROKER = "packages/broker/src";
const INTROSPECTION = `${BROKER}/introspect-token.ts`;
const REVOCATION = `${BROKER}/revoke-token.ts`;
const CALLER = `${BROKER}/verify-caller.ts`;
const NONCE = `${BROKER}/proof-nonce.ts`;
const CHALLENGE = "packages/gateway/src/challenge.ts";

const INTROSPECT = ["packages/broker/test/http-introspection.test"];
const REVOKE = ["packages/broker/test/http-revocation.test"];
const NONCES = ["packages/broker/test/http-nonce.test"];

/** Who may ask about a token and end it, and what a proof must hold, to be broken one by one. */
export const TOKEN_CHECKS: readonly BrokenCheck[] = [
  {
    name: "tokens: only the holder hears about a token",
    file: INTROSPECTION,
    find: "return (known) => known.thumbprint === thumbprint;",
    replace: "return () => thumbprint !== undefined;",
    tests: INTROSPECT,
  },
  {
    name: "tokens: a workload of one tenant hears nothing of another's",
    file: INTROSPECTION,
    find: 'return (known) => !("fixed" in tenant) || tenant.fixed === known.tenant;',
    replace: "return () => tenant !== undefined;",
    tests: INTROSPECT,
  },
  {
    name: "tokens: a run that has ended is inactive",
    file: INTROSPECTION,
    find: "    checkRunning(run);\n",
    replace: "    void checkRunning;\n",
    tests: INTROSPECT,
  },
  {
    name: "tokens: a used handle is inactive",
    file: INTROSPECTION,
    find: " && lease.uses < lease.maxUses",
    replace: "",
    tests: INTROSPECT,
  },
  {
    name: "tokens: only a named workload introspects",
    file: CALLER,
    find: "if (context.introspectors.has(workload.name)) return workload;",
    replace: "if (workload.name !== undefined) return workload;",
    tests: INTROSPECT,
  },
  {
    name: "tokens: a caller presents the token that it asks about",
    file: `${BROKER}/http/read-presented-token.ts`,
    find: "if (presented !== token)",
    replace: "if (presented === undefined)",
    tests: [...INTROSPECT, ...REVOKE],
  },
  {
    name: "tokens: only its holder ends a run by its token",
    file: REVOCATION,
    find: "if (claims.cnf.jkt !== holder.thumbprint) {",
    replace: "if (claims.cnf.jkt === undefined) {",
    tests: REVOKE,
  },
  {
    name: "tokens: only its holder ends a handle",
    file: REVOCATION,
    find: "if (lease.thumbprint !== holder.thumbprint)",
    replace: "if (lease.thumbprint === undefined)",
    tests: REVOKE,
  },
  {
    name: "tokens: a revoked handle is dead although the system is down",
    file: REVOCATION,
    find: "  await killHandle(context, lease);\n",
    replace: "  void killHandle;\n",
    tests: REVOKE,
  },
  {
    name: "tokens: what is not revoked here is not called revoked",
    file: REVOCATION,
    find: "    checkKind(request.token);\n",
    replace: "    void checkKind;\n",
    tests: REVOKE,
  },
  {
    name: "tokens: a proof holds a current nonce",
    file: NONCE,
    find: "if (taken.some((candidate) => equal(nonce, candidate))) return;",
    replace: 'if (typeof nonce === "string" && equal(nonce, nonce) && taken.length > 0) return;',
    tests: NONCES,
  },
  {
    name: "tokens: a nonce ends with its windows",
    file: NONCE,
    find: "[window, window - 1].flatMap",
    replace: "[window, window - 1, window - 2].flatMap",
    tests: NONCES,
  },
  {
    name: "tokens: every exchange that rests on a proof wants the nonce",
    file: `${BROKER}/exchange.ts`,
    find: "  requireNonce(context, request.dpop);\n",
    replace: "  void requireNonce;\n",
    tests: NONCES,
  },
  {
    name: "tokens: no private member gets into the key set",
    file: `${BROKER}/public-key-set.ts`,
    find: "...publicJwkOf(publicJwk),",
    replace: "...(void publicJwkOf, publicJwk),",
    tests: ["packages/broker/test/http-discovery.test"],
  },
  {
    name: "tokens: a system's own 401 gets no challenge of the gateway",
    file: CHALLENGE,
    find: "if (scheme === null || !isReason(reason)) return;",
    replace: 'if (!isReason(reason)) return response.headers.set("www-authenticate", "DPoP");',
    tests: ["packages/gateway/test/resource-metadata.test"],
  },
];
