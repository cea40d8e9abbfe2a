import { policySchema } from "@watchword/policy";
import { describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";
import { POLICY, workspace } from "./workspace.ts";

const MANIFEST = { watchword: 1, tools: [], unguarded: [], systems: {} };

describe("watchword policy lint", () => {
  test("says nothing on standard output about a policy in which nothing is wrong, and ends with 0", async () => {
    await using place = await workspace();
    const path = await place.write("policy.yaml", POLICY);
    expect(await runCommand("policy", "lint", path)).toEqual({
      code: 0,
      out: "",
      err: `${path}: 0 errors, 0 warnings\n`,
    });
  });

  test("names the line of each finding; a warning alone is no failure", async () => {
    await using place = await workspace();
    const path = await place.write("policy.yaml", POLICY.replace("action: 60s", "action: 1h"));
    const { code, out, err } = await runCommand("policy", "lint", path);
    expect(out).toBe(
      `${path}:11:14  warning  long-lease  a lease of 1h is longer than 15m: a credential that is taken lives as long\n`,
    );
    expect(err).toContain("0 errors, 1 warning\n");
    expect(code).toBe(0);
  });

  test("ends with 3 when something is wrong, by the manifest or by the repository", async () => {
    await using place = await workspace();
    const path = await place.write("policy.yaml", POLICY.replace("adapter: stripe", "adapter: github"));
    const bindings = await place.write(
      "watchword.bindings.json",
      JSON.stringify({
        ...MANIFEST,
        tools: [{ name: "lookup", system: "payments", operation: "charges.retrieve" }],
      }),
    );
    const found = await runCommand(
      "policy",
      "lint",
      path,
      "--bindings",
      bindings,
      "--repository",
      "acme/policy",
    );
    expect(found.code).toBe(3);
    for (const rule of ["tool-without-grant", "grant-without-tool", "own-repository"])
      expect(found.out).toContain(`  ${rule}  `);
  });

  test("ends with 3 for a policy that does not load, and names every problem", async () => {
    await using place = await workspace();
    const path = await place.write("policy.yaml", POLICY.replace("user:", "").replace("lease:", "leese:"));
    const { code, out } = await runCommand("policy", "lint", path);
    expect(code).toBe(3);
    expect(out).toContain(`${path}:11:5  grants.0: unknown key leese\n`);
    expect(await runCommand("policy", "lint", place.path("nothing"))).toMatchObject({ code: 3 });
  });

  test("gives one JSON document with --json, whatever was found", async () => {
    await using place = await workspace();
    const good = await place.write("good.yaml", POLICY);
    const bad = await place.write("bad.yaml", "watchword: 2\n");
    expect(JSON.parse((await runCommand("policy", "lint", good, "--json")).out)).toMatchObject({
      policy: good,
      version: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      errors: 0,
      warnings: 0,
      findings: [],
    });
    const refused = await runCommand("policy", "lint", bad, "--json");
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.out)).toMatchObject({
      version: null,
      errors: 1,
      findings: [{ severity: "error", rule: "invalid", file: bad, line: 1, column: 1 }],
    });
  });

  test.each([
    ["that is not there", undefined, "cannot be read"],
    ["that is no JSON", "{", "is not JSON"],
    ["of another version", '{ "watchword": 2 }', "is no manifest of bindings"],
  ])("refuses a manifest %s with 3, and checks nothing by halves", async (_title, content, said) => {
    await using place = await workspace();
    const path = await place.write("policy.yaml", POLICY);
    const bindings = place.path("watchword.bindings.json");
    if (content !== undefined) await place.write("watchword.bindings.json", content);
    const { code, out, err } = await runCommand("policy", "lint", path, "--bindings", bindings);
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toContain(said);
  });

  test("shows what a policy names as text only", async () => {
    await using place = await workspace();
    const path = await place.write("policy.yaml", POLICY.replace("charge: {", "charge: { \u{202e}x: 1, "));
    const { out } = await runCommand("policy", "lint", path);
    expect(out).toContain("unknown key \\u{202e}x");
    expect(out).not.toContain("\u{202e}");
  });

  test.each([
    [["policy", "lint"]],
    [["policy", "lint", "x", "--repository", "acme"]],
    [["policy", "lint", "x", "--what"]],
    [["policy", "nothing"]],
  ])("ends with 2 when it is not called as it can be: %j", async (words) => {
    expect(await runCommand(...words)).toMatchObject({ code: 2, out: "" });
  });
});

test("watchword policy schema prints the schema of the package", async () => {
  const { code, out } = await runCommand("policy", "schema");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(policySchema());
});
