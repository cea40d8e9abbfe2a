import { Identifier } from "@watchword/core";
import { z } from "zod";
import {
  DecisionAnswer,
  DecisionSummary,
  OpenedDecision,
  summaryOf,
  withoutPersonal,
} from "../decision-answers.ts";
import { erasePersonal } from "../erase-personal.ts";
import { findDecisions } from "../find-decisions.ts";
import { openPersonal } from "../open-personal.ts";
import { Next, TenantPageQuery, idOf, limitOf } from "../operation-parts.ts";
import { operatorOperation } from "../operator-operation.ts";
import { listedTenant, notFound, requireWithin } from "../operator-scope.ts";
import { recordedDecision } from "../recorded-decision.ts";

/** Ids by which one object came to be that one answer looks up. */
const MAX_FOUND = 100;

const ofDecision = z.strictObject({ id: idOf("dec") });

export const DECISION_OPERATIONS = {
  listDecisions: operatorOperation({
    method: "GET",
    path: "/v1/decisions",
    summary: "Decisions, the latest first, without anything personal.",
    roles: ["viewer", "investigator"],
    reach: "tenant",
    login: "any",
    query: TenantPageQuery.omit({ after: true }).extend({
      before: idOf("dec").optional().describe("`next` of the page before"),
      agent: Identifier.optional().describe("of whichever version"),
      outcome: z.enum(["allow", "deny", "approval_required"]).optional(),
    }),
    answer: z.object({ decisions: z.array(DecisionSummary), next: Next }),
    run: async (scope, { query: { tenant: asked, limit, ...filter } }) => {
      const tenant = listedTenant(scope, asked);
      if (tenant === "nobody") return { decisions: [], next: null };
      return findDecisions(scope, { ...tenant, ...filter, limit: limitOf(limit) });
    },
  }),
  readDecision: operatorOperation({
    method: "GET",
    path: "/v1/decisions/{id}",
    summary: "One decision and what became of it, without anything personal.",
    roles: ["viewer", "investigator"],
    reach: "tenant",
    login: "any",
    params: ofDecision,
    answer: DecisionAnswer,
    run: async (scope, { params: { id } }) => {
      const found = await recordedDecision(scope.context.store, id);
      requireWithin(scope, found?.record.tenant);
      if (found === undefined) throw notFound();
      return withoutPersonal(found);
    },
  }),
  openPersonal: operatorOperation({
    method: "POST",
    path: "/v1/decisions/{id}/personal",
    summary:
      "Opens who it was, with which arguments, and what was checked. That it was opened is recorded before.",
    roles: ["investigator"],
    reach: "tenant",
    login: "fresh",
    params: ofDecision,
    body: z.strictObject({ reason: z.string().min(1).max(512).describe("why; for the ledger") }),
    answer: OpenedDecision,
    run: (scope, { params: { id }, body: { reason } }) => openPersonal(scope, id, reason),
  }),
  erasePersonal: operatorOperation({
    method: "DELETE",
    path: "/v1/decisions/{id}/personal",
    summary: "Erases what is personal in every record of a decision. The chain stays as it is, and verifies.",
    roles: ["admin"],
    reach: "tenant",
    login: "fresh",
    params: ofDecision,
    answer: z.object({ erased: z.int().describe("records of which something was erased") }),
    run: async (scope, { params: { id } }) => ({ erased: await erasePersonal(scope, id) }),
  }),
  who: operatorOperation({
    method: "GET",
    path: "/v1/who",
    summary: "The decisions by which an object at a system came to be or was changed, the latest first.",
    roles: ["investigator"],
    reach: "tenant",
    login: "any",
    query: z.strictObject({ system: Identifier, id: z.string().min(1).max(512) }),
    answer: z.object({ decisions: z.array(DecisionSummary) }),
    run: async (scope, { query: { system, id } }) => {
      const decisions = [];
      const ids = await scope.context.store.decisionsOfObject(system, id);
      for (const decision of ids.slice(0, MAX_FOUND)) {
        const found = await recordedDecision(scope.context.store, decision);
        if (found === undefined) continue;
        if (scope.tenant !== undefined && found.record.tenant !== scope.tenant) continue;
        decisions.push(summaryOf(found.record));
      }
      return { decisions };
    },
  }),
} as const;
