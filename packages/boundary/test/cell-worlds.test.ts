import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boundary, runBoundary } from "../src/index.ts";
import type { RunningCells } from "../src/cells/cells.ts";
import { type CellWorld, openCellWorld } from "../src/cells/cell-world.ts";
import { chooseIsolation } from "../src/cells/choose-isolation.ts";
import { containerCells } from "../src/cells/container-cells.ts";
import { type Engine, findEngine, isEngine } from "../src/cells/engine.ts";
import { IsolationMissing } from "../src/cells/isolation-missing.ts";
import { localCells } from "../src/cells/local-cells.ts";
import { openRoutes } from "../src/cells/probe-routes.ts";
import { whyNoNetns } from "../src/cells/spawn-cell.ts";
import type { Situation } from "../src/index.ts";
import { judgeRow } from "../src/judge-row.ts";
import { code } from "./code.ts";
import { failuresOf } from "./failures-of.ts";
import { payments } from "./payments.ts";
import { CODE, PAYMENTS, policyOf } from "./policies.ts";
import { TRAPS, traps } from "./trap-systems.ts";

const MODULES = {
  systems: { module: new URL("cell-systems.ts", import.meta.url), name: "systems" },
  tools: new URL("app-tools.ts", import.meta.url),
};
const policy = policyOf(PAYMENTS);
const refund: Situation = {
  agent: "support",
  tenant: "acme",
  user: "verified",
  background: false,
  via: [],
  tool: "refund",
  action: {
    system: "payments",
    operation: "refunds.create",
    resource: {},
    arguments: { charge: "ch_example", amount: { minor: 4_200, currency: "USD" } },
  },
  evidence: {},
  approval: "granted",
  run: "living",
  request: "as-decided",
  before: [],
};
const foreign = { ...refund, action: { ...refund.action, arguments: { charge: "ch_globex" } } };

const found = await findEngine();
const noNetns = whyNoNetns();

/** Whole rows are run in the strongest isolation that is here; the same code runs them in the others. */
const strongest = isEngine(found) ? "container" : "netns";
/** For machines on which much else runs: nothing here waits for a time to pass. */
const SLOW = { timeout: 180_000 } as const;

// Mere processes of their own are cell-fixture.test.ts.
if (noNetns === null)
  describe("in a network namespace", SLOW, () => worlds(() => localCells("netns", MODULES), "netns"));
else
  console.warn(
    `boundary: no agent was run in a network namespace here, since ${noNetns}. It takes util-linux and unprivileged user namespaces.`,
  );

if (isEngine(found)) {
  const engine: Engine = found;
  describe("in containers", SLOW, () => worlds(() => containerCells(engine, MODULES), "container"));
} else
  console.warn(
    `boundary: no world was opened in containers here, since ${found.why}. To have it: ${found.command}`,
  );

