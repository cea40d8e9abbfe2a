import { z } from "zod";
import { PolicyFile } from "./policy-document.ts";
import { SCHEMA_DESCRIPTIONS } from "./schema-descriptions.ts";

type Schema = Record<string, unknown>;

/**
 * JSON Schema (draft 2020-12) of a policy file, for editors. It says which members there are and of what shape; what
 * needs code (names that are declared and used, templates, windows) is found by loading.
 */
export function policySchema(): Schema {
  const { $schema, ...schema } = z.toJSONSchema(PolicyFile, { io: "input", target: "draft-2020-12" });
  const plain = JSON.parse(JSON.stringify(schema)) as Schema;
  describe(plain, "");
  return { $schema, title: "Watchword policy", ...plain };
}

function describe(schema: Schema, path: string): void {
  const text = Object.hasOwn(SCHEMA_DESCRIPTIONS, path) ? SCHEMA_DESCRIPTIONS[path] : undefined;
  if (text !== undefined) schema["description"] = text;
  for (const [member, inner] of members(schema, path)) describe(inner, member);
}

/** Every schema below one, with its way as {@link SCHEMA_DESCRIPTIONS} writes it. */
function* members(schema: Schema, path: string): Generator<[string, Schema]> {
  const { properties, additionalProperties, items, anyOf, oneOf } = schema;
  const below = (name: string): string => (path === "" ? name : `${path}.${name}`);
  if (isSchema(properties))
    for (const [name, inner] of Object.entries(properties)) if (isSchema(inner)) yield [below(name), inner];
  if (isSchema(additionalProperties)) yield [below("*"), additionalProperties];
  if (isSchema(items)) yield [`${path}[]`, items];
  for (const list of [anyOf, oneOf]) {
    if (!Array.isArray(list)) continue;
    for (const inner of list) if (isSchema(inner)) yield [`${path}|`, inner];
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
