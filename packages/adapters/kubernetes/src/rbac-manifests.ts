import { z } from "zod";
import { Label, ObjectName } from "./names.ts";
import { type Route, lookupOf, routeOf } from "./routes.ts";
import { serviceAccountOf } from "./service-account.ts";

/** What {@link rbacManifests} is asked for. */
export const RbacOptions = z.strictObject({
  /** The tenant's namespace. */
  namespace: Label,
  /** Namespace of service accounts and throw-away Secrets. Default: `<namespace>-watchword`. */
  identities: Label.optional(),
  /** The operations that policies grant, no more. The read that one of them rests on is added. */
  operations: z.array(z.string()).min(1),
  /** Objects that an operation may touch, by name, where they are known: RBAC then says so too. */
  names: z.record(z.string(), z.array(ObjectName).min(1)).default({}),
  /** Who the broker is to the API server: a service account, or a user (federation). */
  broker: z
    .union([
      z.strictObject({ serviceAccount: ObjectName, namespace: Label }),
      z.strictObject({ user: z.string().min(1).max(512) }),
    ])
    .default({ serviceAccount: "watchword-broker", namespace: "watchword" }),
  serviceAccountPrefix: Label.max(32).default("watchword"),
});
export type RbacOptions = z.input<typeof RbacOptions>;

/** An object of the cluster, as `kubectl apply` takes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [member: string]: unknown;
}

const RBAC = "rbac.authorization.k8s.io";

/**
 * Exactly the rights that operations need: for each a service account that may do it and nothing else in the tenant's namespace,
 * and for the broker a role that makes tokens of those accounts by name, and Secrets where nothing else is. It can read no
 * Secret, and it grants nobody anything.
 *
 * @throws ZodError; Refusal `unknown_target` for an operation that the catalogue does not have
 */
export function rbacManifests(options: RbacOptions): readonly Manifest[] {
  const settings = RbacOptions.parse(options);
  const { namespace, identities = `${namespace}-watchword`, broker, names, serviceAccountPrefix } = settings;
  const routes = [...new Set(settings.operations.flatMap(withLookup))].map(routeOf);
  const accountOf = ({ operation }: Route): string => serviceAccountOf(settings, operation);
  const brokerRole = `${serviceAccountPrefix}-broker`;
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: identities } },
    ...routes.flatMap((route) => [
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: accountOf(route), namespace: identities },
        automountServiceAccountToken: false,
      },
      role(accountOf(route), namespace, [ruleOf(route, names[route.operation])]),
      binding(accountOf(route), namespace, {
        kind: "ServiceAccount",
        name: accountOf(route),
        namespace: identities,
      }),
    ]),
    role(brokerRole, identities, [
      { apiGroups: [""], resources: ["secrets"], verbs: ["create", "delete"] },
      {
        apiGroups: [""],
        resources: ["serviceaccounts/token"],
        resourceNames: routes.map(accountOf),
        verbs: ["create"],
      },
    ]),
    binding(
      brokerRole,
      identities,
      "user" in broker
        ? { apiGroup: RBAC, kind: "User", name: broker.user }
        : { kind: "ServiceAccount", name: broker.serviceAccount, namespace: broker.namespace },
    ),
  ];
}

/** An operation, after the read that its decision rests on. */
const withLookup = (operation: string): readonly string[] => {
  const lookup = lookupOf(operation);
  return lookup === undefined ? [operation] : [lookup.operation, operation];
};

function ruleOf({ right, named }: Route, names: readonly string[] | undefined): object {
  return {
    apiGroups: [right.group],
    resources: [right.resource],
    // A list is of all of them: names would say nothing there.
    ...(names === undefined || !named ? {} : { resourceNames: names }),
    verbs: [right.verb],
  };
}

function role(name: string, namespace: string, rules: readonly object[]): Manifest {
  return { apiVersion: `${RBAC}/v1`, kind: "Role", metadata: { name, namespace }, rules };
}

function binding(name: string, namespace: string, subject: object): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace },
    roleRef: { apiGroup: RBAC, kind: "Role", name },
    subjects: [subject],
  };
}
