import { type Adapter, sameAuthority } from "@watchword/core";
import { endToken } from "./access-token.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { mintToken } from "./mint-token.ts";
import { originOf } from "./org-host.ts";
import { planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { catalogueOf, findRoute, routesOf } from "./record-operations.ts";
import { SalesforceOptions } from "./salesforce-options.ts";
import { isPem } from "./sign-assertion.ts";
import { injectToken, writeRequest } from "./write-request.ts";

const REVOKE_MILLISECONDS = 5_000;

/**
 * Single records and declared fields of one Salesforce org. Each action gets a short token of its own; Salesforce binds it to a user
 * and no further, so it stays in the gateway, which proves that each request is the decided one.
 *
 * @throws ZodError for an unknown or wrong option, with the place of each problem.
 *
 * @example
 * ```ts
 * const systems = { crm: salesforce({ flow: "token-exchange", apiVersion: "62.0", objects }) };
 * ```
 */
export function salesforce(options: SalesforceOptions): Adapter {
  const settings = SalesforceOptions.parse(options);
  const routes = routesOf(settings.objects);
  const exchanged = settings.flow === "token-exchange";
  return Object.freeze<Adapter>({
    name: "salesforce",
    catalogue: catalogueOf(routes),
    capabilities: {
      // INVARIANT: a token reaches all that its user does; no option hands it out.
      custody: "gateway",
      nativeLifeSeconds: settings.tokenMinutes * 60,
      // Salesforce says that it may give the same token twice; ending it ends it for both.
      revoke: "shared-token",
      enforcedBySystem: ["org"],
      enforcedByGateway: ["operation", "object", "record", "field", "value", "query"],
      // The daily limit is of the org, and each org has another one: what is known is that it says so.
      quotas: [],
      ...(exchanged ? { rootSecret: "none" as const } : {}),
    },
    origins: [],
    originsOf: ({ resource }) => [originOf(resource["org"])],
    isLiveSecret: (secret) => !exchanged && (settings.baseUrl === undefined || !secret.open(isPem)),
    async resolve(action) {
      findRoute(routes, action.operation);
      // What is in the org is the tenant's; nothing else is looked up.
      return { owners: {}, values: {} };
    },
    complete: (action, _facts, account) => completeAction(routes, action, account),
    plan: (action) => planAuthority(settings, routes, action),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    revoke: (credential, context) =>
      endToken(
        settings,
        context,
        credential,
        AbortSignal.any([context.signal, AbortSignal.timeout(REVOKE_MILLISECONDS)]),
      ),
    actionOf: (request) => readRequest(settings, routes, request),
    enforce: (authority, _request, stamp) => writeRequest(settings, routes, authority, stamp),
    inject: injectToken,
    outcomeOf: (authority, response) => readOutcome(routes, authority, response),
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, context),
  });
}
