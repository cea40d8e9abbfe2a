import type { BrokenCheck } from "./checks-to-break.ts";

const LOCALLY = "packages/policy/src/deny-locally.ts";
const PROJECT = "packages/policy/src/project-policy.ts";
const REPORT = "packages/broker/src/projection/report-denials.ts";
const KEEPER = "packages/middleware/src/projection-keeper.ts";

const SOUND = ["packages/policy/test/projection"];
const DENIALS = ["packages/broker/test/denials.test"];
const SHOWN = ["packages/broker/test/projections.test"];
const RUNTIME = ["packages/broker/test/local-denials.test"];

/** That a projection can only deny, and only what the policy denies; and that batches are what they say. */
export const PROJECTION_CHECKS: readonly BrokenCheck[] = [
  {
    name: "projection: about its own agents only",
    file: LOCALLY,
    find: "if (agent === undefined || !projection.agents.has(agent)) return undefined;",
    replace: "if (agent === undefined) return undefined;",
    tests: SOUND,
  },
  {
    name: "projection: what the action leaves open is the broker's",
    file: LOCALLY,
    find: "rules: new Map([...grant.rules].filter(([name]) => isDecided(action, name))),",
    replace: "rules: grant.rules,",
    tests: SOUND,
  },
  {
    name: "projection: a window is left to a clock that is not ours",
    file: LOCALLY,
    find: "const MOMENTS: readonly number[] = [0, -60, -30, 30, 60];",
    replace: "const MOMENTS: readonly number[] = [0];",
    tests: SOUND,
  },
  {
    name: "projection: an ownership is left to the broker",
    file: PROJECT,
    find: "([path, { ownedBy: _, ...rule }])",
    replace: "([path, rule])",
    tests: SOUND,
  },
  {
    name: "projection: nothing of other agents",
    file: PROJECT,
    find: "const agents = agentsOf(grant).filter((agent) => concerned.has(agent));",
    replace: "const agents = [...agentsOf(grant)];",
    tests: SOUND,
  },
  {
    name: "projection: of the run's own agent",
    file: "packages/broker/src/projection/agent-projections.ts",
    find: "const document = projectPolicy(policy, [agent]);",
    replace: "const document = projectPolicy(policy, Object.keys(policy.document.agents));",
    tests: SHOWN,
  },
  {
    name: "projection: of a living run",
    file: "packages/broker/src/projection/current-projection.ts",
    find: "    checkRunning(run);\n",
    replace: "    void checkRunning;\n",
    tests: SHOWN,
  },
  {
    name: "projection: of this broker",
    file: KEEPER,
    find: "if (claims.iss !== broker.issuer)",
    replace: 'if (claims.iss === "")',
    tests: ["packages/middleware/test/projection-keeper.test"],
  },
  {
    name: "projection: for this agent",
    file: KEEPER,
    find: "if (claims.aud !== agentUri(frame.agent))",
    replace: 'if (claims.aud === "")',
    tests: ["packages/middleware/test/projection-keeper.test"],
  },
  {
    name: "projection: over with its time",
    file: KEEPER,
    find: "held !== undefined && numericDate(run.clock) < held.expiresAt ? held.projection : undefined",
    replace: "held?.projection",
    tests: RUNTIME,
  },
  {
    name: "projection: of the policy that the broker decides by",
    file: KEEPER,
    find: "if (this.#held.delete(agent)) this.#next.set(agent, 0);",
    replace: "",
    tests: RUNTIME,
  },
  {
    name: "denials: a batch is good once",
    file: REPORT,
    find: "if (await context.store.spendToken(token, numericDate(context.clock))) return;",
    replace: "if ((await context.store.spendToken(token, numericDate(context.clock))) !== undefined) return;",
    tests: DENIALS,
  },
  {
    name: "denials: of a living run",
    file: REPORT,
    find: "    checkRunning(run);\n",
    replace: "    void checkRunning;\n",
    tests: DENIALS,
  },
  {
    name: "denials: about now",
    file: REPORT,
    find: "  if (!timely)\n",
    replace: "  if (timely === undefined)\n",
    tests: DENIALS,
  },
  {
    name: "denials: each once",
    file: REPORT,
    find: "if (new Set(denials.map(({ nonce }) => nonce)).size !== denials.length)",
    replace: "if (denials.length < 0)",
    tests: DENIALS,
  },
  {
    name: "denials: a flood is counted",
    file: "packages/broker/src/projection/counted-denials.ts",
    find: "const admitted = Math.min(count, RECORDED_PER_MINUTE - minute.recorded);",
    replace: "const admitted = Math.min(count, RECORDED_PER_MINUTE);",
    tests: DENIALS,
  },
  {
    name: "denials: only what a runtime can find by itself",
    file: "packages/core/src/local-denial.ts",
    find: "reason: z.enum(LOCAL_REASONS),",
    replace: "reason: z.custom<LocalReason>(),",
    tests: DENIALS,
  },
];
