import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { CANARY, ISSUER, type Place, type Sections, effects, place } from "./place.ts";

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

/** What is said about a configuration that cannot be meant, without the directory's name. */
async function refusalOf(path: string): Promise<string> {
  const refusal = await loadConfiguration(path)
    .then((configuration) => startServer(configuration, { mode: "dev", log: () => undefined, env: {} }))
    .then(
      () => new Error("it started"),
      (error: unknown) => error as Error,
    );
  expect(refusal).toMatchObject({ reason: "configuration_invalid" });
  return refusal.message.replaceAll(`${here.directory}/`, "");
}

describe("a configuration is refused with file, line, what was expected, and what to do", () => {
  test.for<{ name: string; changes: Partial<Sections>; says: RegExp }>([
    {
      name: "an unknown key",
      changes: { more: "brokr: {}" },
      says: /config\.yaml:\d+:1 {2}configuration: unknown key brokr/,
    },
    {
      name: "a missing section",
      changes: { keys: "" },
      says: /config\.yaml:1:1 {2}keys: is missing \(expected: string\)/,
    },
    {
      name: "an unknown key far below",
      changes: { broker: "broker: { listen: { port: 0, adress: x } }" },
      says: /config\.yaml:\d+:30 {2}broker\.listen: unknown key adress/,
    },
    { name: "another version", changes: { more: "watchword: 2" }, says: /unique|duplicate/i },
    {
      name: "an issuer that is no URL",
      changes: { issuer: "issuer: broker" },
      says: /config\.yaml:2:1 {2}issuer: must be an http\(s\) URL/,
    },
    {
      name: "a port and a socket",
      changes: { gateway: "gateway: { listen: { port: 0, socket: a.sock } }" },
      says: /gateway\.listen: must have a port or a socket, and not both/,
    },
    {
      name: "a gateway URL with a path",
      changes: { gateway: "gateway: { listen: { port: 0 }, url: https://a.example/b }" },
      says: /gateway\.url: must be an origin/,
    },
    {
      name: "a quota of nothing",
      changes: { more: "quotas: { payments: [{ limit: 0, windowSeconds: 60 }] }" },
      says: /config\.yaml:\d+:\d+ {2}quotas\.payments\.0\.limit: /,
    },
    {
      name: "a quota of a system that is not there",
      changes: { more: "quotas: { billing: [] }" },
      says: /quotas name billing, which is not a configured system/,
    },
    {
      name: "an adapter that is not installed",
      changes: { systems: "systems:\n  payments: { adapter: frobnicate }" },
      says: /config\.yaml:\d+:15 {2}systems\.payments\.adapter: @watchword\/adapter-frobnicate is not installed; run: npm install @watchword\/adapter-frobnicate/,
    },
    {
      name: "an adapter named by a path",
      changes: { systems: "systems:\n  payments: { adapter: ../stripe }" },
      says: /systems\.payments\.adapter: must be the name of an adapter/,
    },
    {
      name: "an option that the adapter does not know",
      changes: { systems: "systems:\n  payments: { adapter: stripe, baseURL: x }" },
      says: /config\.yaml:\d+:32 {2}systems\.payments: unknown key baseURL/,
    },
    {
      name: "an option that the adapter does not take",
      changes: { systems: 'systems:\n  payments: { adapter: stripe, baseUrl: "http://api.example" }' },
      says: /systems\.payments\.baseUrl: must be https, or http on a loopback host/,
    },
    {
      name: "a secret in the file",
      changes: {
        tenants: `tenants:\n  acme: { connections: { payments: { account: acct_acme, secret: ${CANARY} } } }`,
      },
      says: /config\.yaml:\d+:\d+ {2}tenants\.acme\.connections\.payments\.secret: must be \{ env: NAME \} or \{ file: path \}; this file holds no secrets/,
    },
    {
      name: "a secret from two places",
      changes: {
        tenants:
          "tenants:\n  acme: { connections: { payments: { account: a, secret: { env: A, file: b } } } }",
      },
      says: /secret: must be \{ env: NAME \} or \{ file: path \}/,
    },
    {
      name: "a secret's file that is not there",
      changes: {
        tenants: "tenants:\n  acme: { connections: { payments: { account: a, secret: { file: gone } } } }",
      },
      says: /secret: file gone cannot be read; write the secret into it/,
    },
    {
      name: "a verifier of no kind",
      changes: { verifiers: "verifiers: [{}]" },
      says: /verifiers\.0: must be \{ oidc: … \}/,
    },
    {
      name: "no verifier",
      changes: { verifiers: "verifiers: []" },
      says: /verifiers: must name who may vouch for workloads/,
    },
    {
      name: "keys of an issuer from nowhere",
      changes: { verifiers: "verifiers: [{ oidc: { issuer: https://a.example, jwks: {} } }]" },
      says: /verifiers\.0\.oidc\.jwks: must be \{ file: path \}/,
    },
    {
      name: "a key set's file that is none",
      changes: {
        verifiers: "verifiers: [{ oidc: { issuer: https://a.example, jwks: { file: stripe.key } } }]",
      },
      says: /config\.yaml:\d+:\d+ {2}verifiers\.0\.oidc\.jwks\.file: stripe\.key is no key set/,
    },
    {
      name: "people as jobs of GitHub Actions",
      changes: { verifiers: "verifiers: [{ githubActions: { uses: [user] } }]" },
      says: /verifiers\.0\.githubActions\.uses\.0: /,
    },
    {
      name: "logins that post test results",
      changes: {
        verifiers:
          "verifiers: [{ oidc: { issuer: https://a.example, jwks: { file: login.jwks }, uses: [evidence] } }]",
      },
      says: /verifiers\.0\.oidc\.uses\.0: /,
    },
    {
      name: "a verifier of two kinds",
      changes: { verifiers: "verifiers: [{ githubActions: {}, localKey: { directory: workload } }]" },
      says: /verifiers\.0: must be \{ oidc: … \}, \{ githubActions: … \}/,
    },
    {
      name: "a key set of GitHub Actions that is none",
      changes: { verifiers: "verifiers: [{ githubActions: { jwks: { file: stripe.key } } }]" },
      says: /verifiers\.0\.githubActions\.jwks\.file: stripe\.key is no key set/,
    },
    {
      name: "a private key in the key set",
      changes: {
        verifiers:
          "verifiers: [{ oidc: { issuer: https://a.example, jwks: { inline: { keys: [{ kty: oct, k: rk_test_canary }] } } } }]",
      },
      says: /verifiers\.0\.oidc: jwks: key 0: not a public key/,
    },
    {
      name: "a store in memory",
      changes: { store: 'store: { sqlite: "./:memory:" }' },
      says: /the store needs the path of a file/,
    },
    { name: "an anchor", changes: { more: "x: &a {}" }, says: /anchors are not allowed/ },
  ])("$name", async ({ changes, says }) => {
    const said = await refusalOf(await here.configure(changes));
    expect(said).toMatch(says);
    expect(said).not.toContain("canary");
  });

  test("everything that is wrong is said at once", async () => {
    const said = await refusalOf(
      await here.configure({ issuer: "issuer: x", keys: "keys: 1", more: "y: 1" }),
    );
    expect(said.split("\n")).toHaveLength(3);
  });

  test.for([
    ["a file that is not there", "absent.yaml", "cannot be read; is --config right?"],
    ["a file of another kind", "watchword.json", "must be a .yaml file"],
  ])("%s", async ([, name, says]) => {
    expect(await refusalOf(`${here.directory}/${name}`)).toContain(says);
  });
});

