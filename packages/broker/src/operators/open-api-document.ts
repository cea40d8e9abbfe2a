import { z } from "zod";
import type { OperatorOperation } from "./operator-operation.ts";
import { OPERATOR_OPERATIONS } from "./operator-operations.ts";

/** A JSON Schema (draft 2020-12), as far as this package looks into it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** What goes over the wire in one direction. */
export interface DescribedContent {
  readonly content: { readonly "application/json": { readonly schema: JsonSchema } };
}

/** One operation as it is described. */
export interface DescribedOperation {
  readonly operationId: string;
  readonly summary: string;
  /** Any of them may. */
  readonly "x-watchword-roles": readonly string[];
  readonly "x-watchword-login": "any" | "fresh";
  readonly "x-watchword-reach": "tenant" | "everywhere";
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly required: boolean;
    readonly description?: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: DescribedContent & { readonly required: true };
  readonly responses: Readonly<Record<string, DescribedContent & { readonly description: string }>>;
}

/** An OpenAPI description, as far as it is looked into. */
export interface OpenApiDocument {
  readonly [member: string]: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
}

/** Answers that every operation can give besides its own. */
const REFUSALS: Readonly<Record<string, string>> = {
  "400": "The request is not as described, or what it brings is not valid.",
  "401": "No token, or one that is not good here; or a login that is not fresh where one is needed.",
  "403": "None of the operator's roles may do this.",
  "404": "There is nothing of this name, or it is not theirs.",
  "409": "Somebody else was faster.",
  "503": "It could not be recorded; nothing was done or given.",
};

/**
 * The operators' API as OpenAPI 3.1, made of the table that its routes are made of. `x-watchword-roles`: any of them may;
 * `x-watchword-login`: whether the login must be fresh; `x-watchword-reach`: whether it is for those who see one tenant.
 */
export function openApiDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, DescribedOperation>> = {};
  for (const [name, operation] of OPERATOR_OPERATIONS) {
    const methods = (paths[operation.path] ??= {});
    methods[operation.method.toLowerCase()] = describe(name, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Watchword: operators' API",
      version: "1",
      description:
        "Operators come with their own token as a Bearer token. Every refusal of a known one is recorded.",
    },
    security: [{ operator: [] }],
    paths,
    components: {
      securitySchemes: { operator: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { Refusal: schemaOf(RefusalAnswer, "output") },
    },
  };
}

const RefusalAnswer = z.object({
  error: z.string(),
  error_description: z.string(),
  reason: z.string().describe("of docs/reasons.md"),
  retryable: z.boolean(),
  detail: z.string().optional().describe("for the operator alone"),
  receipt: z
    .object({ replica: z.string(), sequence: z.int(), hash: z.string() })
    .optional()
    .describe("where the refusal is recorded"),
});

function describe(name: string, operation: OperatorOperation): DescribedOperation {
  const { summary, roles, login, reach, params, query, body, answer } = operation;
  const parameters = [...parametersOf(params, "path"), ...parametersOf(query, "query")];
  return {
    operationId: name,
    summary,
    "x-watchword-roles": roles,
    "x-watchword-login": login,
    "x-watchword-reach": reach,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(schemaOf(body, "input")) } }),
    responses: {
      "200": { description: "Done.", content: contentOf(schemaOf(answer, "output")) },
      ...Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [
          status,
          { description, content: contentOf({ $ref: "#/components/schemas/Refusal" }) },
        ]),
      ),
    },
  };
}

function parametersOf(
  schema: z.ZodObject,
  place: "path" | "query",
): NonNullable<DescribedOperation["parameters"]>[number][] {
  const { properties = {}, required = [] } = schemaOf(schema, "input");
  return Object.entries(properties).map(([name, { description, ...member }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: member,
  }));
}

function contentOf(schema: JsonSchema): DescribedContent["content"] {
  return { "application/json": { schema } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  return rest as JsonSchema;
}
