import { type Catalogue, type Operation, Refusal, operation } from "@watchword/core";
import { z } from "zod";
import { boundSchema, comparedSchema, exampleId, fieldExample, fieldSchema } from "./field-schema.ts";
import { recordIdSchema } from "./record-id.ts";
import type { ObjectDeclaration, Objects } from "./salesforce-declaration.ts";

/** What can be done with an object's records. */
export type Verb = "retrieve" | "query" | "create" | "update" | "delete";

/** One operation on one object, read from its declaration. */
export interface RecordRoute {
  /** The name that code uses: `casesUpdate`. */
  readonly key: string;
  readonly verb: Verb;
  readonly declared: ObjectDeclaration;
  readonly entry: Operation;
}

/** The operations of a declaration, in its order. */
export function routesOf(objects: Objects): readonly RecordRoute[] {
  return Object.entries(objects).flatMap(([name, declared]) =>
    VERBS.filter((verb) => declared[verb] !== undefined).map((verb) => ({
      key: `${name}${verb.charAt(0).toUpperCase()}${verb.slice(1)}`,
      verb,
      declared,
      entry: entryOf(name, declared, verb),
    })),
  );
}

/** @throws Refusal `unknown_target` */
export function findRoute(routes: readonly RecordRoute[], name: string): RecordRoute {
  const route = routes.find(({ entry }) => entry.name === name);
  if (route !== undefined) return route;
  throw new Refusal("unknown_target", {
    detail: `salesforce: no operation ${name} is declared`,
    failedFact: "action",
  });
}

/** The catalogue that operations stand for. */
export function catalogueOf(routes: readonly RecordRoute[]): Catalogue {
  return Object.freeze({
    adapter: "salesforce",
    operations: Object.freeze(Object.fromEntries(routes.map(({ key, entry }) => [key, entry]))),
  });
}

/** Fields that an operation shows when the action names none: all that are declared. */
export function shownFields({ declared, verb }: RecordRoute): readonly string[] | undefined {
  if (verb === "retrieve") return declared.retrieve;
  return verb === "query" ? declared.query?.fields : undefined;
}

const VERBS: readonly Verb[] = ["retrieve", "query", "create", "update", "delete"];
const RESOURCE = Object.freeze({ org: "Host of the org (its My Domain), as the connection names it." });

function entryOf(name: string, declared: ObjectDeclaration, verb: Verb): Operation {
  const { object } = declared;
  const shape = shapeOf(declared, verb);
  const schema = z.strictObject(
    Object.fromEntries(shape.map(({ name: field, schema: type }) => [field, type])),
  );
  return operation({
    name: `${name}.${verb}`,
    access: verb === "retrieve" || verb === "query" ? "read" : "write",
    title: TITLES[verb](object),
    resource: RESOURCE,
    arguments:
      verb === "update"
        ? schema.refine((values) => Object.keys(values).length > 1, { error: "must change a field" })
        : schema,
    references: [],
    decided: shape.some((member) => member.name === "fields") ? ["fields"] : [],
    example: Object.fromEntries(shape.map((member) => [member.name, member.example])),
  });
}

const TITLES: Readonly<Record<Verb, (object: string) => string>> = {
  retrieve: (object) => `Read one record of ${object}`,
  query: (object) => `Look for records of ${object}`,
  create: (object) => `Make a record of ${object}`,
  update: (object) => `Change one record of ${object}`,
  delete: (object) => `Delete one record of ${object}`,
};

interface Member {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly example: unknown;
}

function shapeOf(declared: ObjectDeclaration, verb: Verb): readonly Member[] {
  const record: Member = {
    name: "record",
    schema: recordIdSchema(declared.keyPrefix).describe(
      `Id of the record of ${declared.object}, 18 characters.`,
    ),
    example: exampleId(declared.keyPrefix),
  };
  switch (verb) {
    case "retrieve":
      return [record, fieldsMember(declared.retrieve ?? [])];
    case "query":
      return queryMembers(declared);
    case "create":
      return writtenMembers(declared, declared.create ?? []);
    case "update":
      return [record, ...writtenMembers(declared, declared.update ?? [])];
    case "delete":
      return [record];
    default:
      return [];
  }
}

function fieldsMember(names: readonly string[]): Member {
  return {
    name: "fields",
    schema: z
      .array(z.enum(names as readonly [string, ...string[]]))
      .min(1)
      .refine((fields) => new Set(fields).size === fields.length, { error: "names a field twice" })
      .optional()
      .describe("Fields that are shown; left out: all that are declared."),
    example: names.slice(0, 2),
  };
}

function queryMembers({ query, fields, object }: ObjectDeclaration): readonly Member[] {
  if (query === undefined) return [];
  const compared = query.where.flatMap((name): Member[] => {
    const type = fields[name];
    return type === undefined
      ? []
      : [{ name, schema: comparedSchema(name, type), example: fieldExample(type) }];
  });
  const bounds = query.range.flatMap((name): Member[] => {
    const type = fields[name];
    if (type === undefined) return [];
    return (["from", "to"] as const).map((side) => ({
      name: `${name}_${side}`,
      schema: boundSchema(name, type, side),
      example: fieldExample(type),
    }));
  });
  const order: Member[] =
    query.order === undefined
      ? []
      : [
          {
            name: "order",
            schema: z
              .enum(query.order as readonly [string, ...string[]])
              .optional()
              .describe("Which rows come first."),
            example: query.order[0],
          },
        ];
  return [
    fieldsMember(query.fields),
    ...compared,
    ...bounds,
    ...order,
    {
      name: "limit",
      schema: z.int().min(1).max(query.maxRows).describe(`Rows of ${object} at most.`),
      example: Math.min(10, query.maxRows),
    },
  ];
}

function writtenMembers({ fields }: ObjectDeclaration, names: readonly string[]): readonly Member[] {
  return names.flatMap((name) => {
    const type = fields[name];
    if (type === undefined) return [];
    return [{ name, schema: fieldSchema(name, type), example: fieldExample(type) }];
  });
}
