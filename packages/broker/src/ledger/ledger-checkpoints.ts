import { setImmediate } from "node:timers/promises";
import { type Clock, Refusal, type Store } from "@watchword/core";
import { checkpointNoteText, ledgerOrigin } from "./checkpoint-note.ts";
import { MerkleEdge } from "./merkle-edge.ts";
import { recordLeaf } from "./merkle-hash.ts";
import type { NoteKeys } from "../keys/note-keys.ts";
import { GENESIS, hashOfRecord } from "./record-hash.ts";
import { noteKeyId, signNote } from "./signed-note.ts";

/** What {@link LedgerCheckpoints} works with. */
export interface CheckpointParts {
  readonly store: Store;
  /** Asked for its signer at each checkpoint. */
  readonly keys: Pick<NoteKeys, "signer">;
  /** The broker's issuer: with the replica it names the log. */
  readonly issuer: string;
  readonly clock: Clock;
  /** Told of each checkpoint once it is stored. */
  readonly onNote: (note: string) => void;
}

/** Milliseconds after which records are signed at the latest. */
const EVERY_MILLISECONDS = 60_000;
/** Records between two checkpoints at most. */
const EVERY_RECORDS = 1_000;
const PAGE = 500;

/**
 * Signs the tree over this opening's chain. Each record is read once, after it was written; between two checkpoints only
 * the tree's right edge is kept.
 */
export class LedgerCheckpoints {
  readonly #parts: CheckpointParts;
  readonly #origin: string;
  readonly #edge = new MerkleEdge();
  #last = GENESIS;
  #signed = { size: 0, at: 0 };
  #busy: Promise<void> = Promise.resolve();

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
    this.#origin = ledgerOrigin(parts.issuer, parts.store.replica);
    this.#signed.at = parts.clock.now();
  }

  /** Records that are read, and those of them that are signed. */
  get state(): { readonly records: number; readonly signed: number } {
    return { records: this.#edge.size, signed: this.#signed.size };
  }

  /**
   * Reads what was recorded since, and signs every thousand records and when a minute has passed.
   *
   * @throws Refusal `ledger_unavailable`, also when what is read contradicts what was read before: that is never signed
   */
  keepUp(): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#read();
      if (this.#parts.clock.now() - this.#signed.at >= EVERY_MILLISECONDS) await this.#sign();
    });
  }

  /** Signs everything that is recorded by now. */
  checkpoint(): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#read();
      await this.#sign();
    });
  }

  async #read(): Promise<void> {
    const { store } = this.#parts;
    for (;;) {
      const page = await store.ledger({ replica: store.replica, after: this.#edge.size, limit: PAGE });
      for (const record of page) {
        // INVARIANT: nothing is signed that does not continue what was signed before.
        if (
          record.sequence !== this.#edge.size + 1 ||
          record.previous !== this.#last ||
          record.hash !== hashOfRecord(record)
        )
          throw new Refusal("ledger_unavailable", {
            detail: `record ${record.sequence} of ${store.replica} does not follow what was recorded; nothing more is signed`,
          });
        this.#edge.append(recordLeaf(record.hash));
        this.#last = record.hash;
        if (this.#edge.size - this.#signed.size >= EVERY_RECORDS) await this.#sign();
      }
      if (page.length < PAGE) return;
      // A long way to catch up must not keep exchanges waiting.
      await setImmediate();
    }
  }

  async #sign(): Promise<void> {
    const { store, keys, clock, onNote } = this.#parts;
    const { signer } = keys;
    const at = clock.now();
    const size = this.#edge.size;
    if (size > this.#signed.size) {
      const text = checkpointNoteText({ origin: this.#origin, size, root: this.#edge.root() });
      const note = await signNote(text, this.#origin, signer);
      await store.putCheckpoint({
        replica: store.replica,
        sequence: size,
        hash: this.#last,
        at,
        keyId: noteKeyId(this.#origin, signer.publicKey),
        signature: note,
      });
      onNote(note);
    }
    this.#signed = { size, at };
  }

  #oneByOne(work: () => Promise<void>): Promise<void> {
    const next = this.#busy.then(work, work);
    this.#busy = next;
    // Whoever asked is told; the next one begins anew.
    next.catch(() => undefined);
    return next;
  }
}
