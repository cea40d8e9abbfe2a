import { type Adapter, type Authority, sameAuthority } from "@watchword/core";
import { cancelRunning } from "./cancel-running.ts";
import { catalogueOf } from "./catalogue-of.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { mintToken } from "./mint-token.ts";
import { audienceOf, planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { resolveFacts } from "./resolve-facts.ts";
import { SnowflakeOptions } from "./snowflake-options.ts";
import { injectToken, writeRequest } from "./write-request.ts";
import { TOKEN_SECONDS } from "./token-seconds.ts";

/**
 * One declared statement at Snowflake, by a token of the broker's own for one role and one minute. There is no secret of Snowflake's
 * anywhere; what is not declared does not exist.
 *
 * @throws ZodError for a declaration that does not fit together, with the place of each problem
 *
 * @example
 * ```ts
 * const systems = { warehouse: snowflake(orders) };
 * ```
 */
export function snowflake(options: SnowflakeOptions): Adapter {
  const settings = SnowflakeOptions.parse(options);
  const catalogue = catalogueOf(settings);
  return Object.freeze<Adapter>({
    name: "snowflake",
    catalogue,
    capabilities: {
      // INVARIANT: a role's token is wider than any statement; it is never handed out, and no option changes this.
      custody: "gateway",
      nativeLifeSeconds: TOKEN_SECONDS,
      revoke: "none",
      enforcedBySystem: ["account", "role"],
      enforcedByGateway: ["operation", "warehouse", "database", "schema", ...argumentAxes(catalogue)],
      quotas: [],
      rootSecret: "none",
    },
    origins: [],
    originsOf: ({ resource }: Authority) => [audienceOf(resource["account"] ?? "")],
    isLiveSecret: () => false,
    resolve: (action, context) => resolveFacts(settings, action, context),
    complete: (action, facts, account) => completeAction(settings, action, facts, account),
    plan: (action) => planAuthority(settings, action),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    revoke: (credential, context) => cancelRunning(settings, credential, context),
    actionOf: (request) => readRequest(settings, request),
    enforce: (authority, _request, stamp) => writeRequest(settings, authority, stamp),
    inject: injectToken,
    outcomeOf: readOutcome,
    residual: describeResidual,
    selfCheck: (context) => checkConnection(settings, context),
  });
}

function argumentAxes(catalogue: Adapter["catalogue"]): readonly string[] {
  const names = Object.values(catalogue.operations).flatMap((entry) => Object.keys(entry.arguments.shape));
  return [...new Set(names)];
}
