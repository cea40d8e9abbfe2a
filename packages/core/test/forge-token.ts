import type { Signer } from "@watchword/core";

/** One part of a token: an object as JSON, or any text as it is. */
export type Part = object | string;

export function encodePart(part: Part): string {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** A token that says what its forger likes, under a signature that signs nothing. */
export function unsignedToken(header: Part, claims: Part, signature = "AAAA"): string {
  return `${encodePart(header)}.${encodePart(claims)}.${signature}`;
}

/** A token that says what its forger likes, under a signature that is good. */
export async function forgedToken(signer: Signer, header: Part, claims: Part): Promise<string> {
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  return `${input}.${Buffer.from(await signer.sign(Buffer.from(input))).toString("base64url")}`;
}
