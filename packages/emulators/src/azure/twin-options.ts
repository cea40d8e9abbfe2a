import type { KeyObject } from "node:crypto";
import type { Clock } from "@watchword/core";
import type { HttpTwinOptions } from "../http/twin-options.ts";
import type { TwinJwk } from "../oauth/twin-options.ts";

/** A federated credential of an app: whose tokens count as its proof. Each text is compared exactly. */
export interface FederatedSeed {
  readonly issuer: string;
  readonly subject: string;
  /** Default `api://AzureADTokenExchange`. */
  readonly audience?: string;
}

/** An app registration or managed identity. */
export interface AppSeed {
  readonly federated: readonly FederatedSeed[];
  /** App roles at the resource: `Orders.Read`, `Orders.ReadWrite`, or others, which open nothing. */
  readonly roles: readonly string[];
  /** The accounts of the API that its tokens reach. */
  readonly accounts: readonly string[];
}

/** Options of {@link azureTwin}. */
export interface AzureTwinOptions {
  /** Orders by account and id. */
  readonly accounts: HttpTwinOptions["accounts"];
  /** Apps by directory id and client id. */
  readonly directories: Readonly<Record<string, Readonly<Record<string, AppSeed>>>>;
  /** The API's application ID URI. */
  readonly resource: string;
  /** Keys of federation issuers, by issuer, as Entra would fetch them. */
  readonly issuers: Readonly<Record<string, readonly TwinJwk[]>>;
  /** Seconds that a token lives. Default 3599. */
  readonly lifeSeconds?: number;
  /** RSA; default: a new one. */
  readonly signingKey?: KeyObject;
  /** PEM; left out: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}

/** Ways in which Entra gives something else than is expected. */
export type AzureMischief =
  | "more-roles"
  | "other-audience"
  | "other-directory"
  | "other-app"
  | "for-a-user"
  | "long-life"
  | "opaque";
