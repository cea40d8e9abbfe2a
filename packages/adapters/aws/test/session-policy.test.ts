import { Refusal, type ValueMap } from "@watchword/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AwsOptions } from "../src/aws-options.ts";
import { aws } from "../src/index.ts";
import { sessionPolicy } from "../src/session-policy.ts";
import { ACME, tableOf } from "./aws-fixture.ts";

const options = (changes: Partial<AwsOptions> = {}): AwsOptions => ({
  region: "eu-central-1",
  buckets: ["reports"],
  tables: { orders: tableOf(changes.tenancy ?? "account") },
  ...changes,
});
const plan = (operation: string, values: ValueMap, changes: Partial<AwsOptions> = {}, account = ACME) =>
  aws(options(changes)).plan({ system: "cloud", operation, resource: { account }, arguments: values });
const policyOf = (...parts: Parameters<typeof plan>): string => {
  const { policy } = plan(...parts).native;
  if (typeof policy !== "string") throw new TypeError("no policy");
  return policy;
};
const statement = (...parts: Parameters<typeof plan>): unknown =>
  (JSON.parse(policyOf(...parts)) as { Statement: unknown[] }).Statement[0];
const shared = { tenancy: "prefix" } as const;
const refusal = (work: () => unknown): string => {
  try {
    work();
    return "planned";
  } catch (error) {
    return Refusal.from(error, "internal").reason;
  }
};

describe("the policy of a session", () => {
  test("is one statement in canonical form, from the action alone", () => {
    const values = { bucket: "reports", key: "2026/q3.txt" };
    const expected = `{"Statement":[{"Action":"s3:GetObject","Condition":{"StringEquals":{"aws:ResourceAccount":"${ACME}"}},"Effect":"Allow","Resource":"arn:aws:s3:::reports/2026/q3.txt"}],"Version":"2012-10-17"}`;
    expect(policyOf("s3.objects.get", values)).toBe(expected);
    expect(policyOf("s3.objects.get", { key: "2026/q3.txt", bucket: "reports" }, { lifeSeconds: 30 })).toBe(
      expected,
    );
  });

  test.for<[string, ValueMap, Record<string, unknown>]>([
    [
      "s3.objects.list",
      { bucket: "reports", prefix: "2026/", limit: 5 },
      {
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::reports",
        Condition: {
          NumericEquals: { "s3:max-keys": "5" },
          StringEquals: { "aws:ResourceAccount": ACME, "s3:prefix": "acme/2026/" },
        },
      },
    ],
    [
      "s3.objects.delete",
      { bucket: "reports", key: "a" },
      { Action: "s3:DeleteObject", Resource: "arn:aws:s3:::reports/acme/a" },
    ],
    [
      "dynamodb.items.get",
      { table: "orders", item: "o-1" },
      {
        Action: "dynamodb:GetItem",
        Resource: `arn:aws:dynamodb:eu-central-1:${ACME}:table/orders`,
        Condition: {
          "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["acme"] },
          Null: { "dynamodb:LeadingKeys": "false" },
        },
      },
    ],
    [
      "dynamodb.items.put",
      { table: "orders", item: "o-1", attributes: { state: "open", cents: 1 }, replace: true },
      {
        Action: "dynamodb:PutItem",
        Condition: {
          "ForAllValues:StringEquals": {
            "dynamodb:Attributes": ["cents", "id", "owner", "state"],
            "dynamodb:LeadingKeys": ["acme"],
          },
          Null: { "dynamodb:LeadingKeys": "false" },
          StringEqualsIfExists: { "dynamodb:ReturnValues": "NONE" },
        },
      },
    ],
  ])(
    "in a shared account is within the tenant's prefix or partition: %s",
    ([operation, values, expected]) => {
      expect(statement(operation, values, shared, `${ACME}/acme`)).toMatchObject({
        Effect: "Allow",
        ...expected,
      });
    },
  );

  test("in an account of the tenant's own is bound to the item itself", () => {
    expect(statement("dynamodb.items.delete", { table: "orders", item: "o-1" })).toMatchObject({
      Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["o-1"] } },
    });
  });

  test("holds no pattern and no variable, whatever an argument says: refused, not escaped", () => {
    const bad = fc
      .tuple(
        fc.string({ maxLength: 8 }),
        fc.constantFrom("*", "?", "${aws:username}", "$", '"', "\\", "\u00e4", " "),
      )
      .map(([text, pattern]) => text + pattern);
    fc.assert(
      fc.property(bad, (text) => {
        for (const [operation, values] of [
          ["s3.objects.get", { bucket: "reports", key: text }],
          ["s3.objects.get", { bucket: text, key: "a" }],
          ["s3.objects.list", { bucket: "reports", prefix: text, limit: 1 }],
          ["dynamodb.items.get", { table: "orders", item: text }],
          ["dynamodb.items.get", { table: text, item: "a" }],
        ] as const)
          expect(
            refusal(() => plan(operation, values)),
            operation,
          ).toBe("request_malformed");
      }),
      { numRuns: 100 },
    );
  });

  test.for(["a*", "a?", "${aws:username}/a", "a$", 'a"', "a\\\\b", "\u00e4", "a\nb"])(
    "holds none even if a catalogue let it through: %j",
    (text) => {
      const settings = AwsOptions.parse(options());
      for (const [operation, values] of [
        ["s3.objects.get", { bucket: "reports", key: text }],
        ["s3.objects.delete", { bucket: text, key: "a" }],
        ["s3.objects.list", { bucket: "reports", prefix: text, limit: 1 }],
        ["dynamodb.items.get", { table: "orders", item: text }],
      ] as const)
        expect(
          refusal(() =>
            sessionPolicy(settings, { id: ACME, tenant: undefined }, { operation, arguments: values }),
          ),
          operation,
        ).toBe("request_malformed");
    },
  );

  test("is never longer than AWS takes", () => {
    const key = `${"a".repeat(62)}/`.repeat(8).slice(0, 511) + "b";
    expect(policyOf("s3.objects.get", { bucket: "reports", key }).length).toBeLessThan(1_900);
    const attributes = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`${"n".repeat(58)}${index}`, 1]),
    );
    const put = { table: "orders", item: "o", attributes, replace: true };
    expect(refusal(() => plan("dynamodb.items.put", put))).toBe("request_malformed");
  });

  test.for<[string, ValueMap]>([
    ["a bucket that nobody declared", { bucket: "others", key: "a" }],
    ["a key with a dot segment", { bucket: "reports", key: "a/../b" }],
    ["a key that begins with a slash", { bucket: "reports", key: "/a" }],
    ["a key with an empty segment", { bucket: "reports", key: "a//b" }],
    ["a hidden segment", { bucket: "reports", key: "a/.b" }],
    ["no key", { bucket: "reports", key: "" }],
  ])("is made for none of these: %s", ([, values]) => {
    expect(refusal(() => plan("s3.objects.get", values))).toBe("request_malformed");
  });

  test.for(["id", "owner"])("is made for no item whose attributes have one of its keys: %s", (name) => {
    const put = { table: "orders", item: "o", attributes: { [name]: "globex" }, replace: true };
    expect(refusal(() => plan("dynamodb.items.put", put, shared, `${ACME}/acme`))).toBe("request_malformed");
  });
});