describe("a configuration in TypeScript", () => {
  const module = (name: string): string => JSON.stringify(import.meta.resolve(name));

  test("may hold systems, verifiers and policy as values, and carries a refund", async () => {
    const path = await here.write(
      "watchword.config.ts",
      `import { stripe } from ${module("@watchword/adapter-stripe")};
import { localKeyVerifier } from ${module("@watchword/identity/local-key")};
import { oidc } from ${module("@watchword/identity/oidc")};
import { loadPolicy } from ${module("@watchword/policy")};
import { defineConfiguration } from ${module("@watchword/server")};
import jwks from "./login.jwks.json" with { type: "json" };

const here: string = import.meta.dirname;
export default defineConfiguration({
  watchword: 1,
  issuer: "${ISSUER}",
  policy: await loadPolicy(here + "/policy"),
  store: { sqlite: "watchword.db" },
  keys: "keys",
  broker: { listen: { port: 0 } },
  gateway: { listen: { port: 0 } },
  systems: { payments: stripe({ baseUrl: "${here.twin.url}" }) },
  verifiers: [
    await localKeyVerifier({ directory: here + "/workload", audience: "${ISSUER}" }),
    await oidc({ issuer: "${here.login.issuer}", audience: "${ISSUER}", algorithms: ["ES256"], jwks }),
  ],
  tenants: { acme: { connections: { payments: { account: "acct_acme", secret: { env: "STRIPE_KEY" } } } } },
});
`,
    );
    await here.write("login.jwks.json", JSON.stringify(here.login.jwks));
    const configuration = await loadConfiguration(path);
    await expect(startServer(configuration, { log: () => undefined })).rejects.toMatchObject({
      reason: "development_setting",
    });
    await using server = await startServer(configuration, {
      mode: "dev",
      log: () => undefined,
      env: { STRIPE_KEY: CANARY },
    });
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    expect(effects(here)).toBe(1);
  });

  test.for([
    ["without a default export", "export const a = 1;", "has no default export"],
    ["that throws", `throw new TypeError("${CANARY}");`, "cannot be loaded (TypeError)"],
    ["of another shape", "export default { watchword: 1, extra: 1 };", "unknown key extra"],
  ] as const)("%s is refused", async ([, text, says]) => {
    const said = await refusalOf(await here.write("watchword.config.ts", text));
    expect(said).toContain(says);
    expect(said).not.toContain(CANARY);
  });
});
