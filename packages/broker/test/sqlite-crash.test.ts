import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { verifyLedger } from "../src/index.ts";
import { sqlitePlace } from "./sqlite-place.ts";

const CHILD = fileURLToPath(new URL("./sqlite-crash-child.ts", import.meta.url));
const CONFIRMED = 300;

test(
  "a store killed under load, again and again, has every record it confirmed, and a chain that verifies",
  { timeout: 120_000 },
  async () => {
    await using place = await sqlitePlace();
    const written = new Map<string, Set<number>>();
    for (let kill = 0; kill < 6; kill++) {
      const { replica, confirmed } = await killUnderLoad(place.path);
      written.set(replica, confirmed);
    }

    await using store = await place.open();
    for (const [replica, confirmed] of written) {
      const records = await store.ledger({ replica, limit: 1_000_000 });
      const kept = new Set(records.map(({ body }) => Number(body["index"])));
      expect(confirmed.size).toBeGreaterThanOrEqual(CONFIRMED);
      expect([...confirmed].filter((index) => !kept.has(index))).toEqual([]);
    }
    const report = await verifyLedger(store, { notes: [], earlier: [] });
    expect(report.firstProblem).toBeUndefined();
    expect(report.replicas).toBe(6);
    // The child starts to count at 0 each time, so its ids were used before; they must still be known.
    const token = { issuer: "urn:test", jti: "jti-0", expiresAt: 2_000_000_000 };
    const entry = { kind: "decision", at: 1, tenant: null, body: {} } as const;
    expect(await store.recordRefusal(entry, token)).toBe("token_replayed");
  },
);

async function killUnderLoad(path: string): Promise<{ replica: string; confirmed: Set<number> }> {
  const child = spawn(process.execPath, ["--conditions=@watchword/source", CHILD, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let replica = "";
  const confirmed = new Set<number>();
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("replica ")) replica = line.slice("replica ".length);
    else if (/^\d+$/.test(line)) confirmed.add(Number(line));
    if (confirmed.size === CONFIRMED) child.kill("SIGKILL");
  }
  expect((await ended)[1]).toBe("SIGKILL");
  return { replica, confirmed };
}
