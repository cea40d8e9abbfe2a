import { type Adapter, Refusal, sameAuthority } from "@watchword/core";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { resolveFacts } from "./resolve-facts.ts";
import { StripeOptions } from "./stripe-options.ts";
import { tenancyCatalogue } from "./tenancy-catalogue.ts";
import { injectKey, writeRequest } from "./write-request.ts";

/**
 * Payments, refunds, customers and what they are billed at Stripe. Stripe mints no credential for a single call, so the
 * connection's restricted key stays in the gateway, and the gateway proves that each request is the decided one.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { payments: stripe() }; // one connected account per tenant
 * const shared = { payments: stripe({ tenancy: { metadata: "tenant" } }) };
 * ```
 */
export function stripe(options: StripeOptions = {}): Adapter {
  const settings = StripeOptions.parse(options);
  const catalogue = tenancyCatalogue(settings);
  return Object.freeze<Adapter>({
    name: "stripe",
    catalogue,
    capabilities: {
      custody: "gateway",
      nativeLifeSeconds: null,
      revoke: "none",
      // Its limits differ by mode and endpoint: `quotas` in the configuration may say them; what Stripe says itself holds anyway.
      quotas: [],
      enforcedBySystem: [],
      enforcedByGateway: ["account", "operation", "object", "amount", "field"],
      ...(settings.tenancy === "connected-account" ? {} : { accounts: "shared" as const }),
    },
    origins: settings.apiOrigins,
    isLiveSecret: (secret) => secret.open((key) => !/^[rs]k_test_/.test(key)),
    resolve: (action, context) => resolveFacts(settings, catalogue, action, context),
    complete: (action, facts, account) => completeAction(settings, action, facts, account),
    plan: (action) => planAuthority(catalogue, action),
    covers: sameAuthority,
    async mint(authority, { connection }) {
      if (authority.resource["account"] !== connection.account)
        throw new Refusal("tenant_mismatch", {
          detail: "the authority is for another account",
          failedFact: "tenant",
        });
      return {
        credential: connection.secret,
        kind: "restricted-key",
        granted: authority,
        nativeExpiresAt: null,
      };
    },
    async revoke() {
      return "injected_only";
    },
    actionOf: (request) => readRequest(request, catalogue),
    enforce: (authority, request, stamp) => writeRequest(settings, authority, request, stamp),
    inject: injectKey,
    outcomeOf: readOutcome,
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, context),
  });
}
