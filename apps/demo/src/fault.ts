import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Fault } from "./faults.ts";
import type { Report } from "./report.ts";
import { type Scene, effects, openScene, show } from "./scene.ts";

const EXPECTED = {
  "payments-down": "downstream_unavailable",
  "ledger-locked": "ledger_unavailable",
} as const;

/**
 * Asks for the first refund while something that it needs is broken, and shows how that ends: refused with a reason,
 * nothing minted, nothing sent.
 */
export async function runFault(
  directory: string,
  policy: string,
  fault: Fault,
  report: Report,
): Promise<void> {
  await using scene = await openScene(directory, policy, report);
  report.heading(1, `acme's support agent refunds acme's charge, and ${SAID[fault]}.`);
  const result = await broken(scene, fault);
  const reason = "reason" in result ? result.reason : undefined;
  report.expect(reason === EXPECTED[fault], `refused: ${String(reason)}`);
  report.expect(effects(scene.payments) === 0, "nothing was sent");
}

const SAID = {
  "payments-down": "the payment system does not answer",
  "ledger-locked": "the ledger cannot be written: another process holds it",
} as const;

async function broken(scene: Scene, fault: Fault): Promise<{ readonly reason: string } | object> {
  const { agents, payments, dana, directory } = scene;
  const order = { user: dana, call: { charge: "ch_acme_1" } };
  if (fault === "payments-down") {
    payments.fail("down");
    const result = await agents.ask("refund", order);
    await show(scene, 1);
    return result;
  }
  let holder: DatabaseSync | undefined;
  try {
    return await agents.ask("refund", { ...order, paused: true }, async () => {
      holder = new DatabaseSync(join(directory, "watchword.db"));
      holder.exec("BEGIN IMMEDIATE");
    });
  } finally {
    holder?.exec("ROLLBACK");
    holder?.close();
  }
}
