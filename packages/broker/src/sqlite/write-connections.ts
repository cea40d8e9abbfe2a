import type { ConnectionOutcome } from "@watchword/core";
import { bytesOfText } from "./bytes-text.ts";
import type { Commands } from "./command.ts";
import { type WriteState, raiseEpoch } from "./write-state.ts";

/**
 * Inserts or replaces a connection. INVARIANT: whoever changes it has seen the revision before, and no other tenant has the
 * account, where accounts are what keeps tenants apart; two tenants that have one from before this was looked at are in each
 * other's way until one gives it up.
 */
export function putConnection(
  state: WriteState,
  { tenant, system, account, entry, ...rest }: Commands["putConnection"],
): ConnectionOutcome {
  const { database } = state;
  const kept = database.get(
    "SELECT revision FROM connection WHERE tenant = ? AND system = ?",
    tenant,
    system,
  );
  if (rest.revision !== Number(kept?.["revision"] ?? 0) + 1) return "stale";
  const { alsoAccounts } = rest;
  if (!rest.sharedAccount && [account, ...alsoAccounts].some((one) => isTaken(state, system, one, tenant)))
    return "account_taken";
  database.run("DELETE FROM also_account WHERE tenant = ? AND system = ?", tenant, system);
  for (const one of new Set(alsoAccounts))
    database.run("INSERT INTO also_account VALUES (?, ?, ?)", system, one, tenant);
  database.run(
    "INSERT OR REPLACE INTO connection VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    tenant,
    system,
    account,
    rest.settings,
    bytesOfText(rest.sealed),
    rest.fingerprint,
    rest.revision,
    bytesOfText(rest.earlierSealed),
    rest.earlierFingerprint,
    rest.earlierUntil,
  );
  raiseEpoch(state, `tenant:${tenant}`);
  state.chain.append(entry);
  return "put";
}

/** Whether another tenant's connection opens an account, as its own or besides. */
function isTaken({ database }: WriteState, system: string, account: string, tenant: string): boolean {
  return [
    "SELECT 1 AS taken FROM connection WHERE system = ? AND account = ? AND tenant <> ? LIMIT 1",
    "SELECT 1 AS taken FROM also_account WHERE system = ? AND account = ? AND tenant <> ? LIMIT 1",
  ].some((sql) => database.get(sql, system, account, tenant) !== undefined);
}

/** Replaces a secret by the one that came of its use. INVARIANT: only the one that was used, so that no older one comes back. */
export function renewSecret(
  state: WriteState,
  { tenant, system, revision, replaces, sealed, fingerprint, entry }: Commands["renewSecret"],
): boolean {
  const renewed = state.database.run(
    "UPDATE connection SET sealed = ?, fingerprint = ? WHERE tenant = ? AND system = ? AND revision = ? AND fingerprint = ?",
    bytesOfText(sealed),
    fingerprint,
    tenant,
    system,
    revision,
    replaces,
  );
  if (renewed === 1) state.chain.append(entry);
  return renewed === 1;
}

/** Erases the earlier secrets whose time is over. */
export function forgetEarlierSecrets(
  state: WriteState,
  { now, entry }: Commands["forgetEarlierSecrets"],
): number {
  const forgotten = state.database.run(
    "UPDATE connection SET earlier_sealed = NULL, earlier_fingerprint = NULL, earlier_until = NULL WHERE earlier_until <= ?",
    now,
  );
  if (forgotten > 0) state.chain.append(entry);
  return forgotten;
}
