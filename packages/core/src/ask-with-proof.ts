import type { TokenAnswer, TokenRequest } from "./token-request.ts";

/** A request whose proof, if it has one, is made. */
export type ProvenRequest = Omit<TokenRequest, "dpop"> & { readonly dpop?: string };

/**
 * Asks with a proof, and once more with a fresh one when the broker wants its nonce in it (RFC 9449 section 8). A proof that
 * came ready-made cannot be made again: its caller gets the challenge. `remembered` is a nonce of an earlier challenge.
 */
export async function askWithProof(
  request: TokenRequest,
  ask: (request: ProvenRequest) => Promise<TokenAnswer>,
  remembered?: string,
): Promise<TokenAnswer> {
  const { dpop, ...rest } = request;
  if (typeof dpop !== "function") return ask({ ...rest, ...(dpop === undefined ? {} : { dpop }) });
  const answer = await ask({ ...rest, dpop: await dpop(remembered) });
  if (answer.ok || answer.reason !== "proof_nonce_required" || answer.dpop_nonce === undefined) return answer;
  return ask({ ...rest, dpop: await dpop(answer.dpop_nonce) });
}
