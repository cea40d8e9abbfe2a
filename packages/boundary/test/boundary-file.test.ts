import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readYaml } from "@watchword/policy";
import { describe, expect, test } from "vitest";
import {
  type BoundaryFile,
  BoundaryFileInvalid,
  boundaryFileSchema,
  readBoundaryFile,
} from "../src/index.ts";
import { PAYMENTS, policyOf } from "./policies.ts";

const policy = policyOf(PAYMENTS);
const NOW = Date.parse("2026-11-24T12:00:00Z");
const FILE = `# yaml-language-server: $schema=./node_modules/@watchword/boundary/schema/boundary.json
boundary: 1
given: { agent: support, tenant: acme, at: "2026-11-23T10:00:00Z" }
expect:
  - call: { operation: payments/refunds.create, arguments: { charge: ch_1, amount: { minor: 4200, currency: USD } } }
    allow: true
  - title: nobody reads what another customer paid
    call: { operation: payments/charges.retrieve, arguments: { charge: ch_globex } }
    deny: tenant_mismatch
  - given: { agent: reader, user: none }
    call: { tool: refund_now, operation: payments/refunds.create, arguments: { charge: ch_1 } }
    deny: [not_granted, user_required]
operations:
  - agent: reader
    equals: [payments/charges.retrieve]
matrix:
  grants: "*"
  except:
    - { grant: refund, fact: budget, reason: budgets are tested by finance every quarter, until: 2026-12-31 }
`;

const read = (text: string, now = NOW): BoundaryFile =>
  readBoundaryFile("refund.boundary.yaml", text, policy, now);
/** Every problem of a broken file. */
const problemsOf = (text: string, now = NOW): readonly string[] => {
  try {
    read(text, now);
    return [];
  } catch (error) {
    if (!(error instanceof BoundaryFileInvalid)) throw error;
    return error.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  }
};

