import { type AdapterContext, Refusal, systemAnswer } from "@watchword/core";
import { openKey, stripeHeaders } from "./stripe-headers.ts";
import type { StripeSettings } from "./stripe-options.ts";

/** One read-only call: where to, with which permission the key must allow it, and how long it may take. */
export interface StripeRead {
  /** Path with query; built from checked ids only. */
  readonly path: string;
  /** The dashboard's name of the permission, for the operator: `Charges: read`. */
  readonly needs: string;
  readonly signal: AbortSignal;
}

const MAX_BODY_BYTES = 65_536;

/**
 * Reads one object from Stripe; `undefined` when it is not there (404). No redirect is followed, no more than 64 KiB
 * are read, and no error carries the key or anything that Stripe answered.
 *
 * @throws Refusal `downstream_refused` for 401, 403 and redirects; `downstream_unavailable` for everything else
 */
export async function readStripe(
  settings: StripeSettings,
  context: AdapterContext,
  read: StripeRead,
): Promise<unknown> {
  const headers = {
    ...stripeHeaders(settings, context.connection.account),
    authorization: `Bearer ${openKey(context.connection.secret)}`,
  };
  const response = await answer.send(context.fetch, `${settings.baseUrl}${read.path}`, {
    method: "GET",
    headers,
    signal: read.signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel().catch(() => undefined);
    if (response.status === 404) return undefined;
    throw statusRefusal(response.status, read.needs, context.connection.account);
  }
  return answer.json(await answer.bytes(response));
}

function statusRefusal(status: number, needs: string, account: string): Refusal {
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  if (status === 0 || (status >= 300 && status < 400))
    return refused(`a redirect (HTTP ${status}), which is never followed; check baseUrl`);
  if (status === 401)
    return refused(
      `HTTP 401; required: a valid key for account ${account}; held: a key that Stripe does not accept (revoked, rolled or of another mode)`,
    );
  if (status === 403)
    return refused(
      `HTTP 403; required: permission "${needs}" on account ${account}; held: a key without it, or without access to that account`,
    );
  return unavailable(`HTTP ${status}`);
}

const refused = (what: string): Refusal =>
  new Refusal("downstream_refused", { detail: `stripe answered ${what}`, failedFact: "credential" });

const unavailable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `stripe: ${what}` });

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable: unavailable });
