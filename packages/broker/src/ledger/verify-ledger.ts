import {
  type LedgerCheckpoint,
  type LedgerRecord,
  type Store,
  type VerificationKey,
  digestOf,
} from "@watchword/core";
import { checkpointText } from "./checkpoint-text.ts";

/** What a verification found. `ok` means that every chain, commitment and checkpoint is as it was written. */
export interface LedgerReport {
  readonly ok: boolean;
  /** Chains that were read. */
  readonly replicas: number;
  /** Records that were read. */
  readonly records: number;
  /** Checkpoints whose signature was checked. */
  readonly checkpoints: number;
  /** Where the first contradiction is, such as `rep_… record 17: its hash does not match its content`. */
  readonly firstProblem?: string;
}

/** Hash before the first record: 32 zero bytes. */
const GENESIS = "A".repeat(43);
const PAGE = 500;

/**
 * Reads the whole ledger in pages and checks it against itself and against the signed checkpoints: a record that was
 * changed, dropped, exchanged, moved or put in, a personal part that was exchanged, a cut tail, a checkpoint that
 * nobody signed. A personal part that was erased is no contradiction.
 */
export async function verifyLedger(store: Store, keys: readonly VerificationKey[]): Promise<LedgerReport> {
  const heads = await store.ledgerHeads();
  const checkpoints = await store.checkpoints();
  let records = 0;
  const report = (firstProblem?: string): LedgerReport => ({
    ok: firstProblem === undefined,
    replicas: heads.length,
    records,
    checkpoints: checkpoints.length,
    ...(firstProblem === undefined ? {} : { firstProblem }),
  });
  for (const checkpoint of checkpoints) {
    const problem = await signatureProblem(checkpoint, keys);
    if (problem !== undefined)
      return report(`${checkpoint.replica} checkpoint ${checkpoint.sequence}: ${problem}`);
  }
  for (const head of heads) {
    const own = checkpoints.filter(({ replica }) => replica === head.replica);
    const chain = await verifyChain(
      store,
      head,
      new Map(own.map((checkpoint) => [checkpoint.sequence, checkpoint.hash])),
    );
    records += chain.records;
    if (chain.problem !== undefined) return report(`${head.replica} ${chain.problem}`);
  }
  return report();
}

interface Head {
  readonly replica: string;
  readonly sequence: number;
  readonly hash: string;
}

async function verifyChain(
  store: Store,
  head: Head,
  signed: ReadonlyMap<number, string>,
): Promise<{ records: number; problem?: string }> {
  let previous = { sequence: 0, hash: GENESIS };
  for (;;) {
    const page = await store.ledger({ replica: head.replica, after: previous.sequence, limit: PAGE });
    if (page.length === 0) break;
    for (const record of page) {
      const problem =
        recordProblem(record, previous, signed.get(record.sequence)) ??
        (await personalProblem(store, record));
      if (problem !== undefined)
        return { records: record.sequence, problem: `record ${record.sequence}: ${problem}` };
      previous = { sequence: record.sequence, hash: record.hash };
    }
  }
  const kept = previous.sequence > head.sequence ? await headOfGrown(store, head, previous) : head;
  const problem = endProblem(previous, kept, Math.max(0, ...signed.keys()));
  return { records: previous.sequence, ...(problem === undefined ? {} : { problem }) };
}

/** A chain that is written while it is read has a newer head by now; one beyond the last record read confirms that one. */
async function headOfGrown(
  store: Store,
  head: Head,
  last: { sequence: number; hash: string },
): Promise<Head> {
  const newer = (await store.ledgerHeads()).find(({ replica }) => replica === head.replica) ?? head;
  return newer.sequence > last.sequence ? { ...newer, ...last } : newer;
}

function recordProblem(
  record: LedgerRecord,
  previous: { sequence: number; hash: string },
  signedHash: string | undefined,
): string | undefined {
  if (record.sequence !== previous.sequence + 1)
    return `record ${previous.sequence + 1} is missing before it`;
  if (record.previous !== previous.hash) return "it does not follow the record before it";
  if (hashOf(record) !== record.hash) return "its hash does not match its content";
  if (signedHash !== undefined && signedHash !== record.hash) return "the signed checkpoint says otherwise";
  return undefined;
}

/** The same text as the writer hashed, built here from the record as read. */
function hashOf(record: LedgerRecord): string {
  const { replica, sequence, kind, at, tenant, decisionId, body, commitment, previous } = record;
  return digestOf({
    at,
    body,
    kind,
    previous,
    replica,
    sequence,
    ...(commitment === undefined ? {} : { commitment }),
    ...(decisionId === undefined ? {} : { decision: decisionId }),
    ...(tenant === null ? {} : { tenant }),
  });
}

async function personalProblem(store: Store, record: LedgerRecord): Promise<string | undefined> {
  const personal = await store.personal(record.replica, record.sequence);
  if (personal === undefined) return undefined;
  return digestOf({ salt: personal.salt, value: personal.value }) === record.commitment
    ? undefined
    : "its personal part is not the one it committed to";
}

function endProblem(
  last: { sequence: number; hash: string },
  head: Head,
  signedUpTo: number,
): string | undefined {
  if (last.sequence < signedUpTo)
    return `records after ${last.sequence} are missing: a checkpoint was signed at ${signedUpTo}`;
  if (last.sequence !== head.sequence || last.hash !== head.hash)
    return `record ${last.sequence} is not the head that was kept (${head.sequence})`;
  return undefined;
}

async function signatureProblem(
  checkpoint: LedgerCheckpoint,
  keys: readonly VerificationKey[],
): Promise<string | undefined> {
  const key = keys.find(({ keyId }) => keyId === checkpoint.keyId);
  if (key === undefined) return "signed with an unknown key";
  const valid = await crypto.subtle.verify(
    { name: "ECDSA", hash: "SHA-256" },
    key.key,
    Buffer.from(checkpoint.signature, "base64url"),
    new Uint8Array(checkpointText(checkpoint)),
  );
  return valid ? undefined : "its signature does not verify";
}
