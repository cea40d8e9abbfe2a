import { type AdapterContext, Refusal, systemAnswer } from "@watchword/core";
import { fixedHeaders } from "./fixed-headers.ts";
import type { HttpSettings } from "./http-declaration.ts";
import { baseUrlOf } from "./origin-of.ts";
import { secretHeader } from "./inject-secret.ts";

/** One read-only call: where to, what the key needs for it, and how long it may take. */
export interface ObjectRead {
  /** Path with query; built from checked values only. */
  readonly path: string;
  /** For the operator: the operation or check that it is for. */
  readonly needs: string;
  readonly signal: AbortSignal;
}

const MAX_BODY_BYTES = 65_536;

/**
 * Reads one object; `undefined` when it is not there (404, 410). No redirect is followed, no more than 64 KiB are read, and
 * no error carries the key or anything that the system answered.
 *
 * @throws Refusal `downstream_refused` for 401, 403 and redirects; `downstream_unavailable` for everything else
 */
export async function readObject(
  settings: HttpSettings,
  context: AdapterContext,
  read: ObjectRead,
): Promise<unknown> {
  const headers = {
    ...fixedHeaders(settings, context.connection.account),
    [settings.secret.header]: secretHeader(settings, context.connection.secret),
  };
  const url = `${baseUrlOf(settings, context.connection.account)}${read.path}`;
  const response = await answer.send(context.fetch, url, {
    method: "GET",
    headers,
    signal: read.signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel().catch(() => undefined);
    if (response.status === 404 || response.status === 410) return undefined;
    throw statusRefusal(response.status, read.needs, context.connection.account);
  }
  return answer.json(await answer.bytes(response));
}

function statusRefusal(status: number, needs: string, account: string): Refusal {
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  if (status === 0 || (status >= 300 && status < 400))
    return refused(`a redirect (HTTP ${status}), which is never followed; check origin`);
  if (status === 401)
    return refused(
      `HTTP 401; required: a valid key for account ${account}; held: a key that the system does not accept`,
    );
  if (status === 403)
    return refused(
      `HTTP 403; required: ${needs} on account ${account}; held: a key without it, or without access to that account`,
    );
  return unavailable(`HTTP ${status}`);
}

const refused = (what: string): Refusal =>
  new Refusal("downstream_refused", {
    detail: `http: the system answered ${what}`,
    failedFact: "credential",
  });

const unavailable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `http: ${what}` });

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable: unavailable });
