import { Refusal } from "@watchword/core";
import type { ReadHeaders } from "./plain-headers.ts";

/** What a request shows: a handle, and the proof of the key it is bound to. Nothing is verified yet. */
export interface ShownCredentials {
  readonly handle: string;
  readonly proof: string;
}

const SCHEME = /^DPoP /;
const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Reads exactly one `Authorization: DPoP` and exactly one `DPoP` header. A handle as Bearer opens nothing, and repeated
 * headers, which `Headers` joins by a comma, are not one.
 *
 * @throws Refusal `lease_unknown`, `proof_invalid`
 */
export function readCredentials(headers: ReadHeaders): ShownCredentials {
  const authorization = headers.get("authorization");
  if (authorization === null) throw refused("lease_unknown", "no Authorization header");
  if (!SCHEME.test(authorization)) throw refused("proof_invalid", "the scheme is not DPoP");
  const handle = authorization.replace(SCHEME, "");
  if (!HANDLE.test(handle)) throw refused("lease_unknown", "not one handle");
  const proof = headers.get("dpop");
  if (proof === null || proof.includes(",")) throw refused("proof_invalid", "not exactly one DPoP header");
  return { handle, proof };
}

function refused(reason: "lease_unknown" | "proof_invalid", detail: string): Refusal {
  return new Refusal(reason, { detail, failedFact: "credential" });
}
