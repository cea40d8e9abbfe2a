import { declaredApi } from "@watchword/adapter-http/declared-api";
import { type Adapter, sameAuthority } from "@watchword/core";
import { AzureOptions } from "./azure-options.ts";
import { checkConnection } from "./check-connection.ts";
import { describeResidual } from "./describe-residual.ts";
import { mintToken } from "./mint-token.ts";
import { planNative } from "./plan-authority.ts";
import { resolveFacts } from "./resolve-facts.ts";

/**
 * An API that takes tokens of Microsoft Entra ID. Each action gets a token of the app whose roles are its step's, by the broker's federation
 * issuer and without any secret; resource, verb, object and field Entra does not bind, so the gateway does.
 *
 * @throws ZodError for a declaration that does not fit together, with the place of each problem.
 *
 * @example
 * ```ts
 * const systems = { shop: azure(orders) };
 * ```
 */
export function azure(options: AzureOptions): Adapter {
  const settings = AzureOptions.parse(options);
  const declared = declaredApi(settings.api, "azure");
  const { check: _check, ...api } = declared;
  return Object.freeze<Adapter>({
    ...api,
    name: "azure",
    capabilities: {
      // INVARIANT: an app's token is as wide as its roles and cannot be ended, so it is never handed out.
      custody: "gateway",
      nativeLifeSeconds: settings.entra.lifeSeconds,
      revoke: "none",
      enforcedBySystem: [],
      enforcedByGateway: ["account", "operation", "object", "field"],
      rootSecret: "none",
      quotas: [],
      ...(settings.api.tenancy === "shared" ? { accounts: "shared" as const } : {}),
    },
    // There is no root secret; a federation token opens a real directory, unless Entra is a twin.
    isLiveSecret: () => settings.entra.loginUrl.startsWith("https://"),
    resolve: (action, context) => resolveFacts(settings, declared, action, context),
    plan: (action) => planNative(settings, api.plan(action)),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    async revoke() {
      return "injected_only";
    },
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, declared, context),
  });
}
