import { generateKeyPairSync } from "node:crypto";
import { newAction } from "@watchword/core";
import { afterEach, describe, expect, test } from "vitest";
import { HEAD, type MintingSystem, mintingSystem } from "../../broker/test/minting-system.ts";
import { type TestWorld, world } from "../../broker/test/world.ts";
import { attestReport } from "../src/index.ts";
import { brokenReport, reportWith, rowResult } from "./sample-report.ts";

const pem = (type: "ed25519" | "P-256"): string => {
  const { privateKey } =
    type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
};
const policyOf = (suite: string, key: object): string => `
watchword: 1
systems: { tickets: { adapter: minting } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
evidence:
  boundary: { issuer: dsse, suite: ${suite}, keys: ${JSON.stringify([key])} }
grants:
  - id: close
    agent: support
    operation: tickets/tickets.close
    resource: { account: "\${tenant.tickets.account}" }
    where: { args.ticket: { ownedBy: tenant } }
    evidence: { source: boundary, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 60s }
`;

let place: TestWorld;
let system: MintingSystem;
afterEach(() => place[Symbol.asyncDispose]());

/** How a write goes that rests on the harness's own statement, before and after it is posted. */
async function around(
  suite: string,
  report: Parameters<typeof attestReport>[0],
  type: "ed25519" | "P-256",
): Promise<string[]> {
  const attestation = attestReport(report, { commit: HEAD, key: pem(type), harness: "1.2.3" });
  system = mintingSystem();
  place = await world({
    policy: policyOf(suite, attestation.publicKey),
    systems: () => ({ tickets: system.adapter }),
  });
  const run = await place.start();
  const close = newAction({
    system: "tickets",
    operation: "tickets.close",
    resource: {},
    arguments: { ticket: "t_1" },
  });
  const before = await place.act(run, close);
  const posted = await place.broker.evidence.post(attestation.envelope).then(
    (kept) => kept.map(({ source, state }) => `${source} ${state}`).join(),
    (error: unknown) => (error as { reason: string }).reason,
  );
  const after = await place.act(
    run,
    newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket: "t_1" } }),
  );
  const [first, last] = [before, after].map((answer) => (answer.ok ? "allowed" : answer.reason));
  return [first ?? "", posted, last ?? ""];
}

describe("an attested run of the harness is evidence for a broker:", () => {
  test.for(["ed25519", "P-256"] as const)(
    "a run that holds opens a grant that rests on it (%s)",
    async (type) => {
      expect(await around("boundary", reportWith(), type)).toEqual(["eval_red", "boundary pass", "allowed"]);
    },
  );

  test("a run that does not hold opens nothing", async () => {
    expect(await around("boundary", brokenReport(), "ed25519")).toEqual([
      "eval_red",
      "boundary fail",
      "eval_red",
    ]);
    expect(system.minted).toBe(0);
  });

  test("a run in a container opens a grant that wants one, and one in a mere process does not", async () => {
    expect(await around("boundary/container", reportWith(), "ed25519")).toEqual([
      "eval_red",
      "boundary pass",
      "allowed",
    ]);
    await place[Symbol.asyncDispose]();
    expect(await around("boundary/container", reportWith({ isolation: "process" }), "ed25519")).toEqual([
      "eval_red",
      "token_untrusted",
      "eval_red",
    ]);
  });

  test("thousands of rows are read, too", async () => {
    const rows = Array.from({ length: 9_000 }, (_, index) =>
      rowResult({ mutation: `m-${index}-${"x".repeat(60)}` }),
    );
    expect(await around("boundary", reportWith({ rows }), "ed25519")).toEqual([
      "eval_red",
      "boundary pass",
      "allowed",
    ]);
  });
});
