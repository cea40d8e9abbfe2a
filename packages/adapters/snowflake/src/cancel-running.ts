import {
  type AdapterContext,
  type RevocationOutcome,
  type SealedCredential,
  readCompactJws,
} from "@watchword/core";
import { z } from "zod";
import { callSnowflake } from "./call-snowflake.ts";
import { audienceOf } from "./plan-authority.ts";
import type { SnowflakeSettings } from "./snowflake-options.ts";

const CANCEL_MILLISECONDS = 5_000;
const STILL_RUNNING = 202;
const Scopes = z.object({ scp: z.array(z.string()).min(1) });

/**
 * The end of a lease: what its statement still computes is cancelled. The token itself nobody can take back; it never left the gateway,
 * and ends within its minute. `revoked`: a running statement was cancelled. `unknown`: whether it runs was not heard, so it is asked again.
 */
export async function cancelRunning(
  settings: SnowflakeSettings,
  credential: SealedCredential,
  context: AdapterContext,
): Promise<RevocationOutcome> {
  const outcomes = (await context.outcomes?.()) ?? [];
  const running = outcomes.flatMap(({ status, ids: { statement } }) =>
    status === STILL_RUNNING && statement !== undefined ? [statement] : [],
  );
  if (running.length === 0) return "injected_only";
  const { account } = context.connection;
  // The lease's own token is over by now, or soon: another one for the same role.
  const { scp } = credential.open((token) => Scopes.parse(readCompactJws(token).claims));
  const token = await context.federationToken?.(audienceOf(account), { scp });
  if (token === undefined) return "unknown";
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CANCEL_MILLISECONDS)]);
  const base = settings.baseUrl ?? audienceOf(account);
  const statuses = await Promise.all(
    running.map(async (handle) => {
      const url = `${base}/api/v2/statements/${handle}/cancel`;
      return (await callSnowflake(context.fetch, { url, token, signal })).status;
    }),
  );
  if (statuses.some((status) => status !== 200 && status !== 422)) return "unknown";
  return statuses.includes(200) ? "revoked" : "injected_only";
}
