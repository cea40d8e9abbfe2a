import { type AdapterContext, Refusal, systemAnswer } from "@watchword/core";

const MAX_ANSWER_BYTES = 65_536;

/** One call of Google for the adapter itself. */
export interface GoogleCall {
  readonly url: string;
  /** What it is, for the operator. */
  readonly what: string;
  readonly required: string;
  readonly next: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/**
 * Makes one call, and gives its JSON answer. Of a refusal the status is said, and nothing that Google answered: it quotes requests.
 *
 * @throws Refusal `downstream_refused` (400, 401, 403, 404 and redirects: nothing was given), `downstream_unavailable`
 */
export async function callGoogle(context: AdapterContext, call: GoogleCall): Promise<unknown> {
  const response = await answer.send(context.fetch, call.url, {
    method: "POST",
    headers: { accept: "application/json", "user-agent": call.userAgent, ...call.headers },
    body: call.body,
    signal: call.signal,
  });
  const { status } = response;
  if (status === 200) return answer.json(await answer.bytes(response));
  await response.body?.cancel().catch(() => undefined);
  // Some fetch implementations report a redirect that was not followed as an opaque response with status 0.
  if (status === 0 || (status >= 300 && status < 400))
    throw refused(`a redirect (HTTP ${status}) to ${call.what}, which is never followed`);
  if ([400, 401, 403, 404].includes(status))
    throw refused(
      `HTTP ${status} to ${call.what}; required: ${call.required}; held: one that Google refuses; next: ${call.next}`,
    );
  throw unusable(`HTTP ${status} to ${call.what}`);
}

/** The refusal for an answer that is no definite no. */
export function unusable(what: string): Refusal {
  return new Refusal("downstream_unavailable", { detail: `google: ${what}` });
}

function refused(what: string): Refusal {
  return new Refusal("downstream_refused", {
    detail: `google answered ${what}`,
    failedFact: "credential",
  });
}

const answer = systemAnswer({ maxBytes: MAX_ANSWER_BYTES, unusable });
