import { BindingsManifest, OperationDescription, describeOperation, operation } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { refundsCreate } from "./refund-operation.ts";

describe("a description of an operation", () => {
  test("is plain JSON that says everything a policy is checked against", () => {
    const description = describeOperation(refundsCreate);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(OperationDescription.parse(description)).toEqual(description);
    expect(description).toMatchObject({
      name: "refunds.create",
      access: "write",
      title: "Refund a charge, wholly or in part",
      resource: { account: "Account that owns the charge: acct_…" },
      references: ["charge"],
      decided: ["amount"],
      arguments: {
        type: "object",
        required: ["charge"],
        additionalProperties: false,
        properties: {
          charge: { type: "string", minLength: 1, description: "Id of the charge." },
          amount: { type: "object", properties: { minor: { type: "integer" } } },
        },
      },
    });
  });

  test("names the arguments in the order of the catalogue", () => {
    const { properties } = describeOperation(refundsCreate).arguments as { properties: object };
    expect(Object.keys(properties)).toEqual(["charge", "amount", "lines", "notify", "copies"]);
  });

  test("keeps no part of the operation: changing it changes nothing there", () => {
    const description = describeOperation(refundsCreate);
    description.resource["region"] = "eu";
    description.references.push("copies");
    expect(refundsCreate.resource).not.toHaveProperty("region");
    expect(refundsCreate.references).toEqual(["charge"]);
  });

  test("leaves open what JSON Schema cannot say", () => {
    const strange = operation({
      ...refundsCreate,
      arguments: z.strictObject({ charge: z.custom<string>(() => true) }),
      references: [],
      decided: [],
      example: { charge: "ch_1" },
    });
    expect(describeOperation(strange).arguments).toMatchObject({ properties: { charge: {} } });
  });
});

test("a manifest of another version, or with a member that nobody reads, is refused", () => {
  const manifest = { watchword: 1, tools: [], unguarded: [], systems: {} };
  expect(BindingsManifest.safeParse(manifest).success).toBe(true);
  for (const change of [{ watchword: 2 }, { secret: "x" }, { tools: [{ name: "refund" }] }])
    expect(BindingsManifest.safeParse({ ...manifest, ...change }).success).toBe(false);
});
