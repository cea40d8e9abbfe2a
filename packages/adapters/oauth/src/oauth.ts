import { declaredApi } from "@watchword/adapter-http/declared-api";
import { type Adapter, type Clock, sameAuthority, systemClock } from "@watchword/core";
import { proveRequest, tokenIn } from "./bound-token.ts";
import { checkConnection } from "./check-connection.ts";
import { isPrivateJwk } from "./client-of.ts";
import { describeResidual } from "./describe-residual.ts";
import { endToken } from "./end-token.ts";
import { USER_AGENT, mintToken } from "./mint-token.ts";
import { OauthOptions, type OauthSettings, isLocal } from "./oauth-options.ts";
import { planNative } from "./plan-authority.ts";
import { resolveFacts } from "./resolve-facts.ts";

const REVOKE_MILLISECONDS = 5_000;
const AXES = ["account", "operation", "object", "field"];

/**
 * Any HTTP API behind an OAuth authorization server. Each action gets an access token of its own, for that operation's scopes and,
 * where the server knows them, for that very action (RFC 9396); what comes back wider is refused.
 *
 * @param clock what proofs (RFC 9449) are dated by
 * @throws ZodError for a declaration that does not fit together, with the place of each problem.
 *
 * @example
 * ```ts
 * const systems = { shop: oauth(orders) };
 * ```
 */
export function oauth(options: OauthOptions, clock: Clock = systemClock): Adapter {
  const settings = OauthOptions.parse(options);
  const { dpop, details, revocationEndpoint, lifeSeconds, client } = settings.authorization;
  const declared = declaredApi(settings.api, "oauth");
  const { check: _check, ...api } = declared;
  return Object.freeze<Adapter>({
    ...api,
    name: "oauth",
    capabilities: {
      // INVARIANT: the key of a bound token stays in the gateway, which proves each request.
      custody: dpop ? "gateway" : "released",
      nativeLifeSeconds: lifeSeconds,
      revoke: revocationEndpoint === undefined ? "none" : "token",
      quotas: [],
      enforcedBySystem: details === undefined ? [] : AXES,
      enforcedByGateway: details === undefined ? AXES : [],
      ...(settings.api.tenancy === "shared" ? { accounts: "shared" as const } : {}),
      ...(client === "federation" ? { rootSecret: "none" as const } : {}),
    },
    isLiveSecret: (secret) => !isLocal(settings) || !secret.open((text) => isTest(settings, text)),
    resolve: (action, context) => resolveFacts(settings, declared, action, context),
    plan: (action) => planNative(settings, api.plan(action)),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    revoke: (credential, context) =>
      endToken(settings, context, tokenIn(credential, dpop), {
        userAgent: USER_AGENT,
        signal: AbortSignal.any([context.signal, AbortSignal.timeout(REVOKE_MILLISECONDS)]),
      }),
    inject: (request, credential) =>
      dpop ? proveRequest(request, credential, clock) : api.inject(request, credential),
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, declared, context),
  });
}

/** A key of unknown shape is real, and so is each that is not of a twin. */
function isTest({ authorization: { client, testPrefix } }: OauthSettings, secret: string): boolean {
  if (client === "private_key_jwt") return isPrivateJwk(secret);
  return testPrefix !== undefined && secret.startsWith(testPrefix);
}
