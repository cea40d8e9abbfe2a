import { ChainCheck } from "./chain-check.ts";
import { type CheckpointClaim, claimOf, claimOfNote } from "./checkpoint-claim.ts";
import type { LedgerKeys } from "./ledger-keys.ts";
import type { LedgerHead, LedgerLine } from "./ledger-line.ts";

/** What a verification found. `ok` means that every chain, commitment and checkpoint is as it was written. */
export interface LedgerReport {
  readonly ok: boolean;
  /** Chains that were read. */
  readonly replicas: number;
  /** Records that were read. */
  readonly records: number;
  /** Checkpoints of the ledger itself whose signature was checked. */
  readonly checkpoints: number;
  /** Checkpoints from outside whose signature was checked and which the chains were compared with. */
  readonly outside: number;
  /** Records that no checkpoint covers: cut off, they would not be missed. */
  readonly uncovered: number;
  /** Where the first contradiction is, such as `rep_… record 17: its hash does not match its content`. */
  readonly firstProblem?: string;
}

/** Raised where the first contradiction is; never leaves this file. */
class Contradiction extends Error {}

/**
 * Checks a ledger against itself, against the checkpoints in it, and against those that were kept `outside`, with
 * nothing but public keys: a record that was changed, dropped, exchanged, moved, doubled or put in, a personal part that
 * was exchanged, a checkpoint that nobody signed; before the last checkpoint outside also a cut tail, a chain written
 * anew or by a second writer, and a whole chain that is gone.
 */
export async function verifyLedgerLines(
  lines: AsyncIterable<LedgerLine>,
  keys: LedgerKeys,
  outside: readonly string[] = [],
): Promise<LedgerReport> {
  const verification = new Verification(keys);
  try {
    for (const note of outside) verification.outside(note);
    for await (const line of lines) await verification.line(line);
    verification.finish();
  } catch (error) {
    if (!(error instanceof Contradiction)) throw error;
    return { ...verification.counts, ok: false, firstProblem: error.message };
  }
  return { ...verification.counts, ok: true };
}

class Verification {
  readonly counts = { replicas: 0, records: 0, checkpoints: 0, outside: 0, uncovered: 0 };
  readonly #keys: LedgerKeys;
  /** What was signed about chains that did not come yet. */
  readonly #outside = new Map<string, CheckpointClaim[]>();
  readonly #done = new Set<string>();
  #current: ChainCheck | undefined;
  #state: "new" | "open" | "ended" = "new";

  constructor(keys: LedgerKeys) {
    this.#keys = keys;
  }

  outside(note: string): void {
    const claim = claimOfNote(note, this.#keys);
    if (typeof claim === "string")
      throw new Contradiction(`outside checkpoint ${this.counts.outside + 1}: ${claim}`);
    this.#outside.set(claim.replica, [...(this.#outside.get(claim.replica) ?? []), claim]);
    this.counts.outside++;
  }

  async line(line: LedgerLine): Promise<void> {
    if ("export" in line) {
      if (this.#state !== "new") throw new Contradiction("a second export begins within the first");
      this.#state = "open";
      return;
    }
    if (this.#state !== "open")
      throw new Contradiction(
        this.#state === "new" ? "it does not begin as an export" : "it goes on after its end",
      );
    if ("checkpoint" in line) return this.#checkpoint(line.checkpoint);
    if ("record" in line) {
      const { record, personal } = line;
      this.counts.records++;
      return this.#complain(this.#chain(record.replica).record(record, personal));
    }
    if ("head" in line) return this.#head(line.head);
    if (this.#current !== undefined) throw new Contradiction(`${this.#current.replica} its end is missing`);
    if (line.end.chains !== this.counts.replicas || line.end.records !== this.counts.records)
      throw new Contradiction("it is not as long as it says it is");
    this.#state = "ended";
  }

  finish(): void {
    if (this.#state !== "ended") throw new Contradiction("it has no end: the export was cut off");
    for (const [replica, claims] of this.#outside) {
      const signed = Math.max(...claims.map(({ sequence }) => sequence));
      throw new Contradiction(`${replica} the whole chain is missing: ${signed} records were signed outside`);
    }
  }

  async #checkpoint(checkpoint: Parameters<typeof claimOf>[0]): Promise<void> {
    const chain = this.#chain(checkpoint.replica);
    const claim = await claimOf(checkpoint, this.#keys);
    if (typeof claim === "string")
      throw new Contradiction(`${checkpoint.replica} checkpoint ${checkpoint.sequence}: ${claim}`);
    chain.claim(claim);
    this.counts.checkpoints++;
  }

  #head(head: LedgerHead): void {
    const chain = this.#chain(head.replica);
    this.#complain(chain.end(head));
    this.counts.uncovered += head.sequence - chain.signedUpTo;
    this.#current = undefined;
    this.#done.add(head.replica);
  }

  /** The chain that is being read, or the next one. */
  #chain(replica: string): ChainCheck {
    if (this.#current?.replica === replica) return this.#current;
    if (this.#current !== undefined) throw new Contradiction(`${this.#current.replica} its end is missing`);
    if (this.#done.has(replica)) throw new Contradiction(`${replica} has two chains`);
    const chain = new ChainCheck(replica);
    for (const claim of this.#outside.get(replica) ?? []) chain.claim(claim);
    this.#outside.delete(replica);
    this.counts.replicas++;
    return (this.#current = chain);
  }

  #complain(problem: string | undefined): void {
    if (problem !== undefined) throw new Contradiction(`${this.#current?.replica ?? ""} ${problem}`);
  }
}
