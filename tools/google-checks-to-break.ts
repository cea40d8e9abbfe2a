import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/google/src";
const MINT = ["packages/adapters/google/test/mint.test"];
const REQUESTS = ["packages/adapters/google/test/read-request.test"];
const CONTRACT = ["packages/adapters/google/test/google.contract.test"];

/** What the adapter for Google Cloud rests on, to be broken like the checks of the boundary. */
export const GOOGLE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "google: a token is for one object",
    file: `${SOURCE}/access-boundary.ts`,
    find: '/objects/${nameOf(account, argumentText(values, "name"))}\'`;',
    replace: "/objects/x'`;",
    tests: MINT,
  },
  {
    name: "google: a token to list is below one prefix",
    file: `${SOURCE}/access-boundary.ts`,
    find: ".startsWith('${nameOf(account, argumentText(values, \"prefix\"))}')`",
    replace: ".startsWith('')`",
    tests: MINT,
  },
  {
    name: "google: a token to create replaces nothing",
    file: `${SOURCE}/access-boundary.ts`,
    find: '"storage.objects.create": ["storage.objectCreator", "read_write"],',
    replace: '"storage.objects.create": ["storage.objectUser", "read_write"],',
    tests: MINT,
  },
  {
    name: "google: a mint is for the connection's account",
    file: `${SOURCE}/mint-token.ts`,
    find: 'if (authority.resource["account"] !== context.connection.account)',
    replace: 'if (authority.resource["account"] === undefined)',
    tests: CONTRACT,
  },
  {
    name: "google: a token lives no longer than its lease",
    file: `${SOURCE}/mint-token.ts`,
    find: "return Math.min(lifeSeconds, left);",
    replace: "return lifeSeconds;",
    tests: MINT,
  },
  {
    name: "google: a token that lives longer than was asked is nobody's",
    file: `${SOURCE}/ask-token.ts`,
    find: "if (life < 1 || life > wish.seconds + ROUNDING_SECONDS)",
    replace: "if (life < 1)",
    tests: MINT,
  },
  {
    name: "google: a token that was not cut down is nobody's",
    file: `${SOURCE}/ask-token.ts`,
    find: "if (!parsed.success || parsed.data.access_token === token)",
    replace: "if (!parsed.success)",
    tests: MINT,
  },
  {
    name: "google: a refresh token is more than was asked for",
    file: `${SOURCE}/ask-token.ts`,
    find: "refresh_token: z.undefined().optional(),",
    replace: "refresh_token: z.unknown().optional(),",
    tests: MINT,
  },
  {
    name: "google: a bucket heeds access boundaries",
    file: `${SOURCE}/check-connection.ts`,
    find: "if (other !== 403)",
    replace: "if (other === 0)",
    tests: MINT,
  },
  {
    name: "google: headers that make another request of it",
    file: `${SOURCE}/read-request.ts`,
    find: "if (CHANGING.has(name) || (name.startsWith",
    replace: "if (CHANGING.has(name) && (name.startsWith",
    tests: REQUESTS,
  },
  {
    name: "google: a query on an object",
    file: `${SOURCE}/read-request.ts`,
    find: 'if (request.query.length > 0) throw requestMismatch("a query',
    replace: 'if (request.query.length > 99) throw requestMismatch("a query',
    tests: REQUESTS,
  },
  {
    name: "google: a list begins with the tenant's own segment",
    file: `${SOURCE}/read-request.ts`,
    find: "const [, tenant, rest] = /^([^/]+)\\/(.*)$/s.exec(prefix) ?? [];",
    replace: 'const [, tenant = "acme", rest = prefix] = /^([^/]+)\\/(.*)$/s.exec(prefix) ?? [];',
    tests: REQUESTS,
  },
];
