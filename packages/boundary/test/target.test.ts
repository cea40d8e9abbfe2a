import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Situation, attestReport, deriveRows, htmlReport, verdictOf } from "../src/index.ts";
import { type SystemValues, systemValues } from "../src/matrix/system-values.ts";
import { askRows } from "../src/target/ask-rows.ts";
import { readTargetFile } from "../src/target/target-file.ts";
import { targetIdentities } from "../src/target/target-identities.ts";
import { targetValues } from "../src/target/target-values.ts";
import { code } from "./code.ts";
import { payments } from "./payments.ts";
import { CODE, PAYMENTS, policyOf } from "./policies.ts";
import { attemptWith, reportWith } from "./sample-report.ts";

const TARGET = `target: 1
tenants: { own: acme, other: globex }
workloads: { support-runtime: { key: keys }, code-runtime: { token: code.jwt } }
users: { acme: { token: acme.jwt }, globex: { token: odd.jwt } }
systems:
  payments:
    own: { account: acct_acme }
    other: { account: acct_globex }
    live:
      refunds.create: { charge: ch_1, amount: { minor: 100, currency: USD } }
      charges.retrieve: { charge: ch_1 }
    foreign: { refunds.create: { charge: ch_2 } }
  code:
    own: { account: acme, settings: { installation: "42" } }
    other: { account: globex }
    live: { pull_requests.merge: { number: 7 } }
    resource: { own: { repository: acme/app }, other: { repository: globex/app } }
`;
/** Operations of the two policies that change nothing. */
const READS: readonly string[] = ["charges.retrieve", "contents.get"];
const document = readTargetFile("target.yaml", TARGET);
let values: Record<string, SystemValues>;
let directory: string;
beforeAll(async () => {
  values = targetValues(document, await systemValues({ payments, code }, systemClock));
  directory = await mkdtemp(join(tmpdir(), "watchword-target-"));
  await mkdir(join(directory, "keys"));
  await writeFile(join(directory, "keys/workload.jwk"), "{}");
  await writeFile(join(directory, "acme.jwt"), "user.token.acme\n");
  await writeFile(join(directory, "code.jwt"), "workload.token.code");
  await writeFile(join(directory, "odd.jwt"), "a password: hunter2");
});
afterAll(() => rm(directory, { recursive: true }));

/** Asks every row of a policy, of a broker that answers all of them alike. */
async function asking(text: string, allowEffects: boolean, answer = attemptWith()) {
  const policy = policyOf(text);
  const situations: Situation[] = [];
  const { rows } = deriveRows(policy, values);
  const asked = await askRows(
    rows,
    { attempt: async (situation) => (situations.push(situation), answer) },
    {
      policy,
      catalogues: Object.fromEntries(Object.entries(values).map(([name, each]) => [name, each.catalogue])),
      systems: document.systems,
      identities: { lacks: () => null },
      now: 1_799_064_000,
      allowEffects,
    },
    false,
  );
  return { rows, situations, asked };
}

describe("without leave for effects, a deployed broker", () => {
  test.for([
    ["payments", PAYMENTS],
    ["code", CODE],
  ] as const)(
    "is asked for no allowed write of %s, no approval and nothing that moves its state",
    async ([, text]) => {
      const { rows, situations, asked } = await asking(text, false);
      const writes = new Set(
        rows
          .filter(({ baseline }) => !READS.includes(baseline.action.operation))
          .map(({ baseline }) => JSON.stringify(baseline)),
      );
      expect(situations.length).toBeGreaterThan(20);
      for (const situation of situations) {
        expect(writes.has(JSON.stringify(situation)), JSON.stringify(situation)).toBe(false);
        expect([situation.before, situation.call, situation.request]).toEqual([[], undefined, "as-decided"]);
        expect(["killed", "frozen", "expired"]).not.toContain(situation.run);
        if (situation.tampering === "replayed") expect(READS).toContain(situation.action.operation);
      }
      const askedIds = asked.results.map(({ row }) => row);
      expect(askedIds.filter(({ fact }) => fact === "approval" || fact === "evidence")).toEqual([]);
      expect(asked.results.length + asked.notAsked.length).toBe(rows.length);
    },
  );

  test("is asked for reads, and with leave for writes that nobody has to approve", async () => {
    const grantsOf = async (allowEffects: boolean) =>
      [
        ...new Set((await asking(PAYMENTS, allowEffects)).asked.baselines.map(({ grant }) => grant)),
      ].toSorted();
    expect(await grantsOf(false)).toEqual(["read"]);
    expect(await grantsOf(true)).toEqual(["read", "refund"]);
  });
});

