import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Report } from "./report.ts";
import { type Scene, effects, openScene, show } from "./scene.ts";
import { refund } from "./tools.ts";

/** What `--fault` can break. */
export const FAULTS = ["payments-down", "ledger-locked"] as const;
export type Fault = (typeof FAULTS)[number];

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
  const reason =
    typeof result === "object" && result !== null && "reason" in result ? result.reason : undefined;
  report.expect(reason === EXPECTED[fault], `refused: ${String(reason)}`);
  report.expect(effects(scene.twin) === 0, "nothing was sent");
}

const SAID = {
  "payments-down": "the payment system does not answer",
  "ledger-locked": "the ledger cannot be written: another process holds it",
} as const;

async function broken(scene: Scene, fault: Fault): Promise<unknown> {
  const { world, twin, dana, settings } = scene;
  const ask = (): Promise<unknown> => refund.execute({ charge: "ch_acme_1" });
  if (fault === "payments-down") {
    twin.fail("down");
    const result = await world.runtime("support@3").run({ user: { token: dana } }, ask);
    await show(scene, 1);
    return result;
  }
  return world.runtime("support@3").run({ user: { token: dana } }, async () => {
    const holder = new DatabaseSync(join(settings.directory, "watchword.db"));
    holder.exec("BEGIN IMMEDIATE");
    try {
      return await ask();
    } finally {
      holder.exec("ROLLBACK");
      holder.close();
    }
  });
}
