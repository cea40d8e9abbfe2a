import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definePolicy, lintPolicy } from "../src/index.ts";
import { readValue } from "../src/read-value.ts";
import { readYaml } from "../src/read-yaml.ts";
import { REFUND_POLICY } from "./refund-policy.ts";

const name = fc.oneof(
  fc.constantFrom(
    "grants",
    "a",
    "",
    "0",
    "7",
    "<<",
    "__proto__",
    "constructor",
    "\ud800",
    "? x",
    "# y",
    "a: b",
  ),
  fc.string({ maxLength: 6 }),
  fc.constantFrom("k".repeat(512), "k".repeat(513), "k".repeat(2_000)),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown[]>(
      null,
      true,
      0,
      -0,
      -7,
      0.5,
      1e21,
      5e-324,
      2 ** 53,
      "",
      "~",
      "no",
      "1_0",
      "\udc00",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
  ),
}));

/** Every path into a value, and a few that lead out of it. */
function* pathsIn(value: unknown, path: readonly PropertyKey[] = []): Generator<readonly PropertyKey[]> {
  yield path;
  yield [...path, "elsewhere"];
  yield [...path, 99, "elsewhere"];
  if (typeof value !== "object" || value === null) return;
  const members: Iterable<[PropertyKey, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  for (const [step, member] of members) yield* pathsIn(member, [...path, step]);
}

describe("a value of code", () => {
  test("is what the reader of YAML makes of its JSON, with everything at the same place, or is left to that reader", () => {
    let taken = 0;
    fc.assert(
      fc.property(anyValue, (value) => {
        const file = readValue("code", value);
        if (file === undefined) return;
        taken += 1;
        const read = readYaml("code", JSON.stringify(value, undefined, 1));
        if ("problems" in read) throw new Error(read.problems.map(({ message }) => message).join());
        expect(file.value).toStrictEqual(read.file.value);
        for (const path of pathsIn(file.value)) expect(file.locate(path)).toEqual(read.file.locate(path));
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test.each<[string, unknown]>([
    ["half a surrogate pair", { owner: "\ud800" }],
    ["half a surrogate pair as a name", { "\ud800": 1 }],
    ["a merge key", [{ "<<": {} }]],
    ["a name that reaches into prototypes", JSON.parse('{"a":{"__proto__":1}}')],
    ["a name that is too long for a key", { ["k".repeat(2_000)]: 1 }],
    ["nothing", undefined],
  ])("with %s in it is left to the reader of YAML", (_title, value) => {
    expect(readValue("code", value)).toBeUndefined();
  });
});

test("what a policy of YAML knows of its places is read when it is asked for, and is the same every time", () => {
  const read = readYaml("policy.yaml", REFUND_POLICY);
  if ("problems" in read) throw new Error("expected a file");
  expect(read.file.locate(["grants", 0, "lease"])).toEqual({ line: 19, column: 5 });
  expect(read.file.locate(["grants", 0, "lease"])).toEqual({ line: 19, column: 5 });
  expect(read.file.locate(["grants", 0, "id"])).toEqual({ line: 8, column: 5 });
});

test("each finding about many grants stands at its own grant, by whatever order they are written in", () => {
  const ids = Array.from({ length: 500 }, (_, index) => `g-${(index * 7) % 500}`);
  const policy = definePolicy({
    watchword: 1,
    systems: { payments: { adapter: "stripe" } },
    agents: { support: {} },
    workloads: { w: { identity: { localKey: "w" }, agents: ["support"], tenant: { fixed: "acme" } } },
    grants: ids.map((id, index) => ({
      id,
      agent: "support",
      operation: `payments/op-${index}`,
      resource: { account: "${tenant.payments.account}" },
      lease: { action: "60s" },
    })),
  });
  const lines = JSON.stringify(policy.document, undefined, 1).split("\n");
  expect(lines.length).toBeGreaterThan(500);
  const findings = lintPolicy(policy).filter(({ rule }) => rule === "write-without-condition");
  expect(findings.map(({ message }) => message.split(" ")[0])).toEqual(ids);
  const [first, second] = findings;
  // Eight lines of a grant with its braces, and three of its resource in place of one.
  expect((second?.line ?? 0) - (first?.line ?? 0)).toBe(11);
});
