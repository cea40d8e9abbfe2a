import type { JsonWebKey } from "node:crypto";
import type { Adapter, Clock, GatewayRequest, ValueMap } from "@watchword/core";
import { type AwsTwin, awsTwin } from "./aws-twin.ts";
import type { AccountSeed, BucketSeed, TableSeed } from "./twin-options.ts";

/** Options of {@link awsSystem}. */
export interface AwsSystemOptions {
  /** The tenant whose agents act, and another. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** The role and audience of the adapter's options, where they are others than its own. */
  readonly role?: string;
  readonly audience?: string;
  /** Buckets and tables of the tenant whose agents act. Default: what the catalogue's examples name. */
  readonly buckets?: Readonly<Record<string, BucketSeed>>;
  readonly tables?: Readonly<Record<string, TableSeed>>;
  /** Arguments by operation that name objects of that tenant, where they are others than the examples. */
  readonly live?: Readonly<Record<string, ValueMap>>;
  /** Further arguments by operation, for what is counted or may happen once. */
  readonly more?: Readonly<Record<string, readonly ValueMap[]>>;
}

/** A tenant at AWS: an account, and no secret. */
export interface AwsConnection {
  readonly tenant: string;
  readonly system: string;
  readonly account: string;
  readonly settings: ValueMap;
}

/** An AWS that runs for one world: the adapter over a twin, and the accounts of two tenants. */
export interface AwsSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: AwsTwin;
  readonly own: AwsConnection;
  readonly other: AwsConnection;
  readonly live: Readonly<Record<string, ValueMap>>;
  /** None: what is in an account is its tenant's. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  readonly more: Readonly<Record<string, readonly ValueMap[]>>;
  /** Takes off the decision that the gateway writes beside an object. */
  unstamped(request: GatewayRequest): GatewayRequest;
}

/** What a world hands to its systems. */
export interface AwsWorld {
  readonly clock: Clock;
  readonly name: string;
  /** Whom the accounts trust; left out: nobody. */
  readonly federation?: { readonly issuer: string; keys(): Promise<object> };
}

const OWN = "111122223333";
const OTHER = "444455556666";
/** The role may do more than any action, so that nothing but the boundary holds an agent. */
const ROLE_POLICY = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };

/**
 * An AWS for `boundary({ systems })`: your adapter over a twin in which two accounts trust the world's broker, each for its tenant.
 *
 * @param aws the adapter's factory
 *
 * @example
 * ```ts
 * const cloud = awsSystem((twin) => aws({ region: "eu-central-1", buckets: ["reports"], ...twin }));
 * ```
 */
export function awsSystem(
  aws: (twin: { readonly baseUrl: string; readonly clock: Clock }) => Adapter,
  options: AwsSystemOptions = {},
): (world: AwsWorld) => Promise<AwsSystem> {
  const {
    tenants = { own: "acme", other: "globex" },
    buckets = { reports: { objects: { "2026/q3.txt": "the third quarter" } } },
    tables = { orders: { partitionKey: "id", items: [{ id: { S: "o-1" }, state: { S: "open" } }] } },
    live = {},
    more = {},
  } = options;
  return async ({ clock, name, federation }) => {
    const issuer = federation?.issuer ?? "https://nobody.example";
    const account = (id: string, tenant: string): AccountSeed => ({
      id,
      roles: [
        {
          name: options.role ?? "watchword",
          trust: {
            issuer,
            audiences: [options.audience ?? "sts.amazonaws.com"],
            subject: `tenant:${tenant}:system:${name}`,
          },
          policy: ROLE_POLICY,
        },
      ],
    });
    const twin = await awsTwin({
      clock,
      issuers: [{ issuer, keys: async () => keysIn(await federation?.keys()) }],
      accounts: [{ ...account(OWN, tenants.own), buckets, tables }, account(OTHER, tenants.other)],
    });
    const connection = (tenant: string, id: string): AwsConnection => ({
      tenant,
      system: name,
      account: id,
      settings: {},
    });
    return {
      // Tools address AWS, as they do in production: nothing but the adapter knows of the twin.
      adapter: aws({ baseUrl: twin.url, clock }),
      twin,
      own: connection(tenants.own, OWN),
      other: connection(tenants.other, OTHER),
      live,
      foreign: {},
      missing: {},
      more,
      unstamped,
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

function keysIn(set: object | undefined): readonly JsonWebKey[] {
  const { keys } = { keys: [], ...set } as { readonly keys: readonly JsonWebKey[] };
  return keys;
}

function unstamped(request: GatewayRequest): GatewayRequest {
  const { "x-amz-meta-watchword-decision": _stamped, ...headers } = request.headers;
  return { ...request, headers };
}
