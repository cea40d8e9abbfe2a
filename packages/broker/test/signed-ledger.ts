import { generateKeyPairSync } from "node:crypto";
import { type Clock, type Store, systemClock } from "@watchword/core";
import { LedgerCheckpoints } from "../src/ledger/ledger-checkpoints.ts";
import type { LedgerKeys } from "../src/ledger/ledger-keys.ts";
import { type NoteSigner, noteKey, noteSigner } from "../src/ledger/note-key.ts";

export const LEDGER_ISSUER = "https://broker.test.example";

export function newNoteSigner(): NoteSigner {
  return noteSigner(generateKeyPairSync("ed25519").privateKey);
}

export function keysOf(signer: NoteSigner): LedgerKeys {
  return { notes: [noteKey(signer.publicJwk)], earlier: [] };
}

/** Checkpoints of a store as a broker signs them, and the notes that got outside. */
export function checkpointsOf(
  store: Store,
  signer: NoteSigner,
  clock: Clock = systemClock,
): { readonly checkpoints: LedgerCheckpoints; readonly notes: string[] } {
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  return {
    checkpoints: new LedgerCheckpoints({ store, keys: { signer }, clock, issuer: LEDGER_ISSUER, onNote }),
    notes,
  };
}

/** Records numbered refusals, in order and in one flush, each with a personal part. */
export async function recordRefusals(store: Store, from: number, to: number): Promise<void> {
  const indexes = Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
  await Promise.all(
    indexes.map((index) =>
      store.recordRefusal(
        {
          kind: "decision",
          at: 1_800_000_000_000 + index,
          tenant: index % 2 === 0 ? "acme" : null,
          decisionId: `dec_${index}`,
          body: { outcome: "deny", index },
          personal: { subject: `user-${index}` },
        },
        undefined,
      ),
    ),
  );
}
