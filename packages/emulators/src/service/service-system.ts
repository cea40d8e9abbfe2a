import { type Adapter, type Clock, Refusal, type ValueMap } from "@watchword/core";
import type { NewServiceCheck, ServiceCheck } from "./service-check.ts";
import { serviceOperations } from "./service-operations.ts";
import { type ServiceTwin, serviceTwin } from "./service-twin.ts";

/** Options of {@link serviceSystem}. */
export interface ServiceSystemOptions {
  /** The tenant whose agents act, and another, as broker and service name them. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** Whom tokens are for. Default `https://<name of the system>.internal`. */
  readonly audience?: string;
  /** Orders of the tenant's own. Default `o_1` to `o_9`; another tenant has `o_other`. */
  readonly orders?: readonly string[];
  /** Takes tokens of no key: for grants whose credential stays in the gateway. Default: none. */
  readonly acceptUnbound?: boolean;
}

/** A tenant at the service: an account, and no secret. */
export interface ServiceConnection {
  readonly tenant: string;
  readonly system: string;
  readonly account: string;
  readonly settings: ValueMap;
}

/** A service of one's own that runs for one world: the adapter over it, and what two tenants have there. */
export interface ServiceSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: ServiceTwin;
  readonly own: ServiceConnection;
  readonly other: ServiceConnection;
  /** None: whose an object is, the service says by the token's tenant. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  readonly more: Readonly<Record<string, readonly ValueMap[]>>;
}

/** What a world hands to its systems. */
export interface ServiceWorld {
  readonly clock: Clock;
  readonly name: string;
  /** Whose tokens are taken; left out: nobody's. */
  readonly access?: { readonly issuer: string; keys(): Promise<object> };
}

/**
 * A service of your own for `boundary({ systems })`: the adapter in front of a small service on loopback, which takes the tokens
 * that your check takes, and nothing else. There is no secret in it.
 *
 * @param jwt the adapter's factory
 * @param tokenVerifier the factory of the service's check
 *
 * @example
 * ```ts
 * const orders = serviceSystem(jwt, tokenVerifier, { audience: "https://orders.internal" });
 * ```
 */
export function serviceSystem(
  jwt: (service: {
    readonly audience: string;
    readonly baseUrl: string;
    readonly operations: typeof serviceOperations;
  }) => Adapter,
  tokenVerifier: NewServiceCheck,
  options: ServiceSystemOptions = {},
): (world: ServiceWorld) => Promise<ServiceSystem> {
  const { tenants = { own: "acme", other: "globex" }, orders = OWN, acceptUnbound = false } = options;
  return async ({ clock, name, access }) => {
    const { audience = `https://${name}.internal` } = options;
    const twin = await serviceTwin({
      orders: { [tenants.own]: orders, [tenants.other]: ["o_other"] },
      check: (origin) =>
        access === undefined
          ? NOBODYS
          : tokenVerifier({
              issuer: access.issuer,
              audience,
              origin,
              acceptUnbound,
              clock,
              // The keys of a world's broker are asked of the broker itself: it has no address.
              jwksUrl: `${access.issuer}/jwks`,
              fetch: async () => Response.json(await access.keys()),
            }),
    });
    const connection = (tenant: string): ServiceConnection => ({
      tenant,
      system: name,
      account: tenant,
      settings: {},
    });
    const further = orders.filter((order) => order !== "o_1").map((order) => ({ order }));
    return {
      adapter: jwt({ audience, baseUrl: twin.url, operations: serviceOperations }),
      twin,
      own: connection(tenants.own),
      other: connection(tenants.other),
      foreign: {},
      missing: {},
      more: { "orders.read": further, "orders.refund": further },
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

const OWN: readonly string[] = Object.freeze(Array.from({ length: 9 }, (_, index) => `o_${index + 1}`));

/** Where nobody issues tokens, there is none to take. */
const NOBODYS: ServiceCheck = Object.freeze({
  verify: async () => {
    throw new Refusal("broker_unavailable", { detail: "no broker gives this service access tokens" });
  },
});
