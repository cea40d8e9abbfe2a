import { Identifier, parseMoney } from "@watchword/core";
import { z } from "zod";
import { ClaimRules } from "./claim-rule.ts";
import { DURATION, parseDuration } from "./duration.ts";
import { EvidenceSource, P256Key } from "./evidence-source.ts";
import { parseTemplate } from "./template.ts";
import { parseDays, parseTimeOfDay, parseZone } from "./window.ts";

/** A string that one of our parsers accepts; its error text is the schema's. */
function parsedBy(parse: (text: string) => unknown): z.ZodString {
  return z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : "is not valid" });
    }
  });
}

// The patterns are for editors, by the JSON Schema; what counts is the parser.
const Duration = parsedBy(parseDuration).meta({ pattern: DURATION.source });
const MoneyText = parsedBy(parseMoney).meta({ pattern: String.raw`^\d{1,13}(?:\.\d{1,4})? [A-Z]{3}$` });
const ArgumentPath = z.string().regex(/^args\.[a-zA-Z][a-zA-Z0-9_]{0,63}$/, { error: "must be args.<name>" });
const Text = z.string().min(1).max(512);
const Names = z.union([Identifier, z.array(Identifier).min(1)]);
const named = <T extends z.ZodType>(value: T): z.ZodRecord<typeof Identifier, T> =>
  z.record(Identifier, value);

/** What an argument must satisfy; every member must hold. */
export const ArgumentRule = z
  .strictObject({
    equals: z.union([z.string(), z.boolean(), z.int()]).optional(),
    in: z.array(Text).min(1).max(256).optional(),
    min: z.int().optional(),
    max: z.union([MoneyText, z.int()]).optional(),
    prefix: z
      .string()
      .regex(/^\/[^*]*$/, { error: "must begin with / and hold no wildcard" })
      .optional(),
    ownedBy: z.literal("tenant").optional(),
  })
  .refine((rule) => Object.keys(rule).length > 0, { error: "an empty rule checks nothing" });
export type ArgumentRule = z.infer<typeof ArgumentRule>;

const Window = z
  .strictObject({
    days: parsedBy(parseDays),
    from: parsedBy(parseTimeOfDay),
    to: parsedBy(parseTimeOfDay),
    zone: parsedBy(parseZone),
  })
  .refine(({ from, to }) => from < to, {
    error: "from must be before to; a window over midnight is two grants",
  });

const JobRule = z
  .strictObject({ action: Duration, max: Duration })
  .refine(({ action, max }) => !areDurations(action, max) || parseDuration(max) > parseDuration(action), {
    error: "max must be longer than action: it is what the lease is prolonged to",
  });

/** What is no duration is said where it stands. */
function areDurations(...texts: readonly string[]): boolean {
  return texts.every((text) => Duration.safeParse(text).success);
}

/**
 * How long a credential lives: for one action, for the reads of one run, which share it, or for one action that goes on, step by
 * step. `grace`: what an answer that is being streamed when the lease ends may still take.
 */
const LeaseRule = z
  .strictObject({
    action: Duration.optional(),
    run: Duration.optional(),
    job: JobRule.optional(),
    grace: Duration.optional(),
  })
  .refine(({ action, run, job }) => [action, run, job].filter((kind) => kind !== undefined).length === 1, {
    error: "must name one of action, run and job",
  });
export type LeaseRule = z.infer<typeof LeaseRule>;

