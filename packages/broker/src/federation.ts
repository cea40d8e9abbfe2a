import { Refusal } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { type FederationKeySet, federationKeySet } from "./federation-key-set.ts";

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
  /** How its keys sign changes with a rotation, so it is asked for each time. */
  readonly metadata: FederationMetadata;
  /** It changes with a rotation, so it is asked for each time. */
  readonly keys: FederationKeySet;
}

/** The federation issuer of a broker. Its keys sign nothing else, and no key of the broker signs for it. */
export function federation({ federationIssuer: issuer, keys }: BrokerContext): Federation | undefined {
  if (issuer === undefined) return undefined;
  return Object.freeze<Federation>({
    get metadata() {
      return {
        issuer,
        jwks_uri: `${issuer.replace(/\/$/, "")}/jwks`,
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [
          ...new Set(federationKeySet(keys.federation).keys.map(({ alg }) => alg)),
        ],
        claims_supported: ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "tenant", "system", "agent"],
      };
    },
    get keys() {
      return federationKeySet(keys.federation);
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
