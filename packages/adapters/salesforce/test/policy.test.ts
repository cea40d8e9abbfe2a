import { salesforce } from "@watchword/adapter-salesforce";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";
import { support } from "./support-declaration.ts";

const adapter = salesforce(support);
const policy = (grant: string) =>
  parsePolicy([
    {
      name: "policy.yaml",
      text: `watchword: 1
systems: { crm: { adapter: salesforce } }
agents: { support: {} }
workloads:
  runtime: { identity: { localKey: runtime }, agents: [support], tenant: { fixed: acme } }
grants:
  - id: g
    agent: support
    resource: { org: "\${tenant.crm.account}" }
    lease: { action: 60s }
${grant}
`,
    },
  ]);

const problems = (grant: string): string[] => [
  ...checkOperations(policy(grant), { crm: adapter.catalogue }).map(({ message }) => message),
  ...checkCustody(policy(grant), { crm: adapter }).map(({ message }) => message),
];

test.for([
  "    operation: crm/cases.update\n    where: { args.Status: { in: [Escalated] }, args.IsEscalated: { equals: true } }",
  "    operation: crm/cases.query\n    where: { args.ContactId: { equals: 003000000000001AAA }, args.limit: { max: 10 } }",
  '    operation: crm/opportunities.update\n    where: { args.Amount: { max: "5000.00 EUR" } }',
])("a grant for declared fields loads: %s", (grant) => {
  expect(problems(grant)).toEqual([]);
});

test("a token that would be released is a load error, also where its residual is accepted", () => {
  for (const accepted of ["", "\n    acceptResidual: [operation, object, record, field, value, query]"])
    expect(problems(`    operation: crm/cases.retrieve\n    custody: released${accepted}`)).toEqual([
      "credentials of salesforce never leave the gateway; leave custody out",
    ]);
});

test("what is not declared cannot be granted, nor spoken of", () => {
  expect(problems("    operation: crm/accounts.retrieve")[0]).toMatch(/is not an operation of salesforce/);
  expect(problems("    operation: crm/contacts.delete")[0]).toMatch(/is not an operation of salesforce/);
  expect(
    problems("    operation: crm/cases.update\n    where: { args.Secret__c: { equals: x } }")[0],
  ).toMatch(/has no argument Secret__c/);
});
