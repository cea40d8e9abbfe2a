import {
  AUTHORIZATION_DETAILS_TYPES,
  TOKEN_EXCHANGE_GRANT,
  accessIssuer,
  denialsUrl,
  introspectionUrl,
  projectionUrl,
  revocationUrl,
  tokenUrl,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { type PublicKeySet, publicKeySet } from "./public-key-set.ts";

/** Members of RFC 8414 section 2; only what this broker does is in it. */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly introspection_endpoint: string;
  readonly revocation_endpoint: string;
  /** Our own (RFC 8414 section 2 allows more): where runtimes get what they may deny by. */
  readonly policy_projection_endpoint: string;
  /** Our own: where they bring what they denied. */
  readonly denials_endpoint: string;
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

/** What services that take the broker's access tokens read of its metadata (RFC 8414 section 2). */
export interface AccessMetadata {
  /** `iss` of access tokens; never the broker's own. */
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly token_endpoint: string;
  readonly introspection_endpoint: string;
  readonly revocation_endpoint: string;
  readonly grant_types_supported: readonly string[];
  readonly response_types_supported: readonly string[];
  readonly dpop_signing_alg_values_supported: readonly string[];
  readonly authorization_details_types_supported: readonly string[];
}

/** What anybody may know of the issuer of access tokens. */
export interface AccessDiscovery {
  readonly metadata: AccessMetadata;
  /** Verify access tokens and nothing else. They change with a rotation, so they are asked for each time. */
  readonly keys: PublicKeySet;
}

/** What anybody may know of a broker. */
export interface Discovery {
  readonly metadata: AuthorizationServerMetadata;
  /**
   * Verify run tokens: the key in use, the next one, and those of before until their end. No other key of the broker is
   * among them. It changes with a rotation, so it is asked for each time.
   */
  readonly keys: PublicKeySet;
  /** The same of its issuer of access tokens, which has a name and keys of its own. */
  readonly access: AccessDiscovery;
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
      policy_projection_endpoint: projectionUrl(issuer),
      denials_endpoint: denialsUrl(issuer),
      grant_types_supported: [TOKEN_EXCHANGE_GRANT],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ["none"],
      // RFC 8414 section 2 takes the names of access token types here: how the caller presents a token.
      introspection_endpoint_auth_methods_supported: introspectors.size === 0 ? ["DPoP"] : ["DPoP", "Bearer"],
      revocation_endpoint_auth_methods_supported: ["DPoP"],
      dpop_signing_alg_values_supported: ["ES256"],
      authorization_details_types_supported: [AUTHORIZATION_DETAILS_TYPES.run],
      protected_resources: [gateway],
    },
    get keys() {
      return publicKeySet(keys.runs);
    },
    access: accessDiscovery(issuer, keys),
  });
}

function accessDiscovery(broker: string, keys: BrokerContext["keys"]): AccessDiscovery {
  const issuer = accessIssuer(broker);
  return Object.freeze<AccessDiscovery>({
    metadata: {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      token_endpoint: tokenUrl(broker),
      introspection_endpoint: introspectionUrl(broker),
      revocation_endpoint: revocationUrl(broker),
      grant_types_supported: [TOKEN_EXCHANGE_GRANT],
      response_types_supported: [],
      dpop_signing_alg_values_supported: ["ES256"],
      authorization_details_types_supported: [AUTHORIZATION_DETAILS_TYPES.action],
    },
    // INVARIANT: whoever verifies access tokens by these keys takes nothing else that the broker signs.
    get keys() {
      return publicKeySet(keys.access);
    },
  });
}
