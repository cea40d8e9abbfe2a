import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PolicyInvalid, describeProblem, loadPolicy, parsePolicy } from "../src/index.ts";
import { BROKEN_KEYS, BROKEN_NAMES, BROKEN_YAML, type BrokenPolicy } from "./broken-policies.ts";
import { BROKEN_VALUES } from "./broken-values.ts";
import { REFUND_POLICY, changed } from "./refund-policy.ts";

/** The refusal of a policy, as the operator reads it. */
function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (!(error instanceof PolicyInvalid)) throw error;
    expect(error.reason).toBe("policy_invalid");
    expect(error.failedFact).toBe("policy");
    return error.problems.map(describeProblem);
  }
  return ["the policy was accepted"];
}

const parse = (...texts: string[]): ReturnType<typeof parsePolicy> =>
  parsePolicy(texts.map((text, index) => ({ name: `policy/${index + 1}.yaml`, text })));

test("the policy that the broken ones are made from is accepted", () => {
  expect(parse(REFUND_POLICY).document.grants.map(({ id }) => id)).toEqual(["refund"]);
});

describe.each<[string, readonly BrokenPolicy[]]>([
  ["a key", BROKEN_KEYS],
  ["a name", BROKEN_NAMES],
  ["a value", BROKEN_VALUES],
  ["the text", BROKEN_YAML],
])("when %s is wrong,", (_part, table) => {
  test.each(table)("%s is refused at its line and column", (_title, from, to, ...problems) => {
    expect(problemsOf(() => parse(changed(REFUND_POLICY, from, to)))).toEqual(
      problems.map((problem) => `policy/1.yaml:${problem}`),
    );
  });
});

describe("a file", () => {
  test.each<[string, string, string]>([
    ["that is empty", "", "the file is empty"],
    ["of comments", "# nothing yet\n", "the file is empty"],
    ["of null", "null\n", "policy: Invalid input: expected object, received null"],
    ["of a list", "- watchword\n", "policy: Invalid input: expected object, received array"],
    ["of a word", "watchword\n", "policy: Invalid input: expected object, received string"],
    ["without grants", "watchword: 1\n", "no grants: everything would be denied"],
    ["with an empty list of grants", "watchword: 1\ngrants: []\n", "no grants: everything would be denied"],
  ])("%s is refused instead of denying everything in silence", (_title, text, message) => {
    expect(problemsOf(() => parse(text))).toEqual([`policy/1.yaml:1:1  ${message}`]);
  });

  test("indented by a tab is refused first for the tab", () => {
    const text = changed(REFUND_POLICY, "    agent: support\n", "\tagent: support\n");
    expect(problemsOf(() => parse(text))[0]).toBe("policy/1.yaml:9:1  Tabs are not allowed as indentation");
  });

  test("with Windows line ends and a byte order mark is the same policy, and its errors stand at the same places", () => {
    const windows = (text: string): string => `\uFEFF${text.replaceAll("\n", "\r\n")}`;
    expect(parse(windows(REFUND_POLICY)).version).toBe(parse(REFUND_POLICY).version);
    const broken = changed(REFUND_POLICY, "user: verified", "user: asserted");
    expect(problemsOf(() => parse(windows(broken)))).toEqual(problemsOf(() => parse(broken)));
  });

  test("that holds a secret by mistake is refused without the secret being repeated", () => {
    const secret = "sk_live_51HxMistake";
    const texts = [
      changed(REFUND_POLICY, "adapter: stripe", `adapter: stripe, key: ${secret}`),
      changed(REFUND_POLICY, "adapter: stripe", `adapter: "${secret}"`),
      changed(REFUND_POLICY, "200.00 USD", secret),
      changed(REFUND_POLICY, "60s", secret),
      changed(REFUND_POLICY, "localKey: dev", `secretKey: ${secret}`),
      changed(REFUND_POLICY, "user: verified", `user: verified: ${secret}`),
    ];
    for (const text of texts) {
      const problems = problemsOf(() => parse(text));
      expect(problems.join()).toContain("policy/1.yaml:");
      expect(problems.join()).not.toContain(secret);
    }
  });
});

describe("all problems are told at once", () => {
  test("of one file, in one refusal", () => {
    let text = changed(REFUND_POLICY, "200.00 USD", "200");
    text = changed(text, "Europe/Berlin", "Mars");
    text = changed(text, "60s", "1w");
    expect(problemsOf(() => parse(text)).map((problem) => problem.split(":")[1])).toEqual(["12", "15", "19"]);
  });

  test("of several files", () => {
    const first = changed(REFUND_POLICY, "user: verified", "user: asserted");
    expect(problemsOf(() => parse(first, "watchword: 1\nrules: []\n", ""))).toEqual([
      'policy/1.yaml:13:5  grants.0.user: Invalid input: expected "verified"',
      "policy/2.yaml:2:1  policy: unknown key rules",
      "policy/3.yaml:1:1  the file is empty",
    ]);
  });

  test("of names, each in the file where it stands", () => {
    const other =
      "watchword: 1\ngrants: [{ id: b, agent: x, operation: code/a, resource: {}, lease: { action: 5s } }]\n";
    expect(problemsOf(() => parse(REFUND_POLICY, other))).toEqual([
      "policy/2.yaml:2:19  x is not declared under agents (declared: support)",
      "policy/2.yaml:2:29  code is not declared under systems (declared: payments)",
      "policy/2.yaml:2:48  no field names the tenant; if all tenants share this, say why in shared: <reason>",
    ]);
  });

  test("and the refusal's text holds them all", () => {
    const text = changed(changed(REFUND_POLICY, "60s", "1w"), "30m", "1w");
    expect(() => parse(text)).toThrow(/policy\/1\.yaml:16:74 .*\npolicy\/1\.yaml:19:14 /);
  });
});

