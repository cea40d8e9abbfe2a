import type { FailedFact, LedgerRecord, Store, Value } from "@watchword/core";

const PAGE = 1_000;

/** Reads a store's ledger as it grows, each record once. */
export class LedgerWitness {
  readonly #store: Store;
  readonly #byDecision = new Map<string, LedgerRecord[]>();
  readonly #last = new Map<string, number>();
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What stands in the ledger about a decision. */
  async recorded(decisionId: string): Promise<{
    readonly refusals: number;
    readonly records: number;
    readonly failedFact: FailedFact | null;
    readonly detail: string | null;
  }> {
    if (!this.#byDecision.has(decisionId)) await this.#catchUp();
    const records = this.#byDecision.get(decisionId) ?? [];
    const refusals = records.filter(({ kind }) => kind === "decision");
    const last = refusals.at(-1);
    const fact = last?.body["failed_fact"];
    return {
      detail: last === undefined ? null : await this.#detailOf(last),
      refusals: refusals.length,
      records: records.length,
      failedFact: typeof fact === "string" ? (fact as FailedFact) : null,
    };
  }

  /** Why it was refused, in the words for operators. */
  async #detailOf({ replica, sequence }: LedgerRecord): Promise<string | null> {
    const personal = (await this.#store.personal(replica, sequence))?.value;
    if (typeof personal?.["detail"] === "string") return personal["detail"];
    return failedCheck(personal?.["explanation"]) ?? null;
  }

  /** Many ask at once; all who ask before a reading begins are answered by it. */
  #catchUp(): Promise<void> {
    return (this.#next ??= this.#reading.then(() => {
      this.#next = undefined;
      this.#reading = this.#read();
      return this.#reading;
    }));
  }

  async #read(): Promise<void> {
    for (const { replica } of await this.#store.ledgerHeads()) {
      for (;;) {
        const after = this.#last.get(replica) ?? 0;
        const page = await this.#store.ledger({ replica, after, limit: PAGE });
        for (const record of page) this.#keep(record);
        const last = page.at(-1);
        if (last !== undefined) this.#last.set(replica, last.sequence);
        if (page.length < PAGE) break;
      }
    }
  }

  #keep(record: LedgerRecord): void {
    if (record.decisionId === undefined) return;
    const known = this.#byDecision.get(record.decisionId);
    if (known === undefined) this.#byDecision.set(record.decisionId, [record]);
    else known.push(record);
  }
}

/** The deepest check that did not pass: what it wanted, and what was there. */
function failedCheck(explanation: Value | undefined): string | undefined {
  if (typeof explanation !== "object" || Array.isArray(explanation) || !("check" in explanation))
    return undefined;
  const { check, passed, required, held, children } = explanation as Readonly<Record<string, Value>>;
  if (passed !== false) return undefined;
  const below = Array.isArray(children)
    ? children.map(failedCheck).find((text) => text !== undefined)
    : undefined;
  if (below !== undefined) return below;
  const part = (name: string, value: Value | undefined): string =>
    typeof value === "string" ? `; ${name}: ${value}` : "";
  return `${typeof check === "string" ? check : "a check"}${part("required", required)}${part("held", held)}`;
}
