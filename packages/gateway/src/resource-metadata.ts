import type { GatewayAnswer } from "./gateway-exchange.ts";
import { PlainHeaders } from "./plain-headers.ts";

/** Where the metadata of a resource without a path is (RFC 9728 section 3). No system can have this name. */
export const RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource";

/** Seconds for which the metadata may be kept. */
const MAX_AGE_SECONDS = 300;

/** Members of RFC 9728 section 2. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  /** None: a handle as Bearer opens nothing. */
  readonly bearer_methods_supported: readonly string[];
  readonly dpop_signing_alg_values_supported: readonly string[];
  readonly dpop_bound_access_tokens_required: true;
}

/** What the gateway at `url` says of itself: whose handles it takes, and that each needs a proof. */
export function resourceMetadata(url: string, issuer: string): ResourceMetadata {
  return Object.freeze<ResourceMetadata>({
    resource: url,
    authorization_servers: [issuer],
    bearer_methods_supported: [],
    dpop_signing_alg_values_supported: ["ES256"],
    dpop_bound_access_tokens_required: true,
  });
}

/** The metadata as an answer. Anybody may know it. */
export function answerMetadata(metadata: ResourceMetadata): GatewayAnswer {
  return {
    status: 200,
    headers: new PlainHeaders([
      ["content-type", "application/json"],
      ["cache-control", `public, max-age=${MAX_AGE_SECONDS}`],
    ]),
    body: new Uint8Array(Buffer.from(JSON.stringify(metadata))),
  };
}
