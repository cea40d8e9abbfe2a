import { type Adapter, sameAuthority } from "@watchword/core";
import { googleCatalogue } from "./catalogue.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { OPEN, describeResidual } from "./describe-residual.ts";
import { GoogleOptions, STORAGE } from "./google-options.ts";
import { mintToken } from "./mint-token.ts";
import { operationOf, planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { injectToken, writeRequest } from "./write-request.ts";

/**
 * One object in Cloud Storage. Each action gets a token of its own, cut down to that object and role, which ends with the lease: Google
 * itself enforces bucket, object and role. There is no secret; a workload identity pool trusts the broker's federation issuer.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { files: google({ provider: "projects/1/locations/global/workloadIdentityPools/agents/providers/watchword" }) };
 * ```
 */
export function google(options: GoogleOptions): Adapter {
  const settings = GoogleOptions.parse(options);
  return Object.freeze<Adapter>({
    name: "google",
    catalogue: googleCatalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: settings.lifeSeconds,
      revoke: "none",
      enforcedBySystem: ["account", "name", "prefix"],
      // Roles are wider than one operation, see residual.
      enforcedByGateway: ["operation", ...OPEN],
      rootSecret: "none",
      quotas: [],
    },
    origins: [STORAGE],
    // There is no root secret; a federation token opens a real project, unless Google is a twin.
    isLiveSecret: () => !settings.local,
    async resolve(action) {
      operationOf(action.operation);
      // Whose an object is, its bucket says, or the prefix that is written from the connection.
      return { owners: {}, values: {} };
    },
    complete: (action, _facts, account) => completeAction(action, account),
    plan: (action) => planAuthority(settings, action),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    async revoke() {
      // Google ends no token early, and whether this one was handed out, it does not know.
      return "unsupported";
    },
    actionOf: (request) => readRequest(settings, request),
    enforce: (authority, _request, stamp) => writeRequest(settings, authority, stamp),
    inject: injectToken,
    outcomeOf: readOutcome,
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, context),
  });
}
