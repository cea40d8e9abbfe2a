import type { BrokenPolicy } from "./broken-policies.ts";

const AMOUNT = 'args.amount: { max: "200.00 USD" }';
const ACCOUNT = "${tenant.payments.account}";
const DURATION = 'expected a duration like "60s", "30m" or "24h"';
const MONEY = 'money: expected an amount and a currency, like "200.00 USD"';
const BOTH = "there are ${tenant.id}, ${tenant.<system>.account} and settings of the connection";
const TENANTLESS = "no field names the tenant; if all tenants share this, say why in shared: <reason>";
const MIDNIGHT = "from must be before to; a window over midnight is two grants";

/** What has the right name and a wrong value. */
export const BROKEN_VALUES: readonly BrokenPolicy[] = [
  [
    "money with one decimal",
    "200.00 USD",
    "200.0 USD",
    "12:63  grants.0.where.args.amount.max: money: USD has 2 decimals, got 1",
  ],
  [
    "a currency with decimals it has not",
    "50.00 USD",
    "50.00 JPY",
    "16:40  grants.0.approval.when.args.amount.over: money: JPY has 0 decimals, got 2",
  ],
  [
    "an escalation to whom may decide already",
    "expires: 30m }",
    "expires: 30m, escalate: { after: 10m, to: leads } }",
    "16:112  leads may decide from the beginning",
  ],
  [
    "an escalation to nobody that is declared",
    "expires: 30m }",
    "expires: 30m, escalate: { after: 10m, to: heads } }",
    "16:112  heads is not declared under approvers; did you mean leads? (declared: leads)",
  ],
  ["money without a currency", "1000.00 USD", "1000.00", `17:33  grants.0.budget.max: ${MONEY}`],
  ["a negative limit", "200.00 USD", "-1.00 USD", `12:63  grants.0.where.args.amount.max: ${MONEY}`],
  [
    "money as a bare number",
    '"1000.00 USD"',
    "1000",
    "17:33  grants.0.budget.max: Invalid input: expected string, received number",
  ],
  [
    "a limit with a fraction",
    AMOUNT,
    "args.amount: { min: 0.5 }",
    "12:63  grants.0.where.args.amount.min: Invalid input: expected int, received number",
  ],
  ["a number that has two texts", AMOUNT, "args.amount: { min: -0 }", "12:68  -0 is written 0"],
  [
    "a number that is not exact",
    AMOUNT,
    "args.amount: { max: 9007199254740993 }",
    "12:63  grants.0.where.args.amount.max: Too big: expected int to be <=9007199254740991",
  ],
  ["half a surrogate pair", "team-support", '"\\ud800"', "3:29  the text holds half of a surrogate pair"],
  [
    "a budget of nobody",
    "per: tenant",
    "per: user",
    '17:53  grants.0.budget.per: Invalid option: expected one of "tenant"|"run"|"agent"',
  ],
  [
    "a zone that does not exist",
    "Europe/Berlin",
    "Europe/Nowhere",
    '15:58  grants.0.window.zone: Europe/Nowhere is not a time zone; expected one like "Europe/Berlin"',
  ],
  [
    "a window without a zone",
    ", zone: Europe/Berlin",
    "",
    "15:5  grants.0.window.zone: is missing (expected: string)",
  ],
  [
    "a day that does not exist",
    "mon-fri",
    "monday",
    '15:15  grants.0.window.days: expected days like "mon-fri" or "mon,wed"',
  ],
  [
    "an hour that does not exist",
    "18:00",
    "25:00",
    '15:45  grants.0.window.to: expected a time like "09:00"',
  ],
  ["a window over midnight", "09:00", "22:00", `15:5  grants.0.window: ${MIDNIGHT}`],
  [
    "a duration without a unit",
    "60s",
    "60",
    "19:14  grants.0.lease.action: Invalid input: expected string, received number",
  ],
  ["a duration of nothing", "60s", "0s", `19:14  grants.0.lease.action: ${DURATION}`],
  ["a duration with a fraction", "30m", "0.5h", `16:74  grants.0.approval.expires: ${DURATION}`],
  ["a duration in words", "window: 24h", "window: a day", `17:66  grants.0.budget.window: ${DURATION}`],
  [
    "a grant without a lease",
    "    lease: { action: 60s }\n",
    "",
    "8:5  grants.0.lease: is missing (expected: object)",
  ],
  [
    "a background condition that allows more",
    "background: false",
    "background: true",
    "14:5  grants.0.background: Invalid input: expected false",
  ],
  [
    "a YAML 1.1 boolean",
    "background: false",
    "background: no",
    "14:5  grants.0.background: Invalid input: expected false",
  ],
  [
    "a user that is only asserted",
    "user: verified",
    "user: asserted",
    '13:5  grants.0.user: Invalid input: expected "verified"',
  ],
  [
    "a mode that does not exist",
    "user: verified",
    "mode: enforce",
    '13:5  grants.0.mode: Invalid input: expected "shadow"',
  ],
  [
    "a rule that checks nothing",
    AMOUNT,
    "args.amount: {}",
    "12:48  grants.0.where.args.amount: an empty rule checks nothing",
  ],
  [
    "an owner that is not the tenant",
    "ownedBy: tenant",
    "ownedBy: anyone",
    '12:29  grants.0.where.args.charge.ownedBy: Invalid input: expected "tenant"',
  ],
  [
    "a rule on no argument",
    "args.charge: { owned",
    "charge: { owned",
    "12:14  grants.0.where.charge: must be args.<name>",
  ],
  [
    "a sum inside of an argument",
    "sum: args.amount",
    "sum: args.amount.minor",
    "17:15  grants.0.budget.sum: must be args.<name>",
  ],
  [
    "an effect that is once by nothing",
    "[args.charge]",
    "[]",
    "18:13  grants.0.once.by: Too small: expected array to have >=1 items",
  ],
  [
    "an argument in an empty list",
    AMOUNT,
    "args.kind: { in: [] }",
    "12:61  grants.0.where.args.kind.in: Too small: expected array to have >=1 items",
  ],
  [
    "a relative prefix",
    AMOUNT,
    "args.path: { prefix: docs }",
    "12:61  grants.0.where.args.path.prefix: must begin with / and hold no wildcard",
  ],
  [
    "a prefix with a wildcard",
    AMOUNT,
    'args.path: { prefix: "/*" }',
    "12:61  grants.0.where.args.path.prefix: must begin with / and hold no wildcard",
  ],
  [
    "every operation of a system",
    "payments/refunds.create",
    "payments/*",
    "10:5  grants.0.operation: must be system/operation",
  ],
  [
    "an operation of no system",
    "payments/refunds.create",
    "refunds.create",
    "10:5  grants.0.operation: must be system/operation",
  ],
  [
    "a grant for nobody",
    "agent: support\n",
    "agent: []\n",
    "9:5  grants.0.agent: Too small: expected array to have >=1 items",
  ],
  ["an empty resource field", `"${ACCOUNT}"`, '""', "11:17  grants.0.resource.account: must not be empty"],
  [
    "a template that does not end",
    ACCOUNT,
    "${tenant.id",
    "11:17  grants.0.resource.account: holds a broken ${…}",
  ],
  [
    "a template of the user",
    ACCOUNT,
    "${user.id}",
    `11:17  grants.0.resource.account: \${user.id} is not known; ${BOTH}`,
  ],
  [
    "a template of a secret",
    ACCOUNT,
    "${tenant.payments.secret}",
    `11:17  grants.0.resource.account: \${tenant.payments.secret} is not known; ${BOTH}`,
  ],
  ["one account for all tenants, unexplained", ACCOUNT, "acct_all", `11:5  ${TENANTLESS}`],
  ["any resource for all tenants, unexplained", `{ account: "${ACCOUNT}" }`, "{}", `11:5  ${TENANTLESS}`],
  [
    "a tenant's account called shared",
    "user: verified",
    "shared: by all",
    "13:5  the resource names the tenant, so it is not shared",
  ],
  [
    "a workload whose tenant comes from nowhere",
    "{ claim: org_id }",
    "{}",
    "5:62  workloads.runtime.tenant.claim: is missing (expected: string)",
  ],
  [
    "a section of nothing",
    "agents: { support: { owner: team-support } }",
    "agents:",
    "3:1  agents: Invalid input: expected record, received null",
  ],
];
