import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BindingsManifest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";
import { POLICY, workspace } from "./workspace.ts";

const fixture = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describe("watchword bindings", () => {
  test("finds the guarded tools of a module, each once, and what they can ask for", async () => {
    const { code, out, err } = await runCommand("bindings", fixture("guarded-tools.ts"));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const manifest = BindingsManifest.parse(JSON.parse(out));
    expect(manifest.tools).toEqual([
      { name: "lookup_charge", operation: "charges.retrieve", system: "payments" },
      { name: "refund", operation: "refunds.create", system: "payments" },
    ]);
    expect(manifest.unguarded).toEqual([]);
    expect(manifest.systems["payments"]?.operations["refunds.create"]).toMatchObject({
      access: "write",
      references: ["charge", "payment_intent"],
    });
  });

  test("writes the file that policy lint reads", async () => {
    await using place = await workspace();
    const policy = await place.write("policy.yaml", POLICY);
    const file = place.path("watchword.bindings.json");
    const written = await runCommand("bindings", fixture("guarded-tools.ts"), "--out", file);
    expect(written).toEqual({ code: 0, out: "", err: `${file}: 2 tools\n` });
    const { code, out } = await runCommand("policy", "lint", policy, "--bindings", file);
    expect(code).toBe(3);
    expect(out).toBe(
      `${policy}:1:1  error  tool-without-grant  no grant allows payments/charges.retrieve: every call of the tool lookup_charge will be denied\n`,
    );
    expect(await readFile(file, "utf8")).toBe(
      (await runCommand("bindings", fixture("guarded-tools.ts"))).out,
    );
  });

  test("names a tool without a guard, writes nothing and ends with 3, unless it is allowed by name", async () => {
    const refused = await runCommand("bindings", fixture("open-tools.ts"));
    expect(refused).toMatchObject({ code: 3, out: "" });
    expect(refused.err).toContain("tools without a guard: tools.fetch_url");
    const allowed = await runCommand("bindings", fixture("open-tools.ts"), "--allow", "tools.fetch_url");
    expect(allowed.code).toBe(0);
    expect(JSON.parse(allowed.out)).toMatchObject({
      unguarded: ["tools.fetch_url"],
      tools: [{ name: "refund" }],
    });
  });

  test("ends with 1 where there are no tools, with 3 where there is no module or its code throws", async () => {
    await using place = await workspace();
    const empty = await place.write("empty.mjs", "export const answer = 42;\n");
    const thrown = await place.write("thrown.mjs", 'throw new Error("no \\u202eenvironment");\n');
    expect(await runCommand("bindings", empty)).toMatchObject({ code: 1, out: "" });
    expect(await runCommand("bindings", place.path("nothing.ts"))).toMatchObject({ code: 3, out: "" });
    const failed = await runCommand("bindings", thrown);
    expect(failed).toMatchObject({ code: 3, out: "" });
    expect(failed.err).toContain("cannot be loaded (Error: no \\u{202e}environment)");
  });

  test("ends with 4 and the command that installs it where the middleware is not installed", async () => {
    await using place = await workspace();
    const module = await place.write("tools.mjs", 'export const tool = { name: "t", execute: () => 1 };\n');
    // A process of its own: what started this one may have put more packages on the way.
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=@watchword/source", main, "bindings", module],
      { encoding: "utf8", cwd: place.directory, env: {} },
    );
    expect({ status, stdout }).toEqual({ status: 4, stdout: "" });
    expect(stderr).toContain("npm install @watchword/middleware\n");
  });
});
