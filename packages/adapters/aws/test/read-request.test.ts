import { canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { aws } from "../src/index.ts";
import { tableOf } from "./aws-fixture.ts";

const adapter = aws({
  region: "eu-central-1",
  tenancy: "prefix",
  buckets: ["reports"],
  tables: { orders: tableOf("prefix") },
});
const seen = (method: string, target: string, body = "", headers: Record<string, string> = {}) =>
  adapter.actionOf(
    canonicalRequest({
      method,
      target,
      headers: Object.entries(headers),
      body: new TextEncoder().encode(body),
    }),
  );
const mismatch = expect.objectContaining({ reason: "request_mismatch" }) as unknown;
const item = (target: string, body: unknown, headers: Record<string, string> = {}) =>
  seen("POST", "/", typeof body === "string" ? body : JSON.stringify(body), {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${target}`,
    ...headers,
  });

describe("a request to S3", () => {
  test("is read with what AWS's clients add of themselves", () => {
    const headers = {
      "x-amz-date": "20261125T000000Z",
      "x-amz-content-sha256": "x",
      "amz-sdk-request": "attempt=1",
    };
    expect(seen("GET", "/reports/2026/q3.txt?x-id=GetObject", "", headers)).toEqual({
      operation: "s3.objects.get",
      resource: {},
      arguments: { bucket: "reports", key: "2026/q3.txt" },
    });
    expect(seen("GET", "/reports?list-type=2&prefix=2026%2F&max-keys=5").arguments).toEqual({
      bucket: "reports",
      prefix: "2026/",
      limit: 5,
    });
  });

  test.for<[string, ...Parameters<typeof seen>]>([
    ["a part of it", "GET", "/reports/a", "", { range: "bytes=0-1" }],
    ["a version of it", "GET", "/reports/a?versionId=1"],
    ["its ACL", "GET", "/reports/a?acl"],
    ["another name for it", "GET", "/reports/a?x-id=PutObject"],
    ["its name twice", "GET", "/reports/a?x-id=GetObject&x-id=GetObject"],
    ["a body where none is", "GET", "/reports/a", "x"],
    ["a copy of another object", "PUT", "/reports/a", "", { "x-amz-copy-source": "/others/b" }],
    [
      "an ACL with it",
      "PUT",
      "/reports/a",
      "x",
      { "content-type": "text/plain", "x-amz-acl": "public-read" },
    ],
    ["tags with it", "PUT", "/reports/a", "x", { "content-type": "text/plain", "x-amz-tagging": "a=b" }],
    [
      "a website's redirect",
      "PUT",
      "/reports/a",
      "x",
      { "content-type": "text/plain", "x-amz-website-redirect-location": "/" },
    ],
    [
      "a coded body",
      "PUT",
      "/reports/a",
      "x",
      { "content-type": "text/plain", "content-encoding": "aws-chunked" },
    ],
    ["a condition", "PUT", "/reports/a", "x", { "content-type": "text/plain", "if-none-match": "*" }],
    ["no type", "PUT", "/reports/a", "x"],
    ["many deletions", "POST", "/reports?delete", "<Delete/>"],
    ["a bucket's own deletion", "DELETE", "/reports"],
    ["a new bucket", "PUT", "/reports"],
    ["a list of the old kind", "GET", "/reports?prefix=2026%2F&max-keys=5"],
    ["a list without a limit", "GET", "/reports?list-type=2&prefix=2026%2F"],
    ["a limit in another spelling", "GET", "/reports?list-type=2&max-keys=05"],
    ["a limit twice", "GET", "/reports?list-type=2&max-keys=5&max-keys=1000"],
    ["a list by delimiter", "GET", "/reports?list-type=2&max-keys=5&delimiter=%2F"],
    ["a list of its versions", "GET", "/reports?versions"],
  ])("for %s is no operation", ([, ...parts]) => {
    expect(() => seen(...parts)).toThrow(mismatch);
  });

  test("of bytes that are no text is no operation", () => {
    const request = {
      method: "PUT",
      path: "/reports/a",
      query: [],
      headers: { "content-type": "text/plain" },
    };
    expect(() => adapter.actionOf({ ...request, body: new Uint8Array([0xff, 0xfe]) })).toThrow(mismatch);
  });
});

describe("a request to DynamoDB", () => {
  const put = {
    TableName: "orders",
    Item: { id: { S: "o-1" }, cents: { N: "4200" }, paid: { BOOL: false } },
  };
  const absent = {
    ConditionExpression: "attribute_not_exists(#key)",
    ExpressionAttributeNames: { "#key": "id" },
  };

  test("is read within the tenant's partition, which it does not name", () => {
    expect(item("GetItem", { TableName: "orders", Key: { id: { S: "o-1" } } }).arguments).toEqual({
      table: "orders",
      item: "o-1",
    });
    expect(item("PutItem", { ...put, ...absent })).toMatchObject({
      operation: "dynamodb.items.put",
      arguments: { table: "orders", item: "o-1", attributes: { cents: 4200, paid: false }, replace: false },
    });
    expect(item("PutItem", put).arguments["replace"]).toBe(true);
  });

  test.for<[string, string, unknown]>([
    [
      "another tenant's partition",
      "GetItem",
      { TableName: "orders", Key: { owner: { S: "globex" }, id: { S: "o-1" } } },
    ],
    ["a table that nobody declared", "GetItem", { TableName: "users", Key: { id: { S: "o-1" } } }],
    ["a table in another case", "GetItem", { TableName: "Orders", Key: { id: { S: "o-1" } } }],
    [
      "a table of another account",
      "GetItem",
      { TableName: "arn:aws:dynamodb:eu-central-1:444455556666:table/orders", Key: { id: { S: "o-1" } } },
    ],
    ["a scan", "Scan", { TableName: "orders" }],
    ["a query", "Query", { TableName: "orders", KeyConditionExpression: "id = :a" }],
    ["many items", "BatchGetItem", { RequestItems: {} }],
    ["a statement", "ExecuteStatement", { Statement: "SELECT * FROM orders" }],
    [
      "what was there before",
      "DeleteItem",
      { TableName: "orders", Key: { id: { S: "o-1" } }, ReturnValues: "ALL_OLD" },
    ],
    ["another condition", "PutItem", { ...put, ...absent, ConditionExpression: "attribute_exists(#key)" }],
    [
      "a condition on another attribute",
      "PutItem",
      { ...put, ...absent, ExpressionAttributeNames: { "#key": "cents" } },
    ],
    ["a condition without a name", "PutItem", { ...put, ConditionExpression: absent.ConditionExpression }],
    ["a number in another spelling", "PutItem", { ...put, Item: { ...put.Item, cents: { N: "4.2e3" } } }],
    ["a nested attribute", "PutItem", { ...put, Item: { ...put.Item, more: { M: {} } } }],
    ["two kinds at once", "PutItem", { ...put, Item: { ...put.Item, cents: { N: "1", S: "2" } } }],
    [
      "a repeated member",
      "GetItem",
      '{"TableName":"orders","Key":{"id":{"S":"o-1"}},"Key":{"id":{"S":"o-2"}}}',
    ],
    ["no JSON", "GetItem", "{"],
    ["a list", "GetItem", []],
  ])("for %s is no operation", ([, target, body]) => {
    expect(() => item(target, body)).toThrow(mismatch);
  });

  test("without a target, for another service, or with a query is no operation", () => {
    const body = JSON.stringify({ TableName: "orders", Key: { id: { S: "o-1" } } });
    expect(() => seen("POST", "/", body)).toThrow(mismatch);
    expect(() => seen("POST", "/?a=b", body, { "x-amz-target": "DynamoDB_20120810.GetItem" })).toThrow(
      mismatch,
    );
    expect(() => seen("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15")).toThrow(mismatch);
    expect(() => item("GetItem", body, { "x-amz-target": "AmazonSQS.SendMessage" })).toThrow(mismatch);
  });
});
