import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/oauth/src";
const MINT = ["packages/adapters/oauth/test/mint.test"];
const OPTIONS = ["packages/adapters/oauth/test/options.test"];
const CONTRACT = ["packages/adapters/oauth/test/oauth.contract.test"];

/** What the adapter for authorization servers rests on, to be broken like the checks of the boundary. */
export const OAUTH_CHECKS: readonly BrokenCheck[] = [
  {
    name: "oauth: every operation names a scope",
    file: `${SOURCE}/oauth-options.ts`,
    find: "if ((scopes[name] ?? []).length === 0 && details === undefined)",
    replace: "if (scopes === undefined)",
    tests: OPTIONS,
  },
  {
    name: "oauth: tokens are asked for over https",
    file: `${SOURCE}/oauth-options.ts`,
    find: 'return plain && (protocol === "https:" || isLoopback(hostname));',
    replace: 'return plain && (protocol !== "ftp:" || isLoopback(hostname));',
    tests: OPTIONS,
  },
  {
    name: "oauth: a bound token is never released",
    file: `${SOURCE}/oauth.ts`,
    find: 'custody: dpop ? "gateway" : "released",',
    replace: 'custody: "released",',
    tests: OPTIONS,
  },
  {
    name: "oauth: the scopes that were given are what counts",
    file: `${SOURCE}/mint-token.ts`,
    find: "scopes: given.scopes,",
    replace: "scopes: scopesOf(settings, authority.operation).toSorted(),",
    tests: MINT,
  },
  {
    name: "oauth: the details that were given are what counts",
    file: `${SOURCE}/mint-token.ts`,
    find: "...(given.details === undefined ? {} : { authorization_details: given.details }),",
    replace: "...(details === undefined ? {} : { authorization_details: details }),",
    tests: MINT,
  },
  {
    name: "oauth: a mint is for the connection's account",
    file: `${SOURCE}/mint-token.ts`,
    find: 'if (authority.resource["account"] !== context.connection.account)',
    replace: 'if (authority.resource["account"] === undefined)',
    tests: CONTRACT,
  },
  {
    name: "oauth: a refresh token is more than was asked for",
    file: `${SOURCE}/ask-token.ts`,
    find: 'if (refresh !== undefined) return "a refresh token',
    replace: 'if (refresh === "") return "a refresh token',
    tests: MINT,
  },
  {
    name: "oauth: a token says when it ends",
    file: `${SOURCE}/ask-token.ts`,
    find: 'if (life === undefined) return "a token that does not say when it ends";',
    replace: "if (life === undefined) return undefined;",
    tests: MINT,
  },
  {
    name: "oauth: a token ends in time",
    file: `${SOURCE}/ask-token.ts`,
    find: "if (!Number.isSafeInteger(life) || life < 1 || life > lifeSeconds)",
    replace: "if (!Number.isSafeInteger(life) || life < 1)",
    tests: MINT,
  },
  {
    name: "oauth: a token is of the kind that was asked for",
    file: `${SOURCE}/ask-token.ts`,
    find: 'if (type !== (dpop ? "dpop" : "bearer"))',
    replace: 'if (type === "")',
    tests: MINT,
  },
  {
    name: "oauth: a token that cannot be used is ended",
    file: `${SOURCE}/ask-token.ts`,
    find: "await endToken(settings, context, answer.access_token, wish);",
    replace: "",
    tests: MINT,
  },
  {
    name: "oauth: a token whose answer is not understood is ended",
    file: `${SOURCE}/ask-token.ts`,
    find: "if (issued.success) await endToken(settings, context, issued.data.access_token, wish);",
    replace: "",
    tests: MINT,
  },
  {
    name: "oauth: a look-up's token is compared before it is used",
    file: `${SOURCE}/with-read-token.ts`,
    find: "canonicalJson(given.scopes) !== canonicalJson(scopes.toSorted()) ||",
    replace: "",
    tests: MINT,
  },
  {
    name: "oauth: only codes that a standard defines are said again",
    file: `${SOURCE}/token-problem.ts`,
    find: 'const said = typeof code === "string" && Object.hasOwn(KNOWN, code) ? ` ${code}` : "";',
    replace: "const said = ` ${String(code)}`;",
    tests: MINT,
  },
  {
    name: "oauth: a proof is for one token",
    file: `${SOURCE}/bound-token.ts`,
    find: 'ath: createHash("sha256").update(token).digest("base64url"),',
    replace: 'ath: createHash("sha256").update("").digest("base64url"),',
    tests: MINT,
  },
];
