import type { ClusterObject } from "./cluster-object.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { Principal } from "./principal.ts";

/** A rule of a role. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** What somebody wants to do to objects. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  /** With its subresource. */
  readonly resource: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** What every cluster allows everybody whom it knows: to ask about themselves, and to read what the API offers. */
const AUTHENTICATED: readonly PolicyRule[] = [
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
  },
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
  {
    verbs: ["get"],
    nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*"],
  },
  { verbs: ["get"], nonResourceURLs: ["/readyz", "/version", "/version/"] },
];
const SERVICE_ACCOUNTS: readonly PolicyRule[] = [
  {
    verbs: ["get"],
    nonResourceURLs: [
      "/.well-known/openid-configuration",
      "/.well-known/openid-configuration/",
      "/openid/v1/jwks",
    ],
  },
];

/** Every rule that applies to somebody in a namespace; without one, in the whole cluster. */
export function rulesFor(
  state: ClusterState,
  principal: Principal,
  namespace: string | undefined,
): readonly PolicyRule[] {
  const cluster = state
    .list("ClusterRoleBinding")
    .filter((binding) => isBound(binding, principal))
    .flatMap((binding) => rulesOf(state, binding, undefined));
  const local =
    namespace === undefined
      ? []
      : state
          .list("RoleBinding", namespace)
          .filter((binding) => isBound(binding, principal))
          .flatMap((binding) => rulesOf(state, binding, namespace));
  return [
    ...(principal.groups.includes("system:authenticated") ? AUTHENTICATED : []),
    ...(principal.groups.includes("system:serviceaccounts") ? SERVICE_ACCOUNTS : []),
    ...cluster,
    ...local,
  ];
}

/** Whether one of the rules allows it. */
export function isAllowed(rules: readonly PolicyRule[], wanted: Attributes): boolean {
  const [, subresource] = wanted.resource.split("/");
  return rules.some(
    ({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
      holds(verbs, wanted.verb) &&
      holds(apiGroups, wanted.group) &&
      (holds(resources, wanted.resource) ||
        (subresource !== undefined && resources.includes(`*/${subresource}`))) &&
      (resourceNames.length === 0 || (wanted.name !== undefined && resourceNames.includes(wanted.name))),
  );
}

/** Whether one of the rules allows a path that is no resource. */
export function isPathAllowed(rules: readonly PolicyRule[], verb: string, path: string): boolean {
  return rules.some(
    ({ verbs, nonResourceURLs = [] }) =>
      holds(verbs, verb) &&
      nonResourceURLs.some(
        (known) => known === path || (known.endsWith("*") && path.startsWith(known.slice(0, -1))),
      ),
  );
}

const holds = (list: readonly string[], wanted: string): boolean =>
  list.includes("*") || list.includes(wanted);

function isBound(binding: ClusterObject, { username, groups }: Principal): boolean {
  const subjects = (binding["subjects"] ?? []) as readonly Subject[];
  return subjects.some(({ kind, name, namespace = "" }) => {
    if (kind === "ServiceAccount") return username === `system:serviceaccount:${namespace}:${name}`;
    return kind === "Group" ? groups.includes(name) : username === name;
  });
}

function rulesOf(
  state: ClusterState,
  binding: ClusterObject,
  namespace: string | undefined,
): readonly PolicyRule[] {
  const { kind, name } = binding["roleRef"] as { readonly kind: string; readonly name: string };
  const role = state.find(kind, kind === "Role" ? namespace : undefined, name);
  return (role?.["rules"] ?? []) as readonly PolicyRule[];
}
