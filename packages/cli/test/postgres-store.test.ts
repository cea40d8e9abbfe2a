import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfiguration, startServer } from "@watchword/server";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { type Place, place } from "../../server/test/place.ts";
import { type CommandRun, runCommand } from "./run-command.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the server that `packages/broker/test/postgres-server.ts` starts. */
    postgresPort: number;
  }
}

const url = (role: string): string =>
  `postgresql://${role}:of-these-tests-only@127.0.0.1:${inject("postgresPort")}/of_cli_copy`;
const POSTGRES = "store: { postgres: { url: { env: STORE_URL } } }";
const SINK = "ledger: { sinks: [{ file: outside.notes }] }";

let here: Place;
const path = (name: string): string => join(here.directory, name);

/** A server that runs once, refunds and stops. */
async function refundOnce(store?: string): Promise<void> {
  const config = await here.configure({ more: SINK, ...(store === undefined ? {} : { store }) });
  await using server = await startServer(await loadConfiguration(config), {
    mode: "dev",
    log: (entry) => here.log.push(entry),
  });
  expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
}

const copy = (...more: readonly string[]): Promise<CommandRun> => {
  const key = ["--key", path("keys/checkpoint.public.jwk")];
  return runCommand("store", "copy", "--from", path("watchword.db"), "--role", "store", ...key, ...more);
};

beforeAll(async () => {
  here = await place();
  await refundOnce();
}, 60_000);
afterAll(() => here[Symbol.asyncDispose]());
afterEach(() => void vi.unstubAllEnvs());

describe("a store that moves to PostgreSQL by the command line", () => {
  test("is copied once, verified with what is outside; no output has the password", async () => {
    await writeFile(path("owner.url"), `${url("owner")}\n`);
    const outside = ["--checkpoint", path("outside.notes")];
    const { code, out, err } = await copy("--to-file", path("owner.url"), ...outside);
    expect({ code, out, err }).toMatchObject({ code: 0 });
    expect(out).toMatch(/^ok {2}\d+ records in 1 chains are copied and verified; \S+ is retired/);
    expect(err).toMatch(/^watchword: copied rows of epoch: \d+\n/);
    expect(err).toMatch(/watchword: verified records: \d+\n$/);

    vi.stubEnv("WATCHWORD_OWNER_URL", url("owner"));
    const again = await copy("--to-env", "WATCHWORD_OWNER_URL");
    expect(again).toMatchObject({ code: 3, out: "" });
    expect(again.err).toContain("copied before");
    expect(`${out}${err}${again.err}`).not.toContain("of-these-tests-only");
  });

  test("says the same about a decision as before, and proves it", async () => {
    vi.stubEnv("STORE_URL", url("store"));
    const config = await here.configure({ store: POSTGRES, more: SINK });
    const before = await runCommand("explain", "last", "--store", path("watchword.db"), "--json");
    const { decision_id: id } = JSON.parse(before.out) as { decision_id: string };
    const after = await runCommand("explain", id, "--url-env", "STORE_URL", "--json");
    expect(after).toEqual(before);
    const configured = await runCommand("explain", "last", "--config", config);
    expect(configured).toMatchObject({ code: 0, err: "" });
    expect(configured.out).toContain(` ${id} `);
    expect(configured.out).toMatch(/ {2}grant {3}refund \(\S+\/policy\/support\.yaml:8\)\n/);

    const exported = await runCommand("ledger", "export", "--config", config);
    await writeFile(path("ledger.ndjson"), exported.out);
    const key = ["--key", path("keys/checkpoint.public.jwk")];
    const outside = ["--checkpoint", path("outside.notes")];
    expect(await runCommand("ledger", "verify", path("ledger.ndjson"), ...key, ...outside)).toMatchObject({
      code: 0,
    });
    const proof = await runCommand("ledger", "proof", id, "--config", config);
    expect(proof).toEqual(await runCommand("ledger", "proof", id, "--store", path("watchword.db")));
    await writeFile(path("proof.json"), proof.out);
    expect(await runCommand("ledger", "verify", path("proof.json"), ...key)).toMatchObject({ code: 0 });
  });

  test("serves from there, and is restored there", async () => {
    vi.stubEnv("STORE_URL", url("store"));
    await refundOnce(POSTGRES);
    vi.stubEnv("WATCHWORD_OWNER_URL", url("owner"));
    const taken = ["--backup-taken-at", new Date().toISOString()];
    const restored = await runCommand("store", "restored", "--url-env", "WATCHWORD_OWNER_URL", ...taken);
    expect(restored).toMatchObject({ code: 0, err: "" });
    expect(restored.out).toMatch(/^new generation {2}\d+ runs ended, 0 approvals withdrawn, /);
    expect(restored.out).toMatch(/refused until its window has passed since \S+Z\n$/);
    const lift = ["store", "restored", "--url-file", path("owner.url"), "--accept-forgotten-spends"];
    expect(await runCommand(...lift)).toMatchObject({ code: 0, out: "forgotten spends are accepted\n" });
    expect(await runCommand(...lift)).toMatchObject({ code: 1, out: "" });
    const asStore = await runCommand("store", "restored", "--url-env", "STORE_URL", ...taken);
    expect(asStore.code).toBe(3);
  });

  test("is not moved by a command line that cannot be meant, or without a URL", async () => {
    for (const more of [[], ["--to-env", "A", "--to-file", "b"], ["--to-env", "NOT_SET_ANYWHERE"]])
      expect((await copy(...more)).code).toBe(2);
    expect((await copy("--to-file", path("missing.url"))).code).toBe(3);
  });
});
