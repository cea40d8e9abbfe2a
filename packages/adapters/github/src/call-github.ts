import { type AdapterContext, Refusal, systemAnswer } from "@watchword/core";
import { githubHeaders } from "./github-headers.ts";
import type { GithubSettings } from "./github-options.ts";

/** One call of the adapter's own. */
export interface GithubCall {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path with query; built from checked values only. */
  readonly path: string;
  readonly authorization: string;
  readonly userAgent: string;
  readonly body?: object;
  readonly signal: AbortSignal;
}

/** An answer, its body parsed; `undefined` where there is none. */
export interface GithubAnswer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BODY_BYTES = 2_097_152;

/**
 * Calls GitHub and gives what it answered, refusals too. No redirect is followed, no more than 2 MiB are read, and no
 * error carries a key, a token or anything that GitHub answered.
 *
 * @throws Refusal `downstream_unavailable` without a usable answer, for 429, 5xx and rate limits; `downstream_refused`
 * for a redirect
 */
export async function callGithub(
  settings: GithubSettings,
  fetch: AdapterContext["fetch"],
  call: GithubCall,
): Promise<GithubAnswer> {
  const response = await answer.send(fetch, `${settings.baseUrl}${call.path}`, {
    method: call.method,
    headers: githubHeaders(
      {
        authorization: call.authorization,
        ...(call.body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
      },
      call.userAgent,
    ),
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    signal: call.signal,
  });
  const { status } = response;
  const limited = status === 403 && response.headers.get("x-ratelimit-remaining") === "0";
  if (limited || status === 0 || status === 429 || status >= 500 || (status >= 300 && status < 400)) {
    await response.body?.cancel().catch(() => undefined);
    throw statusRefusal(status);
  }
  const bytes = await answer.bytes(response);
  return { status, body: bytes.byteLength === 0 ? undefined : answer.json(bytes) };
}

/** The refusal for an answer that is none of those expected: definite, with what is required and held. */
export function refusedAnswer(status: number, required: string, held: string, next: string): Refusal {
  return new Refusal("downstream_refused", {
    detail: `github answered HTTP ${status}; required: ${required}; held: ${held}; next: ${next}`,
    failedFact: "credential",
  });
}

/** The refusal for an answer that cannot be used. */
export const unusable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `github: ${what}` });

function statusRefusal(status: number): Refusal {
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  if (status === 0 || (status >= 300 && status < 400))
    return new Refusal("downstream_refused", {
      detail: `github answered a redirect (HTTP ${status}), which is never followed; next: check baseUrl, and whether the repository was renamed`,
      failedFact: "credential",
    });
  return unusable(`HTTP ${status}`);
}

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable });
