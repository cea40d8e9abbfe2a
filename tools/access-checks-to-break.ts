import type { BrokenCheck } from "./checks-to-break.ts";

const BROKER = "packages/broker/src";
const TOKEN = `${BROKER}/access-token.ts`;
const VERIFIED = `${BROKER}/verify-access-token.ts`;
const JWT = "packages/adapters/jwt/src";
const VERIFY = "packages/verify/src";
const TAKE = `${VERIFY}/token-verifier.ts`;
const KEYS = `${VERIFY}/issuer-keys.ts`;
const EXPECTED = `${VERIFY}/expected-action.ts`;

const ISSUED = ["packages/broker/test/access-tokens.test"];
const MINT = ["packages/adapters/jwt/test/jwt.test"];
const TAKEN = ["packages/verify/test/token-verifier.test", "packages/verify/test/issuer-keys.test"];
const FRAMEWORKS = ["packages/verify/test/frameworks.test"];
const RELEASED = ["packages/middleware/test/released.test"];

/** What an access token says, who may have one made, and what a service looks at before it takes one, to be broken one by one. */
export const ACCESS_CHECKS: readonly BrokenCheck[] = [
  {
    name: "access: a token that leaves is bound to the run's key",
    file: TOKEN,
    find: 'allowed.permission.custody === "released" ?',
    replace: 'allowed.permission.custody !== "released" ?',
    tests: ISSUED,
  },
  {
    name: "access: one token for one permit",
    file: TOKEN,
    find: 'if (made) throw new Refusal("internal", { detail: "a permit is for one access token" });',
    replace: "void made;",
    tests: ISSUED,
  },
  {
    name: "access: no token is for the broker itself",
    file: TOKEN,
    find: ".includes(audience))",
    replace: '.includes("nobody"))',
    tests: ISSUED,
  },
  {
    name: "access: no longer than the lease",
    file: TOKEN,
    find: "Math.min(now + lifeSeconds, leaseEnd(context, allowed))",
    replace: "now + lifeSeconds",
    tests: ISSUED,
  },
  {
    name: "access: no token for an adapter without an audience",
    file: TOKEN,
    find: "if (audience === undefined) return undefined;",
    replace:
      'if (audience === undefined) return accessTokenFor(context, { ...allowed, decided: { ...allowed.decided, adapter: { ...allowed.decided.adapter, audience: "x" } } }, permit);',
    tests: ISSUED,
  },
  {
    name: "access: whole seconds, and no more than any token may live",
    file: TOKEN,
    find: "lifeSeconds < 1 || lifeSeconds > ACCESS_SECONDS",
    replace: "lifeSeconds === 0.5",
    tests: ISSUED,
  },
  {
    name: "access: signed by a key of its own",
    file: TOKEN,
    find: "context.keys.access.signer",
    replace: "context.keys.runs.signer",
    tests: ISSUED,
  },
  {
    name: "access: the published keys are of access tokens alone",
    file: `${BROKER}/discovery.ts`,
    find: "return publicKeySet(keys.access);",
    replace: "return publicKeySet(keys.runs);",
    tests: ISSUED,
  },
  {
    name: "access: introspection knows the very token that was recorded",
    file: VERIFIED,
    find: "lease.fingerprint !== new SealedCredential(token).fingerprint",
    replace: 'lease.fingerprint === ""',
    tests: ISSUED,
  },
  {
    name: "access: a token of a run that has ended is inactive",
    file: `${BROKER}/introspect-token.ts`,
    find: "if (!(await isAlive(context, lease))) return undefined;",
    replace: "void isAlive;",
    tests: ISSUED,
  },
  {
    name: "access: only its holder ends a token's lease",
    file: `${BROKER}/revoke-token.ts`,
    find: "if (claims.cnf?.jkt !== holder.thumbprint)",
    replace: 'if (claims.cnf?.jkt === "")',
    tests: ISSUED,
  },
  {
    name: "access: the policy's audience is the configured one",
    file: "packages/policy/src/check-custody.ts",
    find: "if (declared === undefined || declared === audience) return [];",
    replace: "if (declared !== audience || audience !== null) return [];",
    tests: ["packages/policy/test/custody.test"],
  },
  {
    name: "access: a system without a root secret takes none",
    file: `${BROKER}/tenants/connect-system.ts`,
    find: 'if (given !== undefined) throw wrong("has a secret, and that system has none");',
    replace: "void given;",
    tests: ISSUED,
  },
  {
    name: "access: what is granted is what the token says of its operation",
    file: `${JWT}/mint-token.ts`,
    find: "operation: actions[0],",
    replace: 'operation: actions[0] === undefined ? "" : authority.operation,',
    tests: MINT,
  },
  {
    name: "access: what is granted is what the token says of its audience",
    file: `${JWT}/mint-token.ts`,
    find: "audience: claims.aud,",
    replace: 'audience: authority.native["audience"] ?? "",',
    tests: MINT,
  },
  {
    name: "access: an authority is minted for its own tenant",
    file: `${JWT}/mint-token.ts`,
    find: 'if (authority.resource["tenant"] !== connection.account)',
    replace: 'if (connection.account === "")',
    tests: ["packages/adapters/jwt/test/jwt.contract.test"],
  },
  {
    name: "access: an action names its own tenant",
    file: `${JWT}/complete-action.ts`,
    find: "if (tenant !== undefined && tenant !== account)",
    replace: 'if (tenant === "nobody")',
    tests: MINT,
  },
  {
    name: "access: no request could be two operations",
    file: `${JWT}/declaration-problems.ts`,
    find: "if (overlaps(other, route))",
    replace: "if (other === route)",
    tests: MINT,
  },
  {
    name: "access: a released token goes with a proof",
    file: "packages/middleware/src/released-fetch.ts",
    find: "    if (!bound) return once();\n",
    replace: "    if (bound || !bound) return once();\n",
    tests: RELEASED,
  },
  {
    name: "access: a handle is no released credential",
    file: "packages/middleware/src/run-tool.ts",
    find: 'lease.custody === "released" ? released : handle',
    replace: 'lease.custody === "released" ? true : handle',
    tests: RELEASED,
  },
  {
    name: "access: a service takes tokens of its issuer",
    file: TAKE,
    find: "if (claims.iss !== issuer)",
    replace: 'if (claims.iss === "")',
    tests: TAKEN,
  },
  {
    name: "access: a service takes tokens for itself",
    file: TAKE,
    find: "if (claims.aud !== audience)",
    replace: 'if (claims.aud === "")',
    tests: TAKEN,
  },
  {
    name: "access: a service takes tokens in their time",
    file: TAKE,
    find: "  checkTimes(claims, now(), ACCESS_SECONDS);\n",
    replace: "  void [checkTimes, ACCESS_SECONDS, now];\n",
    tests: TAKEN,
  },
  {
    name: "access: the proof is the token's own key's",
    file: TAKE,
    find: "if (thumbprint !== cnf.jkt)",
    replace: 'if (thumbprint === "")',
    tests: TAKEN,
  },
  {
    name: "access: a bound token is none as Bearer",
    file: TAKE,
    find: 'if (proof === undefined) throw invalid("a bound token was presented as Bearer");',
    replace: 'if (proof === undefined) return void invalid("");',
    tests: TAKEN,
  },
  {
    name: "access: a token of no key is for services that say so",
    file: TAKE,
    find: "if (acceptUnbound && proof === undefined) return;",
    replace: "if (proof === undefined) return;",
    tests: TAKEN,
  },
  {
    name: "access: a service that wants a nonce takes no proof without it",
    file: TAKE,
    find: "  requireNonce?.(proof, now());\n",
    replace: "  void requireNonce;\n",
    tests: ["packages/verify/test/service-nonce.test"],
  },
  {
    name: "access: a service's nonce ends with its windows",
    file: `${VERIFY}/service-nonce.ts`,
    find: "[window, window - 1].some(",
    replace: "[window, window - 1, window - 2].some(",
    tests: ["packages/verify/test/service-nonce.test"],
  },
  {
    name: "access: a token is good once",
    file: TAKE,
    find: 'throw new Refusal("token_replayed", { detail: "the token was used before", failedFact: "token" });',
    replace: "return verifiedAction(claims);",
    tests: TAKEN,
  },
  {
    name: "access: a service that asks takes no dead token",
    file: `${VERIFY}/introspect.ts`,
    find: 'if (answer["active"] !== true)',
    replace: 'if (answer["active"] === null)',
    tests: TAKEN,
  },
  {
    name: "access: a token is for its operation",
    file: EXPECTED,
    find: 'if (actions[0] !== (typeof operation === "string" ? operation : operation.name))',
    replace: 'if (actions[0] === "")',
    tests: TAKEN,
  },
  {
    name: "access: a token is for its arguments",
    file: EXPECTED,
    find: "if (digestOf(await readArguments(expected)) !== digest)",
    replace: 'if (digestOf(await readArguments(expected)) === "")',
    tests: TAKEN,
  },
  {
    name: "access: a token is for its tenant",
    file: EXPECTED,
    find: "if (expected.tenant !== undefined && expected.tenant() !== tenant)",
    replace: 'if (expected.tenant?.() === "nobody")',
    tests: TAKEN,
  },
  {
    name: "access: keys are not used for ever",
    file: KEYS,
    find: "if (this.#age() > STALE_SECONDS)",
    replace: "if (this.#age() === Infinity)",
    tests: TAKEN,
  },
  {
    name: "access: unknown key ids are no requests",
    file: KEYS,
    find: "if (Math.abs(now - this.#attemptedAt) < ATTEMPT_SECONDS * 1_000) return this.#attempt;",
    replace: "if (Math.abs(now - this.#attemptedAt) < 0) return this.#attempt;",
    tests: TAKEN,
  },
  {
    name: "access: two keys of one id are no set",
    file: KEYS,
    find: " || new Set(usable.map(({ keyId }) => keyId)).size !== usable.length",
    replace: "",
    tests: TAKEN,
  },
  {
    name: "access: metadata lead to their own origin",
    file: `${VERIFY}/issuer-metadata.ts`,
    find: "new URL(text).origin === origin",
    replace: 'new URL(text).origin !== ""',
    tests: TAKEN,
  },
  {
    name: "access: metadata are the configured issuer's",
    file: `${VERIFY}/issuer-metadata.ts`,
    find: 'metadata["issuer"] === issuer && ',
    replace: "",
    tests: TAKEN,
  },
  {
    name: "access: what was used is not forgotten to make room",
    file: `${VERIFY}/spent-tokens.ts`,
    find: "      if (ends.size >= max) forget(now, Infinity);\n",
    replace: "      if (ends.size >= max) ends.clear();\n",
    tests: TAKEN,
  },
  {
    name: "access: one token, also where Node drops the second",
    file: `${VERIFY}/presented-request.ts`,
    find: "return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);",
    replace:
      "return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name).slice(0, 1);",
    tests: FRAMEWORKS,
  },
  {
    name: "access: a route without an operation has nothing",
    file: `${VERIFY}/verified-requests.ts`,
    find: 'throw new Refusal("caller_unknown", { detail: "the route has no requireOperation" });',
    replace: "return Object.freeze({}) as VerifiedAction;",
    tests: FRAMEWORKS,
  },
];
