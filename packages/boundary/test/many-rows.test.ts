import { readFile } from "node:fs/promises";
import { type Policy, parsePolicy } from "@watchword/policy";
import { describe, expect, test } from "vitest";
import { openCellWorld } from "../src/cells/cell-world.ts";
import { containerCells } from "../src/cells/container-cells.ts";
import { findEngine, isEngine } from "../src/cells/engine.ts";
import { type BoundaryReport, type OpenWorld, boundary, runBoundary, sameProcess } from "../src/index.ts";
import { systems } from "./cell-systems.ts";
import { failuresOf } from "./failures-of.ts";
import { policyOf } from "./policies.ts";

const LONG = process.env["WATCHWORD_LONG"] === "1";
if (!LONG)
  console.log("whole matrices of thousands of rows are not run, and not timed; WATCHWORD_LONG=1 does it");

/** A team with as many agents, each with a grant of everything that a refund can be bound by. */
function team(agents: number): Policy {
  const names = Array.from({ length: agents }, (_, index) => `support${index}`);
  return policyOf(`
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { ${names.map((name) => `${name}: {}`).join(", ")} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [${names.join(", ")}], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "https://login.test.example", claim: { groups: leads }, tenant: { claim: org_id } }
grants:
${names
  .map(
    (name) => `  - id: refund-by-${name}
    agent: ${name}
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }`,
  )
  .join("\n")}
`);
}

/** Runs a whole matrix and says how long it took; nothing is asserted of that. */
async function matrix(
  title: string,
  policy: Policy,
  isolation: "same-process" | "container",
  openWorld: OpenWorld,
): Promise<BoundaryReport> {
  let worlds = 0;
  const began = performance.now();
  const before = process.cpuUsage();
  const used = Object.fromEntries(
    Object.entries(systems).filter(([name]) => Object.hasOwn(policy.document.systems, name)),
  );
  const report = await runBoundary(
    boundary({ policy, systems: used }, (b) => b.matrix()),
    {
      openWorld: (options) => {
        worlds += 1;
        return openWorld(options);
      },
      ...(isolation === "container" ? { isolation } : {}),
    },
  );
  const { user, system } = process.cpuUsage(before);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const own = ((user + system) / 1_000_000).toFixed(1);
  console.log(
    `boundary rows, ${title}, ${isolation}: ${report.rows.length} rows in ${worlds} worlds, ${seconds} s, of this process ${own} s of CPU`,
  );
  return report;
}

/** Its two parts whose systems this suite has. */
async function demo(): Promise<Policy> {
  const names = ["code.yaml", "support.yaml"];
  const at = (name: string): URL => new URL(`../../../apps/demo/policy/${name}`, import.meta.url);
  return parsePolicy(
    await Promise.all(names.map(async (name) => ({ name, text: await readFile(at(name), "utf8") }))),
  );
}
const SIZES: readonly (readonly [string, () => Promise<Policy>])[] = [
  ["the demo's policy", demo],
  ["20 agents", async () => team(20)],
  ["90 agents", async () => team(90)],
];

describe.runIf(LONG)("with WATCHWORD_LONG=1: whole matrices", { timeout: 1_800_000 }, () => {
  test.for(SIZES)("in this process: %s", async ([title, policy]) => {
    const report = await matrix(title, await policy(), "same-process", sameProcess());
    expect(failuresOf(report)).toEqual([]);
    expect(report.world).toMatchObject({ ledgerIntact: true, leaks: [] });
  });

  test("in containers: the same, from none to the last row", async (context) => {
    const engine = await findEngine();
    if (!isEngine(engine)) return context.skip(`no container engine answers: ${engine.why}`);
    const began = performance.now();
    const modules = { systems: { module: new URL("cell-systems.ts", import.meta.url), name: "systems" } };
    const cells = await containerCells(engine, modules);
    console.log(
      `boundary rows: containers were up after ${((performance.now() - began) / 1_000).toFixed(1)} s`,
    );
    try {
      let count = 0;
      const open: OpenWorld = (options) => openCellWorld(cells, `many-${(count += 1)}`, options);
      for (const [title, policy] of SIZES.slice(0, 2)) {
        const report = await matrix(title, await policy(), "container", open);
        expect(failuresOf(report)).toEqual([]);
        expect(report.world).toMatchObject({ ledgerIntact: true, leaks: [], openRoutes: [] });
      }
    } finally {
      await cells[Symbol.asyncDispose]();
    }
  });
});
