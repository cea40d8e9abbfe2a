import { Refusal } from "@watchword/core";

/**
 * The `DPoP` header of a request, if there is one. Repeated headers, which `Headers` joins by a comma, are not one
 * (RFC 9449 section 4.3, check 1).
 *
 * @throws Refusal `proof_invalid`
 */
export function readProofHeader(headers: Headers): string | undefined {
  const proof = headers.get("dpop");
  if (proof === null) return undefined;
  if (!/^[A-Za-z0-9_.-]+$/.test(proof))
    throw new Refusal("proof_invalid", { detail: "not exactly one DPoP header", failedFact: "token" });
  return proof;
}
