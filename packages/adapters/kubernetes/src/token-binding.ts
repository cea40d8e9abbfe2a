import { type SealedCredential, readCompactJws } from "@watchword/core";
import { z } from "zod";
import { Label, ObjectName, Uid } from "./names.ts";

const Reference = z.object({ name: ObjectName, uid: Uid });
const Claims = z.object({
  sub: z.string(),
  aud: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  exp: z.int(),
  "kubernetes.io": z.object({
    namespace: Label,
    serviceaccount: Reference,
    secret: Reference.optional(),
    pod: Reference.optional(),
    node: Reference.optional(),
  }),
});

/** What a token of a service account says of itself. Its signature is the API server's to check; it came from there. */
export type TokenClaims = z.output<typeof Claims>;

/** Reads a token's claims; `undefined` for anything that is not such a token. */
export function tokenClaims(token: SealedCredential): TokenClaims | undefined {
  try {
    return Claims.parse(token.open((text) => readCompactJws(text).claims));
  } catch {
    return undefined;
  }
}
