import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgram } from "@watchword/cli";
import { readYaml } from "@watchword/policy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly uses?: string;
      readonly shell?: string;
      readonly run?: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

const file = new URL("../../../actions/boundary/action.yml", import.meta.url);
const read = readYaml("action.yml", readFileSync(file, "utf8"));
const action = ("file" in read ? read.file.value : undefined) as Action;
const [step] = action.runs.steps;

let place: string;
beforeEach(() => void (place = mkdtempSync(join(tmpdir(), "watchword-action-"))));
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** Runs the action's script with inputs; an `npx` that is ours writes down what it was called with. */
function run(inputs: Readonly<Record<string, string>>, code = 0) {
  const npx = join(place, "npx");
  writeFileSync(
    npx,
    `#!/usr/bin/env bash
printf '%s\\0' "$@" > "${place}/words"
for word in "$@"; do case "$word" in *.pem) stat -c %a "$word" > "${place}/mode"; cp "$word" "${place}/key"; printf '%s' "$word" > "${place}/path";; esac; done
env > "${place}/env"
exit ${code}
`,
  );
  chmodSync(npx, 0o755);
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => {
      const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value)?.[1] ?? "";
      return [name, inputs[input] ?? action.inputs[input]?.default ?? "undeclared"];
    }),
  );
  const { status } = spawnSync("bash", ["-c", step?.run ?? ""], {
    env: { ...env, PATH: `${place}:/usr/bin:/bin`, GITHUB_OUTPUT: join(place, "output") },
  });
  const words = readFileSync(join(place, "words"), "utf8").split("\0").slice(0, -1);
  return { status, words, output: readFileSync(join(place, "output"), "utf8") };
}

/** Options that `watchword verify` has. */
function options(): ReadonlyMap<string, boolean> {
  const nothing = () => undefined;
  const program = createProgram({
    out: nothing,
    err: nothing,
    exit: nothing,
    signal: new AbortController().signal,
  });
  const verify = program.commands.find((command) => command.name() === "verify");
  return new Map((verify?.options ?? []).map(({ long, required }) => [long ?? "", required]));
}

describe("the GitHub action for boundary tests", () => {
  test("is one script of its own; another action would be pinned by its commit", () => {
    expect(action.runs.using).toBe("composite");
    for (const { uses, shell, run: script } of action.runs.steps) {
      if (uses === undefined) expect([shell, script]).toEqual(["bash", expect.any(String)]);
      else expect(uses).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/);
    }
  });

  test("has nothing of the caller in a script's text", () => {
    for (const { run: script } of action.runs.steps) expect(script).not.toContain("${{");
    const given = Object.values(step?.env ?? {}).map((value) => /inputs\.([a-z-]+)/.exec(value)?.[1]);
    expect(new Set(given)).toEqual(new Set(Object.keys(action.inputs)));
  });

  test("requires containers unless told otherwise, and asks only for what the command has", () => {
    const { status, words, output } = run({});
    expect(status).toBe(0);
    expect(words).toEqual([
      "--no",
      "--",
      "watchword",
      "verify",
      "--config",
      "boundary.config.ts",
      "--report",
      "terminal,github,json,junit,sarif,svg,html",
      "--out",
      "boundary-report",
      "--require",
      "container",
    ]);
    expect(output).toBe("reports=boundary-report\n");
    const every = run({ files: "a b.yaml\nc.yaml\n", "min-score": "0.9", "attest-key": "KEY" });
    const asked = every.words.slice(4).filter((word) => word.startsWith("--"));
    const known = options();
    for (const option of asked) expect(known.get(option), option).toBe(true);
    expect(every.words.slice(every.words.indexOf("--files"))).toEqual(["--files", "a b.yaml", "c.yaml"]);
  });

  test("ends as the command ends", () => {
    expect([run({}, 1).status, run({}, 4).status]).toEqual([1, 4]);
  });

  test("lets nothing that it is given run, or write another output", () => {
    const { words, output } = run({ config: '$(touch pwned)"; touch pwned', out: "a\nother=b" });
    expect(words[5]).toBe('$(touch pwned)"; touch pwned');
    expect(output).toBe("reports=aother=b\n");
    expect(existsSync("pwned")).toBe(false);
  });

  test("keeps the key in a file that nobody else reads, out of the command's environment, and takes it away", () => {
    run({ "attest-key": "CANARY\nKEY" }, 1);
    expect(readFileSync(join(place, "key"), "utf8")).toBe("CANARY\nKEY\n");
    expect(readFileSync(join(place, "mode"), "utf8")).toBe("600\n");
    expect(readFileSync(join(place, "env"), "utf8")).not.toContain("CANARY");
    expect(() => statSync(readFileSync(join(place, "path"), "utf8"))).toThrow("ENOENT");
  });
});
