import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillTemplate, parseTemplate } from "../src/template.ts";
import { ACME } from "./refund-request.ts";

const fill = (source: string, tenant: Parameters<typeof fillTemplate>[1] = ACME): string | undefined =>
  fillTemplate(parseTemplate(source), tenant);

describe("a template", () => {
  test.each([
    ["eu", "eu", false, []],
    ["${tenant.id}", "acme", true, []],
    ["${tenant.payments.account}", "acct_acme", true, ["payments"]],
    ["${tenant.payments.account}/app", "acct_acme/app", true, ["payments"]],
    ["t-${tenant.id}-${tenant.id}", "t-acme-acme", true, []],
    ["$", "$", false, []],
    ["$$${tenant.id}", "$$acme", true, []],
    ["price {", "price {", false, []],
  ])("%s is filled with the tenant's own names", (source, filled, ofTenant, systems) => {
    expect(fill(source)).toBe(filled);
    expect(parseTemplate(source)).toMatchObject({ source, ofTenant, systems });
  });

  test.each([
    "",
    "${}",
    "${tenant}",
    "${tenant.name}",
    "${tenant.id",
    "tenant.id}",
    "${ tenant.id }",
    "${tenant.ID}",
    "${TENANT.id}",
    "${user.id}",
    "${args.charge}",
    "${tenant.payments.secret}",
    "${my.tenant.id}",
    "${tenant.payments.account.id}",
    "${tenant.__proto__.account}",
    "${tenant.${tenant.id}.account}",
    "${tenant.id}}",
    "${process.env.KEY}",
  ])("%j is refused when it is parsed", (source) => {
    expect(() => parseTemplate(source)).toThrow(TypeError);
  });

  test.each([
    ["", "must not be empty"],
    ["${tenant.id", "holds a broken ${…}"],
    [
      "${user.id}",
      "${user.id} is not known; there are ${tenant.id}, ${tenant.<system>.account} and settings of the connection",
    ],
  ])("%j is refused in words that help", (source, message) => {
    expect(() => parseTemplate(source)).toThrow(message);
  });

  test("may name a setting whose name only begins like the secret's", () => {
    const systems = { payments: { account: "acct_acme", secretary: "dana" } };
    expect(fill("${tenant.payments.secretary}", { id: "acme", systems })).toBe("dana");
  });

  test("of a connection that the tenant does not have matches nothing", () => {
    expect(fill("${tenant.code.account}")).toBe(undefined);
    expect(fill("eu-${tenant.code.account}")).toBe(undefined);
    expect(fill("${tenant.payments.account}", { id: "acme", systems: { payments: { account: "" } } })).toBe(
      undefined,
    );
    expect(fill("${tenant.id}", { id: "", systems: {} })).toBe(undefined);
  });

  test("reads nothing that is only inherited", () => {
    expect(fill("${tenant.constructor.account}")).toBe(undefined);
    const systems = Object.create({ payments: { account: "acct_other" } }) as typeof ACME.systems;
    expect(fill("${tenant.payments.account}", { id: "acme", systems })).toBe(undefined);
  });

  test("does not expand what a tenant's name holds", () => {
    const tenant = { id: "${tenant.payments.account}", systems: { payments: { account: "${tenant.id}" } } };
    expect(fill("${tenant.id}", tenant)).toBe("${tenant.payments.account}");
    expect(fill("${tenant.payments.account}", tenant)).toBe("${tenant.id}");
  });

  test("of the account alone is never the same for two tenants with two accounts", () => {
    const name = fc.string({ minLength: 1, unit: fc.constantFrom("a", "$", "{", "}", "tenant.id", "🙂") });
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other);
        const filled = [one, other].map((account) =>
          fill("${tenant.payments.account}", { id: "acme", systems: { payments: { account } } }),
        );
        expect(filled).toEqual([one, other]);
      }),
      { numRuns: 100 },
    );
  });
});
