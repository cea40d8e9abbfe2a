import { type Clock, type LedgerSink, Refusal, type Store } from "@watchword/core";
import { LedgerCheckpoints } from "./ledger-checkpoints.ts";
import type { NoteKeys } from "../keys/note-keys.ts";
import { SinkQueue } from "./sink-queue.ts";

/** What goes wrong with a ledger's checkpoints, for logs. Nothing in it is secret. */
export interface LedgerTrouble {
  readonly event: "ledger_sink_failed" | "ledger_checkpoint_failed";
  /** Which sink, when it is one. */
  readonly sink?: string;
  readonly detail: string;
}

/** How a broker signs its ledger. */
export interface LedgerOptions {
  /** Where every checkpoint goes besides the store. Without one, a cut tail or a removed chain may go unnoticed. */
  readonly sinks?: readonly LedgerSink[];
  /** Whether nothing is minted while a sink does not take checkpoints. Default `false`: it is said, and minting goes on. */
  readonly requireSink?: boolean;
  /** Told once when something begins to fail. It decides nothing. */
  readonly onTrouble?: (trouble: LedgerTrouble) => void;
}

/** How the ledger stands, for health. */
export interface LedgerHealth {
  /** `failing`: checkpoints cannot be signed or stored, or a sink does not take them. */
  readonly status: "ok" | "failing";
  /** Records of this replica, and those of them that are signed. */
  readonly records: number;
  readonly signed: number;
  readonly sinks: readonly { readonly sink: string; readonly failing: boolean; readonly waiting: number }[];
}

/** The checkpoints of one broker, and their way out. */
export class BrokerLedger {
  readonly #options: LedgerOptions;
  readonly #checkpoints: LedgerCheckpoints;
  readonly #queues: readonly SinkQueue[];
  #failing = false;

  constructor(
    store: Store,
    keys: Pick<NoteKeys, "signer">,
    issuer: string,
    clock: Clock,
    options: LedgerOptions,
  ) {
    this.#options = options;
    if (options.requireSink === true && (options.sinks ?? []).length === 0)
      throw new Refusal("configuration_invalid", { detail: "requireSink is set, and there is no sink" });
    this.#queues = (options.sinks ?? []).map(
      (sink) =>
        new SinkQueue(sink, (name, error) =>
          this.#tell({ event: "ledger_sink_failed", sink: name, detail: detailOf(error) }),
        ),
    );
    this.#checkpoints = new LedgerCheckpoints({
      store,
      keys,
      issuer,
      clock,
      onNote: (note) => this.#queues.forEach((queue) => queue.add(note)),
    });
  }

  get health(): LedgerHealth {
    const sinks = this.#queues.map(({ state }) => state);
    const failing = this.#failing || sinks.some((sink) => sink.failing);
    return { status: failing ? "failing" : "ok", ...this.#checkpoints.state, sinks };
  }

  /**
   * Called before anything is spent for a mint.
   *
   * @throws Refusal `ledger_unavailable` while a required sink does not take checkpoints
   */
  requireOutside(): void {
    if (this.#options.requireSink === true && this.health.status === "failing")
      throw new Refusal("ledger_unavailable", {
        detail: "checkpoints do not get outside, and requireSink is set",
      });
  }

  /** For every sweep. Slow sinks delay nothing: leases have to end. Never throws. */
  async keepUp(): Promise<void> {
    await this.#noting(this.#checkpoints.keepUp()).catch(() => undefined);
    for (const queue of this.#queues) void queue.flush();
  }

  /** Signs all there is, and waits until the sinks have taken it or failed. */
  async checkpoint(): Promise<void> {
    await this.#noting(this.#checkpoints.checkpoint());
    await Promise.all(this.#queues.map((queue) => queue.flush()));
  }

  async #noting(work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#tell({ event: "ledger_checkpoint_failed", detail: detailOf(error) });
      this.#failing = true;
      throw error;
    }
  }

  #tell(trouble: LedgerTrouble): void {
    try {
      this.#options.onTrouble?.(trouble);
    } catch {
      // A broken log must not stop a sweep.
    }
  }
}

function detailOf(error: unknown): string {
  return Refusal.from(error, "ledger_unavailable").message;
}
