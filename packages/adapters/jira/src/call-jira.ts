import { type AdapterContext, Refusal, type SealedCredential, systemAnswer } from "@watchword/core";
import { RESOLVE_USER_AGENT, bearer, jiraHeaders } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";
import { apiPath } from "./own-project.ts";

/** One call of the adapter's own. */
export interface JiraCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A body makes it a POST. */
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** An answer, its body parsed; `undefined` where there is none. */
export interface JiraAnswer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BODY_BYTES = 524_288;

/**
 * Calls Jira or its token endpoint and gives what it answered, refusals too. No redirect is followed, no more than 512 KiB are
 * read, and no error carries a secret, a token or anything that was answered.
 *
 * @throws Refusal `downstream_unavailable` without a usable answer, for 429 and 5xx; `downstream_refused` for a redirect
 */
export async function callJira(fetch: AdapterContext["fetch"], call: JiraCall): Promise<JiraAnswer> {
  const { url, headers, body, signal } = call;
  const response = await answer.send(fetch, url, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
    signal,
  });
  const { status } = response;
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  const redirected = status === 0 || (status >= 300 && status < 400);
  if (redirected || status === 429 || status >= 500) {
    await response.body?.cancel().catch(() => undefined);
    throw redirected
      ? new Refusal("downstream_refused", {
          detail: `jira answered a redirect (HTTP ${status}), which is never followed; next: check its address`,
          failedFact: "credential",
        })
      : unusable(`HTTP ${status}`);
  }
  const bytes = await answer.bytes(response);
  if (status >= 400) return { status, body: undefined };
  return { status, body: answer.json(bytes) };
}

/**
 * Reads one object of the connection's site; `undefined` when it is not there, or not for this account to see: Jira does not
 * tell these apart.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`
 */
export async function readJira(
  settings: JiraSettings,
  { connection, fetch }: Pick<AdapterContext, "connection" | "fetch">,
  read: { readonly path: string; readonly token: SealedCredential; readonly signal: AbortSignal },
): Promise<unknown> {
  const { status, body } = await callJira(fetch, {
    url: `${settings.baseUrl}${apiPath(settings, connection.account)}${read.path}`,
    headers: jiraHeaders({ authorization: bearer(read.token) }, RESOLVE_USER_AGENT),
    signal: read.signal,
  });
  if (status === 200) return body;
  if (status === 404) return undefined;
  throw refusedAnswer(
    status,
    `leave to read ${settings.kind === "cloud" ? "the site with scope" : "with scope"} ${settings.scopes.read.join(" ")}`,
    "a token that does not reach it",
    "check the account, and what the service account may do there",
  );
}

/** The refusal for an answer that is none of those expected: definite, with what is required and held. */
export function refusedAnswer(status: number, required: string, held: string, next: string): Refusal {
  return new Refusal("downstream_refused", {
    detail: `jira answered HTTP ${status}; required: ${required}; held: ${held}; next: ${next}`,
    failedFact: "credential",
  });
}

/** The refusal for an answer that cannot be used. */
export const unusable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `jira: ${what}` });

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable });
