import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BoundaryReport } from "@watchword/boundary";
import { describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";
import { POLICY, workspace } from "./workspace.ts";

const CONFIG = fileURLToPath(new URL("payments-boundary.ts", import.meta.url));
const COMMIT = "a".repeat(40);
const only = ["verify", "--config", CONFIG, "--only", "refund:tenant"];

describe("watchword verify", () => {
  test("ends with 0 and every report when the boundary holds", async () => {
    await using place = await workspace();
    const { code, out, err } = await runCommand(
      ...only,
      "--report",
      "terminal,json,junit,sarif,svg,html,github",
      "--out",
      place.path("out"),
    );
    // How far it is comes as often as the run is long.
    const files = err.replaceAll(place.directory, "").replaceAll(/^\d+ attempts so far.*\n/gm, "");
    expect({ code, err: files }).toEqual({
      code: 0,
      err: ["boundary.json", "boundary.junit.xml", "boundary.sarif", "matrix.svg", "report.html"]
        .map((file) => `/out/${file}\n`)
        .join(""),
    });
    expect(out).toMatch(/^boundary {2}policy .* isolation same-process/);
    expect(out).toMatch(/✓ the boundary holds\n$/);
    const report = JSON.parse(await readFile(place.path("out/boundary.json"), "utf8")) as BoundaryReport;
    expect(report).toMatchObject({ version: 1, passed: true });
    expect(report.rows.length).toBeGreaterThan(2);
    for (const { row } of report.rows) expect(`${row.grant}:${row.fact}`).toBe("refund:tenant");
  });

  test("ends with 1 when it does not, and names the row, the policy's line and how to look again", async () => {
    await using place = await workspace();
    const wide = await place.write(
      "wide.yaml",
      POLICY.replace("    where: { args.charge: { ownedBy: tenant } }\n", ""),
    );
    const { code, out } = await runCommand(...only, "--policy", wide, "--report", "terminal,github");
    expect(code).toBe(1);
    expect(out).toMatch(/✗ refund × tenant × foreign-object/);
    expect(out).toContain("rerun     watchword verify --only refund:tenant");
    expect(out).toMatch(/^::error file=.*wide\.yaml,line=\d+,title=refund/m);
    expect(out).toMatch(/✗ the boundary does not hold\n/);
  });

  test("proves boundary files, too, and fails when they expect something else", async () => {
    await using place = await workspace();
    const file = await place.write(
      "refund.boundary.yaml",
      `boundary: 1
given: { agent: support, tenant: acme }
expect:
  - call: { operation: payments/refunds.create, arguments: { charge: ch_globex } }
    deny: tenant_mismatch
operations:
  - { agent: support, equals: [payments/refunds.create] }
`,
    );
    const right = await runCommand(...only, "--files", file);
    expect(right.code).toBe(0);
    expect(right.out.replaceAll(/\s+/g, " ")).toMatch(
      /✓ operations of support .*refund\.boundary\.yaml:7\): exactly 1/,
    );
    await place.write(
      "refund.boundary.yaml",
      (await readFile(file, "utf8")).replace("tenant_mismatch", "not_granted"),
    );
    const wrong = await runCommand(...only, "--files", file);
    expect(wrong.code).toBe(1);
    expect(wrong.out.replaceAll(/\s+/g, " ")).toContain(
      "expected refused, not_granted, got refused, tenant_mismatch",
    );
    await place.write("refund.boundary.yaml", "boundary: 1\nexpects: []\n");
    const broken = await runCommand(...only, "--files", file);
    expect(broken).toMatchObject({ code: 3, out: "" });
    expect(broken.err).toContain("refund.boundary.yaml:2:1  unknown key expects");
  });

  test.for<[string, readonly string[], number, string]>([
    ["a row that is not there", ["--only", "refund:tenat"], 3, "--only refund:tenat names no row"],
    ["an isolation that nobody knows", ["--require", "vm"], 2, "process, netns, container"],
    ["a report that nobody knows", ["--report", "pdf"], 2, "terminal, github, json"],
    ["a score beyond 1", ["--min-score", "90"], 2, "A share like 0.9"],
    [
      "an attestation of a part",
      ["--attest", "key.pem", "--only", "refund"],
      2,
      "--attest goes without --only",
    ],
    ["a policy that is none", ["--policy", "nowhere/"], 3, "no such file or directory"],
    [
      "a key that is not there",
      ["--attest", "nowhere.pem", "--commit", COMMIT],
      3,
      "nowhere.pem cannot be read",
    ],
    [
      "a configuration of something else",
      ["--config", fileURLToPath(new URL("guarded-tools.ts", import.meta.url))],
      3,
      "is not what boundary(…) gives",
    ],
    [
      "a configuration that is not there",
      ["--config", fileURLToPath(new URL("nothing.ts", import.meta.url))],
      3,
      "cannot be loaded",
    ],
  ])("refuses %s before anything is attested", async ([, words, code, said]) => {
    const run = await runCommand("verify", "--config", CONFIG, ...words);
    expect(run).toMatchObject({ code, out: "" });
    expect(run.err).toContain(said);
  });

  test("attests a run about a commit that is named, and says by which key", async () => {
    await using place = await workspace();
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const key = await place.write("ci.pem", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const run = await runCommand(
      "verify",
      "--config",
      CONFIG,
      "--attest",
      key,
      "--commit",
      COMMIT,
      "--out",
      place.path("out"),
    );
    expect(run.code).toBe(0);
    expect(run.err).toContain(
      `boundary.dsse.json: ${COMMIT} PASSED, signed by {"kty":"OKP","crv":"Ed25519","x":"${publicKey.export({ format: "jwk" })["x"] ?? ""}"}\n`,
    );
    expect(await readdir(place.path("out"))).toEqual(["boundary.dsse.json"]);
    const { payload } = JSON.parse(await readFile(place.path("out/boundary.dsse.json"), "utf8")) as {
      payload: string;
    };
    expect(JSON.parse(Buffer.from(payload, "base64").toString())).toMatchObject({
      subject: [{ digest: { gitCommit: COMMIT } }],
      predicate: {
        result: "PASSED",
        configuration: expect.arrayContaining([{ name: "@watchword/boundary@0.0.0" }]),
      },
    });
  });

  test("attests no working tree with changes, and no folder that is in no repository", async () => {
    await using place = await workspace();
    const { privateKey } = generateKeyPairSync("ed25519");
    const key = await place.write("ci.pem", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const before = process.cwd();
    process.chdir(place.directory);
    const attest = () => runCommand("verify", "--config", CONFIG, "--attest", key);
    const git = (...words: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...words], {
        cwd: place.directory,
      });
    try {
      expect(await attest()).toMatchObject({
        code: 3,
        err: expect.stringContaining("name it by --commit") as string,
      });
      git("init", "-q");
      git("add", "ci.pem");
      git("commit", "-q", "-m", "one");
      await place.write("ci.pem", `${await readFile(key, "utf8")}\n`);
      expect(await attest()).toMatchObject({
        code: 3,
        err: expect.stringContaining("changes that are in no commit") as string,
      });
    } finally {
      process.chdir(before);
    }
  });

  test("ends with 4 and the command that installs it where the harness is not installed", async () => {
    await using place = await workspace();
    const config = await place.write("boundary.config.mjs", "export default {};\n");
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=@watchword/source", main, "verify", "--config", config],
      { encoding: "utf8", cwd: place.directory, env: {} },
    );
    expect({ status, stdout }).toEqual({ status: 4, stdout: "" });
    expect(stderr).toContain("npm install --save-dev @watchword/boundary\n");
  });
});
