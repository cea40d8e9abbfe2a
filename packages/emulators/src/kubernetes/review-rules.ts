import { type ApiAnswer, shown } from "./api-answer.ts";
import { badRequest } from "./api-status.ts";
import type { PolicyRule } from "./rbac.ts";

/** A `SelfSubjectRulesReview`: everything that one may do in a namespace, as far as it can be listed. */
export function reviewRules(
  body: Readonly<Record<string, unknown>>,
  { rulesIn, webhook }: { rulesIn: (namespace: string) => readonly PolicyRule[]; webhook: boolean },
): ApiAnswer {
  const { namespace = "" } = (body["spec"] ?? {}) as { readonly namespace?: string };
  if (namespace === "") throw badRequest("no namespace on request");
  const rules = rulesIn(namespace);
  return {
    ...shown({
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: { creationTimestamp: null },
      spec: {},
      status: {
        resourceRules: rules
          .filter(({ resources }) => resources !== undefined)
          .map(({ verbs, apiGroups, resources, resourceNames }) => ({
            verbs,
            apiGroups,
            resources,
            ...(resourceNames === undefined ? {} : { resourceNames }),
          })),
        nonResourceRules: rules
          .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: webhook,
        ...(webhook ? { evaluationError: "webhook authorizer does not support user rule resolution" } : {}),
      },
    }),
    status: 201,
  };
}