/** One rule of the policy. */
export const Grant = z.strictObject({
  id: Identifier,
  agent: Names,
  operation: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}\/[a-z0-9][a-z0-9._-]{0,63}$/, { error: "must be system/operation" }),
  resource: z.record(Identifier, parsedBy(parseTemplate)),
  /** Why a resource that names no tenant may be reached by all of them. */
  shared: Text.optional(),
  where: z.record(ArgumentPath, ArgumentRule).optional(),
  user: z.literal("verified").optional(),
  background: z.literal(false).optional(),
  window: Window.optional(),
  approval: z
    .strictObject({
      when: z
        .record(ArgumentPath, z.strictObject({ over: MoneyText }))
        .refine((when) => Object.keys(when).length > 0, {
          error: "names no amount: nobody would ever be asked",
        })
        .optional(),
      by: Identifier,
      expires: Duration,
      /** Who else may decide when nobody has by then. */
      escalate: z.strictObject({ after: Duration, to: Identifier }).optional(),
    })
    .optional(),
  budget: z
    .strictObject({
      sum: ArgumentPath,
      max: MoneyText,
      per: z.enum(["tenant", "run", "agent"]),
      window: Duration,
    })
    .optional(),
  once: z.strictObject({ by: z.array(ArgumentPath).min(1), per: Duration }).optional(),
  /** Test results that must be green for exactly the commit that the broker reads. */
  evidence: z
    .strictObject({
      source: Identifier,
      result: z.literal("pass"),
      commit: z.string().regex(/^facts(?:\.[a-zA-Z][a-zA-Z0-9_]{0,63}){1,4}$/, {
        error: "must be facts.<name>, as the broker looks it up",
      }),
      maxAge: Duration,
    })
    .optional(),
  /** Hands the credential to the tool; needs `acceptResidual` for every axis that only the gateway would enforce. */
  custody: z.literal("released").optional(),
  /** Accepts a tenant and a user that nobody but the workload vouches for, also for a write. */
  acceptAsserted: z.literal(true).optional(),
  acceptResidual: z.array(Text).min(1).max(64).optional(),
  lease: LeaseRule,
  mode: z.literal("shadow").optional(),
});
export type Grant = z.infer<typeof Grant>;

/** How a workload is recognized. `localKey` only ever matches a development verifier. */
const Identity = z.union([
  z.strictObject({ localKey: Text }),
  z.strictObject({
    oidc: z
      .strictObject({ issuer: Text, subject: Text.optional(), claims: ClaimRules.optional() })
      .refine(({ subject, claims }) => subject !== undefined || claims !== undefined, {
        error: "must name a subject or claims: an issuer alone is everybody there",
      }),
  }),
]);

/**
 * Where a run's tenant comes from: a claim of the verified user token, the workload itself, a ticket of one of these
 * starters; or, `asserted`, merely from what the workload says, which writes nothing unless a grant accepts it.
 */
export const TenantRule = z.union([
  z.strictObject({ claim: Text }),
  z.strictObject({ fixed: Identifier }),
  z.strictObject({ ticket: z.array(Identifier).min(1) }),
  z.strictObject({ asserted: z.literal(true) }),
]);
export type TenantRule = z.infer<typeof TenantRule>;

/** Who may approve. Without `tenant` they approve for every tenant: people of the operator. */
export const Approvers = z.strictObject({
  issuer: Text,
  claim: ClaimRules,
  tenant: z.strictObject({ claim: Text }).optional(),
  /** Claim that an approver and a requester who are one person have in common, whatever they logged in with. */
  link: z.strictObject({ claim: Text }).optional(),
});
export type Approvers = z.infer<typeof Approvers>;

/** Which agent may start which subagent, with which of the child's own grants, how deep and for how long. */
export const DelegationRule = z.strictObject({
  parent: Identifier,
  child: Identifier,
  grants: z.array(Identifier).min(1).max(256),
  /** Delegations between the root run and the child's, at most. */
  depth: z.int().min(1).max(16),
  ttl: Duration,
});
export type DelegationRule = z.infer<typeof DelegationRule>;

/** One file of a policy; several are merged into one {@link PolicyDocument}. */
export const PolicyFile = z.strictObject({
  watchword: z.literal(1),
  systems: named(
    z.strictObject({
      adapter: Identifier,
      /** Of a service of one's own: whom the broker's access tokens for it are for. */
      audience: Text.optional(),
    }),
  ).optional(),
  agents: named(z.strictObject({ owner: Text.optional() })).optional(),
  workloads: named(
    z.strictObject({
      identity: Identity,
      agents: z.array(Identifier).min(1),
      tenant: TenantRule,
      /** How long a run may be renewed for, from its start. */
      maxSession: Duration.optional(),
    }),
  ).optional(),
  approvers: named(Approvers).optional(),
  /** Who may start runs by a signed ticket. */
  starters: named(
    z.strictObject({ keys: z.array(P256Key).min(1).max(16), agents: z.array(Identifier).min(1) }),
  ).optional(),
  evidence: named(EvidenceSource).optional(),
  grants: z.array(Grant).optional(),
  delegation: z.array(DelegationRule).max(4096).optional(),
});
export type PolicyFile = z.infer<typeof PolicyFile>;

/** The one canonical document of a policy. Its digest is the policy version. */
export type PolicyDocument = { [Section in keyof PolicyFile]-?: NonNullable<PolicyFile[Section]> };
