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
import type { Answers, CommandName, Commands, StoredLease } from "./command.ts";

type Awaitable<Value> = Value | Promise<Value>;

/** Makes changes durable. */
export interface CommandWriter {
  readonly generation: string;
  /** @throws Refusal `ledger_unavailable` when the change is not durable within two seconds */
  send<Name extends CommandName>(name: Name, payload: Commands[Name]): Promise<Answers[Name]>;
  close(): Promise<void>;
}

type Read =
  | "epochs"
  | "run"
  | "frozen"
  | "evidence"
  | "approval"
  | "pendingApprovals"
  | "pendingEverywhere"
  | "approvalsDue"
  | "openIntents"
  | "lease"
  | "leaseByHandle"
  | "leasesDue"
  | "connections"
  | "policy"
  | "activePolicy"
  | "policyHistory"
  | "personal"
  | "ledgerHeads"
  | "checkpoints";

/** What only reads; each finds its rows by a key. */
export type StoreQueries = {
  readonly [Name in Read]: (...args: Parameters<Store[Name]>) => Awaitable<Awaited<ReturnType<Store[Name]>>>;
} & {
  ledger(replica: string, after: number, limit: number): Awaitable<Awaited<ReturnType<Store["ledger"]>>>;
  close(): Awaitable<void>;
};

const LEDGER_PAGE = 500;

/** A store whose every change is one command, carried out by a writer that knows one database. */
export class CommandStore implements Store {
  readonly replica: string;
  readonly generation: string;
  readonly #writer: CommandWriter;
  readonly #reader: StoreQueries;

  constructor(replica: string, writer: CommandWriter, reader: StoreQueries) {
    this.replica = replica;
    this.generation = writer.generation;
    this.#writer = writer;
    this.#reader = reader;
  }

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
    await this.#writer.send("advanceEpoch", { subject, entry: prepareEntry(entry) });
  };

  startRun: Store["startRun"] = ({ endedAt: _endedAt, ...run }, tokens, entry) =>
    this.#writer.send("startRun", { run, tokens, entry: prepareEntry(entry) });
  renewRun: Store["renewRun"] = (id, expiresAt, tokens, entry) =>
    this.#writer.send("renewRun", {
      id,
      expiresAt,
      tokens,
      now: Math.floor(entry.at / 1_000),
      entry: prepareEntry(entry),
    });
  freeze: Store["freeze"] = (subject, frozen, now, entry) =>
    this.#writer.send("freeze", { subject, frozen, now, entry: prepareEntry(entry) });
  putEvidence: Store["putEvidence"] = (evidence, entry, token) =>
    this.#writer.send("putEvidence", { evidence, token, entry: prepareEntry(entry) });
  endRun: Store["endRun"] = (id, now, entry) =>
    this.#writer.send("endRun", { id, now, entry: prepareEntry(entry) });
  recordRefusal: Store["recordRefusal"] = (entry, token) =>
    this.#writer.send("recordRefusal", { token, entry: prepareEntry(entry) });

  requestApproval: Store["requestApproval"] = async (
    { state: _state, decidedBy: _decidedBy, progress, ...approval },
    token,
    entry,
  ) => {
    const answer = await this.#writer.send("requestApproval", {
      approval,
      progress,
      token,
      entry: prepareEntry(entry),
    });
    return answer === "token_replayed"
      ? answer
      : this.#read(async (reader) => kept(await reader.approval(answer.id)));
  };

  decideApproval: Store["decideApproval"] = (id, state, decidedBy, now, entry) =>
    this.#writer.send("decideApproval", { id, state, decidedBy, now, entry: prepareEntry(entry) });
  withdrawApproval: Store["withdrawApproval"] = (id, now, entry) =>
    this.#writer.send("withdrawApproval", { id, now, entry: prepareEntry(entry) });
  advanceApproval: Store["advanceApproval"] = ({ id, from, to, entry }) =>
    this.#writer.send("advanceApproval", {
      id,
      from,
      to,
      ...(entry === undefined ? {} : { entry: prepareEntry(entry) }),
    });
  spendToken: Store["spendToken"] = (token, now) => this.#writer.send("spendToken", { token, now });

  recordIntent = async ({ entry, ...intent }: Intent): Promise<IntentOutcome> =>
    (await this.#writer.send("recordIntent", { intent, entry: prepareEntry(entry) })) as IntentOutcome;

  recordMint = async (mint: MintRecord): Promise<void> => {
    const entry = prepareEntry(mint.entry);
    if (!mint.minted)
      await this.#writer.send("recordNoMint", { decisionId: mint.decisionId, reopen: mint.reopen, entry });
    else await this.#writer.send("recordMint", { ...storedLease(mint.lease), entry });
  };

  closeOrphan: Store["closeOrphan"] = async (decisionId, entry) => {
    await this.#writer.send("closeOrphan", { decisionId, entry: prepareEntry(entry) });
  };

  replaceHandle: Store["replaceHandle"] = (leaseId, handleHash, entry) =>
    this.#writer.send("replaceHandle", { leaseId, handleHash, entry: prepareEntry(entry) });

  claimUse = ({ entry, ...claim }: UseClaim) =>
    this.#writer.send("claimUse", { ...claim, entry: prepareEntry(entry) });

  settle = async ({ useId, leaseId, outcome, entry }: Settlement): Promise<void> => {
    await this.#writer.send("settle", { useId, leaseId, effect: outcome.effect, entry: prepareEntry(entry) });
  };

  postponeLease: Store["postponeLease"] = async (leaseId, dueAt) => {
    await this.#writer.send("postponeLease", { leaseId, dueAt });
  };

  endLease: Store["endLease"] = async (leaseId, outcome, _now, entry) => {
    await this.#writer.send("endLease", { leaseId, outcome, entry: prepareEntry(entry) });
  };

  putTenant = async (tenant: string, entry: LedgerEntry): Promise<void> => {
    await this.#writer.send("putTenant", { tenant, entry: prepareEntry(entry) });
  };

  putConnection: Store["putConnection"] = async ({ tenant, system, account, settings, sealed }, entry) => {
    await this.#writer.send("putConnection", {
      tenant,
      system,
      account,
      settings: canonicalJson(settings),
      sealed,
      entry: prepareEntry(entry),
    });
  };

  policy: Store["policy"] = async (version) => this.#read((reader) => reader.policy(version));
  activePolicy: Store["activePolicy"] = async () => this.#read((reader) => reader.activePolicy());
  policyHistory: Store["policyHistory"] = async (limit) =>
    this.#read((reader) => reader.policyHistory(limit));
  putPolicy: Store["putPolicy"] = (version, document, entry) =>
    this.#writer.send("putPolicy", { version, document, entry: prepareEntry(entry) });
  activatePolicy: Store["activatePolicy"] = (version, document, entry) =>
    this.#writer.send("activatePolicy", { version, document, entry: prepareEntry(entry) });

  putCheckpoint: Store["putCheckpoint"] = async (checkpoint) => {
    await this.#writer.send("putCheckpoint", checkpoint);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.close();
    await this.#writer.close();
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
  sealed: Uint8Array | null;
} {
  const { sealed, handleHash, uses: _uses, revocation: _revocation, ...stored } = lease;
  return { lease: stored, handleHash, sealed };
}

function kept(approval: ApprovalRecord | undefined): ApprovalRecord {
  if (approval === undefined) throw new Error("an approval that was just written is not there");
  return approval;
}
