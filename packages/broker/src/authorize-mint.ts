import {
  type Adapter,
  type AdapterContext,
  type Authority,
  type Minted,
  Refusal,
  type RevocationOutcome,
  type SealedCredential,
} from "@watchword/core";
import type { MeteredContext } from "./adapter-context.ts";
import { limitOf } from "./quotas/metered-fetch.ts";

/** Milliseconds that revoking a credential that nobody will get may take. */
const WITHDRAW_MILLISECONDS = 5_000;

declare const recorded: unique symbol;

/**
 * Leave to mint exactly one credential: it exists only after the intent's transaction committed. Made by
 * `recordIntent` and by nobody else, so that no path can reach a mint around the record.
 */
export interface MintPermit {
  readonly [recorded]: true;
  readonly decisionId: string;
  readonly authority: Authority;
}

/** How a mint that gave nothing ended: `definite` means the system surely issued nothing. */
export class MintFailure extends Error {
  override readonly name = "MintFailure";
  readonly refusal: Refusal;
  readonly definite: boolean;

  constructor(refusal: Refusal, definite: boolean) {
    super(refusal.message);
    this.refusal = refusal;
    this.definite = definite;
  }
}

/**
 * The single function that every mint passes: first exchange, repeated exchange, later delegation, renewal and resume.
 * What the system granted is compared with what was decided before anybody sees it; wider is revoked and refused.
 *
 * `stillHolds` looks once more at what may have changed since the decision, with nothing minted yet; it is no option, so
 * that no path can leave it out.
 *
 * @throws MintFailure with whatever no longer holds (definite); with `credential_wider`, `downstream_refused` (definite) or `downstream_unavailable`
 */
export async function authorizeMint(
  permit: MintPermit,
  adapter: Adapter,
  context: MeteredContext,
  stillHolds: () => Promise<void>,
): Promise<Minted> {
  await requireStill(stillHolds);
  let minted: Minted;
  try {
    minted = await adapter.mint(permit.authority, context);
  } catch (error) {
    const { meter } = context;
    const limit = await limitOf(meter, error);
    // INVARIANT: definite only while nothing got through that the system may have carried out.
    if (limit !== undefined) throw new MintFailure(limit, meter?.reached === 0);
    const refusal = Refusal.from(error, "downstream_unavailable", { failedFact: "credential" });
    throw new MintFailure(refusal, refusal.reason === "downstream_refused");
  }
  // INVARIANT: no wider than asked. An adapter whose comparison throws has not shown that it is narrow.
  if (isWithin(adapter, permit.authority, minted.granted)) return minted;
  const outcome = await withdraw(adapter, minted.credential, context);
  throw new MintFailure(
    new Refusal("credential_wider", {
      detail: `the system granted more than was planned; revocation: ${outcome}`,
      failedFact: "credential",
    }),
    false,
  );
}

/** @throws MintFailure, definite, with whatever no longer holds */
export async function requireStill(stillHolds: () => Promise<void>): Promise<void> {
  try {
    await stillHolds();
  } catch (error) {
    throw new MintFailure(Refusal.from(error, "internal", { failedFact: "evidence" }), true);
  }
}

/**
 * Revokes a credential that nobody will get, within a time of its own: the mint may have taken all of the mint's. Never
 * throws.
 */
export async function withdraw(
  adapter: Adapter,
  credential: SealedCredential,
  context: AdapterContext,
): Promise<RevocationOutcome> {
  try {
    return await adapter.revoke(credential, {
      ...context,
      signal: AbortSignal.timeout(WITHDRAW_MILLISECONDS),
    });
  } catch {
    return "unknown";
  }
}

function isWithin(adapter: Adapter, authority: Authority, granted: Authority): boolean {
  try {
    return adapter.covers(authority, granted);
  } catch {
    return false;
  }
}
