import { parentPort, workerData } from "node:worker_threads";
import { randomBytes } from "node:crypto";
import type { CommandName, Commands } from "./command.ts";
import type { RecordPlace } from "./command-writer.ts";
import { Database } from "./database.ts";
import { LedgerChain } from "./ledger-chain.ts";
import { monotonic } from "./monotonic.ts";
import { ReservedRoom } from "./reserved-room.ts";
import { COPIED_TO } from "./meta-key.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { closeOrphan, recordIntent, recordNoMint } from "./spend-intent.ts";
import {
  advanceApproval,
  decideApproval,
  requestApproval,
  spendOneToken,
  withdrawApproval,
} from "./write-approvals.ts";
import { forgetEarlierSecrets, putConnection, renewSecret } from "./write-connections.ts";
import { prolongLease } from "./prolong-lease.ts";
import { claimUse, endLease, postponeLease, recordMint, replaceHandle, settle } from "./write-leases.ts";
import { erasePersonal, expireLease } from "./write-operators.ts";
import { closeDoor, drawQuota } from "./write-quotas.ts";
import {
  activatePolicy,
  advanceEpoch,
  putCheckpoint,
  putEvidence,
  putPolicy,
  putTenant,
  recordRefusal,
} from "./write-registry.ts";
import { endRun, freeze, renewRun, startRun } from "./write-runs.ts";
import { upgrade } from "./upgrade.ts";
import type { WriteState } from "./write-state.ts";

/** What the thread is started with. */
export interface WriterSettings {
  readonly path: string;
  readonly replica: string;
  readonly busyMilliseconds: number;
  /** Pages that the file may have at most; for tests of a full disk. */
  readonly maxPages: number | undefined;
  /** Bytes of the disk that are kept for what must be recorded of what is under way. */
  readonly reservedBytes: number;
}

/** One command on its way in, and one answer on its way out. `failed` holds a code of SQLite, never its text. */
export interface WriterRequest {
  readonly id: number;
  readonly name: CommandName | "close";
  readonly payload: unknown;
  /** On the {@link monotonic} clock: when the caller stops waiting, and takes it for refused. */
  readonly deadline: number;
}
export interface WriterAnswer {
  readonly id: number;
  readonly answer?: unknown;
  /** Where the command's last record stands; absent when it recorded nothing. */
  readonly recorded?: RecordPlace;
  readonly failed?: string;
}

/**
 * What is given up when its caller was told no: it would spend for an action that will not be. Everything else is a fact or
 * an end, which is better late than never.
 */
const SPENDING: ReadonlySet<string> = new Set<CommandName>(["recordIntent", "claimUse", "drawQuota"]);

/** Commands that one transaction takes at most: one flush for all of them. */
const GROUP = 64;

const HANDLERS: { readonly [Name in CommandName]: (state: WriteState, payload: Commands[Name]) => unknown } =
  {
    startRun,
    renewRun,
    endRun,
    freeze,
    putEvidence,
    advanceEpoch,
    recordRefusal,
    requestApproval,
    decideApproval,
    withdrawApproval,
    advanceApproval,
    spendToken: spendOneToken,
    drawQuota,
    closeDoor,
    recordIntent,
    recordMint,
    recordNoMint,
    closeOrphan,
    replaceHandle,
    prolongLease,
    claimUse,
    settle,
    postponeLease,
    endLease,
    expireLease,
    putTenant,
    putConnection,
    renewSecret,
    forgetEarlierSecrets,
    erasePersonal,
    putPolicy,
    activatePolicy,
    putCheckpoint,
  };

const settings = workerData as WriterSettings;
const port = parentPort;
if (port === null) throw new Error("the writer is a worker thread");

const room = new ReservedRoom(settings.path, settings.reservedBytes);
const queue: WriterRequest[] = [];
let scheduled = false;
const database = open();
const state: WriteState = { database, chain: new LedgerChain(database, settings.replica) };

port.on("message", (requests: string) => {
  queue.push(...(JSON.parse(requests) as readonly WriterRequest[]));
  if (scheduled) return;
  scheduled = true;
  // What arrived meanwhile goes into the same transaction; a lone command waits for nobody.
  setImmediate(drain);
});
port.postMessage({
  ready: { generation: String(database.get("SELECT value FROM meta WHERE key = 'generation'")?.["value"]) },
});

