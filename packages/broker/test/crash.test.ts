import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Action } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refundOf, testTwin, world } from "./world.ts";

/** Every durable step of the act, and the two sides of the request that leaves the gateway. */
const POINTS = [
  "read",
  "decided",
  "intent",
  "minted",
  "outcome",
  "answered",
  "claimed",
  "sent",
  "settled",
] as const;
const KILLS = 20;

let template: string;
let approved: { action: Action; approvalId: string };

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "watchword-crash-"));
  await using place = await world({ directory: template });
  const action = refundOf("ch_a3", 19_000);
  const asked = await place.act(await place.start({ thread: "ticket-1" }), action);
  if (asked.ok || asked.approval_id === undefined) throw new Error("no approval was asked for");
  await place.broker.approvals.decide(asked.approval_id, {
    token: await place.userToken("lena", { org_id: "acme", groups: ["leads"] }),
    verdict: "approve",
  });
  approved = { action, approvalId: asked.approval_id };
});
afterAll(() => rm(template, { recursive: true, force: true }));

describe("a broker killed in the middle of an approved refund", () => {
  test.for(POINTS)(
    "at '%s', twenty times, spends nothing twice, does nothing unrecorded, leaves nothing alive",
    { timeout: 240_000 },
    async (point) => {
      for (let kill = 0; kill < KILLS; kill += 2) await Promise.all([crash(point), crash(point)]);
    },
  );
});

async function crash(point: (typeof POINTS)[number]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "watchword-crash-"));
  await using twin = await testTwin();
  try {
    await cp(template, directory, { recursive: true });
    expect(await killedChild({ directory, twinUrl: twin.url, point, ...approved })).toBe("SIGKILL");

    await using after = await world({ directory, twinUrl: twin.url });
    // The same agent comes back and asks for the same, again and again.
    const resumed = await after.start({ thread: "ticket-1" });
    const answers = [
      await after.act(resumed, approved.action, { approvalId: approved.approvalId }),
      await after.act(resumed, refundOf("ch_a3", 19_000), { approvalId: approved.approvalId }),
    ];
    after.clock.advance(700);
    await after.broker.sweep();
    const ledger = await after.ledger();

    const intents = ledger.filter((record) => record.kind === "intent");
    expect(intents.length, "one approval, one intent").toBeLessThanOrEqual(1);
    expect((await after.store.approval(approved.approvalId))?.state).toBe(
      intents.length === 1 ? "spent" : "granted",
    );
    const recordedBeforeKill = point !== "read" && point !== "decided";
    expect(
      answers.filter((answer) => answer.ok).length,
      "the second process gets a lease only if the first spent nothing",
    ).toBe(recordedBeforeKill ? 0 : 1);

    const refunds = twin.refunds("acct_acme");
    expect(refunds.length, "money moved at most once").toBe(point === "sent" || point === "settled" ? 1 : 0);
    for (const refund of refunds)
      expect(
        intents.map((record) => record.decisionId),
        "what the twin accepted has its intent",
      ).toContain(refund.metadata["watchword_decision"]);

    expect(
      await after.store.leasesDue(Math.floor(after.clock.now() / 1_000), 10),
      "no lease is alive past its end",
    ).toEqual([]);
    for (const intent of intents) {
      const closed = ledger.some(
        (record) =>
          record.decisionId === intent.decisionId &&
          (record.kind === "revocation" || record.kind === "recovery"),
      );
      expect(closed, "every intent is closed by a reported end").toBe(true);
    }
    expect((await after.broker.verifyLedger()).ok).toBe(true);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function killedChild(order: object): Promise<string | null> {
  const child = spawn(
    process.execPath,
    ["--conditions=@watchword/source", fileURLToPath(new URL("./crash-child.ts", import.meta.url))],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  child.stdin.end(JSON.stringify(order));
  return new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
}
