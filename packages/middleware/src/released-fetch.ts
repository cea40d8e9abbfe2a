import { type Reason, Refusal } from "@watchword/core";
import { type CredentialFetch, targetOf } from "./credential-fetch.ts";

/** A released credential in the runtime's hands. */
export interface ReleasedCredential {
  readonly token: string;
  readonly origins: readonly string[];
}

/**
 * `fetch` for a released credential: it goes to the system itself, with the credential, to the lease's own origins only, and
 * follows no redirect. What the tool sends is not compared with the action; the grant accepted that.
 */
export function releasedFetch(
  way: typeof globalThis.fetch,
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
    const { token, origins } = current();
    const target = targetOf(input, origins);
    if (target === undefined) throw refuse("target_refused", "the URL is not one of the lease's system");
    // What was checked is what is sent: text is not made of `input` a second time.
    const request = input instanceof Request ? new Request(input, init) : new Request(target, init);
    const headers = new Headers(request.headers);
    for (const name of ["proxy-authorization", "cookie", "dpop"]) headers.delete(name);
    headers.set("authorization", `Bearer ${token}`);
    return way(
      new Request(request, {
        headers,
        redirect: "error",
        signal: AbortSignal.any([signal, request.signal]),
      }),
    );
  };
  return Object.freeze<CredentialFetch>({
    fetch: send,
    release: () => current().token,
    close: () => void (credential = undefined),
    lastRefusal: () => last,
  });
}
