import {
  type ApprovalRecord,
  type Intent,
  type IntentOutcome,
  type LeaseRecord,
  type LedgerEntry,
  type MintRecord,
  Refusal,
  type Settlement,
  type Store,
  type UseClaim,
  canonicalJson,
} from "@watchword/core";
import { prepareEntry } from "../ledger/prepare-entry.ts";
import type { PreparedEntry } from "../ledger/record-hash.ts";
import type { Answers, CommandName, Commands, StoredLease } from "./command.ts";
import type { CommandWriter, RecordPlace } from "./command-writer.ts";
import { textOfBytes } from "./bytes-text.ts";
import type { Awaitable, StoreQueries } from "./store-queries.ts";

const LEDGER_PAGE = 500;
const LONGEST_PAGE = 1_000;
/** Characters of an object's id that it is found by. */
const LONGEST_OBJECT = 512;

/** A store whose every change is one command, carried out by a writer that knows one database. */
export class CommandStore implements Store {
  readonly replica: string;
  readonly generation: string;
  readonly #writer: CommandWriter;
  readonly #reader: StoreQueries;
  /** What was made of the entries that were handed in, and where that was recorded; gone with the entries. */
  readonly #prepared = new WeakMap<LedgerEntry, PreparedEntry>();
  readonly #places = new WeakMap<PreparedEntry, RecordPlace>();

  constructor(replica: string, writer: CommandWriter, reader: StoreQueries) {
    this.replica = replica;
    this.generation = writer.generation;
    this.#writer = writer;
    this.#reader = reader;
  }

  receiptOf: Store["receiptOf"] = async (entry) => {
    const prepared = this.#prepared.get(entry);
    const place = prepared && this.#places.get(prepared);
    return place && { replica: this.replica, ...place };
  };

  epochs: Store["epochs"] = async (subjects) => this.#read((reader) => reader.epochs(subjects));
  run: Store["run"] = async (id) => this.#read((reader) => reader.run(id));
  frozen: Store["frozen"] = async (subjects) => this.#read((reader) => reader.frozen(subjects));
  evidence: Store["evidence"] = async (source, commit) =>
    this.#read((reader) => reader.evidence(source, commit));
  approval: Store["approval"] = async (id) => this.#read((reader) => reader.approval(id));
  pendingApprovals: Store["pendingApprovals"] = async (tenant, now) =>
    this.#read((reader) => reader.pendingApprovals(tenant, now));
  pendingEverywhere: Store["pendingEverywhere"] = async (now, limit) =>
    this.#read((reader) => reader.pendingEverywhere(now, limit));
  approvalsDue: Store["approvalsDue"] = async (now, limit) =>
    this.#read((reader) => reader.approvalsDue(now, limit));
  openIntents: Store["openIntents"] = async (now, limit) =>
    this.#read((reader) => reader.openIntents(now, limit));
  lease: Store["lease"] = async (id) => this.#read((reader) => reader.lease(id));
  leaseByHandle: Store["leaseByHandle"] = async (handleHash) =>
    this.#read((reader) => reader.leaseByHandle(handleHash));
  leasesDue: Store["leasesDue"] = async (now, limit) => this.#read((reader) => reader.leasesDue(now, limit));
  connections: Store["connections"] = async (tenant) => this.#read((reader) => reader.connections(tenant));
  personal: Store["personal"] = async (replica, sequence) =>
    this.#read((reader) => reader.personal(replica, sequence));
  ledgerHeads: Store["ledgerHeads"] = async () => this.#read((reader) => reader.ledgerHeads());
  checkpoints: Store["checkpoints"] = async () => this.#read((reader) => reader.checkpoints());

  ledger: Store["ledger"] = async ({ replica = this.replica, after = 0, limit = LEDGER_PAGE } = {}) =>
    this.#read((reader) => reader.ledger(replica, after, limit));

  advanceEpoch: Store["advanceEpoch"] = async (subject, entry) => {
    await this.#send("advanceEpoch", { subject, entry: this.#prepare(entry) });
  };

