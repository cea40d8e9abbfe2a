import { type AdapterContext, Refusal, systemAnswer } from "@watchword/core";
import { baseUrlOf } from "./org-host.ts";
import { salesforceHeaders } from "./salesforce-headers.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";

/** Seconds for which an org whose requests are spent is left alone: it says so by a code alone, and of a day's limit a little comes back all the time. */
export const LIMIT_SECONDS = 60;

/** One call of the adapter's own. */
export interface SalesforceCall {
  /** Path with query; built from checked values only. */
  readonly path: string;
  /** Posted, where there is one. */
  readonly form?: Readonly<Record<string, string>>;
  readonly authorization?: string;
  readonly signal: AbortSignal;
}

/** An answer, its body parsed; `undefined` where there is none. */
export interface SalesforceAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The description of an object with many fields is this long. */
const MAX_BODY_BYTES = 4_194_304;

/**
 * Calls the connection's org and gives what it answered, refusals too. No redirect is followed, and no error carries a key, a
 * token or anything that was answered.
 *
 * @throws Refusal `downstream_unavailable` without a usable answer, for 429, 5xx and a spent request limit; `downstream_refused` for a
 * redirect; `configuration_invalid`
 */
export async function callSalesforce(
  settings: SalesforceSettings,
  { fetch, connection }: Pick<AdapterContext, "fetch" | "connection">,
  { path, form, authorization, signal }: SalesforceCall,
): Promise<SalesforceAnswer> {
  const response = await answer.send(fetch, `${baseUrlOf(settings, connection.account)}${path}`, {
    method: form === undefined ? "GET" : "POST",
    headers: salesforceHeaders({
      ...(authorization === undefined ? {} : { authorization }),
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    }),
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    signal,
  });
  const { status } = response;
  if (status === 0 || status === 429 || status >= 500 || (status >= 300 && status < 400)) {
    await response.body?.cancel().catch(() => undefined);
    throw statusRefusal(status);
  }
  const bytes = await answer.bytes(response);
  // An ended token is answered with a page; only what succeeds or refuses in JSON is looked into.
  const body = bytes.byteLength === 0 ? undefined : answer.json(bytes);
  if (status === 403 && codeOf(body) === "REQUEST_LIMIT_EXCEEDED")
    throw new Refusal("rate_limited", {
      detail: "salesforce: the org's request limit is spent",
      retryAfterSeconds: LIMIT_SECONDS,
    });
  return { status, body };
}

/** The code of a refusal, in either of Salesforce's forms: `[{ errorCode }]` of the API, `{ error }` of OAuth. */
export function codeOf(body: unknown): string | undefined {
  const first: unknown = Array.isArray(body) ? body[0] : body;
  if (typeof first !== "object" || first === null) return undefined;
  const { errorCode, error } = first as Readonly<Record<string, unknown>>;
  const code = errorCode ?? error;
  return typeof code === "string" && /^[A-Za-z_]{1,64}$/.test(code) ? code : undefined;
}

/** The refusal for an answer that is none of those expected: definite, with what is required and held. */
export function refusedAnswer(
  { status, body }: SalesforceAnswer,
  required: string,
  held: string,
  next: string,
): Refusal {
  const code = codeOf(body);
  return new Refusal("downstream_refused", {
    detail: `salesforce answered HTTP ${status}${code === undefined ? "" : ` ${code}`}; required: ${required}; held: ${held}; next: ${next}`,
    failedFact: "credential",
  });
}

/** The refusal for an answer that cannot be used. */
export const unusable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `salesforce: ${what}` });

function statusRefusal(status: number): Refusal {
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  if (status === 0 || (status >= 300 && status < 400))
    return new Refusal("downstream_refused", {
      detail: `salesforce answered a redirect (HTTP ${status}), which is never followed; next: check whether the My Domain was renamed`,
      failedFact: "credential",
    });
  return unusable(`HTTP ${status}`);
}

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable });
