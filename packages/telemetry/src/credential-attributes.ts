import type { Attributes } from "@opentelemetry/api";
import { ATTRIBUTES } from "./attribute-names.ts";
import { knownAttributes } from "./known-attributes.ts";

/** What may be said of a credential. The credential is named by its fingerprint; itself, it has no place here. */
export interface SpanCredential {
  /** As the adapter names it: `restricted-key`, `installation-token`. */
  readonly kind: string;
  readonly audience: string;
  readonly scope?: readonly string[];
  /** NumericDate at which the system itself ends it; absent when it does not. */
  readonly expiresAt?: number;
  readonly leaseId?: string;
  /** NumericDate. */
  readonly leaseExpiresAt: number;
  /** `SealedCredential.fingerprint` */
  readonly fingerprint: string;
  readonly custody: "gateway" | "released";
}

/** What a span says of a lease's credential. */
export function credentialAttributes(credential: SpanCredential): Attributes {
  return knownAttributes({
    [ATTRIBUTES.credentialKind]: credential.kind,
    [ATTRIBUTES.credentialAudience]: credential.audience,
    [ATTRIBUTES.credentialScope]: credential.scope === undefined ? undefined : [...credential.scope],
    [ATTRIBUTES.credentialExpiresAt]: credential.expiresAt,
    [ATTRIBUTES.leaseId]: credential.leaseId,
    [ATTRIBUTES.leaseExpiresAt]: credential.leaseExpiresAt,
    [ATTRIBUTES.credentialFingerprint]: credential.fingerprint,
    [ATTRIBUTES.credentialCustody]: credential.custody,
  });
}
