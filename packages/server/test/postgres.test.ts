import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { loadConfiguration, migratePostgres, startServer } from "../src/index.ts";
import { type Place, effects, place } from "./place.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the server that `packages/broker/test/postgres-server.ts` starts. */
    postgresPort: number;
  }
}

let here: Place;
beforeEach(async () => {
  here = await place();
});
afterEach(() => here[Symbol.asyncDispose]());

const start = async (env: Record<string, string>) => {
  const store = "store: { postgres: { url: { env: DATABASE_URL } } }";
  return startServer(await loadConfiguration(await here.configure({ store })), {
    mode: "dev",
    env,
    log: (entry) => void here.log.push(entry),
  });
};

test("two brokers on one PostgreSQL act as one: what one records, the other knows", async () => {
  const url = (role: string): string =>
    `postgresql://${role}:of-these-tests-only@127.0.0.1:${inject("postgresPort")}/of_server`;
  await migratePostgres(url("owner"), { role: "store" });
  const env = { DATABASE_URL: url("store") };
  await using first = await start(env);
  await using second = await start(env);
  expect(await here.refund({ url: first.brokerUrl })).toEqual({ status: 200 });
  expect(await here.refund({ url: second.brokerUrl })).toEqual({ status: 200 });
  expect(effects(here)).toBe(2);
  expect(second.store.generation).toBe(first.store.generation);
  expect((await second.store.ledgerHeads()).length).toBeGreaterThanOrEqual(2);
  expect(await second.broker.verifyLedger()).toMatchObject({ ok: true });
  expect(JSON.stringify(here.log)).not.toContain("of-these-tests-only");
});

test("a database whose URL is not there, or that refuses it, is said by name and never shown", async () => {
  await expect(start({})).rejects.toThrow("environment variable DATABASE_URL is not set");
  const url = `postgresql://store:canary-of-a-password@127.0.0.1:${inject("postgresPort")}/of_server`;
  const refusal = await start({ DATABASE_URL: url }).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  expect(refusal).toMatchObject({ reason: "configuration_invalid" });
  expect(`${String(refusal)}${JSON.stringify(here.log)}`).not.toContain("canary");
});
