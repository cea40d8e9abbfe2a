import { type EvidenceReading, type Reason, newAction } from "@watchword/core";
import { afterEach, describe, expect, test } from "vitest";
import { type MintingSystem, mintingSystem } from "./minting-system.ts";
import { resultSigner, signedResult } from "./signed-result.ts";
import { type TestWorld, world } from "./world.ts";

/** Two grants for the same call: a fresh result gives a minute, an older one gives less. */
const POLICY = `
watchword: 1
systems: { tickets: { adapter: minting } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
evidence:
  evals: { issuer: github-actions, repositoryId: "123", workflow: .github/workflows/evals.yml, ref: refs/heads/main }
grants:
  - id: fresh
    agent: support
    operation: tickets/tickets.close
    resource: { account: "\${tenant.tickets.account}" }
    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 10m }
    lease: { action: 60s }
  - id: older
    agent: support
    operation: tickets/tickets.close
    resource: { account: "\${tenant.tickets.account}" }
    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 5s }
`;

let place: TestWorld;
let system: MintingSystem;
afterEach(() => place[Symbol.asyncDispose]());

const green = (age: number): EvidenceReading => ({
  state: "pass",
  finishedAt: Math.floor(place.clock.now() / 1_000) - age,
  detail: "run 1",
});

/** Asks once, with evidence as it is at the decision and, if it changes, as it is right before the mint. */
async function outcome(evidence: readonly EvidenceReading[]): Promise<string> {
  system.evidence = [...evidence];
  const run = await place.start();
  const action = newAction({
    system: "tickets",
    operation: "tickets.close",
    resource: {},
    arguments: { ticket: "t_1" },
  });
  const answer = await place.act(run, action);
  if (answer.ok) return "allowed";
  expect(system.minted, "nothing was minted").toBe(0);
  return answer.reason;
}

describe("right before the mint", () => {
  test("what another grant would allow is not what was decided", async () => {
    await open();
    expect(await outcome([green(60), green(1_200)])).toBe("state_changed");
  });

  test("the same grant for the same head is, also when its evals ran once more", async () => {
    await open();
    expect(await outcome([green(60), green(5)])).toBe("allowed");
  });

  test("an action that is completed to another one from the same facts is not what was decided", async () => {
    await open();
    const { adapter } = system;
    const complete = adapter.complete.bind(adapter);
    let completed = 0;
    Object.assign(adapter, {
      complete: (...given: Parameters<typeof complete>) => {
        const { resource, arguments: values } = complete(...given);
        return { resource, arguments: ++completed === 1 ? values : { ticket: "t_2" } };
      },
    });
    expect(await outcome([green(60)])).toBe("state_changed");
  });
});

describe("a signed result that says passed", () => {
  const signer = resultSigner();
  test.for<[string, object, Reason]>([
    ["and warned of a test", { warnedTests: ["slow"] }, "eval_red"],
    ["and failed a test", { failedTests: ["leaks"] }, "eval_red"],
    ["and names no test", { passedTests: [] }, "eval_red"],
  ])("%s is red", async ([, predicate, reason]) => {
    await open(
      POLICY.replace(
        /evals: \{ issuer.*\}/,
        `evals: { issuer: dsse, suite: safety, keys: [${JSON.stringify(signer.jwk)}] }`,
      ),
    );
    await place.broker.evidence.post(signedResult(signer, { predicate }));
    expect(await outcome([])).toBe(reason);
  });
});

async function open(policy = POLICY): Promise<void> {
  system = mintingSystem();
  place = await world({ policy, systems: () => ({ tickets: system.adapter }) });
}
