import type { JsonWebKey } from "node:crypto";
import type { Clock } from "@watchword/core";

/** An OpenID Connect issuer whose tokens AWS can verify, with its public keys. */
export interface IssuerSeed {
  readonly issuer: string;
  /** Each with its `kid`. A function, where they are known later, or are others later. */
  readonly keys: readonly JsonWebKey[] | (() => readonly JsonWebKey[] | Promise<readonly JsonWebKey[]>);
}

/** Whom a role trusts. Left out, `subject` and `audience` are not looked at, as in a policy that pins neither. */
export interface TrustSeed {
  readonly issuer: string;
  /** Client ids of the account's provider; a token for another audience is no token. */
  readonly audiences?: readonly string[];
  readonly subject?: string | readonly string[];
  /** Default: what a session with tags and source identity needs. */
  readonly actions?: readonly string[];
}

/** A role with its trust and what it may do. */
export interface RoleSeed {
  readonly name: string;
  readonly trust: TrustSeed;
  /** A policy document, as IAM has it. */
  readonly policy: object;
}

/** A bucket with the texts of its objects. */
export interface BucketSeed {
  readonly objects?: Readonly<Record<string, string>>;
  /** Whether its own policy lets everybody in, as a stranger's may who waits for a mistake. */
  readonly open?: boolean;
}

/** A table with texts as keys. */
export interface TableSeed {
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Items, their attributes as DynamoDB writes them: `{ id: { S: "a" } }`. */
  readonly items?: readonly Readonly<Record<string, object>>[];
}

/** An AWS account. */
export interface AccountSeed {
  /** Twelve digits. */
  readonly id: string;
  readonly roles: readonly RoleSeed[];
  readonly buckets?: Readonly<Record<string, BucketSeed>>;
  readonly tables?: Readonly<Record<string, TableSeed>>;
}

/** Options of {@link awsTwin}. */
export interface AwsTwinOptions {
  readonly accounts: readonly AccountSeed[];
  readonly issuers: readonly IssuerSeed[];
  /** Default: eu-central-1. */
  readonly region?: string;
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}
