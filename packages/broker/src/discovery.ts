import {
  AUTHORIZATION_DETAILS_TYPES,
  type PublicJwk,
  TOKEN_EXCHANGE_GRANT,
  introspectionUrl,
  publicJwkOf,
  revocationUrl,
  tokenUrl,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** Members of RFC 8414 section 2; only what this broker does is in it. */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly introspection_endpoint: string;
  readonly revocation_endpoint: string;
  readonly grant_types_supported: readonly string[];
  /** None: there is no authorization endpoint. */
  readonly response_types_supported: readonly string[];
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly introspection_endpoint_auth_methods_supported: readonly string[];
  readonly revocation_endpoint_auth_methods_supported: readonly string[];
  readonly dpop_signing_alg_values_supported: readonly string[];
  readonly authorization_details_types_supported: readonly string[];
  /** RFC 9728 section 4: the gateway. */
  readonly protected_resources: readonly string[];
}

/** A key set (RFC 7517 section 5) of public signing keys. */
export interface PublicKeySet {
  readonly keys: readonly (PublicJwk & {
    readonly kid: string;
    readonly alg: "ES256";
    readonly use: "sig";
  })[];
}

/** What anybody may know of a broker. */
export interface Discovery {
  readonly metadata: AuthorizationServerMetadata;
  /** Verify run tokens: the current key and those being rotated out. No other key of the broker is among them. */
  readonly keys: PublicKeySet;
}

/** What a broker says of itself. */
export function discovery({ issuer, gateway, keys, introspectors }: BrokerContext): Discovery {
  return Object.freeze<Discovery>({
    metadata: {
      issuer,
      token_endpoint: tokenUrl(issuer),
      jwks_uri: `${issuer.replace(/\/$/, "")}/jwks`,
      introspection_endpoint: introspectionUrl(issuer),
      revocation_endpoint: revocationUrl(issuer),
      grant_types_supported: [TOKEN_EXCHANGE_GRANT],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ["none"],
      // RFC 8414 section 2 takes the names of access token types here: how the caller presents a token.
      introspection_endpoint_auth_methods_supported: introspectors.size === 0 ? ["DPoP"] : ["DPoP", "Bearer"],
      revocation_endpoint_auth_methods_supported: ["DPoP"],
      dpop_signing_alg_values_supported: ["ES256"],
      authorization_details_types_supported: Object.values(AUTHORIZATION_DETAILS_TYPES),
      protected_resources: [gateway],
    },
    keys: {
      keys: keys.runVerification.map(({ keyId, publicJwk }) => ({
        // INVARIANT: copied member by member, and refused with a private one: nothing secret gets out here.
        ...publicJwkOf(publicJwk),
        kid: keyId,
        alg: "ES256",
        use: "sig",
      })),
    },
  });
}