/** What holds in cells of every kind. */
function worlds(start: () => Promise<RunningCells>, isolation: "netns" | "container"): void {
  let cells: RunningCells;
  let world: CellWorld;
  beforeAll(async () => {
    cells = await start();
    world = await openCellWorld(cells, "first", { policy });
  }, 180_000);
  afterAll(async () => {
    await cells[Symbol.asyncDispose]();
  });

  test("an allowed action has its effect, and the same one on another tenant's object has none", async () => {
    expect(await world.attempt(refund)).toMatchObject({ outcome: "allowed", stage: "done" });
    expect(await world.attempt(foreign)).toMatchObject({
      outcome: "refused",
      reason: "tenant_mismatch",
      failedFact: "tenant",
      seen: { mints: 0, effects: 0, refused: 0 },
      records: 1,
    });
    expect(await world.prove()).toMatchObject({ ledgerIntact: true, leaks: [], openRoutes: [] });
  });

  test("whatever code an agent is made to run finds no way out", async () => {
    const interfaces = `import { networkInterfaces } from "node:os"; export default () => Object.keys(networkInterfaces());`;
    const names = await world.cell.run<string[]>(interfaces);
    expect(names.filter((name) => name !== "lo")).toEqual([]);
    expect(openRoutes(await world.cell.routes(), false)).toEqual([]);
  });

  if (isolation === strongest)
    test("rows that the policy gives are proven with the real broker and the real gateway", async () => {
      let count = 0;
      const suite = boundary({ policy, systems: { payments } }, (b) => b.matrix());
      const report = await runBoundary(suite, {
        isolation,
        openWorld: (options) => openCellWorld(cells, `row-${(count += 1)}`, options),
        only: ["refund:tenant", "refund:token", "refund:credential"],
      });
      const failing = report.rows.filter(({ problems }) => problems.length > 0);
      expect(failing.map(({ row, problems, attempt }) => [row.id, ...problems, attempt.detail])).toEqual([]);
      expect(report.rows.length).toBeGreaterThan(10);
      expect(report.baselines.every(({ attempt }) => attempt.outcome === "allowed")).toBe(true);
      expect(report.world).toMatchObject({ ledgerIntact: true, leaks: [] });
    });

  if (isolation === strongest)
    test("rows go through the app's own tools, which are in the agent's cell and nowhere else", async () => {
      let count = 0;
      const suite = boundary({ policy, systems: { payments }, tools: MODULES.tools }, (b) => b.matrix());
      const report = await runBoundary(suite, {
        isolation,
        openWorld: (options) => openCellWorld(cells, `tool-${(count += 1)}`, options),
        only: [
          "refund/tenant/by-refund-foreign-object",
          "refund/run/by-refund-killed",
          "refund/approval/by-refund-self",
        ],
      });
      const failing = report.rows.filter(({ problems }) => problems.length > 0);
      expect(failing.map(({ row, problems, attempt }) => [row.id, ...problems, attempt.detail])).toEqual([]);
      expect(report.baselines.map(({ attempt }) => [attempt.outcome, attempt.toolProblem])).toContainEqual([
        "allowed",
        null,
      ]);
      expect(report.world).toMatchObject({
        ledgerIntact: true,
        leaks: [],
        unrecordedMints: [],
        trace: { problems: [], why: null },
      });
      // Recorded where the tools are, and looked at where the secrets are known.
      expect(report.world.trace?.tools).toBeGreaterThan(0);
    });

  if (isolation === "container")
    test("test results are put into the twin from where the stage is, and read by the broker", async () => {
      let count = 0;
      const suite = boundary({ policy: policyOf(CODE), systems: { code } }, (b) => b.matrix());
      const report = await runBoundary(suite, {
        isolation,
        openWorld: (options) => openCellWorld(cells, `code-${(count += 1)}`, options),
        only: ["merge-after-evals:evidence"],
      });
      const failing = report.rows.filter(({ problems }) => problems.length > 0);
      expect(failing.map(({ row, problems, attempt }) => [row.id, ...problems, attempt.detail])).toEqual([]);
      expect(report.rows.map(({ attempt }) => attempt.reason)).toEqual(
        expect.arrayContaining(["eval_red", "eval_pending"]),
      );
    });

  if (isolation === strongest)
    test("an intruder with stolen tokens gets nothing, from another cell and with a key of their own", async () => {
      await using robbed = await openCellWorld(cells, "robbed", { policy });
      const { tried, seen } = await robbed.cell.intrude(refund);
      expect(tried).toEqual([
        { attempt: "an act with the stolen run token", reason: "token_untrusted" },
        { attempt: "the stolen handle with a proof by another key", reason: "proof_invalid" },
        { attempt: "the stolen handle without a proof", reason: "proof_invalid" },
        { attempt: "the stolen handle as a bearer token", reason: "proof_invalid" },
      ]);
      expect(seen).toEqual({ mints: 0, effects: 0, refused: 0 });
      await expect(robbed.cell.intrude(foreign)).rejects.toThrow("nothing that could be stolen");
    });

  if (isolation === strongest)
    test("a vacuous baseline, a denial by timeout and a wrong reason are no proofs in cells, either", async () => {
      let count = 0;
      const suite = boundary({ policy: policyOf(TRAPS), systems: traps }, (b) => b.matrix());
      const report = await runBoundary(suite, {
        isolation,
        openWorld: (options) => openCellWorld(cells, `trap-${(count += 1)}`, options),
        only: Object.keys(traps).map((name) => `${name}/tenant/foreign-object`),
      });
      expect(report.passed).toBe(false);
      expect(failuresOf(report)).toEqual([
        "closed/tenant/foreign-object: baseline_refused; tenant_mismatch",
        "silent/tenant/foreign-object: wrong_reason; downstream_unavailable",
        "strict/tenant/foreign-object: wrong_reason; downstream_refused",
      ]);
    });

  if (isolation === strongest)
    test("what nobody in a cell answers was not run, which is never a refusal", async () => {
      const silent: RunningCells = {
        ...cells,
        agent: {
          call: (method, ...args) =>
            method === "act" ? new Promise(() => undefined) : cells.agent.call(method, ...args),
        },
      };
      await using unanswered = await openCellWorld(silent, "silent", { policy }, 250);
      const attempt = await unanswered.attempt(foreign);
      expect(attempt).toMatchObject({
        outcome: "failed",
        stage: "harness",
        reason: null,
        detail: "nobody answered within 250 ms",
      });
      expect(judgeRow({ expected: ["tenant_mismatch"] }, [attempt], attempt)).toContain("not_run");
    });

  test("an agent's folders of sockets hold the broker's and the gateway's, and nothing else", async () => {
    const folders = new Set(Object.values(cells.sockets));
    const names = await Promise.all([...folders].map((folder) => cells.agent.call<string[]>("list", folder)));
    expect(names.flat().toSorted()).toEqual(["first-b", "first-g"]);
  });
}

test("a missing engine is an error where containers are required, and the command that helps is in it", async () => {
  const missing = { why: "no container engine answers", command: "apt-get install docker.io" };
  const probes = { findEngine: () => Promise.resolve(missing), whyNoNetns: () => null };
  const choosing = chooseIsolation("container", probes);
  await expect(choosing).rejects.toThrow(IsolationMissing);
  await expect(choosing).rejects.toThrow(/container is required .* no container engine answers.*docker\.io/);
  await expect(
    chooseIsolation("netns", { ...probes, whyNoNetns: () => "unshare: Operation not permitted" }),
  ).rejects.toThrow(/netns is required and cannot be had: unshare: Operation not permitted/);
});

test("a weaker isolation always comes with its reason", async () => {
  const missing = { why: "no container engine answers", command: "apt-get install docker.io" };
  const choose = (netns: string | null) =>
    chooseIsolation("process", { findEngine: () => Promise.resolve(missing), whyNoNetns: () => netns });
  expect(await choose(null)).toMatchObject({
    isolation: "netns",
    reason: "no containers: no container engine answers; to have them: apt-get install docker.io",
  });
  expect(await choose("there are none on darwin")).toMatchObject({
    isolation: "process",
    reason: expect.stringMatching(
      /no containers: .*; no network namespaces: there are none on darwin/,
    ) as unknown,
  });
});
