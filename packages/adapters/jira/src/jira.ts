import { type Action, type Adapter, type Facts, findOperation, sameAuthority } from "@watchword/core";
import { jiraCatalogue } from "./catalogue.ts";
import { checkConnection } from "./check-connection.ts";
import { isCredential } from "./client-credentials.ts";
import { completeAction } from "./complete-action.ts";
import { consentOf } from "./consent.ts";
import { describeResidual } from "./describe-residual.ts";
import { JiraOptions } from "./jira-options.ts";
import { mintToken } from "./mint-token.ts";
import { planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { resolveFacts } from "./resolve-facts.ts";
import { injectToken, writeRequest } from "./write-request.ts";

/**
 * Single issues of single projects at Jira. Atlassian's tokens know scopes and no project, so the token stays in the gateway,
 * which proves that each request is the decided one; a token for a read cannot write.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { tracker: jira() }; // Jira Cloud, a site per tenant
 * const own = { tracker: jira({ dataCenter: "https://jira.example" }) };
 * ```
 */
export function jira(options: JiraOptions = {}): Adapter {
  const settings = JiraOptions.parse(options);
  const consent = consentOf(settings);
  return Object.freeze<Adapter>({
    name: "jira",
    catalogue: jiraCatalogue,
    capabilities: {
      custody: "gateway",
      nativeLifeSeconds: 3_600,
      revoke: "none",
      enforcedBySystem: consent === undefined ? ["access"] : [],
      // Atlassian counts in points that no answer names before they are gone; so its own “too much” is what is kept to.
      quotas: [],
      ...(consent === undefined ? {} : { rootSecret: "rotating" as const }),
      enforcedByGateway: ["site", "project", "operation", ...argumentAxes()],
    },
    origins: settings.apiOrigins,
    // A person's refresh token has no form of its own to tell a twin's by.
    isLiveSecret: (secret) => consent !== undefined || !settings.local || !secret.open(isCredential),
    resolve: (action, context) => resolveFacts(settings, jiraCatalogue, action, context),
    complete,
    plan: (action) => planAuthority(settings, jiraCatalogue, action),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    // Nobody but the gateway ever held it, and Atlassian has no way to end one.
    revoke: async () => "injected_only",
    actionOf: (request) => readRequest(settings, request, jiraCatalogue),
    enforce: (authority, _request, stamp) => writeRequest(settings, authority, stamp),
    inject: injectToken,
    outcomeOf: readOutcome,
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, context),
    ...(consent === undefined ? {} : { consent }),
  });
}

function complete(action: Action, facts: Facts, account: string): Pick<Action, "resource" | "arguments"> {
  const decided = findOperation(jiraCatalogue, action.operation)?.decided ?? [];
  return completeAction(action, facts, account, decided);
}

function argumentAxes(): readonly string[] {
  const names = Object.values(jiraCatalogue.operations).flatMap((entry) =>
    Object.keys(entry.arguments.shape),
  );
  return [...new Set(names)];
}
