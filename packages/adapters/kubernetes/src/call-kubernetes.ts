import { type AdapterContext, Refusal, type SealedCredential, systemAnswer } from "@watchword/core";
import { bearer } from "./kubernetes-headers.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";

/** On whose behalf the adapter calls: with which token, for how long, and under which name. */
export interface Caller {
  readonly token: SealedCredential;
  readonly signal: AbortSignal;
  readonly userAgent: string;
}

/** One call of the adapter's own. */
export interface KubernetesCall extends Caller {
  readonly method: "GET" | "POST" | "DELETE";
  /** Built from checked values only. */
  readonly path: string;
  readonly body?: object;
}

/** An answer, its body parsed; `undefined` where there is none. */
export interface KubernetesAnswer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BODY_BYTES = 1_048_576;

/**
 * Calls the API server and gives what it answered, refusals too. No redirect is followed, no more than 1 MiB are read, and no
 * error carries a token or anything that was answered.
 *
 * @throws Refusal `downstream_unavailable` without a usable answer, for 429 and 5xx; `downstream_refused` for a redirect
 */
export async function callKubernetes(
  settings: KubernetesSettings,
  fetch: AdapterContext["fetch"],
  { method, path, token, body, signal, userAgent }: KubernetesCall,
): Promise<KubernetesAnswer> {
  const response = await answer.send(fetch, `${settings.baseUrl}${path}`, {
    method,
    headers: {
      accept: "application/json",
      authorization: bearer(token),
      "user-agent": userAgent,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  const { status } = response;
  if (status === 0 || status === 429 || status >= 500 || (status >= 300 && status < 400)) {
    await response.body?.cancel().catch(() => undefined);
    throw statusRefusal(status);
  }
  const bytes = await answer.bytes(response);
  return { status, body: bytes.byteLength === 0 ? undefined : answer.json(bytes) };
}

/** The refusal for an answer that is none of those expected: definite, with what is required and held. */
export function refusedAnswer(status: number, required: string, held: string, next: string): Refusal {
  return new Refusal("downstream_refused", {
    detail: `kubernetes answered HTTP ${status}; required: ${required}; held: ${held}; next: ${next}`,
    failedFact: "credential",
  });
}

/** The refusal for an answer that cannot be used. */
export const unusable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `kubernetes: ${what}` });

function statusRefusal(status: number): Refusal {
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  if (status === 0 || (status >= 300 && status < 400))
    return new Refusal("downstream_refused", {
      detail: `kubernetes answered a redirect (HTTP ${status}), which is never followed; next: check baseUrl`,
      failedFact: "credential",
    });
  return unusable(`HTTP ${status}`);
}

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable });
