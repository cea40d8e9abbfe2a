import { Identifier } from "@watchword/core";
import { z } from "zod";
import { FieldDeclaration, KeyPrefix } from "./field-declaration.ts";

/** Names as Salesforce's API has them, in one spelling: `Case`, `Tier__c`, `acme__Tier__c`. */
const ApiName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9]*(?:_{1,2}[A-Za-z0-9]+)*$/, { error: "must be an API name, without a path" })
  .max(63);

/** What is written beside a field in a request, and can therefore be none. */
const TAKEN: ReadonlySet<string> = new Set([
  "attributes",
  "constructor",
  "fields",
  "limit",
  "order",
  "prototype",
  "record",
]);

const FieldName = ApiName.refine((name) => !TAKEN.has(name), { error: "is no name of a field" }).refine(
  (name) => name !== "Id",
  { error: "Id is known already, and nobody writes it" },
);
const FieldNames = z.array(ApiName).min(1).readonly();

const Query = z.strictObject({
  /** What rows may show; `Id` may be among them. */
  fields: FieldNames,
  /** Fields that may be compared, each with one value; all that are given must hold. */
  where: z.array(FieldName).readonly().default([]),
  /** Integers, dates and moments that may be bounded: `CreatedDate_from` (that or later), `CreatedDate_to` (earlier). */
  range: z.array(FieldName).readonly().default([]),
  /** `CreatedDate DESC`. */
  order: z
    .array(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]* (?:ASC|DESC)$/, { error: "must be FIELD ASC or FIELD DESC" }),
    )
    .min(1)
    .readonly()
    .optional(),
  /** Rows of one answer at most; default and maximum 200. */
  maxRows: z.int().min(1).max(200).default(200),
});

/** One object of the org, as far as agents may know it. */
export const ObjectDeclaration = z.strictObject({
  /** Salesforce's API name: `Case`. */
  object: ApiName,
  /** With which its record ids begin. */
  keyPrefix: KeyPrefix.optional(),
  /** By API name; any other does not exist. */
  fields: z.record(FieldName, FieldDeclaration),
  /** What may be shown of one record. Left out: none is read. */
  retrieve: FieldNames.optional(),
  query: Query.optional(),
  /** What may be written into a new record. Left out: none is made. */
  create: z.array(FieldName).min(1).readonly().optional(),
  /** What may be written into a record. Left out: none is changed. */
  update: z.array(FieldName).min(1).readonly().optional(),
  /** A text field of the org's own that takes the decision's id with every write; nobody reads or writes it by an operation. */
  decision: FieldName.optional(),
  /** Whether records may be deleted. */
  delete: z.literal(true).optional(),
});
export type ObjectDeclaration = z.output<typeof ObjectDeclaration>;

/** `cases`: how code and policies call an object. */
const ObjectKey = Identifier.regex(/^[a-z][a-z0-9]{0,31}$/, {
  error: "must be 1–32 small letters and digits and begin with a letter",
});

/** What a declaration holds besides what a connection has. */
export const Objects = z.record(ObjectKey, ObjectDeclaration).superRefine((objects, context) => {
  const seen = new Map<string, string>();
  for (const [key, declared] of Object.entries(objects)) {
    const other = seen.get(declared.object.toLowerCase());
    if (other !== undefined)
      context.addIssue({
        code: "custom",
        path: [key, "object"],
        message: `is ${other} as well: a request could be both`,
      });
    seen.set(declared.object.toLowerCase(), key);
    for (const { path, message } of fieldProblems(declared))
      context.addIssue({ code: "custom", path: [key, ...path], message });
  }
});
export type Objects = z.output<typeof Objects>;

const RANGED: ReadonlySet<string> = new Set(["integer", "date", "datetime"]);

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function fieldProblems(declared: ObjectDeclaration): readonly Problem[] {
  const { fields, retrieve, query, create, update } = declared;
  const problems: Problem[] = [];
  const names = Object.keys(fields);
  const known = (name: string): boolean => name === "Id" || Object.hasOwn(fields, name);
  const check = (path: readonly PropertyKey[], used: readonly string[] = []): void => {
    for (const [index, name] of used.entries()) {
      if (!known(name))
        problems.push({ path: [...path, index], message: `${name} is not one of the fields` });
      if (used.indexOf(name) !== index)
        problems.push({ path: [...path, index], message: `${name} stands twice` });
    }
  };
  // Salesforce reads names in any case, so that two of ours could be one of its.
  for (const [index, name] of names.entries())
    if (names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== index)
      problems.push({ path: ["fields", name], message: "is another field in other letters" });
  const stamp = declared.decision?.toLowerCase();
  if (stamp !== undefined && names.some((name) => name.toLowerCase() === stamp))
    problems.push({ path: ["decision"], message: "is one of the fields: an agent could write it" });
  check(["retrieve"], retrieve);
  check(["query", "fields"], query?.fields);
  check(["query", "where"], query?.where);
  check(["query", "range"], query?.range);
  for (const [index, name] of (query?.where ?? []).entries())
    if (fields[name]?.type === "money")
      problems.push({ path: ["query", "where", index], message: "is an amount, and none is compared with" });
  for (const [index, name] of (query?.range ?? []).entries()) {
    const path = ["query", "range", index];
    const { type = "" } = fields[name] ?? {};
    if (!RANGED.has(type)) problems.push({ path, message: "is no integer, date or moment" });
    if (names.includes(`${name}_from`) || names.includes(`${name}_to`))
      problems.push({ path, message: "has bounds that are other fields" });
  }
  for (const [index, order] of (query?.order ?? []).entries())
    if (!known(order.slice(0, order.indexOf(" "))))
      problems.push({ path: ["query", "order", index], message: "is not by one of the fields" });
  check(["create"], create);
  check(["update"], update);
  if (
    retrieve === undefined &&
    query === undefined &&
    create === undefined &&
    update === undefined &&
    declared.delete === undefined
  )
    problems.push({ path: [], message: "nothing may be done with it" });
  return problems;
}
