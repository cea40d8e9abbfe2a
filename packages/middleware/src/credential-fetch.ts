import { type Reason, Refusal, isReason, numericDate, signProof } from "@watchword/core";
import type { RunSession } from "./run-session.ts";

/** A lease in the runtime's hands. The handle stays in here; the tool gets functions over it. */
export interface HeldLease {
  readonly handle: string;
  readonly system: string;
  readonly gateway: string;
  readonly origins: readonly string[];
}

/** A way out that can be closed, and that remembers why the gateway last said no. */
export interface CredentialFetch {
  readonly fetch: typeof globalThis.fetch;
  /**
   * The credential itself, where the tool may hold it.
   *
   * @throws Refusal `target_refused` where it may not, `lease_expired` after `close`
   */
  readonly release: () => string;
  /** After it, every fetch is refused with `lease_expired` and the handle is forgotten. */
  close(): void;
  lastRefusal(): Reason | undefined;
}

const REASON_HEADER = "watchword-reason";
const REPLACED: readonly string[] = ["authorization", "proxy-authorization", "cookie", "dpop"];

/**
 * `fetch` for one lease: it takes URLs of the system, and sends to the gateway, with a fresh proof by the run key on
 * every request. The tool's own credentials are dropped, and no redirect is followed.
 */
export function credentialFetch(session: RunSession, held: HeldLease, signal: AbortSignal): CredentialFetch {
  let lease: HeldLease | undefined = held;
  let last: Reason | undefined;

  // A client that tries again after an unknown outcome is refused for that; what the model must know is the outcome.
  const remember = (reason: Reason | undefined): void => {
    if (last !== "outcome_unknown") last = reason;
  };
  const refuse = (reason: "target_refused" | "lease_expired", detail: string): Refusal => {
    remember(reason);
    return new Refusal(reason, { detail, failedFact: "credential" });
  };

  const gone = (): Refusal => refuse("lease_expired", "the tool has returned; its credential is gone");

  const send: typeof globalThis.fetch = async (input, init) => {
    if (lease === undefined) throw gone();
    const { handle, system, gateway, origins } = lease;
    const target = targetOf(input, origins);
    if (target === undefined) throw refuse("target_refused", "the URL is not one of the lease's system");
    const request = input instanceof Request ? new Request(input, init) : new Request(target, init);
    const headers = new Headers(request.headers);
    for (const name of REPLACED) headers.delete(name);
    const body = request.body === null ? undefined : await request.arrayBuffer();
    const proofUrl = `${gateway.replace(/\/$/, "")}/${system}${target.pathname}`;
    headers.set("authorization", `DPoP ${handle}`);
    headers.set(
      "dpop",
      await signProof(
        session.signer,
        { method: request.method, url: proofUrl, token: handle },
        numericDate(session.clock),
      ),
    );
    // INVARIANT: nothing leaves after the tool has returned; body and proof may have taken longer than the tool.
    if (lease === undefined) throw gone();
    const response = await session.fetch(`${proofUrl}${target.search}`, {
      method: request.method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: "error",
      signal: AbortSignal.any([signal, request.signal]),
    });
    const reason = response.headers.get(REASON_HEADER);
    remember(isReason(reason) ? reason : undefined);
    return response;
  };

  return Object.freeze<CredentialFetch>({
    fetch: send,
    release: () => {
      throw refuse("target_refused", "the credential stays in the gateway; use credential.fetch");
    },
    close: () => void (lease = undefined),
    lastRefusal: () => last,
  });
}

/** The URL, if it is an http(s) address of one of the origins and names no user. `blob:https://…` has an origin too. */
export function targetOf(input: string | URL | Request, origins: readonly string[]): URL | undefined {
  const text = input instanceof Request ? input.url : String(input);
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain =
    (url.protocol === "https:" || url.protocol === "http:") && url.username === "" && url.password === "";
  return plain && origins.includes(url.origin) ? url : undefined;
}
