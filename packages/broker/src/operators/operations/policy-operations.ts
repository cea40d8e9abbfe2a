import { z } from "zod";
import { PageQuery, Time, limitOf } from "../operation-parts.ts";
import { operatorOperation } from "../operator-operation.ts";
import { notFound } from "../operator-scope.ts";
import { pushPolicy } from "../push-policy.ts";

const Version = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .describe("SHA-256 of the policy's canonical text");
const State = z.object({ version: z.string(), epoch: z.int() });
/** Characters of one policy file. */
const MAX_FILE = 524_288;

export const POLICY_OPERATIONS = {
  listPolicies: operatorOperation({
    method: "GET",
    path: "/v1/policies",
    summary: "The active policy, and activations, the newest first.",
    roles: ["viewer", "policy"],
    reach: "everywhere",
    login: "any",
    query: PageQuery.pick({ limit: true }),
    answer: z.object({
      active: State,
      history: z.array(z.object({ epoch: z.int(), version: z.string(), at: Time })),
    }),
    run: async ({ policies, context }, { query: { limit } }) => {
      const stored = await context.store.activePolicy();
      return {
        // What the store says: this process may learn of another replica's activation a moment later.
        active: stored ?? policies.active(),
        history: (await policies.history(limitOf(limit))).map(({ epoch, version, at }) => ({
          epoch,
          version,
          at: new Date(at).toISOString(),
        })),
      };
    },
  }),
  readPolicy: operatorOperation({
    method: "GET",
    path: "/v1/policies/{version}",
    summary: "A policy that was pushed or active once, as its canonical text.",
    roles: ["viewer", "policy"],
    reach: "everywhere",
    login: "any",
    params: z.strictObject({ version: Version }),
    answer: z.object({ version: z.string(), document: z.string() }),
    run: async ({ context }, { params: { version } }) => {
      const document = await context.store.policy(version);
      if (document === undefined) throw notFound("no policy of this version was pushed");
      return { version, document };
    },
  }),
  pushPolicy: operatorOperation({
    method: "POST",
    path: "/v1/policies",
    summary: "Checks a policy against the systems that are there, and keeps it without making it active.",
    roles: ["policy"],
    reach: "everywhere",
    login: "fresh",
    body: z.strictObject({
      files: z
        .array(z.strictObject({ name: z.string().min(1).max(256), text: z.string().max(MAX_FILE) }))
        .min(1)
        .max(100)
        .describe("YAML or JSON, as they stand in the policy's repository"),
    }),
    answer: z.object({ version: z.string(), fresh: z.boolean().describe("`false`: it was pushed before") }),
    run: (scope, { body: { files } }) => pushPolicy(scope, files),
  }),
  activatePolicy: operatorOperation({
    method: "POST",
    path: "/v1/policies/{version}/activate",
    summary: "Makes a pushed policy the active one, on every replica at once.",
    roles: ["policy"],
    reach: "everywhere",
    login: "fresh",
    params: z.strictObject({ version: Version }),
    answer: State,
    run: async ({ context, policies, by }, { params: { version } }) => {
      if ((await context.store.policy(version)) === undefined)
        throw notFound("no policy of this version was pushed");
      return policies.activate(version, by);
    },
  }),
  rollbackPolicy: operatorOperation({
    method: "POST",
    path: "/v1/policies/rollback",
    summary: "Activates the policy that was active before this one.",
    roles: ["policy"],
    reach: "everywhere",
    login: "fresh",
    answer: State,
    run: ({ policies, by }) => policies.rollback(by),
  }),
} as const;
