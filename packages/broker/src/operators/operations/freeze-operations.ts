import { type FrozenSubject, Identifier, Refusal } from "@watchword/core";
import { z } from "zod";
import { Changed } from "../operation-parts.ts";
import { operatorOperation } from "../operator-operation.ts";
import { type OperatorScope, notFound } from "../operator-scope.ts";

const Subject = z
  .string()
  .regex(/^(?:tenant|agent|system):[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/)
  .describe("`tenant:<id>`, `agent:<id>` or `system:<name>`");

/** Whoever sees one tenant stops that one alone: an agent or a system is everybody's. */
function requireSubject(scope: OperatorScope, subject: string): FrozenSubject {
  const at = subject.indexOf(":");
  const [kind, name] = [subject.slice(0, at), subject.slice(at + 1)];
  if (scope.tenant === undefined) return subject as FrozenSubject;
  if (kind !== "tenant")
    throw new Refusal("operator_not_allowed", {
      detail: `${kind}s are not one tenant's`,
      failedFact: "user",
    });
  if (name !== scope.tenant || !Identifier.safeParse(name).success) throw notFound();
  return `tenant:${name}`;
}

export const FREEZE_OPERATIONS = {
  listFrozen: operatorOperation({
    method: "GET",
    path: "/v1/frozen",
    summary: "What is frozen.",
    roles: ["viewer", "operator"],
    reach: "tenant",
    login: "any",
    answer: z.object({ frozen: z.array(z.string()) }),
    run: async ({ context, tenant }) => ({
      frozen: (await context.store.frozenSubjects()).filter(
        (subject) => tenant === undefined || subject === `tenant:${tenant}`,
      ),
    }),
  }),
  freeze: operatorOperation({
    method: "POST",
    path: "/v1/frozen",
    summary: "Refuses everything of a tenant, an agent or a system from now on, and ends what runs under it.",
    roles: ["operator"],
    reach: "tenant",
    login: "fresh",
    body: z.strictObject({ subject: Subject }),
    answer: Changed,
    run: async (scope, { body: { subject } }) => ({
      changed: await scope.runs.freeze(requireSubject(scope, subject), scope.by),
    }),
  }),
  thaw: operatorOperation({
    method: "DELETE",
    path: "/v1/frozen/{subject}",
    summary: "Allows it again. What was ended stays ended.",
    roles: ["operator"],
    reach: "tenant",
    login: "fresh",
    params: z.strictObject({ subject: Subject }),
    answer: Changed,
    run: async (scope, { params: { subject } }) => ({
      changed: await scope.runs.thaw(requireSubject(scope, subject), scope.by),
    }),
  }),
} as const;
