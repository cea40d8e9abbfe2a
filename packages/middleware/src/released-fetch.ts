import { type Reason, Refusal, numericDate, signProof } from "@watchword/core";
import { type CredentialFetch, targetOf } from "./credential-fetch.ts";
import type { RunSession } from "./run-session.ts";

/** A released credential in the runtime's hands. */
export interface ReleasedCredential {
  readonly token: string;
  readonly origins: readonly string[];
  /** Whether it is worth nothing without a proof of the run's key (RFC 9449). */
  readonly bound: boolean;
}

/**
 * `fetch` for a released credential: it goes to the system itself, with the credential, to the lease's own origins only, and
 * follows no redirect; one that is bound to the run's key goes with a fresh proof of it. What the tool sends is not compared with
 * the action here; the grant accepted that, or the credential itself says it.
 */
export function releasedFetch(
  session: Pick<RunSession, "fetch" | "signer" | "clock">,
  held: ReleasedCredential,
  signal: AbortSignal,
): CredentialFetch {
  let credential: ReleasedCredential | undefined = held;
  let last: Reason | undefined;
  const refuse = (reason: "target_refused" | "lease_expired", detail: string): Refusal => {
    last = reason;
    return new Refusal(reason, { detail, failedFact: "credential" });
  };
  const current = (): ReleasedCredential => {
    if (credential !== undefined) return credential;
    throw refuse("lease_expired", "the tool has returned; its credential is gone");
  };
  const send: typeof globalThis.fetch = async (input, init) => {
    const { token, origins, bound } = current();
    const target = targetOf(input, origins);
    if (target === undefined) throw refuse("target_refused", "the URL is not one of the lease's system");
    // What was checked is what is sent: text is not made of `input` a second time.
    const request = input instanceof Request ? new Request(input, init) : new Request(target, init);
    const headers = new Headers(request.headers);
    for (const name of ["proxy-authorization", "cookie", "dpop"]) headers.delete(name);
    headers.set("authorization", `${bound ? "DPoP" : "Bearer"} ${token}`);
    const once = (body?: ArrayBuffer): Promise<Response> =>
      session.fetch(
        new Request(request, {
          headers,
          redirect: "error",
          signal: AbortSignal.any([signal, request.signal]),
          ...(body === undefined ? {} : { body }),
        }),
      );
    if (!bound) return once();
    const body = request.body === null ? undefined : await request.arrayBuffer();
    const prove = async (nonce?: string): Promise<Response> => {
      const proved = { method: request.method, url: `${target.origin}${target.pathname}`, token };
      const contents = { ...proved, ...(nonce === undefined ? {} : { nonce }) };
      headers.set("dpop", await signProof(session.signer, contents, numericDate(session.clock)));
      // INVARIANT: nothing leaves after the tool has returned; body and proof may have taken longer than the tool.
      current();
      return once(body);
    };
    const first = await prove();
    const nonce = wantedNonce(first);
    if (nonce === undefined) return first;
    await first.body?.cancel();
    return prove(nonce);
  };
  return Object.freeze<CredentialFetch>({
    fetch: send,
    release: () => current().token,
    close: () => void (credential = undefined),
    lastRefusal: () => last,
  });
}

/** The nonce that a service wants in the proof (RFC 9449 section 9): it has done nothing with the request. */
function wantedNonce({ status, headers }: Response): string | undefined {
  const challenged = /\berror="use_dpop_nonce"/.test(headers.get("www-authenticate") ?? "");
  const nonce = headers.get("dpop-nonce");
  return status === 401 && challenged && nonce !== null && /^[\x21-\x7e]{1,256}$/.test(nonce)
    ? nonce
    : undefined;
}
