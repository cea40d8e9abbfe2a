import type { Adapter, LedgerRecord, Store, Value, ValueMap } from "@watchword/core";
import { newRecords } from "./new-records.ts";

/** What the ledger has of one allowed action. */
interface Intended {
  readonly record: LedgerRecord;
  /** Nobody has recorded what became of its mint. */
  awaited: boolean;
  /** Requests that were recorded before they left. */
  uses: number;
  /** Why the gateway let the last one not leave. */
  refused: string | null;
  /** Nobody knows what became of the last one that left. */
  unknown: boolean;
}

/** What was decided, and how often it was used, as the ledger has it. */
export interface DecidedUse {
  readonly system: string;
  readonly operation: string;
  readonly arguments: ValueMap;
  readonly uses: number;
  readonly refused: string | null;
  readonly unknown: boolean;
}

/**
 * Reads intents from a store that nothing stands in for, as they become durable: whether one was there when a mint began, and
 * what it was about.
 */
export class IntentWitness {
  readonly #store: Store;
  readonly #intents = new Map<string, Intended>();
  readonly #last = new Map<string, number>();
  readonly #unrecorded: string[] = [];
  #reading: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Mints that began before a record of them. */
  get unrecordedMints(): readonly string[] {
    return this.#unrecorded;
  }

  /**
   * The same adapter, before each of whose mints the ledger is looked at. Of several intents for the same operation that are under
   * way at once it cannot tell which one is minted; where one attempt is made after the other there is one.
   */
  watched(adapter: Adapter): Adapter {
    const mint: Adapter["mint"] = async (authority, context) => {
      const { system, operation } = authority;
      const { tenant } = context.connection;
      if (!(await this.#isAwaited(tenant, system, operation)))
        this.#unrecorded.push(`${system}/${operation} for ${tenant}`);
      return adapter.mint(authority, context);
    };
    return Object.create(adapter, { mint: { value: mint, enumerable: true } }) as Adapter;
  }

  /** What an allowed action was decided to be; `undefined`: there is no intent of this decision. */
  async decided(decisionId: string): Promise<DecidedUse | undefined> {
    await this.#catchUp();
    const intended = this.#intents.get(decisionId);
    if (intended === undefined) return undefined;
    const { record, uses, refused, unknown } = intended;
    const personal = await this.#store.personal(record.replica, record.sequence);
    const { system, operation } = record.body;
    return {
      system: textOf(system),
      operation: textOf(operation),
      arguments: (personal?.value["arguments"] ?? {}) as ValueMap,
      uses,
      refused,
      unknown,
    };
  }

  async #isAwaited(tenant: string, system: string, operation: string): Promise<boolean> {
    await this.#catchUp();
    for (const { record, awaited } of this.#intents.values())
      if (
        awaited &&
        record.tenant === tenant &&
        record.body["system"] === system &&
        record.body["operation"] === operation
      )
        return true;
    return false;
  }

  /** One reading after the other, each of what was durable when it began. */
  #catchUp(): Promise<void> {
    return (this.#reading = this.#reading.then(() => this.#read()));
  }

  async #read(): Promise<void> {
    for await (const record of newRecords(this.#store, this.#last)) this.#keep(record);
  }

  #keep(record: LedgerRecord): void {
    const { decisionId, kind, body } = record;
    if (decisionId === undefined) return;
    if (kind === "intent")
      this.#intents.set(decisionId, { record, awaited: true, uses: 0, refused: null, unknown: false });
    const intended = this.#intents.get(decisionId);
    if (intended === undefined) return;
    // A mint that surely gave nothing opens its intent again: the same one may be tried once more.
    if (kind === "outcome") intended.awaited = body["reopened"] === true;
    if (kind === "use" && body["outcome"] === "claimed") intended.uses += 1;
    if (kind === "use_outcome") intended.unknown = body["effect"] === "unknown";
    if (kind === "use" && body["outcome"] === "refused") intended.refused = textOf(body["reason"]);
  }
}

function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
