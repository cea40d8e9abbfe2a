import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newAction } from "@watchword/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { ISSUER, type TestRun, type TestWorld, world } from "./world.ts";
import { type UnauthenticatedRequest, unauthenticatedRequests } from "./unauthenticated-requests.ts";

/** More with `WATCHWORD_LONG=1`. */
const FLOOD = process.env["WATCHWORD_LONG"] === "1" ? 20_000 : 160;
const VALID = 8;

let place: TestWorld;
let path: string;
beforeAll(async () => {
  place = await world();
  path = join(place.directory, "watchword.db");
});
afterAll(() => place[Symbol.asyncDispose]());

/** Rows of every table, beside the store. */
function rows(): Record<string, number> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return Object.fromEntries(
      tables.map(({ name }) => [
        String(name),
        Number(database.prepare(`SELECT count(*) AS rows FROM "${String(name)}"`).get()?.["rows"]),
      ]),
    );
  } finally {
    database.close();
  }
}

/** Bytes of the store's file, with everything in it that waited in the log beside it. */
function bytes(): number {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  return statSync(path).size;
}

const read = async (run: TestRun): Promise<string> => {
  const action = { system: "payments", operation: "charges.retrieve", resource: {} };
  const answer = await place.act(run, newAction({ ...action, arguments: { charge: "ch_a1" } }));
  return answer.ok ? "allowed" : answer.reason;
};

/** Sends all of them, with valid requests in between: these get what they ask for, strangers nothing. */
async function flood(requests: readonly UnauthenticatedRequest[], run: TestRun): Promise<void> {
  // Not paced: how many come is what this is about, not how fast.
  let now = 0;
  const app = brokerHttp({ ...place.broker, time: { now: () => (now += 1_000) } });
  const valid: Promise<string>[] = [];
  const every = Math.floor(requests.length / VALID);
  for (const [index, request] of requests.entries()) {
    if (index % every === 0) valid.push(read(run));
    const { path: target, headers, body } = request;
    const response = await app.request(`${ISSUER}${target}`, { method: "POST", headers, body });
    // RFC 7662 section 2.2 and RFC 7009 section 2.2 say 200 for a token that is none.
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).not.toMatch(/access_token|"active":true/);
  }
  expect(await Promise.all(valid)).toEqual(valid.map(() => "allowed"));
}

test(
  "a flood of strangers leaves the same few records whatever its size, and no other row",
  { timeout: 300_000 },
  async () => {
    const run = await place.start();
    const grown: Record<string, number>[] = [];
    const sizes: number[] = [];
    for (const size of [FLOOD, 2 * FLOOD]) {
      // Each in a minute of its own, when what was before it has ended and is signed.
      place.clock.advance(61);
      await place.broker.sweep();
      const [before, bytesBefore] = [rows(), bytes()];
      await flood(await unauthenticatedRequests(size), run);
      for (let sweep = 0; sweep < 3; sweep++) await place.broker.sweep();
      const after = rows();
      grown.push(
        Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)])),
      );
      sizes.push(bytes() - bytesBefore);
    }
    const [small, large] = grown;
    expect(large, "twice as many, and not one row more").toEqual(small);
    // Valid requests are in it; what strangers did is a record for each of a few reasons.
    const counted = (await place.ledger()).filter(({ body }) => body["count"] !== undefined);
    expect(counted.length).toBeLessThan(20);
    const total = counted.reduce((sum, { body }) => sum + Number(body["count"]), 0);
    expect(total, "what was said no to, inactive tokens aside").toBeGreaterThanOrEqual(2 * FLOOD);
    expect(Math.abs((sizes[1] ?? 0) - (sizes[0] ?? 0)), "bytes").toBeLessThan(32_768);
  },
);

test("a flood that lasts is one record of each reason and minute, however often the broker sweeps", async () => {
  place.clock.advance(61);
  const recorded = async (): Promise<[unknown, unknown][]> =>
    (await place.ledger())
      .filter(({ body }) => body["reason"] === "request_malformed" && body["count"] !== undefined)
      .map(({ at, body }) => [at, body["count"]]);
  const before = (await recorded()).length;
  const ask = (): Promise<unknown> =>
    place.broker.client.token({ grant_type: "x", subject_token: "x", subject_token_type: "x" });
  for (let second = 0; second < 120; second++) {
    await ask();
    await place.broker.sweep();
    place.clock.advance(1);
  }
  const counts = (await recorded()).slice(before).map(([, count]) => count);
  expect(counts[0], "the first is said at once").toBe(1);
  expect(counts).toHaveLength(2);
});
