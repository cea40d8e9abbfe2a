import { type Adapter, sameAuthority } from "@watchword/core";
import { kubernetesCatalogue } from "./catalogue.ts";
import { checkConnection } from "./check-connection.ts";
import { completeAction } from "./complete-action.ts";
import { describeResidual } from "./describe-residual.ts";
import { KubernetesOptions, isLoopback } from "./kubernetes-options.ts";
import { TOKEN_SECONDS, mintToken, revokeToken } from "./mint-token.ts";
import { planAuthority } from "./plan-authority.ts";
import { readOutcome } from "./read-outcome.ts";
import { readRequest } from "./read-request.ts";
import { resolveFacts } from "./resolve-facts.ts";
import { injectToken, writeRequest } from "./write-request.ts";

/**
 * One namespace and one action at a Kubernetes cluster. Each action gets a token of the service account that may do that one
 * thing, bound to a Secret of its own: deleted, the token is dead. Names and values RBAC cannot bind, so the gateway does.
 *
 * @throws ZodError for an unknown or wrong option.
 *
 * @example
 * ```ts
 * const systems = { cluster: kubernetes({ baseUrl: "https://10.0.0.1:6443", certificateAuthority }) };
 * ```
 */
export function kubernetes(options: KubernetesOptions): Adapter {
  const settings = KubernetesOptions.parse(options);
  const { certificateAuthority } = settings;
  const local = isLoopback(new URL(settings.baseUrl).hostname);
  return Object.freeze<Adapter>({
    name: "kubernetes",
    catalogue: kubernetesCatalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: TOKEN_SECONDS,
      revoke: "object",
      // How much it takes it does not say; when it is too much, it does, and for how long.
      quotas: [],
      enforcedBySystem: ["namespace"],
      enforcedByGateway: ["operation", ...argumentAxes()],
      ...(settings.federation === undefined ? {} : { rootSecret: "none" }),
    },
    origins: settings.apiOrigins,
    ...(certificateAuthority === undefined
      ? {}
      : { certificateAuthorities: { [settings.baseUrl]: certificateAuthority } }),
    isLiveSecret: (secret) => !local || !secret.open((text) => /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text)),
    resolve: (action, context) => resolveFacts(settings, kubernetesCatalogue, action, context),
    complete: completeAction,
    plan: (action) => planAuthority(settings, kubernetesCatalogue, action),
    covers: sameAuthority,
    mint: (authority, context) => mintToken(settings, authority, context),
    revoke: (credential, context) => revokeToken(settings, credential, context),
    actionOf: (request) => readRequest(request, kubernetesCatalogue),
    enforce: (authority, _request, stamp) => writeRequest(settings, authority, stamp),
    inject: injectToken,
    streams: ({ operation }) => operation === "pods.logs",
    outcomeOf: readOutcome,
    residual: describeResidual,
    selfCheck: (context) => checkConnection(settings, context),
  });
}

function argumentAxes(): readonly string[] {
  const names = Object.values(kubernetesCatalogue.operations).flatMap((entry) =>
    Object.keys(entry.arguments.shape),
  );
  return [...new Set(names)];
}