test("a refusal for tests that nobody arranged proves nothing; any other is judged", async () => {
  const red = attemptWith({ reason: "eval_red", failedFact: "evidence" });
  const { asked } = await asking(CODE, false, red);
  const rests = asked.results.filter(({ row }) => Object.keys(row.mutated.evidence).length > 0);
  expect(rests.map(({ row }) => row.id)).toEqual([]);
  expect(asked.notAsked).toContainEqual({
    row: "merge-after-evals/tenant/foreign-repository",
    why: "its tests refused it first, and nobody here can turn them green",
  });
  const other = await asking(CODE, false, attemptWith({ reason: "not_granted" }));
  const judged = other.asked.results.find(
    ({ row }) => row.id === "merge-after-evals/tenant/foreign-repository",
  );
  expect(judged?.problems).toEqual(["wrong_reason"]);
});

test("no row is about what the target's file does not name", async () => {
  expect(values["payments"]).toMatchObject({
    missing: {},
    foreign: { "refunds.create": { charge: "ch_2" } },
  });
  expect(values["payments"]).not.toHaveProperty("more");
  const without = readTargetFile(
    "target.yaml",
    TARGET.replace("      charges.retrieve: { charge: ch_1 }\n", ""),
  );
  const policy = policyOf(PAYMENTS);
  const { rows } = deriveRows(policy, values);
  const asked = await askRows(
    rows.filter(({ grant }) => grant === "read"),
    { attempt: () => Promise.resolve(attemptWith()) },
    {
      policy,
      catalogues: { payments: values["payments"]?.catalogue ?? ({} as never) },
      systems: without.systems,
      identities: { lacks: () => null },
      now: 0,
      allowEffects: true,
    },
    true,
  );
  expect(asked.results).toEqual([]);
  expect(asked.unproven).toEqual([
    { grant: "read", why: expect.stringContaining('systems.payments.live["charges.retrieve"]') as unknown },
  ]);
});

describe("who acts", () => {
  const made: object[] = [];
  const identities = (text: string) =>
    targetIdentities(document, {
      policy: policyOf(text),
      directory,
      issuer: "https://broker.example",
      keyToken: (key) => (made.push(key), Promise.resolve("made.of.key")),
    });
  const agent = { workload: null, agent: "support", tenant: "acme", user: "verified" } as const;

  test("is the workload by its key or token, and one of the tenant's users", async () => {
    expect(await identities(PAYMENTS).identify(agent)).toEqual({
      workloadToken: "made.of.key",
      subjectToken: "user.token.acme",
      subjectKind: "user",
      tenant: null,
    });
    expect(made).toEqual([
      { directory: join(directory, "keys"), subject: "support-runtime", audience: "https://broker.example" },
    ]);
    const coder = { workload: null, agent: "coder", tenant: "acme", user: "none" } as const;
    expect(await identities(CODE).identify(coder)).toMatchObject({
      workloadToken: "workload.token.code",
      subjectToken: null,
      tenant: "acme",
    });
  });

  test("is nobody whose file holds something else, and the error quotes nothing of it", async () => {
    const other = identities(PAYMENTS).identify({ ...agent, user: "other-tenant" });
    await expect(other).rejects.toThrow(/^odd\.jwt holds no token$/);
  });

  test("is nobody whose key is not there: none is made for them", async () => {
    const other = readTargetFile("target.yaml", TARGET.replace("key: keys", "key: elsewhere"));
    const nobody = targetIdentities(other, {
      policy: policyOf(PAYMENTS),
      directory,
      issuer: "https://broker.example",
      keyToken: () => Promise.reject(new Error("asked for a token")),
    });
    await expect(nobody.identify(agent)).rejects.toThrow(/^elsewhere holds no workload\.jwk/);
  });

  test.for([
    [{ agent: "support", tenant: "initech" }, "nobody logs in for a tenant that does not exist"],
    [{ agent: "support", workload: "boundary-nobody" }, "nobody vouches for a workload that is not declared"],
  ] as const)("cannot be %j: %s", ([change, why]) => {
    const situation = { tenant: "acme", user: "verified", via: [], ...change } as const;
    expect(identities(PAYMENTS).lacks(situation)).toBe(why);
  });
});

test("a run against a deployed broker is attested nowhere, and a world whose ledger nobody looked at is no proof", () => {
  const target = { url: "https://broker.example", notAsked: [], notProved: [] };
  const world = { ...reportWith().world, ledgerIntact: null };
  const key = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey;
  const remote = reportWith({ isolation: "remote", world, target });
  expect(verdictOf(remote).code).toBe(0);
  const limits = {
    ...target,
    notAsked: [{ row: "refund/run/killed", why: "nobody may" }],
    notProved: ["<all>"],
  };
  const page = htmlReport({ ...remote, target: limits });
  for (const text of [
    "What a run against a deployed broker does not prove",
    "<dt>not asked: refund/run/killed</dt><dd>nobody may</dd>",
    "<dt>not proved</dt><dd>&lt;all&gt;</dd>",
    "<dt>Ledger</dt><dd>nobody could look</dd>",
    "<dt>Secrets</dt><dd>nobody could look</dd>",
  ])
    expect(page).toContain(text);
  expect(() => attestReport(remote, { commit: "a".repeat(40), key, harness: "0.0.0" })).toThrow(
    "is not attested",
  );
  expect(verdictOf(reportWith({ world })).code).toBe(1);
});
