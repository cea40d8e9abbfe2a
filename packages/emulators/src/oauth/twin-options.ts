import type { Clock } from "@watchword/core";
import type { HttpTwinOptions } from "../http/twin-options.ts";

/** A public key as JWK: EC P-256 or RSA. */
export type TwinJwk = Readonly<Record<string, unknown>> & { readonly kty: string; readonly kid?: string };

/** One client that the server knows. */
export interface ClientSeed {
  readonly id: string;
  /** How it shows who it is: keys for `private_key_jwt`, a secret, or another issuer whose tokens count for it. */
  readonly proof:
    | { readonly keys: readonly TwinJwk[] }
    | { readonly secret: string }
    | { readonly issuer: string; readonly keys: readonly TwinJwk[] };
  /** What it may ask for, of `orders:read` and `orders:write`. */
  readonly scopes: readonly string[];
  /** The accounts that its tokens reach. */
  readonly accounts: readonly string[];
  /** Types of authorization details (RFC 9396) that it may ask for. Default: none. */
  readonly details?: readonly string[];
}

/** Options of {@link oauthTwin}. */
export interface OauthTwinOptions {
  /** Orders by account and id. */
  readonly accounts: HttpTwinOptions["accounts"];
  readonly clients: readonly ClientSeed[];
  /** The issuer whose tokens may be exchanged (RFC 8693). Default: nobody's. */
  readonly exchange?: { readonly issuer: string; readonly keys: readonly TwinJwk[] };
  /** Resource indicators (RFC 8707) that the server knows. Default: any. */
  readonly resources?: readonly string[];
  /** Seconds that a token lives. Default 300. */
  readonly lifeSeconds?: number;
  /** Whether proofs at the token endpoint must hold the server's nonce (RFC 9449 section 8). */
  readonly nonce?: boolean;
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}

/** Ways in which the server gives more, or something else, than it was asked for. */
export type OauthMischief =
  | "wider-scope"
  | "narrower-scope"
  | "refresh-token"
  | "no-expiry"
  | "long-life"
  | "other-type"
  | "other-details";
