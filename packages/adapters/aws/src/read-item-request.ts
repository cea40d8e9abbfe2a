import {
  type GatewayRequest,
  type Json,
  type SeenAction,
  type ValueMap,
  parseStrictJson,
} from "@watchword/core";
import { readAttribute } from "./attribute-value.ts";
import type { AwsSettings } from "./aws-options.ts";
import { namedKey } from "./item-key.ts";
import { requestMismatch } from "./request-mismatch.ts";

type Members = { readonly [name: string]: Json };

const API = "DynamoDB_20120810";
/** The one condition that a write may have: that there is no such item. */
export const ABSENT = { expression: "attribute_not_exists(#key)", name: "#key" } as const;

/**
 * Reads an action back from a request to DynamoDB: `POST /` with a target and JSON. What a tool names is within the tenant's partition,
 * which is not for it to write.
 *
 * @throws Refusal `request_mismatch`
 */
export function readItemRequest(settings: AwsSettings, request: GatewayRequest): SeenAction {
  if (request.method !== "POST" || request.query.length > 0)
    throw requestMismatch("no operation is asked for like this");
  const { TableName: table, ...members } = readMembers(request.body);
  const key = typeof table === "string" ? namedKey(settings, table) : undefined;
  if (typeof table !== "string" || key === undefined) throw requestMismatch("a table that nobody declared");
  switch (request.headers["x-amz-target"] ?? "") {
    case `${API}.GetItem`:
      return seen("dynamodb.items.get", { table, ...readKey(members, key) });
    case `${API}.DeleteItem`:
      return seen("dynamodb.items.delete", { table, ...readKey(members, key) });
    case `${API}.PutItem`:
      return seen("dynamodb.items.put", { table, ...readItem(members, key) });
    default:
      throw requestMismatch("no operation has this target");
  }
}

function readKey({ Key: keys, ...others }: Members, key: string): ValueMap {
  refuseOthers(others);
  const { [key]: item, ...more } = isMembers(keys) ? keys : {};
  refuseOthers(more);
  return { item: readText(item) };
}

function readItem({ Item: whole, ...condition }: Members, key: string): ValueMap {
  const { [key]: item, ...attributes } = isMembers(whole) ? whole : {};
  const values = Object.entries(attributes).map(([name, attribute]) => {
    const value = readAttribute(attribute);
    if (value === undefined) throw requestMismatch("an attribute of a kind that no argument has");
    return [name, value] as const;
  });
  return {
    item: readText(item),
    attributes: Object.fromEntries(values),
    replace: readCondition(condition, key),
  };
}

/** Whether an item may be replaced. Any other condition would be another action. */
function readCondition(
  { ConditionExpression: expression, ExpressionAttributeNames: names, ...others }: Members,
  key: string,
): boolean {
  refuseOthers(others);
  if (expression === undefined && names === undefined) return true;
  const { [ABSENT.name]: name, ...more } = isMembers(names) ? names : {};
  refuseOthers(more);
  if (expression !== ABSENT.expression || name !== key)
    throw requestMismatch("a condition that no operation has");
  return false;
}

function readText(attribute: Json | undefined): string {
  const value = readAttribute(attribute);
  if (typeof value !== "string") throw requestMismatch("a key that is no text");
  return value;
}

function refuseOthers(others: Members): void {
  if (Object.keys(others).length > 0)
    throw requestMismatch("a member of the body is no part of the operation");
}

function readMembers(body: Uint8Array): Members {
  let json: Json;
  try {
    json = parseStrictJson(body, { maxBytes: 524_288 });
  } catch {
    throw requestMismatch("a body that is not JSON in its one spelling");
  }
  if (!isMembers(json)) throw requestMismatch("a body that is no object");
  return json;
}

const isMembers = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const seen = (operation: string, values: ValueMap): SeenAction => ({
  operation,
  resource: {},
  arguments: values,
});
