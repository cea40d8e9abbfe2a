import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT_SECRET } from "../src/twins.ts";
import { type DemoRun, runDemo } from "./run-demo.ts";

let directory: string;
let policy: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-demo-errors-"));
  policy = await readFile(new URL("../policy/support.yaml", import.meta.url), "utf8");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What every error at the user keeps to: no stack, no secret, nothing that only we understand. */
function expectReadable({ stdout, stderr }: DemoRun): void {
  expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
  expect(stderr).not.toContain("node:internal");
  expect(`${stdout}${stderr}`.includes(ROOT_SECRET)).toBe(false);
}

async function withPolicy(change: (text: string) => string): Promise<DemoRun> {
  const path = join(directory, "support.yaml");
  await writeFile(path, change(policy));
  return runDemo(["--json", "--state", join(directory, "state"), "--policy", path]);
}

describe("the demo ends with a reason, a place and a stable exit code", () => {
  test.for([
    {
      name: "a policy that is no YAML",
      change: (text: string) => text.replace("systems:", "systems: ["),
      says: /policy_invalid: .*support\.yaml:\d+:\d+ {2}/,
    },
    {
      name: "a policy with an unknown key",
      change: (text: string) => text.replace("once:", "onse:"),
      says: /policy_invalid: .*support\.yaml:28:5 {2}.*unknown key onse/,
    },
    {
      name: "a grant for an undeclared agent",
      change: (text: string) => text.replace("agent: support\n", "agent: suport\n"),
      says: /policy_invalid: .*support\.yaml:\d+:\d+ {2}.*suport/,
    },
    {
      name: "an operation that the system does not have",
      change: (text: string) => text.replace("payments/refunds.create", "payments/refunds.creat"),
      says: /policy_invalid: .*support\.yaml:\d+:\d+ {2}.*refunds\.creat/,
    },
  ])("3: $name", async ({ change, says }) => {
    const run = await withPolicy(change);
    expect(run.stderr).toMatch(says);
    expect(run.stdout).toBe("");
    expect(run.code).toBe(3);
    expectReadable(run);
  });

  test("3: a policy that is not there", async () => {
    const run = await runDemo(["--state", join(directory, "state"), "--policy", join(directory, "missing")]);
    expect(run.stderr).toMatch(/policy_invalid: .*missing:1:1 {2}no such file or directory/);
    expect(run.code).toBe(3);
  });

  test("4: a state directory that cannot be written", async () => {
    const file = join(directory, "a-file");
    await writeFile(file, "");
    const run = await runDemo(["--json", "--state", join(file, "state")]);
    expect(run.stderr).toMatch(/configuration_invalid: .* give another one with --state/);
    expect(run.code).toBe(4);
    expectReadable(run);
  });

  test("4: the payment system is down", async () => {
    const run = await runDemo(["--state", join(directory, "state"), "--fault", "payments-down"]);
    expect(run.stdout).toMatch(/DENY {3}support@3 for acme → refund {2}downstream_unavailable/);
    expect(run.stdout).toContain("✓ nothing was sent");
    expect(run.code).toBe(4);
    expectReadable(run);
  });

  test("4: the ledger cannot be written", async () => {
    const run = await runDemo(["--state", join(directory, "state"), "--fault", "ledger-locked"]);
    expect(run.stdout).toContain("✓ refused: ledger_unavailable");
    expect(run.stdout).toContain("✓ nothing was sent");
    expect(run.code).toBe(4);
    expectReadable(run);
  });

  test.for([["--jsno"], ["--fault", "earthquake"], ["--state"], ["somewhere"]])(
    "2: %s is answered with the usage",
    async (options) => {
      const run = await runDemo(options);
      expect(run.stderr).toContain("npm run demo [-- options]");
      expect(run.stdout).toBe("");
      expect(run.code).toBe(2);
      expectReadable(run);
    },
  );

  test("0: --help says every option and exit code", async () => {
    const run = await runDemo(["--help"]);
    for (const word of ["--json", "--state", "--policy", "--fault", "Exit codes: 0"])
      expect(run.stdout).toContain(word);
    expect(run.code).toBe(0);
  });
});
