import { generateSigner, thumbprint } from "@watchword/core";
import { expect, test } from "vitest";
import { boundary, runBoundary, sameProcess } from "../src/index.ts";
import { failuresOf } from "./failures-of.ts";
import { payments } from "./payments.ts";
import { policyOf } from "./policies.ts";

const AGENTS = ["a", "b", "c", "d"];

const policyWith = (starter: object): string => `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { a: {}, b: {}, c: {}, d: {} }
starters: { queue: { keys: [${JSON.stringify(starter)}], agents: [c] } }
workloads:
  sso: { identity: { oidc: { issuer: "https://sso.test.example", subject: svc-1, claims: { team: [x, y] } } }, agents: [a], tenant: { claim: org } }
  ci:
    identity: { oidc: { issuer: "https://token.actions.githubusercontent.com", claims: { repository_id: "123", ref: refs/heads/main } } }
    agents: [b]
    tenant: { fixed: acme }
  queued: { identity: { localKey: queued }, agents: [c], tenant: { ticket: [queue] } }
  loose: { identity: { localKey: loose }, agents: [d], tenant: { asserted: true } }
grants:
${AGENTS.map(
  (agent) =>
    `  - { id: read-${agent}, agent: ${agent}, operation: payments/charges.retrieve, resource: { account: "\${tenant.payments.account}" }, where: { args.charge: { ownedBy: tenant } }, lease: { action: 30s } }`,
).join("\n")}
`;

test(
  "workloads of an OIDC issuer, of GitHub Actions, started by tickets and merely asserting are all stood in for",
  { timeout: 240_000 },
  async () => {
    const starter = await generateSigner();
    const queue = { ...starter, keyId: await thumbprint(starter.publicJwk) };
    const policy = policyOf(policyWith(starter.publicJwk));
    const suite = boundary({ policy, systems: { payments } }, (b) => b.matrix());
    const only = AGENTS.flatMap((agent) => [`read-${agent}:tenant`, `read-${agent}:agent`]);
    const report = await runBoundary(suite, { openWorld: sameProcess({ starters: { queue } }), only });
    expect(failuresOf(report)).toEqual([]);
    expect(report.passed).toBe(true);

    const without = await runBoundary(suite, { only: ["read-c:tenant"] });
    expect(without.passed).toBe(false);
    expect(without.baselines[0]?.attempt).toMatchObject({
      stage: "harness",
      detail: expect.stringContaining("starters: { queue: signer }") as string,
    });
  },
);
