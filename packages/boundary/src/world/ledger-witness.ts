import type { FailedFact, LedgerRecord, Store, Value } from "@watchword/core";
import type { AttemptLease, AttemptPrincipal } from "../attempt.ts";
import { newRecords } from "./new-records.ts";
import type { Stage } from "./stage.ts";

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
  async recorded(decisionId: string): ReturnType<Stage["recorded"]> {
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
      principal: principalIn(records),
      lease: leaseIn(records),
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
    for await (const record of newRecords(this.#store, this.#last)) this.#keep(record);
  }

  #keep(record: LedgerRecord): void {
    if (record.decisionId === undefined) return;
    const known = this.#byDecision.get(record.decisionId);
    if (known === undefined) this.#byDecision.set(record.decisionId, [record]);
    else known.push(record);
  }
}

/** Whose decision it was, by its first record; every later one is about the same run. */
function principalIn([first]: readonly LedgerRecord[]): AttemptPrincipal | null {
  if (first === undefined || first.tenant === null) return null;
  const { agent, run, workload, principal_kind: kind, chain } = first.body;
  if (typeof agent !== "string" || typeof run !== "string" || typeof workload !== "string") return null;
  return {
    agent,
    tenant: first.tenant,
    run,
    workload,
    kind: kind === "user" ? "user" : "agent",
    chain: Array.isArray(chain) ? chain.map(String) : [agent],
  };
}

/** What the last mint gave, or the read of a run that shares one. */
function leaseIn(records: readonly LedgerRecord[]): AttemptLease | null {
  const minted = records.findLast(({ body }) => body["outcome"] === "minted" || body["outcome"] === "shared");
  if (minted === undefined) return null;
  const {
    credential_kind: kind,
    custody,
    at_seconds: at,
    lease_expires_at: end,
    native_expires_at: native,
  } = minted.body;
  return {
    kind: typeof kind === "string" ? kind : "credential",
    custody: custody === "released" ? "released" : "gateway",
    seconds: Number(end) - Number(at),
    nativeSeconds: native === "never" ? null : Number(native) - Number(at),
  };
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
