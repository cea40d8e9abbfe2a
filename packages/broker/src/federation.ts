import { Refusal } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { type PublicKeySet, publicKeySet } from "./public-key-set.ts";

/** OpenID Provider Metadata (OpenID Connect Discovery 1.0 section 3), as far as a relying cloud reads it. */
export interface FederationMetadata {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly response_types_supported: readonly string[];
  readonly subject_types_supported: readonly string[];
  readonly id_token_signing_alg_values_supported: readonly string[];
  readonly claims_supported: readonly string[];
}

/** What the federation issuer publishes. */
export interface Federation {
  readonly metadata: FederationMetadata;
  /** It changes with a rotation, so it is asked for each time. */
  readonly keys: PublicKeySet;
}

/** The federation issuer of a broker. Its keys sign nothing else, and no key of the broker signs for it. */
export function federation({ federationIssuer: issuer, keys }: BrokerContext): Federation | undefined {
  if (issuer === undefined) return undefined;
  return Object.freeze<Federation>({
    metadata: {
      issuer,
      jwks_uri: `${issuer.replace(/\/$/, "")}/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
      claims_supported: ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "tenant", "system", "agent"],
    },
    get keys() {
      return publicKeySet(keys.federation);
    },
  });
}

/** @throws Refusal `configuration_invalid` */
export function checkFederationIssuer(issuer: string, broker: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url?.protocol !== "https:" || url.search !== "" || url.hash !== "" || url.username !== "")
    throw new Refusal("configuration_invalid", {
      detail: "federationIssuer must be an https URL without query, fragment and user",
    });
  if (issuer.replace(/\/$/, "") === broker.replace(/\/$/, ""))
    throw new Refusal("configuration_invalid", {
      detail:
        "federationIssuer must be another URL than the broker's issuer: a token of one must be none of the other",
    });
}
