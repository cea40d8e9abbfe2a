import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/azure/src";
const MINT = ["packages/adapters/azure/test/mint.test"];
const CONTRACT = ["packages/adapters/azure/test/azure.contract.test"];

/** What the adapter for Entra ID rests on, to be broken like the checks of the boundary. */
export const AZURE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "azure: every operation names its step",
    file: `${SOURCE}/azure-options.ts`,
    find: 'if (!known(use[name])) problems.push([["use", name], "must name a step of apps"]);',
    replace: "",
    tests: MINT,
  },
  {
    name: "azure: a token is for this resource",
    file: `${SOURCE}/read-claims.ts`,
    find: "if (!entra.audiences.includes(aud))",
    replace: 'if (aud === "")',
    tests: MINT,
  },
  {
    name: "azure: a token is of this directory",
    file: `${SOURCE}/read-claims.ts`,
    find: "if (tid !== wanted.directory)",
    replace: 'if (tid === "")',
    tests: MINT,
  },
  {
    name: "azure: a token is of this app",
    file: `${SOURCE}/read-claims.ts`,
    find: "if ((azp ?? appid) !== wanted.clientId)",
    replace: 'if (azp === "")',
    tests: MINT,
  },
  {
    name: "azure: a token acts for no user",
    file: `${SOURCE}/read-claims.ts`,
    find: "if (scp !== undefined)",
    replace: 'if (scp === "")',
    tests: MINT,
  },
  {
    name: "azure: a token ends in time",
    file: `${SOURCE}/read-claims.ts`,
    find: "if (life < 1 || life > entra.lifeSeconds)",
    replace: "if (life < 1)",
    tests: MINT,
  },
  {
    name: "azure: the roles in the token are what counts",
    file: `${SOURCE}/mint-token.ts`,
    find: "native: nativeOf(settings, step, roles) },",
    replace: "native: nativeOf(settings, step, settings.entra.apps[step]?.roles ?? roles) },",
    tests: MINT,
  },
  {
    name: "azure: a mint is for the connection's account",
    file: `${SOURCE}/mint-token.ts`,
    find: 'if (authority.resource["account"] !== context.connection.account)',
    replace: 'if (authority.resource["account"] === undefined)',
    tests: CONTRACT,
  },
  {
    name: "azure: a look-up's token has its step's roles and no other",
    file: `${SOURCE}/with-read-token.ts`,
    find: "if (canonicalJson(roles) !== canonicalJson(settings.entra.apps[step]?.roles.toSorted() ?? []))",
    replace: 'if (canonicalJson(roles) === "")',
    tests: MINT,
  },
  {
    name: "azure: only known numbers of a refusal are said again",
    file: `${SOURCE}/token-problem.ts`,
    find: 'const said = code === undefined ? "" : ` AADSTS${code}`;',
    replace: "const said = ` AADSTS${String(codes[0])}`;",
    tests: MINT,
  },
];
