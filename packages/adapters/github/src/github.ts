import { type Adapter, type Quota, sameAuthority } from "@watchword/core";
import { isPem } from "./app-token.ts";
import { githubCatalogue } from "./catalogue.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { USER_AGENT } from "./github-headers.ts";
import { GithubOptions, isLoopback } from "./github-options.ts";
import { installationFor, moreOwners } from "./installations.ts";
import { endToken } from "./installation-token.ts";
import { mintToken } from "./mint-token.ts";
import { ownerOf } from "./own-repository.ts";
import { planAuthority } from "./plan-authority.ts";
import { readEvidence } from "./read-evidence.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { resolveFacts } from "./resolve-facts.ts";
import { injectToken, writeRequest } from "./write-request.ts";

const REVOKE_MILLISECONDS = 5_000;
/**
 * The least that GitHub gives an installation; its other limits say for themselves when they are reached. A server of one's own has
 * those that its administrators set, and a twin has none.
 */
const GITHUB_QUOTAS: readonly Quota[] = [{ per: "account", limit: 5_000, windowSeconds: 3_600 }];

/**
 * One repository and one action at GitHub. Each action gets an installation token of its own, for that repository and
 * with that operation's permissions; branch, path and number GitHub cannot bind, so the gateway does.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { code: github({ appId: 123 }) };
 * ```
 */
export function github(options: GithubOptions): Adapter {
  const settings = GithubOptions.parse(options);
  const local = isLoopback(new URL(settings.baseUrl).hostname);
  return Object.freeze<Adapter>({
    name: "github",
    catalogue: githubCatalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: 3_600,
      revoke: "token",
      quotas: local || settings.pathPrefix !== "" ? [] : GITHUB_QUOTAS,
      enforcedBySystem: ["repository"],
      enforcedByGateway: ["operation", ...argumentAxes()],
    },
    origins: settings.apiOrigins,
    alsoAccounts: moreOwners,
    // GitHub counts by installation.
    quotaPool: ({ repository = "" }, connection) => installationFor(connection, ownerOf(repository)) ?? "",
    isLiveSecret: (secret) => !local || !secret.open(isPem),
    resolve: (action, context) => resolveFacts(settings, githubCatalogue, action, context),
    readEvidence: (query, context) => readEvidence(settings, query, context),
    complete: completeAction,
    plan: (action) => planAuthority(githubCatalogue, action),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    revoke: (credential, context) =>
      endToken(
        settings,
        context,
        credential,
        USER_AGENT,
        AbortSignal.any([context.signal, AbortSignal.timeout(REVOKE_MILLISECONDS)]),
      ),
    actionOf: (request) => readRequest(settings, request, githubCatalogue),
    enforce: (authority) => writeRequest(settings, authority),
    inject: injectToken,
    outcomeOf: readOutcome,
    residual: describeResidual,
    selfCheck: (context) => checkConnection(settings, context),
  });
}

/** Every argument but the one that the token carries. */
function argumentAxes(): readonly string[] {
  const names = Object.values(githubCatalogue.operations).flatMap((entry) =>
    Object.keys(entry.arguments.shape),
  );
  return [...new Set(names)].filter((name) => name !== "repositoryId");
}
