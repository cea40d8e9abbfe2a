import { Refusal, SealedCredential } from "@watchword/core";
import type { LedgerSource } from "../ledger/ledger-line.ts";
import { recordedDecision } from "../operators/recorded-decision.ts";
import type { RecordedDecision } from "../sqlite/open-ledger.ts";
import { Connections, DatabaseFailure } from "./connections.ts";
import { MIGRATIONS } from "./migrations.ts";
import { PostgresReader } from "./postgres-reader.ts";

/** The ledger of a store, for people who look things up. It cannot write, and has no chain of its own. */
export interface PostgresLedger extends AsyncDisposable {
  /** `undefined` when no such decision was recorded. */
  decision(id: string): Promise<RecordedDecision | undefined>;
  /** The decision that was begun last, over all replicas. */
  lastDecision(): Promise<RecordedDecision | undefined>;
  /** All of it, for export, verification and proofs. */
  readonly source: LedgerSource;
}

/** Nobody waits for an agent here. */
const ANSWER_MILLISECONDS = 30_000;
const PAGE = 500;
/** Of one decision: more than a lease of many requests has. */
const RECORDS = 100_000;

/** SQLSTATEs that another try does not change: who, where, or whether one may. */
const SETTLED = new Set(["28P01", "28000", "3D000", "42501", "3F000", "42P01"]);

/**
 * Opens the ledger of a PostgreSQL store for reading only, beside brokers that write to it. The store's role may, and so may one
 * that has `SELECT` on `meta`, `ledger`, `ledger_head`, `ledger_personal` and `checkpoint` and nothing else.
 *
 * @throws Refusal `configuration_invalid` when it is no store of this version or refuses the role, `ledger_unavailable` when it
 *   does not answer
 *
 * @example
 * ```ts
 * await using ledger = await openPostgresLedger({ url: new SealedCredential(auditorUrl) });
 * const last = await ledger.lastDecision();
 * ```
 */
export async function openPostgresLedger({
  url,
}: {
  readonly url: string | SealedCredential;
}): Promise<PostgresLedger> {
  const connections = new Connections({
    url: typeof url === "string" ? new SealedCredential(url) : url,
    max: 1,
    statementMilliseconds: ANSWER_MILLISECONDS,
    answerMilliseconds: ANSWER_MILLISECONDS,
    readOnly: true,
  });
  try {
    await checkVersion(connections);
  } catch (error) {
    await connections.close();
    throw error;
  }
  const reader = new PostgresReader(connections);
  const store = {
    decisions: (page: { readonly limit: number }) => reader.operators.decisions(page),
    decisionRecords: (id: string) => reader.operators.decisionRecords(id, RECORDS),
    personal: (replica: string, sequence: number) => reader.personal(replica, sequence),
  };
  return {
    decision: (id) => readable(() => recordedDecision(store, id)),
    lastDecision: () =>
      readable(async () => {
        const id = (await store.decisions({ limit: 1 }))[0]?.decisionId;
        return id === undefined ? undefined : recordedDecision(store, id);
      }),
    source: {
      ledger: ({ replica = "", after = 0, limit = PAGE } = {}) =>
        readable(() => reader.ledger(replica, after, limit)),
      ledgerHeads: () => readable(() => reader.ledgerHeads()),
      personal: (replica, sequence) => readable(() => reader.personal(replica, sequence)),
      checkpoints: () => readable(() => reader.checkpoints()),
    },
    [Symbol.asyncDispose]: () => connections.close(),
  };
}

async function checkVersion(connections: Connections): Promise<void> {
  const [row] = await readable(() => connections.read("SELECT value FROM meta WHERE key = 'schema_version'"));
  const version = Number(row?.["value"]);
  // The ledger's own tables have been the same since version 1.
  if (!(version >= 1 && version <= MIGRATIONS.length)) throw invalid("it is no store of this version");
}

/** The database's own message may quote a value, so it stays here. */
async function readable<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof DatabaseFailure ? error.code : "unknown";
    throw SETTLED.has(code)
      ? invalid(`it has no such store, or refuses the role (${code})`)
      : new Refusal("ledger_unavailable", { detail: `the database could not be read (${code})` });
  }
}

function invalid(why: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `the ledger cannot be read from the database: ${why}`,
  });
}
