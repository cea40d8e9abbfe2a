import { Refusal } from "@watchword/core";
import { readProofHeader } from "./read-proof-header.ts";

/** How the caller shows who it is: by the token that it asks about and a proof of its key, or by a workload's token. */
export type PresentedToken = { readonly proof: string } | { readonly workload: string };

const SCHEME = /^(DPoP|Bearer) ([A-Za-z0-9_.~+/=-]+)$/i;

/**
 * Reads `Authorization: DPoP <the token asked about>` with its `DPoP` header (RFC 9449 section 7.1), or `Authorization:
 * Bearer <workload token>`. Nothing is verified yet.
 *
 * @throws Refusal `caller_unknown`
 */
export function readPresentedToken(headers: Headers, token: string): PresentedToken {
  const [, scheme = "", presented = ""] = SCHEME.exec(headers.get("authorization") ?? "") ?? [];
  if (presented === "") throw unknown("not one Authorization header");
  const proof = proofOf(headers);
  if (scheme.toLowerCase() === "bearer") {
    // A token that is bound to a key is worth nothing as Bearer; a proof beside it is a confusion of the two.
    if (proof !== undefined) throw unknown("a proof beside a Bearer token");
    return { workload: presented };
  }
  if (presented !== token) throw unknown("another token is presented than is asked about");
  if (proof === undefined) throw unknown("no DPoP header");
  return { proof };
}

function proofOf(headers: Headers): string | undefined {
  try {
    return readProofHeader(headers);
  } catch {
    throw unknown("not exactly one DPoP header");
  }
}

function unknown(detail: string): Refusal {
  return new Refusal("caller_unknown", { detail, failedFact: "token" });
}
