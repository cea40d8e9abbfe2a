import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { awsTwin } from "@watchword/emulators/aws";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";
import { aws } from "../src/index.ts";
import { ACME, connection, contextOf, optionsFor, roleOf, tableOf, testIssuer } from "./aws-fixture.ts";
import { cloud, systems } from "./readme-example.ts";

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");
const blocks = async (language: string): Promise<string[]> =>
  [...(await read("../README.md")).matchAll(new RegExp("```" + language + "\\n(.*?)```", "gs"))].map(
    (match) => match[1] ?? "",
  );

test("the README shows the example that runs here", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = cloud.objectsGet;
  expect(system).toBe("cloud");
  expect(findOperation(systems.cloud.catalogue, operation.name)).toBe(operation);
});

test("the README lists every operation with its arguments, and every option", async () => {
  const readme = await read("../README.md");
  for (const entry of Object.values(systems.cloud.catalogue.operations)) {
    const names = Object.keys(entry.arguments.shape).map((name) => `\`${name}\``);
    expect(readme).toContain(`| \`${entry.name}\` | ${names.join(", ")} |`);
  }
  for (const option of [
    "region",
    "partition",
    "role",
    "audience",
    "tenancy",
    "buckets",
    "tables",
    "lifeSeconds",
    "baseUrl",
    "clock",
  ])
    expect(readme).toContain(`\`${option}\``);
});

test("the README's grants load, and releasing without what they accept does not", async () => {
  const [grants = ""] = await blocks("yaml");
  const policy = (text: string) =>
    parsePolicy([
      {
        name: "cloud.yaml",
        text: `watchword: 1\nsystems: { cloud: { adapter: aws } }\nagents: { support: {}, batch: {} }\nworkloads: { runtime: { identity: { localKey: runtime }, agents: [support, batch], tenant: { fixed: acme } } }\n${text}`,
      },
    ]);
  expect(checkOperations(policy(grants), { cloud: systems.cloud.catalogue })).toEqual([]);
  expect(checkCustody(policy(grants), systems)).toEqual([]);
  const careless = policy(grants.replace(/ +acceptResidual: .*\n/, ""));
  expect(checkCustody(careless, systems).map(({ message }) => message)).toEqual([
    expect.stringContaining("does not bind content, contentType into the credential"),
  ]);
});

test("the README's role and trust are enough for each operation, and no tenant's session is another's by them", async () => {
  const [trust = "", role = ""] = await blocks("json");
  const [statement] = (
    JSON.parse(trust) as {
      Statement: { Action: string[]; Condition: { StringEquals: Record<string, string> } }[];
    }
  ).Statement;
  const pinned = Object.values(statement?.Condition.StringEquals ?? {});
  expect(pinned).toEqual(["sts.amazonaws.com", "tenant:acme:system:cloud"]);
  const issuer = await testIssuer();
  const [audience = "", subject = ""] = pinned;
  await using twin = await awsTwin({
    issuers: [issuer.keys],
    accounts: [
      {
        id: ACME,
        roles: [
          roleOf("acme", {
            trust: {
              issuer: issuer.keys.issuer,
              audiences: [audience],
              subject,
              actions: statement?.Action ?? [],
            },
            policy: JSON.parse(role.replaceAll("123456789012", ACME)) as object,
          }),
        ],
        buckets: { reports: { objects: { "acme/2026/q3.txt": "q3", "globex/2026/q3.txt": "theirs" } } },
        tables: { orders: { ...tableOf("prefix"), items: [{ owner: { S: "acme" }, id: { S: "o-1" } }] } },
      },
    ],
  });
  const adapter = aws(optionsFor(twin, { tenancy: "prefix" }));
  const own = connection("acme", `${ACME}/acme`);
  const perform = async (account: string, operation: string, example: object) => {
    const planned = { system: "cloud", operation, resource: { account }, arguments: example as never };
    const authority = adapter.plan(planned);
    const { credential } = await adapter.mint(authority, contextOf(issuer, { ...own, account }));
    const stamp = { decisionId: "dec_1", idempotencyKey: "k" };
    const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
    const { url, body, ...request } = adapter.inject(adapter.enforce(authority, blank, stamp), credential);
    return (await fetch(url, { ...request, body: body === undefined ? null : new Uint8Array(body) })).status;
  };
  for (const { name, example } of Object.values(adapter.catalogue.operations))
    expect(await perform(own.account, name, example), name).toBe(name === "s3.objects.delete" ? 204 : 200);
  // Even if a connection were wrong: the token says whose it is, and the role compares.
  const get = { bucket: "reports", key: "2026/q3.txt" };
  expect(await perform(`${ACME}/globex`, "s3.objects.get", get)).toBe(403);
  expect(twin.object("reports", "globex/2026/q3.txt")?.content.toString()).toBe("theirs");
});
