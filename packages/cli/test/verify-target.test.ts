import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BoundaryReport } from "@watchword/boundary";
import { loadConfiguration, startServer } from "@watchword/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ISSUER, type Place, place } from "../../server/test/place.ts";
import { type CommandRun, runCommand } from "./run-command.ts";

const LOGIN = "https://login.test.example";
/** Every row, not those of some facts. */
const LONG = process.env["WATCHWORD_LONG"] === "1";
const CONFIG = fileURLToPath(new URL("matrix-boundary.ts", import.meta.url));

let here: Place;
let server: Awaited<ReturnType<typeof startServer>>;
let verify: (...words: readonly string[]) => Promise<CommandRun>;
let operators: readonly string[];
/** Runs that have not ended, as an operator sees them. */
let living: () => Promise<readonly unknown[]>;

beforeAll(async () => {
  here = await place({ production: true });
  await here.write(
    "workload.jwt",
    await here.login.idToken({ subject: "support-runtime", audience: ISSUER, claims: {} }),
  );
  const policy = await readFile(`${here.directory}/policy/support.yaml`, "utf8");
  await here.write(
    "policy/support.yaml",
    policy.replace("https://workloads.test.example", LOGIN).replace("200.00", "20.00"),
  );
  server = await startServer(
    await loadConfiguration(
      await here.configure({
        verifiers: `verifiers:
  - oidc: { issuer: "${LOGIN}", jwks: { file: login.jwks }, uses: [user, workload], algorithms: [ES256] }`,
        more: `operators:
  listen: { port: 0 }
  verifiers: [{ oidc: { issuer: "${LOGIN}", jwks: { file: login.jwks }, algorithms: [ES256] } }]
  declared: { viewers: { issuer: "${LOGIN}", claim: { groups: viewers }, roles: [viewer] } }`,
      }),
    ),
    { log: () => undefined },
  );
  const user = (tenant: string) =>
    here.login.idToken({ subject: "dana", audience: ISSUER, claims: { org_id: tenant } });
  await here.write("acme.jwt", await user("acme"));
  await here.write("globex.jwt", `${await user("globex")}\n`);
  await here.write(
    "viewer.jwt",
    await here.login.idToken({
      subject: "olga",
      audience: `${ISSUER}/operators`,
      claims: { groups: ["viewers"] },
      authTime: Math.floor(Date.now() / 1_000),
    }),
  );
  const file = await here.write("target.yaml", TARGET);
  operators = ["--operators", server.operatorsUrl ?? "", "--token-file", `${here.directory}/viewer.jwt`];
  living = async () => {
    const token = await readFile(`${here.directory}/viewer.jwt`, "utf8");
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${server.operatorsUrl}/v1/runs`, { headers });
    return ((await answer.json()) as { readonly runs: readonly unknown[] }).runs;
  };
  verify = (...words) =>
    runCommand(
      "verify",
      "--config",
      CONFIG,
      "--policy",
      `${here.directory}/policy`,
      "--as",
      file,
      "--target",
      server.brokerUrl,
      ...words,
    );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

const TARGET = `target: 1
issuer: ${ISSUER}
tenants: { own: acme, other: globex }
workloads: { support-runtime: { token: workload.jwt } }
users: { acme: { token: acme.jwt }, globex: { token: globex.jwt } }
systems:
  payments:
    own: { account: acct_acme }
    other: { account: acct_globex }
    live: { refunds.create: { charge: ch_1, amount: { minor: 100, currency: USD } } }
    foreign: { refunds.create: { charge: ch_globex } }
    missing: { refunds.create: { charge: ch_nowhere } }
`;

const FACTS = ["refund:tenant", "refund:agent", "refund:run", "refund:token", "refund:credential"] as const;
const only = (...names: readonly string[]) => names.flatMap((name) => ["--only", name]);
const spaced = (text: string): string => text.replaceAll(/\s+/g, " ");

test("a deployed broker is asked for what the policy forbids, and each refusal is looked up by an operator", async () => {
  const out = `${here.directory}/out`;
  const words = [...(LONG ? [] : only(...FACTS)), "--report", "terminal,json,junit,html", "--out", out];
  const ran = await verify(...operators, ...words);
  const report = JSON.parse(await readFile(`${out}/boundary.json`, "utf8")) as BoundaryReport;
  const failing = report.rows.filter(({ problems }) => problems.length > 0);
  expect(failing.map(({ row, problems, attempt }) => [row.id, ...problems, attempt.reason])).toEqual([]);
  expect({ code: ran.code, passed: report.passed, isolation: report.isolation }).toEqual({
    code: 0,
    passed: true,
    isolation: "remote",
  });
  expect(report.rows.length).toBeGreaterThan(15);
  expect(report.rows.find(({ row }) => row.mutation === "foreign-object")?.attempt).toMatchObject({
    reason: "tenant_mismatch",
    failedFact: "tenant",
    records: 1,
    principal: { agent: "support@1", tenant: "acme", workload: "support-runtime", kind: "user" },
  });
  const said = spaced(ran.out);
  for (const text of [
    `· target ${server.brokerUrl}`,
    "✓ samePolicy: the target decides by this very policy",
    "· no allowed attempt was asked for",
    "· not asked: a row, since it takes an operator who kills a run",
    "· not proved: downstream not observed",
    "· not proved: noRoute: that takes a world of the harness's own",
    "✓ what was asked is refused as it must be; what was not is named above",
  ])
    expect(said).toContain(text);
  expect(said).not.toMatch(/the boundary holds|ledger of|secrets where none/);
  expect(await readFile(`${out}/boundary.junit.xml`, "utf8")).toContain(
    '<testcase classname="boundary.target" name="refund/run/killed"><skipped',
  );
  // Nothing but look-ups reached the system, and nothing of the runs goes on.
  expect(here.twin.requests.filter(({ kind }) => kind !== "resolve")).toEqual([]);
  expect(await living()).toEqual([]);
  expect(JSON.stringify(report) + ran.out + ran.err).not.toMatch(/eyJ|canary/);
});

test("a boundary that is broken over there is found, and what it allows has no effect", async () => {
  // The rows are made of a stricter policy than the one that the target decides by.
  const text = await readFile(`${here.directory}/policy/support.yaml`, "utf8");
  const stricter = await here.write("stricter/support.yaml", text.replace("20.00", "10.00"));
  const words = ["--policy", stricter, ...only("refund:argument")];
  const { code, out } = await verify(...operators, ...words);
  expect(code).toBe(1);
  expect(out).toMatch(/✗ refund × argument × amount-over-limit\n[^]*got {7}allowed/);
  expect(spaced(out)).toMatch(/✗ samePolicy: the target decides by \S+, and the rows are made of/);
  expect(out).toContain("✗ the boundary does not hold");
  expect(here.twin.requests.filter(({ kind }) => kind !== "resolve")).toEqual([]);
});

test("only with --allow-effects is an allowed write asked for, and nothing is sent even then", async () => {
  const words = only("refund:token");
  const without = spaced((await verify(...words)).out);
  expect(without).toContain("records not observed: whether each refusal is in the ledger takes --operators");
  expect(without).toContain("· not asked: a row, since an allowed write is asked for on the way");
  const { code, out } = await verify(...words, "--allow-effects");
  expect(code).toBe(0);
  expect(out).toContain("✓ 8 of 8 rows refused with the right reason");
  expect(out).toContain("✓ 1 of 1 baselines allowed");
  expect(here.twin.requests.filter(({ kind }) => kind !== "resolve")).toEqual([]);
});

test("a target that does not answer refuses nothing", async () => {
  const { code, out } = await verify("--target", "http://127.0.0.1:9", ...only("refund:tenant"));
  expect(code).toBe(1);
  expect(out).toContain("broker_unavailable");
});

test("what is asked of the wrong place, or with the wrong file, is an error that names it", async () => {
  expect(await verify("--target", "http://broker.example")).toMatchObject({
    code: 3,
    err: expect.stringContaining("the target is no broker's URL") as unknown,
  });
  const odd = await here.write("odd.yaml", `${TARGET}secret: rk_test_canary\n`);
  const { code, err } = await verify("--as", odd);
  expect({ code, err }).toEqual({
    code: 3,
    err: expect.stringMatching(/odd\.yaml:\d+:\d+ {2}unknown key secret/) as unknown,
  });
  for (const [words, says] of [
    [["--attest", "key.pem"], "--attest goes without --target"],
    [["--require", "container"], "--require, --min-score and --files need a world"],
  ] as const)
    expect(await verify(...words)).toMatchObject({ code: 2, err: expect.stringContaining(says) as unknown });
  const alone = await runCommand("verify", "--config", CONFIG, "--allow-effects");
  expect(alone).toMatchObject({ code: 2, err: expect.stringContaining("go with --target") as unknown });
});
