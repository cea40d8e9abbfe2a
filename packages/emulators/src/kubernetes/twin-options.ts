import type { JsonWebKey } from "node:crypto";
import type { Clock } from "@watchword/core";
import type { AppliedObject } from "./cluster-object.ts";

/** An issuer that the API server trusts beside itself (structured authentication). */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly publicJwk: JsonWebKey;
  /** Stands before the `sub` of its tokens, and is the user's name then. */
  readonly usernamePrefix?: string;
}

/** Options of {@link kubernetesTwin}. */
export interface KubernetesTwinOptions {
  /** Everything in the cluster, as `kubectl apply` would take it; roles and bindings among it. */
  readonly objects: readonly AppliedObject[];
  /** What containers wrote, by `namespace/pod/container`. */
  readonly logs?: Readonly<Record<string, string>>;
  /** What tokens must be for. Default `https://kubernetes.default.svc.cluster.local`. */
  readonly audience?: string;
  readonly trusted?: TrustedIssuer;
  /** `--service-account-max-token-expiration`, in seconds. */
  readonly longestToken?: number;
  /** Seconds for which a token that was accepted is accepted again unseen. An API server's default is 10, the twin's 0. */
  readonly tokenCacheSeconds?: number;
  /** A webhook authorizes beside RBAC: lists of rights are not complete. */
  readonly webhookAuthorizer?: boolean;
  /** Serves TLS with this certificate and key, in PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly clock?: Clock;
  readonly listen?: { readonly host?: string; readonly port?: number };
}