function drain(): void {
  scheduled = false;
  while (queue.length > 0) {
    const group = queue.splice(0, GROUP);
    const close = group.findIndex((request) => request.name === "close");
    const commands = close === -1 ? group : group.slice(0, close);
    if (commands.length > 0) port?.postMessage({ answers: commit(commands) });
    if (close === -1) continue;
    database.close();
    port?.postMessage({ answers: [{ id: group[close]?.id ?? 0, answer: null }] });
    port?.close();
    return;
  }
}

/**
 * One transaction for the group; a command that fails takes only itself back. Hardly any fails, so that only then, and from the
 * beginning, each gets a savepoint of its own.
 */
function commit(group: readonly WriterRequest[], run = runOne): WriterAnswer[] {
  const before = state.chain.head;
  let carriedOut: number | undefined;
  try {
    database.run("BEGIN IMMEDIATE");
    carriedOut = 0;
    const answers: WriterAnswer[] = [];
    for (const request of group) {
      answers.push(run(request));
      carriedOut++;
    }
    if (state.chain.head.sequence !== before.sequence) state.chain.writeHead();
    database.run("COMMIT");
    return answers;
  } catch (error) {
    state.chain.restore(before);
    rollback();
    if (run === runOne && carriedOut !== undefined && carriedOut < group.length)
      return commit(group, runApart);
    return group.map(({ id }) => ({ id, failed: codeOf(error) }));
  }
}

function runOne({ id, name, payload, deadline }: WriterRequest): WriterAnswer {
  if (SPENDING.has(name) && monotonic() > deadline) return { id, failed: "too late" };
  if (room.refuses(name)) return { id, failed: "what is left of the disk is reserved" };
  const before = state.chain.head;
  const handler = HANDLERS[name as CommandName] as (state: WriteState, payload: unknown) => unknown;
  const answer = handler(state, payload);
  const { head } = state.chain;
  return head.sequence === before.sequence ? { id, answer } : { id, answer, recorded: head };
}

function runApart(request: WriterRequest): WriterAnswer {
  const before = state.chain.head;
  database.run("SAVEPOINT one");
  try {
    const answer = runOne(request);
    database.run("RELEASE one");
    return answer;
  } catch (error) {
    state.chain.restore(before);
    // A full disk may have ended the whole transaction already; then this throws, and the group fails as one.
    database.run("ROLLBACK TO one");
    database.run("RELEASE one");
    return { id: request.id, failed: codeOf(error) };
  }
}

function rollback(): void {
  try {
    database.run("ROLLBACK");
  } catch {
    // SQLite had rolled back by itself.
  }
}

function open(): Database {
  const opened = new Database(settings.path, {
    readOnly: false,
    busyMilliseconds: settings.busyMilliseconds,
  });
  opened.exec("PRAGMA journal_mode = WAL");
  opened.exec("PRAGMA synchronous = FULL");
  // 16 MiB of log, where SQLite would take 4: what many commits wrote to the same pages goes into the file once.
  opened.exec("PRAGMA wal_autocheckpoint = 4000");
  if (settings.maxPages !== undefined) opened.exec(`PRAGMA max_page_count = ${settings.maxPages}`);
  migrate(opened);
  return opened;
}

function migrate(opened: Database): void {
  opened.exec("BEGIN IMMEDIATE");
  const version = Number(opened.get("PRAGMA user_version")?.["user_version"]);
  if (version > SCHEMA_VERSION) throw new Error("newer-schema");
  if (version > 0) upgrade(opened, version);
  if (version === 0) {
    opened.exec(SCHEMA);
    opened.run("INSERT INTO meta VALUES ('generation', ?)", randomBytes(16).toString("base64url"));
  }
  // INVARIANT: of a store and its copy at most one is written.
  if (opened.get("SELECT 1 AS copied FROM meta WHERE key = ?", COPIED_TO) !== undefined)
    throw new Error("copied-away");
  opened.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  opened.exec("COMMIT");
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "errcode" in error) return `sqlite ${String(error.errcode)}`;
  return error instanceof Error ? error.message.slice(0, 40) : "unknown";
}
