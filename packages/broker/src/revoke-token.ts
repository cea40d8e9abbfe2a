import {
  type LeaseRecord,
  type LedgerEntry,
  Refusal,
  TOKEN_TYPES,
  type VerifiedProof,
  numericDate,
  randomToken,
  readCompactJws,
  revocationUrl,
  sha256,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { recordRefusal } from "./record-refusal.ts";
import { type VerifiedRun, readRunToken } from "./run-token.ts";
import { endLease } from "./sweep-leases.ts";
import { type VerifiedAccessToken, isAccessToken, verifyAccessToken } from "./verify-access-token.ts";
import { verifyHolder } from "./verify-caller.ts";

/** A token, and the proof of its key that was made for it. */
export interface RevocationRequest {
  readonly token: string;
  readonly proof: string;
}

/** What a revocation found: the token, or nothing that was in force. */
export type Revoked = "token" | "nothing";

const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Revokes a run token, a gateway handle or an access token for whoever proves its key (RFC 7009): with a run token its run ends,
 * descendants and leases included; with the others their lease. What is not known, or is over, is revoked already. Idempotent.
 * A service that asks nobody takes a revoked access token until its end.
 *
 * @throws Refusal `caller_unknown`, `token_kind_unsupported` (counted), `proof_invalid` for somebody else's token (recorded),
 *   `ledger_unavailable`: the token is still alive
 */
export async function revokeToken(context: BrokerContext, request: RevocationRequest): Promise<Revoked> {
  let holder: VerifiedProof;
  try {
    holder = await verifyHolder(context, revocationUrl(context.issuer), request);
    checkKind(request.token);
  } catch (error) {
    throw counted(context, error);
  }
  if (HANDLE.test(request.token)) return revokeHandle(context, request.token, holder);
  return isAccessToken(request.token)
    ? revokeAccess(context, request.token, holder)
    : revokeRun(context, request.token, holder);
}

/**
 * RFC 7009 section 2.2.1. A released credential of a system is the system's, and dies with its lease; to say that it was revoked
 * here would be a lie.
 */
function checkKind(token: string): void {
  if (HANDLE.test(token) || isAccessToken(token)) return;
  let typ: string | undefined;
  try {
    typ = readCompactJws(token, { maxBytes: 65_536, allowJwk: true }).header.typ;
  } catch {
    typ = undefined;
  }
  if (typ !== TOKEN_TYPES.run)
    throw new Refusal("token_kind_unsupported", {
      detail: "neither a run token nor a gateway handle nor an access token",
      failedFact: "token",
    });
}

async function revokeRun(context: BrokerContext, token: string, holder: VerifiedProof): Promise<Revoked> {
  const run = await readRun(context, token);
  if (run === undefined) return "nothing";
  const { record, claims } = run;
  const body = { run: record.id, agent: record.agent };
  if (claims.cnf.jkt !== holder.thumbprint) {
    const refusal = strangers();
    // A token that is no longer in force vouches for nobody: what is asked with it must not fill the ledger.
    if (claims.exp <= numericDate(context.clock)) throw counted(context, refusal);
    throw await refused(context, refusal, "run_ended", record.tenant, body);
  }
  await context.store.endRun(record.id, numericDate(context.clock), {
    kind: "run_ended",
    at: context.clock.now(),
    tenant: record.tenant,
    body: { ...body, outcome: "revoked_by_holder" },
  });
  return "token";
}

async function readRun(context: BrokerContext, token: string): Promise<VerifiedRun | undefined> {
  try {
    return await readRunToken(context, token);
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    if (refusal.reason === "run_ended" || refusal.reason.startsWith("token_")) return undefined;
    throw counted(context, refusal);
  }
}

async function revokeHandle(context: BrokerContext, handle: string, holder: VerifiedProof): Promise<Revoked> {
  const lease = await context.store.leaseByHandle(sha256(handle));
  if (lease === undefined || lease.revocation !== null) return "nothing";
  const { id, system, tenant } = lease;
  if (lease.thumbprint !== holder.thumbprint)
    throw await refused(context, strangers(), "revocation", tenant, { lease: id, system });
  await killHandle(context, lease);
  // The credential is the broker's to end: where the system does not answer now, the sweeper goes on with it.
  await endLease(context, lease);
  return "token";
}

async function revokeAccess(context: BrokerContext, token: string, holder: VerifiedProof): Promise<Revoked> {
  let known: VerifiedAccessToken;
  try {
    known = await verifyAccessToken(context, token);
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    if (refusal.reason === "lease_unknown" || refusal.reason.startsWith("token_")) return "nothing";
    throw counted(context, refusal);
  }
  const { claims, lease } = known;
  if (lease.revocation !== null) return "nothing";
  if (claims.cnf?.jkt !== holder.thumbprint)
    throw await refused(context, strangers(), "revocation", lease.tenant, {
      lease: lease.id,
      system: lease.system,
    });
  await endLease(context, lease);
  return "token";
}

/** INVARIANT: the handle is dead before the system is asked for anything; a system that is down keeps no handle alive. */
async function killHandle(context: BrokerContext, lease: LeaseRecord): Promise<void> {
  const entry: LedgerEntry = {
    kind: "revocation",
    at: context.clock.now(),
    tenant: lease.tenant,
    decisionId: lease.decisionId,
    body: { lease: lease.id, system: lease.system, outcome: "handle_revoked_by_holder" },
  };
  // INVARIANT: what may be prolonged by its id is over as a whole: another handle would leave that to be done.
  if (lease.job !== undefined) await context.store.expireLease(lease.id, numericDate(context.clock), entry);
  else await context.store.replaceHandle(lease.id, sha256(randomToken(32)), entry);
}

function strangers(): Refusal {
  return new Refusal("proof_invalid", { detail: "the proof was made with another key", failedFact: "token" });
}

function refused(
  context: BrokerContext,
  refusal: Refusal,
  kind: LedgerEntry["kind"],
  tenant: string,
  body: Readonly<Record<string, string>>,
): Promise<Refusal> {
  return recordRefusal(context, refusal, {
    kind,
    at: context.clock.now(),
    tenant,
    body: { ...body, outcome: "refused", reason: refusal.reason },
  });
}

function counted(context: BrokerContext, error: unknown): Refusal {
  const refusal = Refusal.from(error, "internal");
  context.counted.note(refusal);
  return refusal;
}
