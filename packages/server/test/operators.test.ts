import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { developmentIssuer } from "@watchword/identity/local-key";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { CANARY, ISSUER, type Place, place } from "./place.ts";

const STAFF = "https://staff.test.example";

let here: Place;
let staff: Awaited<ReturnType<typeof developmentIssuer>>;
beforeEach(async () => {
  here = await place({ production: true });
  staff = await developmentIssuer({ issuer: STAFF });
  await here.write("staff.jwks", JSON.stringify(staff.jwks));
});
afterEach(() => here[Symbol.asyncDispose]());

const operators = ({
  listen = "{ port: 0 }",
  jwks = "{ file: staff.jwks }",
  roles = "[viewer, operator]",
} = {}) =>
  `operators:
  listen: ${listen}
  verifiers:
    - oidc: { issuer: "${STAFF}", jwks: ${jwks}, algorithms: [ES256] }
  declared:
    oncall: { issuer: "${STAFF}", claim: { groups: oncall }, roles: ${roles} }`;

const start = async (section: string) =>
  startServer(await loadConfiguration(await here.configure({ more: section })), {
    log: (entry) => void here.log.push(entry),
  });

const tokenFor = (audience: string) =>
  staff.idToken({
    subject: "olga",
    audience,
    claims: { groups: ["oncall"] },
    authTime: Math.floor(Date.now() / 1_000),
  });

test("operators freeze a tenant on a listener of their own; the broker's knows none of it", async () => {
  await using server = await start(operators());
  const ask = async (base: string | undefined, audience: string, path: string, body?: object) =>
    fetch(`${base}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${await tokenFor(audience)}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const frozen = { subject: "tenant:acme" };
  expect((await ask(server.brokerUrl, `${ISSUER}/operators`, "/v1/frozen", frozen)).status).toBe(404);
  expect((await ask(server.operatorsUrl, ISSUER, "/v1/frozen", frozen)).status).toBe(401);
  expect(await here.refund({ url: server.brokerUrl })).toMatchObject({ status: 200 });
  const done = await ask(server.operatorsUrl, `${ISSUER}/operators`, "/v1/frozen", frozen);
  expect(await done.json()).toEqual({ changed: true });
  await expect(here.refund({ url: server.brokerUrl })).rejects.toMatchObject({ reason: "frozen" });
  const tenant = await ask(server.operatorsUrl, `${ISSUER}/operators`, "/v1/tenants/acme");
  expect(await tenant.text()).not.toContain(CANARY);
  const told = here.log.filter(({ event }) => event === "operator_refused");
  expect(told).toMatchObject([{ operation: "freeze", reason: "token_wrong_audience" }]);
});

test.for([
  [
    "is on another host than loopback, and nothing says that its network is guarded",
    operators({ listen: '{ host: "0.0.0.0", port: 0 }' }),
    /operators\.listen/,
  ],
  ["has an unknown role", operators({ roles: "[root]" }), /operators\.declared\.oncall\.roles/],
  [
    "fetches keys in the clear",
    operators({ jwks: '{ url: "http://staff.test.example/jwks" }' }),
    /not https/,
  ],
  [
    "takes tokens for something else",
    operators().replace("algorithms", "uses: [user], algorithms"),
    /operators\.verifiers/,
  ],
] as const)("it does not start when the section %s", async ([, section, message]) => {
  await expect(start(section)).rejects.toThrow(message);
});

test("with a stored policy, what a job activated is still active after a restart, which a file would undo", async () => {
  const section = operators({ roles: "[policy]" });
  const configure = (policy: string) => here.configure({ more: section, policy });
  const run = async (policy: string, body: (url: string | undefined) => Promise<void>): Promise<string> => {
    await using server = await startServer(await loadConfiguration(await configure(policy)), {
      log: () => undefined,
    });
    await body(server.operatorsUrl);
    return server.policyVersion;
  };
  const file = await readFile(join(here.directory, "policy/support.yaml"), "utf8");
  const files = [{ name: "support.yaml", text: file.replace("200.00 USD", "100.00 USD") }];
  let pushed = "";
  const first = await run("policy: { stored: true, first: policy }", async (url) => {
    const post = async (path: string, body?: object): Promise<Record<string, string>> => {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await tokenFor(`${ISSUER}/operators`)}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, string>;
    };
    pushed = (await post("/v1/policies", { files }))["version"] ?? "";
    expect(await post(`/v1/policies/${pushed}/activate`)).toMatchObject({ version: pushed });
  });
  expect(pushed).not.toBe(first);
  const nothing = async (): Promise<void> => undefined;
  expect(await run("policy: { stored: true, first: policy }", nothing)).toBe(pushed);
  expect(await run("policy: policy", nothing)).toBe(first);
});
