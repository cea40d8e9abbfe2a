import { operation } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkCustody, parsePolicy } from "../src/index.ts";
import type { CustodyFacts } from "../src/check-custody.ts";

const put = operation({
  name: "contents.put",
  access: "write",
  title: "Write a file",
  resource: { repository: "owner/name" },
  arguments: z.strictObject({ branch: z.string(), path: z.string() }),
  references: [],
  decided: [],
  example: { branch: "docs", path: "/a" },
});

function adapter(more: Partial<CustodyFacts["capabilities"]> = {}, reads = false): CustodyFacts {
  return {
    catalogue: { adapter: "github", operations: { put } },
    capabilities: {
      custody: "released",
      nativeLifeSeconds: 3_600,
      revoke: "token",
      enforcedBySystem: ["repository"],
      enforcedByGateway: ["operation", "branch", "path", "number"],
      ...more,
    },
    ...(reads
      ? { readEvidence: async () => ({ state: "missing" as const, finishedAt: null, detail: "" }) }
      : {}),
  };
}

function problems(lines: string, given: CustodyFacts, evidence = ""): string[] {
  const policy = parsePolicy([
    {
      name: "policy.yaml",
      text: `watchword: 1
systems: { code: { adapter: github } }
agents: { coder: {} }
workloads: { runtime: { identity: { localKey: dev }, agents: [coder], tenant: { fixed: acme } } }
${evidence}
grants:
  - id: write
    agent: coder
    operation: code/contents.put
    resource: { repository: "\${tenant.code.account}/docs" }
${lines}
    lease: { action: 60s }
`,
    },
  ]);
  return checkCustody(policy, { code: given }).map(({ line, message }) => `${line}: ${message}`);
}

describe("a released credential", () => {
  test("is a load error while something that only the gateway enforces is not accepted by name", () => {
    expect(problems("    custody: released", adapter())).toEqual([
      "11: github does not bind operation, branch, path into the credential; say acceptResidual: [operation, branch, path], or leave custody out",
    ]);
    expect(problems("    custody: released\n    acceptResidual: [operation, path]", adapter())).toEqual([
      expect.stringContaining("github does not bind branch into"),
    ]);
  });

  test("loads once every such axis of its operation is accepted, and no other is asked for", () => {
    expect(
      problems("    custody: released\n    acceptResidual: [path, branch, operation]", adapter()),
    ).toEqual([]);
  });

  test("is a load error where the system's credentials never leave the gateway", () => {
    expect(
      problems("    custody: released\n    acceptResidual: [operation]", adapter({ custody: "gateway" })),
    ).toEqual(["11: credentials of github never leave the gateway; leave custody out"]);
  });

  test("stays in the gateway when nothing is said", () => {
    expect(problems("", adapter({ custody: "gateway" }))).toEqual([]);
  });
});

test("a system that takes no requests is of no use to a gateway: its grants must release", () => {
  const given = adapter({ requests: "none", releasedAs: "text", enforcedByGateway: [] });
  expect(problems("", given)).toEqual([
    "9: github takes no requests that the gateway could send; say custody: released",
  ]);
  expect(problems("    custody: released", given)).toEqual([]);
});

test("check runs as evidence are a load error where the system keeps none", () => {
  const lines = "    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 2h }";
  const declared = 'evidence: { evals: { issuer: github-app, repositoryId: "1", app: "2" } }';
  expect(problems(lines, adapter(), declared)).toEqual([
    "11: github keeps no check runs; evidence for code must be posted (issuer: github-actions or dsse)",
  ]);
  expect(problems(lines, adapter({}, true), declared)).toEqual([]);
  const posted =
    'evidence: { evals: { issuer: github-actions, repositoryId: "1", workflow: .github/workflows/e.yml, ref: refs/heads/main } }';
  expect(problems(lines, adapter(), posted)).toEqual([]);
});

describe("the audience that a policy declares for a system", () => {
  const declared = (member: string, audience?: string): string[] => {
    const policy = parsePolicy([
      {
        name: "policy.yaml",
        text: `watchword: 1
systems: { code: { adapter: github${member} } }
agents: { coder: {} }
workloads: { runtime: { identity: { localKey: dev }, agents: [coder], tenant: { fixed: acme } } }
grants:
  - id: write
    agent: coder
    operation: code/contents.put
    resource: { repository: "\${tenant.code.account}/docs" }
    lease: { action: 60s }
`,
      },
    ]);
    return checkCustody(policy, {
      code: { ...adapter(), ...(audience === undefined ? {} : { audience }) },
    }).map(({ line, message }) => `${line}: ${message}`);
  };
  const ORDERS = ', audience: "https://orders.example"';

  test("is the configured one, to the letter, or a load error", () => {
    expect(declared(ORDERS, "https://orders.example")).toEqual([]);
    for (const other of ["https://billing.example", "https://orders.example/", "https://Orders.example"])
      expect(declared(ORDERS, other)).toEqual([
        `8: system code is declared for the audience https://orders.example, and configured is ${other}`,
      ]);
    expect(declared(ORDERS)).toEqual([
      "8: system code is declared for the audience https://orders.example, and github has none",
    ]);
  });

  test("may be left out, whatever is configured", () => {
    expect(declared("", "https://orders.example")).toEqual([]);
    expect(declared("")).toEqual([]);
  });
});
