import { type Adapter, type Authority, Refusal, sameAuthority } from "@watchword/core";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { HttpOptions } from "./http-options.ts";
import { injectSecret } from "./inject-secret.ts";
import { originOf } from "./origin-of.ts";
import { planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { resolveFacts } from "./resolve-facts.ts";
import { catalogueOf, routesOf } from "./route.ts";
import { writeRequest } from "./write-request.ts";

/**
 * Any HTTP API that takes a static key. The team declares its operations; the key stays in the gateway, and the gateway
 * proves that each request is the decided one. What is not declared does not exist.
 *
 * @throws ZodError for a declaration that does not fit together, with the place of each problem.
 *
 * @example
 * ```ts
 * const systems = { shop: http(orders) };
 * ```
 */
export function http(options: HttpOptions): Adapter {
  const settings = HttpOptions.parse(options);
  const routes = routesOf(settings);
  const { testPrefix } = settings.secret;
  return Object.freeze<Adapter>({
    name: "http",
    catalogue: catalogueOf(routes),
    capabilities: {
      // INVARIANT: a static key is never handed out; no option changes this.
      custody: "gateway",
      nativeLifeSeconds: null,
      revoke: "none",
      enforcedBySystem: [],
      enforcedByGateway: ["account", "operation", "object", "field"],
      ...(settings.tenancy === "shared" ? { accounts: "shared" as const } : {}),
    },
    ...(settings.tenancy === "subdomain"
      ? {
          origins: [],
          originsOf: ({ resource }: Authority) => [originOf(settings, resource["account"])],
        }
      : { origins: [settings.origin] }),
    isLiveSecret: (secret) => secret.open((key) => testPrefix === undefined || !key.startsWith(testPrefix)),
    resolve: (action, context) => resolveFacts(settings, routes, action, context),
    complete: (action, facts, account) => completeAction(settings, routes, action, facts, account),
    plan: (action) => planAuthority(settings, routes, action),
    covers: sameAuthority,
    async mint(authority, { connection }) {
      if (authority.resource["account"] !== connection.account)
        throw new Refusal("tenant_mismatch", {
          detail: "the authority is for another account",
          failedFact: "tenant",
        });
      return {
        credential: connection.secret,
        kind: "static-key",
        granted: authority,
        nativeExpiresAt: null,
      };
    },
    async revoke() {
      return "injected_only";
    },
    actionOf: (request) => readRequest(settings, routes, request),
    enforce: (authority, _request, stamp) => writeRequest(settings, routes, authority, stamp),
    inject: (request, credential) => injectSecret(settings, request, credential),
    outcomeOf: (authority, response) => readOutcome(settings, routes, authority, response),
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, context),
  });
}