describe("a connection's account", () => {
  test.for<[tenancy: "account" | "prefix", account: string]>([
    ["account", `${ACME}/acme`],
    ["account", "11112222333"],
    ["account", "1111222233334"],
    ["account", "acme"],
    ["account", `${ACME}\n`],
    ["prefix", ACME],
    ["prefix", `${ACME}/`],
    ["prefix", `${ACME}/acme/sub`],
    ["prefix", `${ACME}/Acme`],
    ["prefix", `${ACME}/*`],
    ["prefix", `${ACME}/..`],
    ["prefix", `${ACME}/acme/`],
    ["prefix", `${ACME}//acme`],
  ])("under %s is not written %j", ([tenancy, account]) => {
    const values = { bucket: "reports", key: "a" };
    expect(refusal(() => plan("s3.objects.get", values, { tenancy }, account))).toBe("configuration_invalid");
  });
});

describe("options", () => {
  test.for<[string, object]>([
    ["a region that is none", { region: "eu" }],
    ["a role with a path", { role: "path/watchword" }],
    ["a bucket with a pattern", { buckets: ["report*"] }],
    ["a bucket with a dot", { buckets: ["re.ports"] }],
    ["a sort key without tenants", { tables: { orders: { partitionKey: "id", sortKey: "x" } } }],
    ["tenants without a sort key", { ...shared, tables: { orders: { partitionKey: "id" } } }],
    ["a longer life than a first session's", { lifeSeconds: 901 }],
    ["a plain address that others reach", { baseUrl: "http://aws.example" }],
    ["anything else", { accessKeyId: "AKIA" }],
  ])("refuse %s", ([, changes]) => {
    expect(() => aws(options(changes))).toThrow();
  });

  test("name China's own hosts and partition", () => {
    const adapter = aws(options({ partition: "aws-cn", region: "cn-north-1" }));
    expect(adapter.origins).toEqual([
      "https://s3.cn-north-1.amazonaws.com.cn",
      "https://dynamodb.cn-north-1.amazonaws.com.cn",
    ]);
    expect(policyOf("s3.objects.get", { bucket: "reports", key: "a" }, { partition: "aws-cn" })).toContain(
      "arn:aws-cn:s3:::reports/a",
    );
  });
});
