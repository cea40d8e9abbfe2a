import { Identifier } from "@watchword/core";
import { z } from "zod";
import { Next, PageQuery, nextOf, pageOf } from "../operation-parts.ts";
import { operatorOperation } from "../operator-operation.ts";
import { notFound, requireWithin } from "../operator-scope.ts";

const Setting = z.union([z.string(), z.boolean(), z.int()]);
const Connection = z.object({
  system: z.string(),
  account: z.string(),
  settings: z.record(z.string(), z.unknown()),
  fingerprint: z.string().describe("tells two secrets apart, and shows neither"),
  revision: z.int(),
  earlier: z
    .object({ fingerprint: z.string(), until: z.int().describe("NumericDate") })
    .nullable()
    .describe("the secret before this one, while something that was minted with it may have to be ended"),
});
const Findings = z.array(z.object({ severity: z.string(), text: z.string() }));
const ofConnection = z.strictObject({ id: Identifier, system: Identifier });

export const TENANT_OPERATIONS = {
  listTenants: operatorOperation({
    method: "GET",
    path: "/v1/tenants",
    summary: "Registered tenants.",
    roles: ["viewer", "admin"],
    reach: "tenant",
    login: "any",
    query: PageQuery,
    answer: z.object({ tenants: z.array(z.string()), next: Next }),
    run: async ({ tenants, tenant, context }, { query }) => {
      if (tenant !== undefined) {
        const own = await context.store.connections(tenant);
        return { tenants: own === undefined ? [] : [tenant], next: null };
      }
      const page = pageOf(query);
      const ids = await tenants.list(page);
      return { tenants: [...ids], next: nextOf(ids, page.limit, (id) => id) };
    },
  }),
  readTenant: operatorOperation({
    method: "GET",
    path: "/v1/tenants/{id}",
    summary: "How a tenant is connected; never a secret.",
    roles: ["viewer", "admin"],
    reach: "tenant",
    login: "any",
    params: z.strictObject({ id: Identifier }),
    answer: z.object({ id: z.string(), connections: z.array(Connection) }),
    run: async (scope, { params: { id } }) => {
      requireWithin(scope, id);
      if ((await scope.context.store.connections(id)) === undefined) throw notFound();
      return { id, connections: [...(await scope.tenants.connections(id))] };
    },
  }),
  putTenant: operatorOperation({
    method: "PUT",
    path: "/v1/tenants/{id}",
    summary: "Registers a tenant; one that is there stays as it is.",
    roles: ["admin"],
    reach: "tenant",
    login: "fresh",
    params: z.strictObject({ id: Identifier }),
    answer: z.object({ id: z.string() }),
    run: async (scope, { params: { id } }) => {
      requireWithin(scope, id);
      await scope.tenants.put({ id }, scope.by);
      return { id };
    },
  }),
  putConnection: operatorOperation({
    method: "PUT",
    path: "/v1/tenants/{id}/connections/{system}",
    summary:
      "Connects a tenant with its account at a system, or changes that, after the system has accepted the secret.",
    roles: ["admin"],
    reach: "tenant",
    login: "fresh",
    params: ofConnection,
    body: z.strictObject({
      account: z.string().min(1).max(256),
      secret: z
        .string()
        .min(1)
        .max(16_384)
        .optional()
        .describe("sealed before it is stored; no answer gives it back. Left out for a system that has none"),
      settings: z.record(z.string().max(256), Setting).optional(),
      revision: z
        .int()
        .min(0)
        .optional()
        .describe("the one that you saw, 0 for none; another one is `state_changed`"),
    }),
    answer: Connection.extend({ change: z.string(), findings: Findings }),
    run: async (scope, { params: { id, system }, body: { account, secret, settings, revision } }) => {
      requireWithin(scope, id);
      const connected = await scope.tenants.connect(
        id,
        system,
        {
          account,
          ...(secret === undefined ? {} : { secret }),
          ...(settings === undefined ? {} : { settings }),
          ...(revision === undefined ? {} : { revision }),
        },
        scope.by,
      );
      return { ...connected, findings: [...connected.findings] };
    },
  }),
  checkConnection: operatorOperation({
    method: "POST",
    path: "/v1/tenants/{id}/connections/{system}/check",
    summary: "Asks the system what it thinks of the present secret.",
    roles: ["admin"],
    reach: "tenant",
    login: "any",
    params: ofConnection,
    answer: z.object({ findings: Findings }),
    run: async (scope, { params: { id, system } }) => {
      requireWithin(scope, id);
      return { findings: [...(await scope.tenants.check(id, system))] };
    },
  }),
  beginConsent: operatorOperation({
    method: "POST",
    path: "/v1/tenants/{id}/connections/{system}/consent",
    summary:
      "Where a person goes to consent that the broker acts for one account at a system; good for ten minutes and once.",
    roles: ["admin"],
    reach: "tenant",
    login: "fresh",
    params: ofConnection,
    body: z.strictObject({
      account: z.string().min(1).max(256).optional().describe("left out: the one that is connected already"),
      settings: z.record(z.string().max(256), Setting).optional(),
    }),
    answer: z.object({ url: z.string() }),
    run: async (scope, { params: { id, system }, body: { account, settings } }) => {
      requireWithin(scope, id);
      const url = await scope.tenants.beginConsent(id, system, {
        by: scope.by,
        ...(account === undefined ? {} : { account }),
        ...(settings === undefined ? {} : { settings }),
      });
      return { url };
    },
  }),
  importTenants: operatorOperation({
    method: "POST",
    path: "/v1/tenants/import",
    summary: "Puts every tenant of a document with its connections; the same document again changes nothing.",
    roles: ["admin"],
    reach: "everywhere",
    login: "fresh",
    body: z.record(z.string(), z.unknown()),
    answer: z.object({
      tenants: z.array(z.string()),
      connections: z.array(
        z.object({
          tenant: z.string(),
          system: z.string(),
          outcome: z.string(),
          account: z.string().optional(),
          revision: z.int().optional(),
          reason: z.string().optional(),
          detail: z.string().optional(),
        }),
      ),
    }),
    run: async ({ tenants, by }, { body }) => {
      const report = await tenants.import(body, by);
      return { tenants: [...report.tenants], connections: [...report.connections] };
    },
  }),
} as const;
