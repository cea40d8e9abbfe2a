import { type Authority, type OutboundRequest, Refusal, canonicalJson, isValueMap } from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { writeAttribute } from "./attribute-value.ts";
import type { AwsAccount } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";
import { itemKey } from "./item-key.ts";
import { ABSENT } from "./read-item-request.ts";

const TARGETS: Readonly<Record<string, string>> = {
  "dynamodb.items.get": "GetItem",
  "dynamodb.items.put": "PutItem",
  "dynamodb.items.delete": "DeleteItem",
};

/** Builds a request to DynamoDB from decided values; the tenant's partition is written from the connection. */
export function writeItemRequest(
  settings: AwsSettings,
  account: AwsAccount,
  { operation, arguments: values }: Authority,
): Pick<OutboundRequest, "method" | "url" | "headers" | "body"> {
  const { partition, sort } = itemKey(settings, account, values);
  const keys = Object.fromEntries(
    [partition, ...(sort === undefined ? [] : [sort])].map(([name, value]) => [name, { S: value }]),
  );
  const put = {
    Item: { ...attributesOf(values["attributes"]), ...keys },
    ...(values["replace"] === true
      ? {}
      : {
          ConditionExpression: ABSENT.expression,
          ExpressionAttributeNames: { [ABSENT.name]: (sort ?? partition)[0] },
        }),
  };
  const target = TARGETS[operation] ?? "";
  const body = { TableName: argumentText(values, "table"), ...(target === "PutItem" ? put : { Key: keys }) };
  return {
    method: "POST",
    url: `${settings.endpoints.dynamodb}/`,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${target}` },
    body: new TextEncoder().encode(canonicalJson(body)),
  };
}

function attributesOf(values: unknown): Record<string, Record<string, string | boolean>> {
  if (values === undefined) return {};
  const written = Object.entries(isValueMap(values) ? values : {}).map(([name, value]) => {
    const attribute = writeAttribute(value);
    if (attribute === undefined)
      throw new Refusal("internal", { detail: "aws: an attribute that was never planned" });
    return [name, attribute] as const;
  });
  return Object.fromEntries(written);
}
