import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfiguration, startServer } from "@watchword/server";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ISSUER, type Place, place } from "../../server/test/place.ts";
import { type CommandRun, runCommand } from "./run-command.ts";

/** The users' issuer: its tokens for operators have another audience. */
const LOGIN = "https://login.test.example";

let here: Place;
let server: Awaited<ReturnType<typeof startServer>>;
let run: (...words: readonly string[]) => Promise<CommandRun>;
let token: (groups: readonly string[]) => Promise<string>;

beforeAll(async () => {
  here = await place({ production: true });
  const roles = ["viewer", "operator", "policy", "investigator"];
  server = await startServer(
    await loadConfiguration(
      await here.configure({
        more: `operators:
  listen: { port: 0 }
  verifiers: [{ oidc: { issuer: "${LOGIN}", jwks: { file: login.jwks }, algorithms: [ES256] } }]
  declared:
${roles.map((role) => `    ${role}s: { issuer: "${LOGIN}", claim: { groups: ${role} }, roles: [${role}] }`).join("\n")}`,
      }),
    ),
    { log: () => undefined },
  );
  token = (groups) =>
    here.login.idToken({
      subject: "olga",
      audience: `${ISSUER}/operators`,
      claims: { groups },
      authTime: Math.floor(Date.now() / 1_000),
    });
  vi.stubEnv("WATCHWORD_TOKEN", await token(roles));
  run = (...words) => runCommand(...words, "--api", server.operatorsUrl ?? "");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

test("a policy is pushed, activated, taken back, and all of it listed", async () => {
  const file = join(here.directory, "policy/support.yaml");
  const text = await readFile(file, "utf8");
  const first = server.policyVersion;
  const stricter = await here.write("stricter/support.yaml", text.replace("200.00", "100.00"));
  const pushed = await run("policy", "push", join(stricter, ".."));
  expect(pushed.code).toBe(0);
  const version = pushed.out.trim();
  expect((await run("policy", "activate", version)).out).toBe(`${version} is active, epoch 2\n`);
  expect((await run("policy", "rollback")).out).toBe(`${first} is active, epoch 3\n`);
  const history = await run("policy", "history");
  expect(history.out.trim().split("\n")).toEqual([
    expect.stringMatching(new RegExp(`^3 .* ${first}$`)),
    expect.stringMatching(new RegExp(`^2 .* ${version}$`)),
    expect.stringMatching(new RegExp(`^1 .* ${first}$`)),
  ]);
  await writeFile(stricter, text.replace("grants:", "grant:"));
  const broken = await run("policy", "push", stricter);
  expect([broken.code, broken.out]).toEqual([3, ""]);
  expect(broken.err).toMatch(/support\.yaml:\d+:\d+/);
  await writeFile(stricter, text.replace("refunds.create", "refunds.destroy"));
  const unfit = await run("policy", "push", stricter);
  expect([unfit.code, unfit.out]).toEqual([3, ""]);
  expect(unfit.err).toMatch(/support\.yaml:\d+:\d+ {2}refunds\.destroy is not an operation/);
});

test("who refunded it is found by the payment system's id, and opened with a reason", async () => {
  expect(await here.refund({ url: server.brokerUrl })).toMatchObject({ status: 200 });
  const [refund] = here.twin.refunds("acct_acme");
  const id = String(refund?.id);
  const found = await run("who", "payments", id);
  expect(found.out).toMatch(/^dec_[0-9a-f]{32} {2}\S+ {2}allow {2}acme {2}support@3 {2}run_\S+ {2}refund\n$/);
  const opened = await run("who", "payments", id, "--open", "case 4711");
  expect(opened.out).toContain("dana at https://login.test.example");
  expect(await run("who", "payments", "re_other")).toMatchObject({ code: 1, out: "" });
  expect((await run("leases")).code).toBe(0);
});

test("a tenant is frozen and thawed; what is not there is no, with the reason", async () => {
  expect(await run("freeze", "tenant:acme")).toMatchObject({ code: 0, out: "freeze: done\n" });
  await expect(here.refund({ url: server.brokerUrl })).rejects.toMatchObject({ reason: "frozen" });
  expect((await run("thaw", "tenant:acme", "--json")).out).toBe('{\n  "changed": true\n}\n');
  expect((await run("thaw", "tenant:acme")).out).toBe("thaw: it was so before\n");
  const killed = await run("kill", `run_${"0".repeat(32)}`);
  expect([killed.code, killed.out]).toEqual([1, ""]);
  expect(killed.err).toBe("watchword: not_found: there is nothing of this name\n");
});

test("a token comes from the environment or a file, goes over TLS alone, and is in no output", async () => {
  const viewer = await token(["viewer"]);
  const file = await here.write("token", `${viewer}\n`);
  const refused = await run("freeze", "tenant:acme", "--token-file", file);
  expect([refused.code, refused.out]).toEqual([1, ""]);
  expect(refused.err).toContain("operator_not_allowed");
  for (const api of ["http://operators.example", "operators.example", "https://me:pw@operators.example"]) {
    const other = await runCommand("leases", "--token-file", file, "--api", api);
    expect([api, other.code]).toEqual([api, 2]);
    expect(other.err).not.toContain(viewer);
  }
  const nobody = await runCommand("leases", "--api", "http://127.0.0.1:9", "--token-file", file);
  expect(nobody.code).toBe(4);
  expect(nobody.err).not.toContain(viewer);
  expect((await run("leases", "--token-file", join(here.directory, "none"))).code).toBe(2);
});
