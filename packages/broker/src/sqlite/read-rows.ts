import type {
  ApprovalProgress,
  ApprovalRecord,
  ApprovalState,
  ConnectionRecord,
  EvidenceRecord,
  LeaseRecord,
  LedgerCheckpoint,
  LedgerKind,
  LedgerRecord,
  OpenIntent,
  RevocationOutcome,
  RunRecord,
  Value,
  ValueMap,
} from "@watchword/core";
import type { StoredApproval, StoredLease, StoredRun } from "./command.ts";
import type { Row } from "./database.ts";

export function runOf(row: Row): RunRecord {
  const stored = JSON.parse(String(row["record"])) as Omit<StoredRun, "ancestors" | "chain" | "assurance"> &
    Partial<StoredRun>;
  return {
    ...stored,
    // A run of the store's first version has no parent, and does not say so.
    ancestors: stored.ancestors ?? [],
    chain: stored.chain ?? [stored.agent],
    // Before there was anything else, every identity was a verified one.
    assurance: stored.assurance ?? "verified",
    expiresAt: Number(row["expires_at"]),
    endedAt: row["ended_at"] as number | null,
  };
}

export function evidenceOf(row: Row): EvidenceRecord {
  return {
    source: String(row["source"]),
    commit: String(row["commit_id"]),
    state: row["state"] as EvidenceRecord["state"],
    digest: String(row["digest"]),
    receivedAt: Number(row["received_at"]),
    detail: String(row["detail"]),
  };
}

export function approvalOf(row: Row): ApprovalRecord {
  return {
    ...(JSON.parse(String(row["record"])) as StoredApproval),
    state: row["state"] as ApprovalState,
    decidedBy: row["decided_by"] as string | null,
    progress: JSON.parse(String(row["progress"])) as ApprovalProgress,
  };
}

export function leaseOf(row: Row): LeaseRecord {
  return {
    ...(JSON.parse(String(row["record"])) as StoredLease),
    expiresAt: Number(row["expires_at"]),
    handleHash: String(row["handle_hash"]),
    sealed: row["sealed"] as Uint8Array | null,
    uses: Number(row["uses"]),
    revocation: row["revocation"] as RevocationOutcome | null,
  };
}

export function connectionOf(row: Row): ConnectionRecord {
  return {
    tenant: String(row["tenant"]),
    system: String(row["system"]),
    account: String(row["account"]),
    settings: JSON.parse(String(row["settings"])) as ValueMap,
    sealed: row["sealed"] as Uint8Array,
    fingerprint: String(row["fingerprint"]),
    revision: Number(row["revision"]),
    earlier:
      row["earlier_until"] === null
        ? null
        : {
            sealed: row["earlier_sealed"] as Uint8Array,
            fingerprint: String(row["earlier_fingerprint"]),
            until: Number(row["earlier_until"]),
          },
  };
}

/** A ledger record without its personal part, which stands beside the chain. */
export function ledgerRecordOf(row: Row): LedgerRecord {
  return {
    replica: String(row["replica"]),
    sequence: Number(row["sequence"]),
    kind: row["kind"] as LedgerKind,
    at: Number(row["at"]),
    tenant: row["tenant"] as string | null,
    ...(row["decision_id"] === null ? {} : { decisionId: String(row["decision_id"]) }),
    ...(row["commitment"] === null ? {} : { commitment: String(row["commitment"]) }),
    body: JSON.parse(String(row["body"])) as Record<string, Value>,
    previous: String(row["previous"]),
    hash: String(row["hash"]),
  };
}

export function openIntentOf(row: Row): OpenIntent {
  return {
    decisionId: String(row["decision_id"]),
    leaseId: String(row["lease_id"]),
    tenant: String(row["tenant"]),
    system: String(row["system"]),
    run: String(row["run"]),
    now: Number(row["now"]),
  };
}

export function checkpointOf(row: Row): LedgerCheckpoint {
  return {
    replica: String(row["replica"]),
    sequence: Number(row["sequence"]),
    hash: String(row["hash"]),
    at: Number(row["at"]),
    keyId: String(row["key_id"]),
    signature: String(row["signature"]),
  };
}
