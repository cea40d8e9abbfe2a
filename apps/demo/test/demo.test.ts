import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT_SECRET } from "../src/twins.ts";
import { type DemoRun, runDemo } from "./run-demo.ts";

const KEYS = [
  "step",
  "agent",
  "tenant",
  "tool",
  "outcome",
  "reason",
  "decision_id",
  "lease_seconds",
  "residual",
];

let directory: string;
let state: string;
let json: DemoRun;
let people: DemoRun;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-demo-"));
  state = join(directory, "state");
  const hook = fileURLToPath(new URL("./record-modules.ts", import.meta.url));
  json = await runDemo(["--json", "--state", state], [`--import=${hook}`]);
  people = await runDemo(["--state", join(directory, "people")]);
}, 120_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

const lines = (): Record<string, unknown>[] =>
  json.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("npm run demo -- --json", () => {
  test("exits 0 with nothing on stderr", () => {
    expect(json.stderr).toBe("");
    expect(json.code).toBe(0);
  });

  test("prints one object per decision with exactly the promised members, and nothing else", () => {
    for (const line of lines()) expect(Object.keys(line)).toEqual(KEYS);
  });

  test("tells the whole story in order", () => {
    expect(lines().map(({ step, outcome, reason }) => [step, outcome, reason])).toEqual([
      [1, "allow", null],
      [2, "deny", "tenant_mismatch"],
      [3, "deny", "condition_failed"],
      [3, "allow", null],
      [3, "deny", "already_done"],
      [4, "wait", "approval_required"],
      [4, "deny", "approval_mismatch"],
      [4, "allow", null],
      [4, "deny", "approval_spent"],
      [5, "allow", null],
      [5, "deny", "request_mismatch"],
      [6, "allow", null],
      [6, "deny", "proof_invalid"],
      [6, "deny", "lease_used"],
      [7, "allow", null],
      [7, "deny", "not_granted"],
      [8, "deny", "eval_red"],
      [8, "deny", "eval_red"],
      [8, "deny", "eval_red"],
      [8, "deny", "eval_pending"],
      [8, "allow", null],
      [9, "allow", null],
      [9, "deny", "not_granted"],
      [9, "deny", "capability_exceeded"],
      [9, "allow", null],
      [9, "deny", "run_ended"],
      [10, "allow", null],
      [10, "allow", null],
      [10, "deny", "request_mismatch"],
      [11, "allow", null],
      [11, "deny", "condition_failed"],
      [12, "allow", null],
      [12, "allow", null],
      [12, "deny", "request_mismatch"],
    ]);
  });

  test("gives a lease and its residual for what was allowed, and neither for anything else", () => {
    for (const { outcome, lease_seconds: lease, residual } of lines()) {
      if (outcome === "allow") {
        expect(lease).toBeTypeOf("number");
        expect(Number(lease)).toBeLessThanOrEqual(60);
        expect(residual).toBeTypeOf("string");
      } else expect([lease, residual]).toEqual([null, null]);
    }
  });

  test("runs from source, and loads neither a test runner nor containers", async () => {
    const modules = JSON.parse(await readFile(`${state}.modules.json`, "utf8")) as string[];
    const ours = modules.filter((url) => /\/(packages|apps)\/(?!.*node_modules)/.test(url));
    expect(ours.length).toBeGreaterThan(100);
    expect(ours.filter((url) => url.includes("/dist/"))).toEqual([]);
    expect(
      modules.filter((url) => /node_modules\/(?:@vitest|vitest|testcontainers|fast-check)\//.test(url)),
    ).toEqual([]);
  });
});

describe("npm run demo", () => {
  test("says what happened to people, where state lives and what to do next", () => {
    expect(people.code).toBe(0);
    expect(people.stderr).toBe("");
    expect(people.stdout).toContain(join(directory, "people", "watchword.db"));
    expect(people.stdout).toContain("requests with effect that reached the payment system: 0");
    expect(people.stdout).toContain("34 decisions; every outcome as expected.");
    expect(people.stdout).toContain("Next: read apps/demo/src/tools.ts");
    expect(people.stdout).not.toContain("NOT AS EXPECTED");
  });

  test("shows the root secret nowhere: not on the terminal, not in any file it left", async () => {
    for (const output of [json.stdout, json.stderr, people.stdout, people.stderr])
      expect(output.includes(ROOT_SECRET)).toBe(false);
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toContain("watchword.db");
    for (const file of files) {
      const bytes = await readFile(join(file.parentPath, file.name));
      expect(bytes.includes(ROOT_SECRET), `${file.name} holds the root secret`).toBe(false);
    }
  });
});
