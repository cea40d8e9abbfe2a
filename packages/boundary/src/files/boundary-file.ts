import { type Reason, isReason, isValueMap } from "@watchword/core";
import { z } from "zod";
import { FACTS } from "../row.ts";

const USERS = ["verified", "none", "other-tenant"] as const;
const EVIDENCE = [
  "green",
  "red",
  "pending",
  "missing",
  "stale",
  "other-commit",
  "empty",
  "unsigned",
  "own-workflow",
] as const;
const APPROVALS = [
  "none",
  "granted",
  "pending",
  "denied",
  "expired",
  "withdrawn",
  "self",
  "stranger",
  "other-action",
  "other-thread",
  "spent",
] as const;
const RUNS = ["living", "ended", "killed", "expired", "parent-ended", "frozen"] as const;

const Name = z.string().min(1).max(255);
const Operation = z.string().regex(/^[^/\s]+\/[^/\s]+$/, "expected system/operation, as grants name it");
const ReasonName = z
  .string()
  .min(1)
  .refine((text): text is Reason => isReason(text), "no such reason; docs/reasons.md lists them");
const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "expected a day like 2027-03-01")
  .refine((text) => !Number.isNaN(Date.parse(`${text}T00:00:00Z`)), "no such day");
const Moment = z.iso.datetime({ error: "expected a moment like 2026-11-23T10:00:00Z" });

/** Who acts, and how everything around it stands. */
const Given = z.strictObject({
  agent: Name.optional(),
  workload: Name.optional(),
  tenant: Name.optional(),
  user: z.enum(USERS).optional(),
  background: z.boolean().optional(),
  via: z.array(Name).max(16).optional(),
  evidence: z.record(Name, z.enum(EVIDENCE)).optional(),
  approval: z.enum(APPROVALS).optional(),
  run: z.enum(RUNS).optional(),
  at: Moment.optional(),
});

const Call = z
  .strictObject({
    tool: Name.optional(),
    /** What the model says to the app's own tool; operation and arguments are what that has to mean. */
    args: z.unknown().optional(),
    operation: Operation,
    resource: z.record(Name, z.string()).optional(),
    arguments: z
      .record(z.string(), z.unknown())
      .refine(
        (value) => isValueMap(value),
        "values are strings, booleans, whole numbers, lists and maps of them",
      )
      .optional(),
  })
  .refine(({ tool, args }) => args === undefined || tool !== undefined, "args are said to a tool: name it");

const Expectation = z
  .strictObject({
    title: z.string().min(1).max(255).optional(),
    given: Given.optional(),
    call: Call,
    allow: z.literal(true).optional(),
    deny: z.union([ReasonName, z.array(ReasonName).min(1)]).optional(),
  })
  .refine(
    ({ allow, deny }) => (allow === undefined) !== (deny === undefined),
    "says either allow: true or deny: <reason>",
  );

const OperationList = z.strictObject({ agent: Name, equals: z.array(Operation) });

const Exception = z.strictObject({
  grant: Name.optional(),
  fact: z.enum(FACTS),
  reason: z.string().min(10, "say in a sentence why this is not tested").max(1_000),
  until: Day,
});

/** Grammar of a boundary file. Strict: a member that is not known is an error, never ignored. */
export const BoundaryDocument = z.strictObject({
  boundary: z.literal(1),
  given: Given.optional(),
  expect: z.array(Expectation).optional(),
  operations: z.array(OperationList).optional(),
  matrix: z
    .strictObject({
      grants: z.union([z.literal("*"), z.array(Name).min(1)]),
      except: z.array(Exception).optional(),
    })
    .optional(),
});
export type BoundaryDocument = z.infer<typeof BoundaryDocument>;
