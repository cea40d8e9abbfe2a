import { http } from "@watchword/adapter-http";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";
import { orders } from "./orders-declaration.ts";

const policy = (grant: string) =>
  parsePolicy([
    {
      name: "policy.yaml",
      text: `watchword: 1
systems: { shop: { adapter: http } }
agents: { support: {} }
workloads:
  runtime: { identity: { localKey: runtime }, agents: [support], tenant: { fixed: acme } }
grants:
  - id: g
    agent: support
    resource: { account: "\${tenant.shop.account}" }
    lease: { action: 60s }
${grant}
`,
    },
  ]);

const problems = (grant: string, adapter = http(orders)): string[] => [
  ...checkOperations(policy(grant), { shop: adapter.catalogue }).map(({ message }) => message),
  ...checkCustody(policy(grant), { shop: adapter }).map(({ message }) => message),
];

const CANCEL = "    operation: shop/orders.cancel\n    where: { args.order: { ownedBy: tenant } }";

test("a grant for a declared operation loads", () => {
  expect(problems(CANCEL)).toEqual([]);
});

test("a key that would be released is a load error, also where its residual is accepted", () => {
  for (const accepted of ["", "\n    acceptResidual: [account, operation, object, field]"])
    expect(problems(`${CANCEL}\n    custody: released${accepted}`)).toEqual([
      "credentials of http never leave the gateway; leave custody out",
    ]);
});

test("without a look-up nothing can be owned, and such a grant is a load error", () => {
  const { ordersCancel } = orders.operations;
  const without = http({ ...orders, operations: { ordersCancel }, lookups: {} });
  expect(problems(CANCEL, without)).toEqual([
    "the owner of args.order cannot be looked up (it can for: none)",
  ]);
});

test("what is not declared cannot be granted", () => {
  expect(problems("    operation: shop/payouts.create")[0]).toMatch(
    /payouts\.create is not an operation of http/,
  );
});

test("limits speak of amounts as money, in the declared argument", () => {
  const refund = (rule: string) => `    operation: shop/refunds.create\n    where: { args.amount: ${rule} }`;
  expect(problems(refund('{ max: "50.00 USD" }'))).toEqual([]);
  expect(problems(refund("{ max: 5000 }"))).not.toEqual([]);
});
