import { type Adapter, sameAuthority } from "@watchword/core";
import { postgresCatalogue } from "./catalogue.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { mintRole } from "./mint-role.ts";
import { noRequests } from "./no-requests.ts";
import { operationNamed, planAuthority } from "./plan-authority.ts";
import { PostgresOptions } from "./postgres-options.ts";
import { revokeRole } from "./revoke-role.ts";

/** What passwords of development begin with; on this machine only they open nothing real. */
const DEVELOPMENT = "test_";

/**
 * One verb on one table of one database, for the rows of one tenant. Each action gets a role of its own, which is dropped with its
 * lease; the tool logs in with it, and the server holds it to its privileges and rows.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { db: postgres({ host: "db.internal", database: "shop", tables: { "shop.orders": { … } } }) };
 * ```
 */
export function postgres(options: PostgresOptions): Adapter {
  const settings = PostgresOptions.parse(options);
  return Object.freeze<Adapter>({
    name: "postgres",
    catalogue: postgresCatalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: settings.lifeSeconds,
      revoke: "token",
      enforcedBySystem: ["tenant", "operation", "table", "columns", "key"],
      enforcedByGateway: [],
      releasedAs: "text",
      requests: "none",
    },
    origins: [],
    isLiveSecret: (secret) => settings.tls || !secret.open((password) => password.startsWith(DEVELOPMENT)),
    async resolve(action) {
      operationNamed(action.operation);
      // Whose rows they are, the server's own policies decide at each statement; what is declared, the plan says.
      return { owners: {}, values: {} };
    },
    complete: (action, _facts, account) => completeAction(action, account),
    plan: (action) => planAuthority(settings, action),
    covers: sameAuthority,
    mint: (authority, context) => mintRole(settings, authority, context),
    revoke: (credential, context) => revokeRole(settings, credential, context),
    actionOf: noRequests,
    enforce: () => noRequests(),
    inject: () => noRequests(),
    outcomeOf: ({ access }) => ({ effect: access === "read" ? "none" : "unknown", ids: {}, status: 0 }),
    residual: describeResidual,
    selfCheck: (context) => checkConnection(settings, context),
  });
}
