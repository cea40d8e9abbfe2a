import type { ValueMap } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { aws } from "../src/index.ts";
import { ACME, tableOf } from "./aws-fixture.ts";

const adapter = aws({
  region: "eu-central-1",
  buckets: ["reports"],
  tables: { orders: tableOf("account") },
});
const VALUES: Readonly<Record<string, ValueMap>> = {
  "s3.objects.get": { bucket: "reports", key: "a" },
  "s3.objects.put": { bucket: "reports", key: "a", content: "x", contentType: "text/plain" },
  "s3.objects.delete": { bucket: "reports", key: "a" },
  "dynamodb.items.put": { table: "orders", item: "o", attributes: {}, replace: true },
};
const outcome = (operation: string, status: number, headers: Record<string, string>, body = "") =>
  adapter.outcomeOf(
    adapter.plan({
      system: "cloud",
      operation,
      resource: { account: ACME },
      arguments: VALUES[operation] ?? {},
    }),
    { status, headers, body: new TextEncoder().encode(body) },
  );
const S3 = { "x-amz-request-id": "R" };
const DYNAMODB = { "x-amzn-requestid": "R" };
const xml = (code: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;

describe("a write to S3", () => {
  test("is done after its own answer, with what was written and its version", () => {
    expect(outcome("s3.objects.put", 200, { ...S3, etag: '"e"', "x-amz-version-id": "v1" })).toEqual({
      effect: "done",
      ids: { object: "reports/a", version: "v1" },
      status: 200,
    });
    expect(outcome("s3.objects.delete", 204, S3).effect).toBe("done");
  });

  test.for<[string, string, number, Record<string, string>, string?]>([
    ["without S3's own id", "s3.objects.put", 200, { etag: '"e"' }],
    ["without S3's own id", "s3.objects.delete", 204, {}],
    ["without a tag", "s3.objects.put", 200, S3],
    ["that says something besides", "s3.objects.put", 200, { ...S3, etag: '"e"' }, "<CopyObjectResult/>"],
    ["of another status", "s3.objects.delete", 200, S3],
    ["of a refusal without S3's own id", "s3.objects.put", 403, {}, xml("AccessDenied")],
    ["of a refusal that is a page", "s3.objects.put", 403, S3, "<html>"],
    ["of trouble", "s3.objects.put", 503, S3, xml("SlowDown")],
    ["of a conflict in time", "s3.objects.put", 408, S3, xml("RequestTimeout")],
  ])("is unknown after an answer %s (%s)", ([, operation, status, headers, body]) => {
    expect(outcome(operation, status, headers, body)).toMatchObject({ effect: "unknown", ids: {} });
  });

  test.for([400, 403, 404, 405, 412])("is none after S3's own %i", (status) => {
    expect(outcome("s3.objects.put", status, S3, xml("AccessDenied"))).toMatchObject({
      effect: "none",
      ids: {},
    });
  });
});

describe("a write to DynamoDB", () => {
  test("is done after its own answer, and none after its own error", () => {
    expect(outcome("dynamodb.items.put", 200, DYNAMODB, "{}")).toEqual({
      effect: "done",
      ids: { item: "orders/o" },
      status: 200,
    });
    const error = '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}';
    expect(outcome("dynamodb.items.put", 400, DYNAMODB, error).effect).toBe("none");
    expect(outcome("dynamodb.items.put", 500, DYNAMODB, error).effect).toBe("unknown");
    for (const [status, headers, body] of [
      [200, {}, "{}"],
      [200, DYNAMODB, "<html>"],
      [400, {}, error],
      [400, DYNAMODB, '{"message":"x"}'],
    ] as const)
      expect(outcome("dynamodb.items.put", status, headers, body).effect, `${status} ${body}`).toBe(
        "unknown",
      );
  });
});

test("a read has no effect to lose", () => {
  expect(outcome("s3.objects.get", 200, S3, "text")).toMatchObject({
    effect: "done",
    ids: { object: "reports/a" },
  });
  expect(outcome("s3.objects.get", 500, {}).effect).toBe("none");
});