  startRun: Store["startRun"] = ({ endedAt: _endedAt, ...run }, tokens, entry) =>
    this.#send("startRun", { run, tokens, entry: this.#prepare(entry) });
  renewRun: Store["renewRun"] = (id, expiresAt, tokens, entry) =>
    this.#send("renewRun", {
      id,
      expiresAt,
      tokens,
      now: Math.floor(entry.at / 1_000),
      entry: this.#prepare(entry),
    });
  freeze: Store["freeze"] = (subject, frozen, now, entry) =>
    this.#send("freeze", { subject, frozen, now, entry: this.#prepare(entry) });
  putEvidence: Store["putEvidence"] = (evidence, entry, token) =>
    this.#send("putEvidence", { evidence, token, entry: this.#prepare(entry) });
  endRun: Store["endRun"] = (id, now, entry) =>
    this.#send("endRun", { id, now, entry: this.#prepare(entry) });
  recordRefusal: Store["recordRefusal"] = (entry, token) =>
    this.#send("recordRefusal", { token, entry: this.#prepare(entry) });

  requestApproval: Store["requestApproval"] = async (
    { state: _state, decidedBy: _decidedBy, progress, ...approval },
    token,
    entry,
  ) => {
    const answer = await this.#send("requestApproval", {
      approval,
      progress,
      token,
      entry: this.#prepare(entry),
    });
    return answer === "token_replayed"
      ? answer
      : this.#read(async (reader) => kept(await reader.approval(answer.id)));
  };

  decideApproval: Store["decideApproval"] = (id, state, decidedBy, now, entry) =>
    this.#send("decideApproval", { id, state, decidedBy, now, entry: this.#prepare(entry) });
  withdrawApproval: Store["withdrawApproval"] = (id, now, entry) =>
    this.#send("withdrawApproval", { id, now, entry: this.#prepare(entry) });
  advanceApproval: Store["advanceApproval"] = ({ id, from, to, entry }) =>
    this.#send("advanceApproval", {
      id,
      from,
      to,
      ...(entry === undefined ? {} : { entry: this.#prepare(entry) }),
    });
  spendToken: Store["spendToken"] = (token, now) => this.#send("spendToken", { token, now });
  drawQuota: Store["drawQuota"] = (draw) => this.#send("drawQuota", draw);
  closeDoor: Store["closeDoor"] = (door, until, entry) =>
    this.#send("closeDoor", { door, until, entry: this.#prepare(entry) });

  recordIntent = async ({ entry, ...intent }: Intent): Promise<IntentOutcome> =>
    (await this.#send("recordIntent", { intent, entry: this.#prepare(entry) })) as IntentOutcome;

  recordMint = async (mint: MintRecord): Promise<void> => {
    const entry = this.#prepare(mint.entry);
    if (!mint.minted)
      await this.#send("recordNoMint", { decisionId: mint.decisionId, reopen: mint.reopen, entry });
    else await this.#send("recordMint", { ...storedLease(mint.lease), entry });
  };

  closeOrphan: Store["closeOrphan"] = async (decisionId, entry) => {
    await this.#send("closeOrphan", { decisionId, entry: this.#prepare(entry) });
  };

  replaceHandle: Store["replaceHandle"] = (leaseId, handleHash, entry) =>
    this.#send("replaceHandle", { leaseId, handleHash, entry: this.#prepare(entry) });

  prolongLease: Store["prolongLease"] = ({ entry, ...prolongation }) =>
    this.#send("prolongLease", { prolongation, entry: this.#prepare(entry) });

  claimUse = ({ entry, ...claim }: UseClaim) =>
    this.#send("claimUse", { ...claim, entry: this.#prepare(entry) });

  settle = async ({ useId, leaseId, outcome, entry }: Settlement): Promise<void> => {
    const { effect, ids } = outcome;
    const objects = effect === "none" ? [] : findable(Object.values(ids));
    await this.#send("settle", { useId, leaseId, effect, objects, entry: this.#prepare(entry) });
  };

  postponeLease: Store["postponeLease"] = async (leaseId, dueAt) => {
    await this.#send("postponeLease", { leaseId, dueAt });
  };

  endLease: Store["endLease"] = async (leaseId, outcome, _now, entry) => {
    await this.#send("endLease", { leaseId, outcome, entry: this.#prepare(entry) });
  };

  putTenant = async (tenant: string, entry: LedgerEntry): Promise<void> => {
    await this.#send("putTenant", { tenant, entry: this.#prepare(entry) });
  };

  putConnection: Store["putConnection"] = ({ settings, sealed, earlier, ...connection }, entry, options) =>
    this.#send("putConnection", {
      ...connection,
      sealed: textOfBytes(sealed),
      settings: canonicalJson(settings),
      earlierSealed: earlier === null ? null : textOfBytes(earlier.sealed),
      earlierFingerprint: earlier?.fingerprint ?? null,
      earlierUntil: earlier?.until ?? null,
      sharedAccount: options?.sharedAccount ?? false,
      alsoAccounts: options?.alsoAccounts ?? [],
      entry: this.#prepare(entry),
    });
  renewSecret: Store["renewSecret"] = ({ sealed, ...renewed }, entry) =>
    this.#send("renewSecret", { ...renewed, sealed: textOfBytes(sealed), entry: this.#prepare(entry) });
  forgetEarlierSecrets: Store["forgetEarlierSecrets"] = (now, entry) =>
    this.#send("forgetEarlierSecrets", { now, entry: this.#prepare(entry) });

  decisions: Store["decisions"] = async (of) =>
    this.#read(({ operators }) => operators.decisions({ ...of, limit: pageOf(of.limit) }));
  decisionRecords: Store["decisionRecords"] = async (decisionId) =>
    this.#read(({ operators }) => operators.decisionRecords(decisionId, LONGEST_PAGE));
  decisionsOfObject: Store["decisionsOfObject"] = async (system, objectId) =>
    findable([objectId]).length === 0
      ? []
      : this.#read(({ operators }) => operators.decisionsOfObject(system, objectId, LONGEST_PAGE));
  activeLeases: Store["activeLeases"] = async (page) =>
    this.#read(({ operators }) => operators.activeLeases({ ...page, limit: pageOf(page.limit) }));
  livingRuns: Store["livingRuns"] = async (page) =>
    this.#read(({ operators }) => operators.livingRuns({ ...page, limit: pageOf(page.limit) }));
  frozenSubjects: Store["frozenSubjects"] = async () =>
    this.#read(({ operators }) => operators.frozenSubjects());
  tenantIds: Store["tenantIds"] = async (page) =>
    this.#read(({ operators }) => operators.tenantIds({ ...page, limit: pageOf(page.limit) }));
  expireLease: Store["expireLease"] = (id, now, entry) =>
    this.#send("expireLease", { id, now, entry: this.#prepare(entry) });
  erasePersonal: Store["erasePersonal"] = (replica, sequence, entry) =>
    this.#send("erasePersonal", { replica, sequence, entry: this.#prepare(entry) });

  policy: Store["policy"] = async (version) => this.#read((reader) => reader.policy(version));
  activePolicy: Store["activePolicy"] = async () => this.#read((reader) => reader.activePolicy());
  policyHistory: Store["policyHistory"] = async (limit) =>
    this.#read((reader) => reader.policyHistory(limit));
  putPolicy: Store["putPolicy"] = (version, document, entry) =>
    this.#send("putPolicy", { version, document, entry: this.#prepare(entry) });
  activatePolicy: Store["activatePolicy"] = (version, document, entry) =>
    this.#send("activatePolicy", { version, document, entry: this.#prepare(entry) });

  putCheckpoint: Store["putCheckpoint"] = async (checkpoint) => {
    await this.#send("putCheckpoint", checkpoint);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.close();
    await this.#writer.close();
  }

  #prepare(entry: LedgerEntry): PreparedEntry {
    const prepared = prepareEntry(entry);
    this.#prepared.set(entry, prepared);
    return prepared;
  }

  #send<Name extends CommandName>(name: Name, payload: Commands[Name]): Promise<Answers[Name]> {
    return this.#writer.send(name, payload, (place) => {
      if ("entry" in payload) this.#places.set(payload.entry, place);
    });
  }

  /** A database's own message may name a path or quote a value, so it stays here. */
  async #read<Result>(query: (reader: StoreQueries) => Awaitable<Result>): Promise<Result> {
    try {
      return await query(this.#reader);
    } catch {
      throw new Refusal("ledger_unavailable", { detail: "the store could not be read" });
    }
  }
}

function storedLease(lease: LeaseRecord): {
  lease: StoredLease;
  handleHash: string;
  sealed: string | null;
} {
  const { sealed, handleHash, uses: _uses, revocation: _revocation, ...stored } = lease;
  return { lease: stored, handleHash, sealed: sealed === null ? null : textOfBytes(sealed) };
}

function pageOf(limit: number): number {
  return Math.min(Math.max(1, Math.floor(limit)), LONGEST_PAGE);
}

/** Ids that every database can hold and find again; a system's answer may name others. */
function findable(ids: readonly string[]): string[] {
  return [...new Set(ids)].filter(
    (id) => id !== "" && id.length <= LONGEST_OBJECT && !id.includes("\0") && id.isWellFormed(),
  );
}

function kept(approval: ApprovalRecord | undefined): ApprovalRecord {
  if (approval === undefined) throw new Error("an approval that was just written is not there");
  return approval;
}
