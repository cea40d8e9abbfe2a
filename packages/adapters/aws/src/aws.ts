import { type Adapter, sameAuthority } from "@watchword/core";
import { AwsOptions, type AwsSettings } from "./aws-options.ts";
import { sessionCredentials } from "./aws-session.ts";
import { awsCatalogue } from "./catalogue.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual, gatewayAxes } from "./describe-residual.ts";
import { mintSession } from "./mint-session.ts";
import { operationOf, planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { signWith, writeRequest } from "./write-request.ts";

/**
 * One action at AWS. Each action gets a session of its own, whose policy is generated from the action and which ends with the lease: AWS
 * itself enforces action, resource and account. There is no secret; the account's role trusts the broker's federation issuer.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { cloud: aws({ region: "eu-central-1", buckets: ["reports"] }) };
 * ```
 */
export function aws(options: AwsOptions): Adapter {
  const settings: AwsSettings = AwsOptions.parse(options);
  return Object.freeze<Adapter>({
    name: "aws",
    catalogue: awsCatalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: settings.lifeSeconds,
      revoke: "none",
      // Of STS in one account and region; what tools ask of S3 and DynamoDB is counted there by other rules.
      quotas: [{ per: "account", limit: 600, windowSeconds: 1, toolRequests: false }],
      enforcedBySystem: ["account", "operation", ...systemAxes(settings)],
      enforcedByGateway: gatewayAxes(settings),
      rootSecret: "none",
      releasedAs: "text",
    },
    origins: Object.values(settings.origins),
    originsOf: ({ operation }) => [
      operation.startsWith("dynamodb.") ? settings.origins.dynamodb : settings.origins.s3,
    ],
    isLiveSecret: () => false,
    async resolve(action) {
      operationOf(action.operation);
      // Whose an object is, its account says, or the prefix that is written from the connection.
      return { owners: {}, values: {} };
    },
    complete: (action, _facts, account) => completeAction(action, account),
    plan: (action) => planAuthority(settings, action),
    covers: sameAuthority,
    mint: (authority, context) => mintSession(settings, authority, context),
    // AWS ends no session early, and whether this one was handed out, it does not say.
    revoke: async (credential, { clock }) =>
      credential.open((text) => sessionCredentials(text).expiration.getTime() <= clock.now())
        ? "already_dead"
        : "unsupported",
    actionOf: (request) => readRequest(settings, request),
    enforce: (authority, _request, stamp) => writeRequest(settings, authority, stamp),
    inject: (request, credential) => signWith(settings, request, credential),
    outcomeOf: readOutcome,
    residual: (authority) => describeResidual(settings, authority),
    selfCheck: (context) => checkConnection(settings, context),
  });
}

/** Every argument that a session policy holds. */
function systemAxes(settings: AwsSettings): readonly string[] {
  const names = Object.values(awsCatalogue.operations).flatMap((entry) => Object.keys(entry.arguments.shape));
  return [...new Set(names)].filter((name) => !gatewayAxes(settings).includes(name));
}
