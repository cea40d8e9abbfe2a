import type { SentRequest } from "../world/sent-witness.ts";

/** A request that left the gateway's cell for a system, as JSON; its credential is not in it. */
export interface SentInCell extends Omit<SentRequest, "outbound"> {
  readonly outbound: Omit<SentRequest["outbound"], "body"> & { readonly body: string | null };
}

/** For its way out of the gateway's cell. */
export function sentInCell({ access, outbound: { body, ...outbound } }: SentRequest): SentInCell {
  return {
    access,
    outbound: { ...outbound, body: body === undefined ? null : Buffer.from(body).toString("base64") },
  };
}

/** The other end of {@link sentInCell}. */
export function sentFromCell({ access, outbound: { body, ...outbound } }: SentInCell): SentRequest {
  return {
    access,
    outbound: { ...outbound, body: body === null ? undefined : Buffer.from(body, "base64") },
  };
}
