import type { Adapter, AdapterContext, Authority, Finding } from "@watchword/core";
import { checkAccount } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import type { HttpSettings } from "./http-declaration.ts";
import { injectSecret } from "./inject-secret.ts";
import { originOf } from "./origin-of.ts";
import { planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { resolveFacts } from "./resolve-facts.ts";
import { catalogueOf, routesOf } from "./route.ts";
import { writeRequest } from "./write-request.ts";

export { checkDeclaration } from "./check-declaration.ts";
export { HttpDeclaration } from "./http-declaration.ts";
export type { HttpSettings } from "./http-declaration.ts";

/** What follows from a declaration alone, whatever credential goes with its requests. */
export type DeclaredApi = Pick<
  Adapter,
  | "catalogue"
  | "origins"
  | "originsOf"
  | "resolve"
  | "complete"
  | "plan"
  | "actionOf"
  | "enforce"
  | "inject"
  | "streams"
  | "outcomeOf"
> & {
  /** The declared harmless read: whether the credential of the context's connection works on its account. */
  readonly check: (context: AdapterContext) => Promise<Finding>;
};

/**
 * The grammar of a declared API for an adapter with another credential than a static key: one reading of a request, one
 * writing, look-ups and outcomes. Where it says “secret”, the connection handed in has the credential that such an adapter minted.
 *
 * @example
 * ```ts
 * const api = declaredApi(settings, "oauth");
 * ```
 */
export function declaredApi(settings: HttpSettings, adapter: string): DeclaredApi {
  const routes = routesOf(settings);
  return Object.freeze<DeclaredApi>({
    catalogue: catalogueOf(routes, adapter),
    ...(settings.tenancy === "subdomain"
      ? {
          origins: [],
          originsOf: ({ resource }: Authority) => [originOf(settings, resource["account"])],
        }
      : { origins: [settings.origin] }),
    resolve: (action, context) => resolveFacts(settings, routes, action, context),
    complete: (action, facts, account) => completeAction(settings, routes, action, facts, account),
    plan: (action) => planAuthority(settings, routes, action),
    actionOf: (request) => readRequest(settings, routes, request),
    enforce: (authority, _request, stamp) => writeRequest(settings, routes, authority, stamp),
    inject: (request, credential) => injectSecret(settings, request, credential),
    streams: ({ operation }) => routes.some(({ entry, streams }) => entry.name === operation && streams),
    outcomeOf: (authority, response) => readOutcome(settings, routes, authority, response),
    check: (context) => checkAccount(settings, context),
  });
}
