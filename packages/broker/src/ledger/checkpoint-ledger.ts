import type { Clock, Signer, Store } from "@watchword/core";
import { checkpointText } from "./checkpoint-text.ts";

/** Signs the head of this opening's chain: from then on, records up to it cannot be cut off unnoticed. */
export async function checkpointLedger(store: Store, signer: Signer, clock: Clock): Promise<void> {
  const head = (await store.ledgerHeads()).find(({ replica }) => replica === store.replica);
  if (head === undefined || head.sequence === 0) return;
  const statement = { ...head, at: clock.now(), keyId: signer.keyId };
  const signature = await signer.sign(checkpointText(statement));
  await store.putCheckpoint({ ...statement, signature: Buffer.from(signature).toString("base64url") });
}
