import { type Adapter, SealedCredential, readCompactJws, sameAuthority } from "@watchword/core";
import { catalogueOf } from "./catalogue.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { JwtOptions } from "./jwt-options.ts";
import { mintToken } from "./mint-token.ts";
import { planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { findRoute } from "./service-route.ts";
import { injectToken, writeRequest } from "./write-request.ts";

/**
 * One action at a service of one's own. Each action gets an access token of the broker (RFC 9068) for that operation, tenant and
 * arguments, bound to the run's key when a grant releases it; the service checks it with `@watchword/verify`.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { orders: jwt({ audience: "https://orders.internal", operations }) };
 * ```
 */
export function jwt(options: JwtOptions): Adapter {
  const settings = JwtOptions.parse(options);
  const { operations, audience, baseUrl, lifeSeconds } = settings;
  const catalogue = catalogueOf(operations);
  return Object.freeze<Adapter>({
    name: "jwt",
    catalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: lifeSeconds,
      revoke: "none",
      enforcedBySystem: ["tenant", "operation", ...argumentAxes(catalogue)],
      enforcedByGateway: [],
      rootSecret: "none",
    },
    origins: [baseUrl],
    audience,
    isLiveSecret: () => false,
    async resolve(action) {
      findRoute(operations, action.operation);
      // Whose an object is, the service sees by the token's tenant.
      return { owners: {}, values: {} };
    },
    complete: (action, _facts, account) => completeAction(action, account),
    plan: (action) => planAuthority(settings, action),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    revoke: async (credential) => (isBound(credential) ? "unsupported" : "injected_only"),
    actionOf: (request) => readRequest(operations, request),
    enforce: (authority, _request, stamp) => writeRequest(settings, authority, stamp),
    inject: injectToken,
    outcomeOf: (authority, response) => readOutcome(operations, authority, response),
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: async (context) => checkConnection(settings, context),
  });
}

/** A token that names a key was handed out, and lives until its end; one that names none never left. */
function isBound(credential: SealedCredential): boolean {
  return credential.open((token) => readCompactJws(token).claims["cnf"] !== undefined);
}

function argumentAxes(catalogue: Adapter["catalogue"]): readonly string[] {
  const names = Object.values(catalogue.operations).flatMap((entry) => Object.keys(entry.arguments.shape));
  return [...new Set(names)];
}
