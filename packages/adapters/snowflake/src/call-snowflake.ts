import { type AdapterContext, Refusal, type SealedCredential, systemAnswer } from "@watchword/core";
import { snowflakeHeaders } from "./snowflake-headers.ts";

/** One call of the adapter's own. */
export interface SnowflakeCall {
  readonly url: string;
  readonly token: SealedCredential;
  readonly body?: object;
  readonly signal: AbortSignal;
}

/** An answer, its body parsed; `undefined` where there is none. */
export interface SnowflakeAnswer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BODY_BYTES = 262_144;

/**
 * Calls Snowflake and gives what it answered, refusals too. No redirect is followed, no more than 256 KiB are read, and no error
 * carries a token or anything that Snowflake answered.
 *
 * @throws Refusal `downstream_unavailable` without a usable answer, for 429 and 5xx; `downstream_refused` for a redirect
 */
export async function callSnowflake(
  fetch: AdapterContext["fetch"],
  call: SnowflakeCall,
): Promise<SnowflakeAnswer> {
  const { url, token, body, signal } = call;
  const response = await answer.send(fetch, url, {
    method: "POST",
    headers: {
      ...snowflakeHeaders(body !== undefined),
      authorization: token.open((text) => `Bearer ${text}`),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  const { status } = response;
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  const redirected = status === 0 || (status >= 300 && status < 400);
  if (redirected || status === 429 || status >= 500) {
    await response.body?.cancel().catch(() => undefined);
    throw redirected
      ? new Refusal("downstream_refused", {
          detail: `snowflake answered a redirect (HTTP ${status}), which is never followed; next: check the account's name`,
          failedFact: "credential",
        })
      : unusable(`HTTP ${status}`);
  }
  const bytes = await answer.bytes(response);
  return { status, body: bytes.byteLength === 0 ? undefined : answer.json(bytes) };
}

/** The refusal for an answer that cannot be used. */
export const unusable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `snowflake: ${what}` });

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable });
