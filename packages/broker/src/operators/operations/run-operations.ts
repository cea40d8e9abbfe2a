import { numericDate } from "@watchword/core";
import { z } from "zod";
import { Changed, Next, TenantPageQuery, Time, idOf, nextOf, pageOf, timeOf } from "../operation-parts.ts";
import { operatorOperation } from "../operator-operation.ts";
import { listedTenant, requireWithin } from "../operator-scope.ts";
import { revokeLease } from "../revoke-lease.ts";

const Lease = z.object({
  id: z.string(),
  decision_id: z.string(),
  tenant: z.string(),
  system: z.string(),
  run: z.string(),
  root: z.string(),
  thread: z.string(),
  custody: z.enum(["gateway", "released"]),
  kind: z.string().describe("of credential"),
  action_digest: z.string(),
  uses: z.int(),
  max_uses: z.int(),
  expires_at: Time,
  native_expires_at: Time.nullable().describe("`null`: the system never ends it"),
});

const Run = z.object({
  id: z.string(),
  root: z.string(),
  tenant: z.string(),
  agent: z.string(),
  chain: z.array(z.string()),
  workload: z.string(),
  thread: z.string(),
  principal_kind: z.enum(["user", "agent"]),
  assurance: z.string(),
  started_at: Time,
  expires_at: Time,
});

export const RUN_OPERATIONS = {
  listLeases: operatorOperation({
    method: "GET",
    path: "/v1/leases",
    summary: "Leases that are active.",
    roles: ["viewer", "operator"],
    reach: "tenant",
    login: "any",
    query: TenantPageQuery,
    answer: z.object({ leases: z.array(Lease), next: Next }),
    run: async (scope, { query: { tenant: asked, ...paging } }) => {
      const [tenant, page] = [listedTenant(scope, asked), pageOf(paging)];
      if (tenant === "nobody") return { leases: [], next: null };
      const leases = await scope.context.store.activeLeases({ ...page, ...tenant });
      return {
        leases: leases.map((lease) => ({
          ...lease,
          decision_id: lease.decisionId,
          action_digest: lease.actionDigest,
          max_uses: lease.maxUses,
          expires_at: timeOf(lease.expiresAt),
          native_expires_at: lease.nativeExpiresAt === null ? null : timeOf(lease.nativeExpiresAt),
        })),
        next: nextOf(leases, page.limit, ({ id }) => id),
      };
    },
  }),
  revokeLease: operatorOperation({
    method: "POST",
    path: "/v1/leases/{id}/revoke",
    summary: "Ends a lease: nothing uses it from now on, and its credential is revoked where the system can.",
    roles: ["operator"],
    reach: "tenant",
    login: "fresh",
    params: z.strictObject({ id: idOf("lease") }),
    answer: Changed.extend({
      revocation: z.string().nullable().describe("how the system ended it; `null` while that is still tried"),
    }),
    run: (scope, { params: { id } }) => revokeLease(scope, id),
  }),
  listRuns: operatorOperation({
    method: "GET",
    path: "/v1/runs",
    summary: "Runs that live now.",
    roles: ["viewer", "operator"],
    reach: "tenant",
    login: "any",
    query: TenantPageQuery,
    answer: z.object({ runs: z.array(Run), next: Next }),
    run: async (scope, { query: { tenant: asked, ...paging } }) => {
      const [tenant, page] = [listedTenant(scope, asked), pageOf(paging)];
      if (tenant === "nobody") return { runs: [], next: null };
      const { store, clock } = scope.context;
      const runs = await store.livingRuns({ ...page, ...tenant, now: numericDate(clock) });
      return {
        runs: runs.map((run) => ({
          ...run,
          chain: [...run.chain],
          principal_kind: run.principal.kind,
          started_at: timeOf(run.startedAt),
          expires_at: timeOf(run.expiresAt),
        })),
        next: nextOf(runs, page.limit, ({ id }) => id),
      };
    },
  }),
  killRun: operatorOperation({
    method: "POST",
    path: "/v1/runs/{id}/kill",
    summary: "Ends a run with everything that descends from it, and their leases.",
    roles: ["operator"],
    reach: "tenant",
    login: "fresh",
    params: z.strictObject({ id: idOf("run") }),
    answer: Changed,
    run: async (scope, { params: { id } }) => {
      requireWithin(scope, (await scope.context.store.run(id))?.tenant);
      return { changed: await scope.runs.kill(id, scope.by) };
    },
  }),
} as const;