const SPLIT = REFUND_POLICY.indexOf("grants:");
const DECLARATIONS = REFUND_POLICY.slice(0, SPLIT);
const GRANTS = `watchword: 1\n${REFUND_POLICY.slice(SPLIT)}`;

describe("several files", () => {
  test("are one policy: the same version as one file", () => {
    expect(parse(DECLARATIONS, GRANTS).version).toBe(parse(REFUND_POLICY).version);
  });

  test.each<[string, string, string]>([
    ["system", "systems: { payments: { adapter: other } }", "payments is declared in policy/1.yaml:2 too"],
    ["agent", "agents: { support: {} }", "support is declared in policy/1.yaml:3 too"],
    [
      "workload",
      "workloads: { runtime: { identity: { localKey: b }, agents: [support], tenant: { fixed: acme } } }",
      "runtime is declared in policy/1.yaml:5 too",
    ],
    [
      "group of approvers",
      "approvers: { leads: { issuer: https://evil.example, claim: { groups: all } } }",
      "leads is declared in policy/1.yaml:6 too",
    ],
  ])("cannot redefine each other's %s", (_title, text, message) => {
    const column = text.indexOf("{") + 3;
    expect(problemsOf(() => parse(REFUND_POLICY, `watchword: 1\n${text}\n`))).toEqual([
      `policy/2.yaml:2:${column}  ${message}`,
    ]);
  });

  test("cannot hold two grants of one id", () => {
    expect(problemsOf(() => parse(REFUND_POLICY, GRANTS))).toEqual([
      "policy/2.yaml:3:5  grant refund is there twice",
    ]);
  });

  test("each name their version", () => {
    expect(problemsOf(() => parse(REFUND_POLICY, "agents: {}\n"))).toEqual([
      "policy/2.yaml:1:1  watchword: Invalid input: expected 1",
    ]);
  });
});

describe("the policy version", () => {
  const second = GRANTS.replace("id: refund", "id: another");
  const version = parse(DECLARATIONS, GRANTS, second).version;

  test("is the SHA-256 of the canonical document", () => {
    const { canonical } = parse(REFUND_POLICY);
    expect(version).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(canonical).toContain('"agents":{"support":{"owner":"team-support"}},"approvers"');
  });

  test.each<[string, readonly string[]]>([
    ["the order of the files", [second, GRANTS, DECLARATIONS]],
    [
      "the order of the grants in a file",
      [DECLARATIONS, `${second}${GRANTS.slice(GRANTS.indexOf("  - id"))}`],
    ],
    [
      "comments and empty lines",
      [DECLARATIONS, `# refunds\n\n${GRANTS}`, second.replaceAll("\n", " # why\n\n")],
    ],
    [
      "the order of keys",
      [
        DECLARATIONS,
        second,
        changed(changed(GRANTS, "    user: verified\n", ""), "    lease:", "    user: verified\n    lease:"),
      ],
    ],
    [
      "block or flow style",
      [DECLARATIONS, second, changed(GRANTS, "lease: { action: 60s }", "lease:\n      action: '60s'")],
    ],
  ])("does not depend on %s", (_title, texts) => {
    expect(parse(...texts).version).toBe(version);
  });

  test("changes with every value", () => {
    const versions = [
      ["60s", "61s"],
      ["200.00 USD", "200.01 USD"],
      ["id: refund", "id: refunds"],
      ["team-support", "team-refunds"],
      ["groups: leads", "groups: all"],
      ["    user: verified\n", ""],
    ].map(([from = "", to = ""]) => parse(changed(REFUND_POLICY, from, to)).version);
    expect(new Set([parse(REFUND_POLICY).version, ...versions]).size).toBe(versions.length + 1);
  });
});

describe("from a disk", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "watchword-policy-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("a directory is one policy, and what is not YAML in it is left alone", async () => {
    await writeFile(join(directory, "b.yaml"), DECLARATIONS);
    await writeFile(join(directory, "a.yml"), GRANTS);
    await writeFile(join(directory, "README.md"), "# not a policy");
    await mkdir(join(directory, "drafts"));
    await writeFile(join(directory, "drafts", "c.yaml"), "watchword: 9");
    const policy = await loadPolicy(directory);
    expect(policy.version).toBe(parse(REFUND_POLICY).version);
    expect(policy.locate("refund", ["lease"])).toEqual({
      file: join(directory, "a.yml"),
      line: 14,
      column: 5,
    });
  });

  test("one file is a policy", async () => {
    const path = join(directory, "policy.yaml");
    await writeFile(path, REFUND_POLICY);
    expect((await loadPolicy(path)).version).toBe(parse(REFUND_POLICY).version);
  });

  test("a directory without a policy is refused", async () => {
    await expect(loadPolicy(directory)).rejects.toMatchObject({
      reason: "policy_invalid",
      problems: [{ file: directory, message: "no policy here (*.yaml): everything would be denied" }],
    });
  });

  test("a path that is not there is refused", async () => {
    const path = join(directory, "missing.yaml");
    await expect(loadPolicy(path)).rejects.toMatchObject({
      reason: "policy_invalid",
      problems: [{ file: path, line: 1, column: 1, message: "no such file or directory" }],
    });
  });

  test("a problem names the file's path", async () => {
    const path = join(directory, "policy.yaml");
    await writeFile(path, changed(REFUND_POLICY, "60s", "0s"));
    await expect(loadPolicy(directory)).rejects.toThrow(`${path}:19:14  grants.0.lease.action`);
  });
});

test("no files at all are refused", () => {
  expect(problemsOf(() => parsePolicy([]))).toEqual(["policy:1:1  no grants: everything would be denied"]);
});
