import { chmod, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileKeys } from "@watchword/broker";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";
import { POLICY, type Workspace, workspace } from "./workspace.ts";

let place: Workspace;
let keys: string;
beforeEach(async () => {
  place = await workspace();
  keys = place.path("keys");
  await fileKeys(keys);
});
afterEach(() => place[Symbol.asyncDispose]());

/** Everything secret that the directory holds. */
async function secrets(): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(keys))
    if (!name.includes(".public."))
      found.push(
        ...((await readFile(join(keys, name), "utf8")).match(/(?<="[dk]": ?")[\w-]{43}|^[\w-]{43}$/g) ?? []),
      );
  return found;
}

/** A configuration whose keys are those. */
async function configuration(text: string): Promise<string> {
  await place.write("policy.yaml", POLICY);
  return place.write(
    "watchword.config.yaml",
    `watchword: 1
issuer: https://broker.test.example
policy: policy.yaml
store: { sqlite: watchword.db }
keys: ${text}
broker: { listen: { port: 0 } }
gateway: { listen: { port: 0 } }
systems: { payments: { adapter: stripe } }
verifiers: [{ localKey: { directory: workload } }]
`,
  );
}

describe("watchword keys", () => {
  test("rotates one kind, lists it with its times, and shows no key", async () => {
    const rotated = await runCommand("keys", "rotate", "--directory", keys, "--kind", "runs", "--lead", "60");
    expect(rotated).toMatchObject({ code: 0, err: "" });
    expect(rotated.out).toMatch(/^runs: a new key from \S+Z; 1 before it until \S+Z\n$/);
    const listed = await runCommand("keys", "list", "--directory", keys);
    expect(listed.out.split("\n").filter((line) => line.startsWith("runs"))).toEqual([
      expect.stringMatching(/^runs +in use +from its making +until \d{4}-\S+Z /) as string,
      expect.stringMatching(/^runs +next +from \d{4}-\S+Z +until further notice /) as string,
    ]);
    expect(listed.out.split("\n").filter((line) => line.startsWith("sealing"))).toHaveLength(1);
    const json = await runCommand("keys", "list", "--directory", keys, "--json");
    expect(JSON.parse(json.out)).toHaveLength(7);
    const all = await secrets();
    expect(all.length).toBeGreaterThan(5);
    for (const secret of all)
      expect([rotated, listed, json].map(({ out }) => out).join("")).not.toContain(secret);
  });

  test("rotates every kind where none is named, in the directory that a configuration names", async () => {
    const config = await configuration("keys");
    const rotated = await runCommand("keys", "rotate", "--config", config, "--json");
    expect((JSON.parse(rotated.out) as { kind: string }[]).map(({ kind }) => kind)).toEqual([
      "runs",
      "access",
      "federation",
      "ledger",
      "sealing",
      "nonce",
    ]);
  });

  test("leaves a key alone that a transit engine has", async () => {
    const config = await configuration(
      "{ directory: keys, transit: { url: https://vault.example, token: { env: T }, runs: r, sealer: s } }",
    );
    const refused = await runCommand("keys", "rotate", "--config", config, "--kind", "runs");
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("rotate it there");
    const rotated = await runCommand("keys", "rotate", "--config", config);
    expect(rotated.out.split("\n").map((line) => line.split(":")[0])).toEqual([
      "access",
      "federation",
      "ledger",
      "nonce",
      "",
    ]);
  });

  test("of the federation issuer sign as the configuration has it, from a rotation on", async () => {
    const config = await configuration("keys");
    const section =
      "federation: { issuer: https://clouds.test.example, listen: { port: 0 }, algorithm: RS256 }\n";
    await writeFile(config, `${await readFile(config, "utf8")}${section}`);
    await runCommand("keys", "rotate", "--config", config);
    const file = JSON.parse(await readFile(join(keys, "federation.jwk"), "utf8")) as {
      keys: { kty: string }[];
    };
    expect(file.keys.map(({ kty }) => kty)).toEqual(["EC", "RSA"]);
    await fileKeys(keys, { federationAlgorithm: "RS256" });
  });

  test("of a leaked kind are refused at once", async () => {
    const rotated = await runCommand(
      "keys",
      "rotate",
      "--directory",
      keys,
      "--kind",
      "runs",
      "--compromised",
    );
    expect(rotated.out).toContain("none before it is accepted");
    const listed = await runCommand("keys", "list", "--directory", keys, "--json");
    const runs = (JSON.parse(listed.out) as { kind: string; state: string }[]).filter(
      ({ kind }) => kind === "runs",
    );
    expect(runs).toMatchObject([{ state: "in use" }]);
  });

  test.for([
    { name: "no place", words: ["keys", "list"], code: 2 },
    { name: "a kind that does not rotate", words: ["keys", "rotate", "--kind", "pseudonym"], code: 2 },
    { name: "a lead that is no number", words: ["keys", "rotate", "--lead", "soon"], code: 2 },
  ])("are asked for with $name: usage", async ({ words, code }) => {
    expect((await runCommand(...words)).code).toBe(code);
  });

  test("that others may read, or that are none, are not rotated, and not quoted", async () => {
    const path = join(keys, "runs.jwk");
    await chmod(path, 0o644);
    const open = await runCommand("keys", "rotate", "--directory", keys, "--kind", "runs");
    expect([open.code, open.err]).toEqual([3, expect.stringContaining("chmod 600") as string]);
    await chmod(path, 0o600);
    await writeFile(path, "{ canary_key_material");
    const broken = await runCommand("keys", "rotate", "--directory", keys, "--kind", "runs");
    expect(broken.code).toBe(3);
    expect(broken.err).not.toContain("canary_key_material");
  });
});