describe("a boundary file", () => {
  test("says what is said to a tool, beside what that has to mean", () => {
    const call =
      "args: { charge: ch_1, cents: 4200 }, operation: payments/refunds.create, arguments: { charge: ch_1 }";
    const file = (tool: string): string =>
      `boundary: 1\nexpect:\n  - given: { agent: support, tenant: acme }\n    call: { ${tool}${call} }\n    allow: true\n`;
    expect(read(file("tool: refund, ")).attempts[0]?.situation).toMatchObject({
      call: { tool: "refund", args: '{"charge":"ch_1","cents":4200}' },
      action: { system: "payments", operation: "refunds.create", arguments: { charge: "ch_1" } },
    });
    expect(problemsOf(file(""))).toEqual([expect.stringContaining("args are said to a tool: name it")]);
  });

  test("says what is attempted, how each attempt must end, and where that stands", () => {
    const { attempts, operations, matrix } = read(FILE);
    expect(attempts.map(({ title, deny, place }) => [title, deny, place.line])).toEqual([
      ["support in acme: payments/refunds.create is allowed", [], 5],
      ["nobody reads what another customer paid", ["tenant_mismatch"], 8],
      [
        "reader in acme: payments/refunds.create is refused, not_granted or user_required",
        ["not_granted", "user_required"],
        11,
      ],
    ]);
    expect(attempts[0]?.situation).toEqual({
      agent: "support",
      tenant: "acme",
      user: "verified",
      background: false,
      via: [],
      tool: "refunds.create",
      action: {
        system: "payments",
        operation: "refunds.create",
        resource: {},
        arguments: { charge: "ch_1", amount: { minor: 4_200, currency: "USD" } },
      },
      at: Date.parse("2026-11-23T10:00:00Z") / 1_000,
      evidence: {},
      approval: "none",
      run: "living",
      request: "as-decided",
      before: [],
    });
    expect(attempts[2]?.situation).toMatchObject({ agent: "reader", user: "none", tool: "refund_now" });
    expect(operations).toEqual([
      {
        agent: "reader",
        equals: ["payments/charges.retrieve"],
        place: { file: "refund.boundary.yaml", line: 14 },
      },
    ]);
    expect(matrix?.except).toEqual([
      {
        grant: "refund",
        fact: "budget",
        reason: "budgets are tested by finance every quarter",
        place: { file: "refund.boundary.yaml", line: 19 },
      },
    ]);
  });

  test("holds an exception to the end of its day, and is refused after it, at its line", () => {
    const end = Date.parse("2027-01-01T00:00:00Z");
    expect(problemsOf(FILE, end - 1)).toEqual([]);
    expect(problemsOf(FILE, end)).toEqual([
      expect.stringMatching(
        /^refund\.boundary\.yaml:19:\d+ the exception for budget ended on 2026-12-31; take it away/,
      ),
    ]);
  });

  test.for<[string, string, string, string]>([
    ["an unknown member", "    allow: true", "    allow: true\n    ttl: 60s", ":7:5 unknown key ttl"],
    ["an unknown reason", "deny: tenant_mismatch", "deny: TENANT_MISMATCH", ":9:"],
    ["neither allow nor deny", "    allow: true\n", "", ":5:5 expect.0: says either allow: true or deny"],
    [
      "both allow and deny",
      "allow: true",
      "allow: true\n    deny: not_granted",
      ":5:5 expect.0: says either",
    ],
    ["allow: false, which says no reason", "allow: true", "allow: false", ":6:5 expect.0.allow:"],
    [
      "an operation without a system",
      "operation: payments/charges.retrieve, arguments: { charge: ch_globex }",
      "operation: charges",
      ":8:13 expect.1.call.operation: expected system/operation",
    ],
    ["an amount that is no whole number", "minor: 4200", "minor: 42.5", ":5:"],
    ["an exception without a day", ", until: 2026-12-31", "", ":19:7"],
    ["an exception until no day there is", "2026-12-31", "2026-13-31", ":19:"],
    [
      "an exception without a sentence of why",
      "budgets are tested by finance every quarter",
      "later",
      ":19:",
    ],
    [
      "an exception for a grant that is not there",
      "grant: refund",
      "grant: refunds",
      ":19:9 the policy has no grant refunds",
    ],
    [
      "a list for an agent that nobody declared",
      "agent: reader\n    equals",
      "agent: raeder\n    equals",
      ":14:5 the policy declares no agent raeder",
    ],
    [
      "nobody who acts",
      "given: { agent: support, tenant: acme,",
      "given: {",
      ":5:5 given names no agent and no tenant",
    ],
    ["an alias", "tenant: acme", "tenant: &t acme", ":3:"],
  ])("with %s is refused at its line", ([, from, to, problem]) => {
    expect(FILE).toContain(from);
    const found = problemsOf(FILE.replace(from, to));
    expect(found).not.toEqual([]);
    expect(found[0]).toContain(`refund.boundary.yaml${problem}`);
  });
});

describe("the schema for editors", () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false }).compile(
    boundaryFileSchema(),
  );
  const valid = (text: string): boolean => {
    const yaml = readYaml("x", text);
    return "file" in yaml && validate(yaml.file.value);
  };

  test("is the committed one (node tools/write-boundary-schema.ts writes it)", async () => {
    const committed = await readFile(new URL("../schema/boundary.json", import.meta.url), "utf8");
    expect(JSON.parse(committed)).toEqual(boundaryFileSchema());
  });

  test("takes a file that reads, and underlines what it can say", () => {
    expect(valid(FILE)).toBe(true);
    expect(valid(FILE.replace("allow: true", "allow: true\n    ttl: 60s"))).toBe(false);
    expect(valid(FILE.replace("fact: budget", "fact: window"))).toBe(false);
    expect(valid(FILE.replace(", until: 2026-12-31", ""))).toBe(false);
    expect(valid(FILE.replace("boundary: 1", "boundary: 2"))).toBe(false);
  });
});
