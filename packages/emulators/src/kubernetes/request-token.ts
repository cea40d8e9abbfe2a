import type { ApiAnswer } from "./api-answer.ts";
import { badRequest, conflict, invalid, notFound } from "./api-status.ts";
import type { ClusterObject } from "./cluster-object.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { TokenIssuer } from "./token-issuer.ts";

/** The shortest life of a token, in seconds. */
const SHORTEST = 600;
const DEFAULT_LIFE = 3_600;

interface TokenRequestSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: {
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly name?: string;
    readonly uid?: string;
  };
}

/** The `token` subresource of a service account. @throws ApiStatus as the API server refuses */
export function requestToken(
  cluster: {
    readonly state: ClusterState;
    readonly issuer: TokenIssuer;
    readonly audience: string;
    readonly longest: number;
  },
  account: ClusterObject,
  body: Readonly<Record<string, unknown>>,
): ApiAnswer {
  const spec = (body["spec"] ?? {}) as TokenRequestSpec;
  const { expirationSeconds = DEFAULT_LIFE, boundObjectRef } = spec;
  if (expirationSeconds < SHORTEST)
    throw invalid({ kind: "TokenRequest", group: "authentication.k8s.io" }, "", {
      field: "spec.expirationSeconds",
      value: expirationSeconds,
      why: "may not specify a duration less than 10 minutes",
    });
  const { name, namespace = "" } = account.metadata;
  const secret = boundObjectRef && boundSecret(cluster.state, namespace, boundObjectRef);
  const audiences = (spec.audiences ?? []).length === 0 ? [cluster.audience] : (spec.audiences ?? []);
  const lifeSeconds = Math.min(expirationSeconds, cluster.longest);
  const { token, expiresAt } = cluster.issuer.issue({
    account,
    audiences,
    lifeSeconds,
    ...(secret === undefined ? {} : { secret }),
  });
  return {
    status: 201,
    kind: "mint",
    body: {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, creationTimestamp: cluster.state.timestamp() },
      spec: { audiences, expirationSeconds: lifeSeconds, boundObjectRef: boundObjectRef ?? null },
      status: {
        token,
        expirationTimestamp: `${new Date(expiresAt * 1000).toISOString().slice(0, 19)}Z`,
      },
    },
  };
}

function boundSecret(
  state: ClusterState,
  namespace: string,
  { kind = "", apiVersion = "", name = "", uid = "" }: NonNullable<TokenRequestSpec["boundObjectRef"]>,
): ClusterObject {
  // Pods and nodes can be bound to as well; the twin runs none.
  if (kind !== "Secret" || apiVersion !== "v1")
    throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  const secret = state.find("Secret", namespace, name);
  if (secret === undefined) throw notFound({ group: "", resource: "secrets" }, name);
  if (uid !== "" && uid !== secret.metadata.uid)
    throw conflict(
      { group: "", resource: "Secret" },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record (${secret.metadata.uid}). The object might have been deleted and then recreated`,
    );
  return secret;
}
