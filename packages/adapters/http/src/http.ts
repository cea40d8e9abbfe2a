import { type Adapter, Refusal, sameAuthority } from "@watchword/core";
import { checkConnection } from "./check-connection.ts";
import { declaredApi } from "./declared-api.ts";
import { describeResidual } from "./describe-residual.ts";
import { HttpOptions } from "./http-options.ts";

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
  const { check: _check, ...api } = declaredApi(settings, "http");
  const { testPrefix } = settings.secret;
  return Object.freeze<Adapter>({
    ...api,
    name: "http",
    capabilities: {
      // INVARIANT: a static key is never handed out; no option changes this.
      custody: "gateway",
      nativeLifeSeconds: null,
      revoke: "none",
      quotas: [],
      enforcedBySystem: [],
      enforcedByGateway: ["account", "operation", "object", "field"],
      ...(settings.tenancy === "shared" ? { accounts: "shared" as const } : {}),
    },
    isLiveSecret: (secret) => secret.open((key) => testPrefix === undefined || !key.startsWith(testPrefix)),
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
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, context),
  });
}
