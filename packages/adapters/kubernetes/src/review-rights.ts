import type { AdapterContext } from "@watchword/core";
import { z } from "zod";
import { type Caller, callKubernetes, refusedAnswer, unusable } from "./call-kubernetes.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { type Right, rightText, sameRight } from "./right.ts";

const Names = z.array(z.string()).default([]);
const nullable = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);
const Review = z.object({
  kind: z.literal("SelfSubjectRulesReview"),
  status: z.object({
    incomplete: z.boolean(),
    resourceRules: nullable(
      z.object({ verbs: Names, apiGroups: Names, resources: Names, resourceNames: Names }),
    ),
    nonResourceRules: nullable(z.object({ verbs: Names, nonResourceURLs: Names })),
  }),
});

/** What somebody may do in one namespace, as the API server lists it. */
export interface HeldRights {
  /** Rights on every object of a kind. */
  readonly rights: readonly Right[];
  /** Rights on some objects, by their names. */
  readonly byName: readonly (Right & { readonly names: readonly string[] })[];
  /** Paths beside the resources. */
  readonly paths: readonly string[];
}

/** What every account of every cluster may do: ask about itself, and read what the API offers. */
const EVERYBODYS: readonly Right[] = [
  { verb: "create", group: "authorization.k8s.io", resource: "selfsubjectaccessreviews" },
  { verb: "create", group: "authorization.k8s.io", resource: "selfsubjectrulesreviews" },
  { verb: "create", group: "authentication.k8s.io", resource: "selfsubjectreviews" },
];
const EVERYBODYS_PATH =
  /^\/(?:api|apis|openapi)(?:\/\*)?$|^\/(?:healthz|livez|readyz)$|^\/version\/?$|^\/\.well-known\/openid-configuration\/?$|^\/openid\/v1\/jwks\/?$/;

/**
 * Asks the API server what the holder of a token may do in a namespace, cluster-wide rules included. INVARIANT: a list that is
 * not complete proves nothing, and is refused unless the configuration says otherwise.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`
 */
export async function reviewRights(
  settings: KubernetesSettings,
  context: AdapterContext,
  namespace: string,
  caller: Caller,
): Promise<HeldRights> {
  const { status, body } = await callKubernetes(settings, context.fetch, {
    ...caller,
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace },
    },
  });
  if (status !== 201)
    throw refusedAnswer(
      status,
      `a token for the audience ${settings.audience}, and leave to ask what it may do (system:basic-user)`,
      status === 401 ? "a token that the API server does not accept" : "an account without it",
      "check audience, and the cluster's own role bindings",
    );
  const review = Review.safeParse(body);
  if (!review.success) throw unusable("an answer that is not a review of rights");
  const { incomplete, resourceRules, nonResourceRules } = review.data.status;
  if (incomplete && settings.incompleteReviews === "refuse")
    throw refusedAnswer(
      status,
      "a complete list of what the account may do",
      "an incomplete one: something beside RBAC authorizes here",
      "say incompleteReviews: accept where that authorizer gives these accounts nothing",
    );
  const paths = nonResourceRules.flatMap(({ verbs, nonResourceURLs }) =>
    verbs.flatMap((verb) =>
      nonResourceURLs
        .filter((path) => !["get", "head"].includes(verb) || !EVERYBODYS_PATH.test(path))
        .map((path) => `${verb} ${path}`),
    ),
  );
  const held = resourceRules.flatMap((rule) =>
    rule.verbs.flatMap((verb) =>
      rule.apiGroups.flatMap((group) =>
        rule.resources.map((resource) => ({ verb, group, resource, names: rule.resourceNames })),
      ),
    ),
  );
  const own = held.filter((right) => !EVERYBODYS.some((other) => sameRight(right, other)));
  return {
    rights: own.filter(({ names }) => names.length === 0),
    byName: own.filter(({ names }) => names.length > 0),
    paths,
  };
}

/** Every right beyond the one that is allowed, as text, each once. */
export function widerThan(
  { rights, byName, paths }: HeldRights,
  allowed: Right | undefined,
): readonly string[] {
  const beyond = (right: Right): boolean => allowed === undefined || !sameRight(right, allowed);
  const texts = [
    ...rights.filter(beyond).map(rightText),
    ...byName.filter(beyond).map((right) => `${rightText(right)} named ${right.names.join(", ")}`),
    ...paths,
  ];
  return [...new Set(texts)].toSorted();
}

/** Whether the right is held, on the object of that name; without a name, on all of them. */
export function isHeld({ rights, byName }: HeldRights, wanted: Right, name: string | undefined): boolean {
  return (
    rights.some((right) => sameRight(right, wanted)) ||
    (name !== undefined && byName.some((right) => sameRight(right, wanted) && right.names.includes(name)))
  );
}
