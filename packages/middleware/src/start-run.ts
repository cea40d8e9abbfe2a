import {
  AUTHORIZATION_DETAILS_TYPES,
  type Ceiling,
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
} from "@watchword/core";
import { type HeldRun, type RunExchange, exchangeRun } from "./exchange-run.ts";

/** What a run is started with. */
export interface RunOptions {
  /** On whose behalf; left out: the agent's own. `tokenType` is a URI of RFC 8693 section 3, default an ID token. */
  readonly user?: { readonly token: string; readonly tokenType?: string };
  /** The conversation that this run continues; default: a new one. */
  readonly thread?: string;
  /** At most this, narrower than what the agent could get. */
  readonly ceiling?: Ceiling;
  /** No person watches. */
  readonly background?: boolean;
  /** A starter's single-use ticket (`run-ticket+jwt`), instead of a user: it says tenant, agent and whom the run is for. */
  readonly ticket?: string;
  /**
   * Can only disagree with the tenant that the broker verifies, never choose it; except for a workload that the policy lets
   * assert its tenant, whose runs write nothing unless a grant accepts that.
   */
  readonly tenant?: string;
  /** Whom such a workload says the run is for. It is never taken for a verified user. */
  readonly assertedUser?: string;
}

/** What starting a run needs of its runtime. */
export interface RunStarter extends RunExchange {
  readonly workload: () => Promise<string>;
  readonly agent: string;
}

/**
 * The start exchange: shows the workload's and the user's token, and proves the fresh run key.
 *
 * @throws Refusal with the broker's reason
 */
export async function startRun(starter: RunStarter, signer: Signer, options: RunOptions): Promise<HeldRun> {
  const workload = await starter.workload();
  const { user, ticket, thread, ceiling, tenant, assertedUser } = options;
  const details = {
    type: AUTHORIZATION_DETAILS_TYPES.run,
    agent: starter.agent,
    background: options.background ?? false,
    ...(thread === undefined ? {} : { thread }),
    ...(ceiling === undefined ? {} : { ceiling }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(assertedUser === undefined ? {} : { user: assertedUser }),
  };
  return exchangeRun(starter, "start", signer, {
    grant_type: TOKEN_EXCHANGE_GRANT,
    ...subjectOf(workload, user, ticket),
    actor_token: workload,
    actor_token_type: TOKEN_TYPE_URIS.workload,
    requested_token_type: TOKEN_TYPE_URIS.run,
    authorization_details: JSON.stringify([details]),
  });
}

/** Who the run is for, as its subject token: a ticket, a user's token, or the workload itself. */
function subjectOf(
  workload: string,
  user: RunOptions["user"],
  ticket: string | undefined,
): { readonly subject_token: string; readonly subject_token_type: string } {
  if (ticket !== undefined) return { subject_token: ticket, subject_token_type: TOKEN_TYPE_URIS.ticket };
  return {
    subject_token: user?.token ?? workload,
    subject_token_type:
      user === undefined ? TOKEN_TYPE_URIS.workload : (user.tokenType ?? TOKEN_TYPE_URIS.idToken),
  };
}

/**
 * The renewal: the run's own token and key, and a fresh token of the workload.
 *
 * @throws Refusal with the broker's reason
 */
export async function renewRun(starter: RunStarter, signer: Signer, runToken: string): Promise<HeldRun> {
  return exchangeRun(starter, "renew", signer, {
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: runToken,
    subject_token_type: TOKEN_TYPE_URIS.run,
    actor_token: await starter.workload(),
    actor_token_type: TOKEN_TYPE_URIS.workload,
    requested_token_type: TOKEN_TYPE_URIS.run,
  });
}
