/** One change to the refund policy: what it is, what stands there, what is put in its place, and every problem it makes. */
export type BrokenPolicy = readonly [title: string, from: string, to: string, ...problems: string[]];

const AMOUNT = 'args.amount: { max: "200.00 USD" }';
const ACCOUNT = "${tenant.payments.account}";
const NAME = "must be 1–64 characters of a-z 0-9 . _ - and begin and end with a letter or digit";

/** What is not in the grammar, or in it twice. */
export const BROKEN_KEYS: readonly BrokenPolicy[] = [
  [
    "a system of the same name",
    "stripe } }",
    "stripe }, payments: { adapter: x } }",
    "2:43  Map keys must be unique",
  ],
  ["a section that stands there twice", "grants:", "agents: {}\ngrants:", "7:1  Map keys must be unique"],
  ["a key again in other quotes", "user: verified", '"agent": admin', "13:5  Map keys must be unique"],
  ["a section nobody reads", "grants:", "tickets: {}\ngrants:", "7:1  policy: unknown key tickets"],
  [
    "two such sections",
    "grants:",
    "delegations: []\nproofs: {}\ngrants:",
    "7:1  policy: unknown key delegations, proofs",
  ],
  [
    "a condition with a letter too much",
    "user: verified",
    "users: verified",
    "13:5  grants.0: unknown key users",
  ],
  [
    "a released credential that may be used once only",
    "user: verified",
    "custody: released",
    "18:5  cannot hold for a released credential: the gateway does not see what is done with it",
  ],
  [
    "a released credential that the reads of a run share",
    "    once: { by: [args.charge], per: 24h }\n    lease: { action: 60s }",
    "    custody: released\n    lease: { run: 60s, grace: 5s }",
    "19:14  cannot hold for a released credential: the gateway does not see what is done with it",
    "19:24  cannot hold for a released credential: the gateway does not see what is done with it",
  ],
  [
    "an approval that nobody would ever be asked for",
    '{ when: { args.amount: { over: "50.00 USD" } },',
    "{ when: {},",
    "16:17  grants.0.approval.when: names no amount: nobody would ever be asked",
  ],
  [
    "a custody that does not exist",
    "user: verified",
    "custody: tool",
    '13:5  grants.0.custody: Invalid input: expected "released"',
  ],
  [
    "accepted residual authority",
    "user: verified",
    "acceptResidual: [branch]",
    "13:5  accepts a residual that nobody gets; it goes with custody: released",
  ],
  [
    "a condition on evidence that nobody declared",
    "user: verified",
    "evidence: { source: ci, result: pass, commit: facts.head, maxAge: 2h }",
    "13:17  ci is not declared under evidence (declared: none)",
  ],
  [
    "evidence about a commit that the model may choose",
    "user: verified",
    "evidence: { source: ci, result: pass, commit: args.sha, maxAge: 2h }",
    "13:43  grants.0.evidence.commit: must be facts.<name>, as the broker looks it up",
  ],
  [
    "evidence of a workflow that the change itself brings along",
    "grants:",
    'evidence: { ci: { issuer: github-actions, repositoryId: "1", workflow: .github/workflows/ci.yml, ref: refs/heads/main, events: [pull_request] } }\ngrants:',
    "7:129  evidence.ci.events.0: must be push, schedule, workflow_dispatch or pull_request_target: other events run the workflow as the change itself has it",
  ],
  [
    "evidence of the App that every workflow posts as",
    "grants:",
    'evidence: { ci: { issuer: github-app, repositoryId: "1", app: "15368" } }\ngrants:',
    "7:58  evidence.ci.app: 15368 is GitHub Actions, as which every workflow posts; use issuer: github-actions",
  ],
  [
    "evidence that no grant asks for",
    "grants:",
    'evidence: { ci: { issuer: github-app, repositoryId: "1", app: "2" } }\ngrants:',
    "7:13  ci is declared under evidence and never used",
  ],
  [
    "a delegation of a grant that the child does not have",
    "grants:",
    "delegation: [{ parent: support, child: support, grants: [refund, other], depth: 1, ttl: 1m }]\ngrants:",
    "7:66  grant other is not there",
  ],
  [
    "a delegation to an agent that nobody declared",
    "grants:",
    "delegation: [{ parent: support, child: helper, grants: [refund], depth: 1, ttl: 1m }]\ngrants:",
    "7:33  helper is not declared under agents (declared: support)",
    "7:57  grant refund is not one of helper: a child uses its own grants, within what its parent has",
  ],
  [
    "an argument rule that does not exist",
    AMOUNT,
    "args.amount: { max: 1, host: x }",
    "12:71  grants.0.where.args.amount: unknown key host",
  ],
  [
    "a key of a system",
    "adapter: stripe",
    "adapter: stripe, secret: x",
    "2:41  systems.payments: unknown key secret",
  ],
  [
    "a tenant from two places",
    "{ claim: org_id }",
    "{ claim: org_id, fixed: acme }",
    "5:87  workloads.runtime.tenant: unknown key fixed",
  ],
  [
    "an identity that nobody verifies",
    "localKey: dev",
    "spiffe: x",
    "5:14  workloads.runtime.identity.localKey: is missing (expected: string)",
    "5:26  workloads.runtime.identity: unknown key spiffe",
  ],
  [
    "a job that is over with its first step",
    "action: 60s",
    "job: { action: 60s, max: 60s }",
    "19:14  grants.0.lease.job: max must be longer than action: it is what the lease is prolonged to",
  ],
  [
    "a lease of nothing",
    "action: 60s",
    "grace: 10s",
    "19:5  grants.0.lease: must name one of action, run and job",
  ],
  [
    "a lease of one action and of a run",
    "action: 60s",
    "action: 60s, run: 10m",
    "19:5  grants.0.lease: must name one of action, run and job",
  ],
  [
    "a lease of a whole tenant",
    "action: 60s",
    "action: 60s, tenant: 10m",
    "19:27  grants.0.lease: unknown key tenant",
  ],
];

/** What is named and not declared, declared and not used, or no name at all. */
export const BROKEN_NAMES: readonly BrokenPolicy[] = [
  [
    "an undeclared agent",
    "agent: support\n",
    "agent: suport\n",
    "9:5  suport is not declared under agents; did you mean support? (declared: support)",
  ],
  [
    "an undeclared agent beside a declared one",
    "agent: support\n",
    "agent: [support, admin]\n",
    "9:5  admin is not declared under agents (declared: support)",
  ],
  [
    "a workload of an undeclared agent",
    "[support]",
    "[support, admin]",
    "5:43  admin is not declared under agents (declared: support)",
  ],
  [
    "an undeclared system",
    "payments/refunds",
    "billing/refunds",
    "10:5  billing is not declared under systems (declared: payments)",
  ],
  [
    "an undeclared system in a template",
    ACCOUNT,
    "${tenant.payment.account}",
    "11:17  payment is not declared under systems; did you mean payments? (declared: payments)",
  ],
  [
    "undeclared approvers",
    "by: leads",
    "by: everybody",
    "16:63  everybody is not declared under approvers (declared: leads)",
    "6:14  leads is declared under approvers and never used",
  ],
  [
    "an unused system",
    "stripe } }",
    "stripe }, code: { adapter: github } }",
    "2:43  code is declared under systems and never used",
  ],
  [
    "an unused agent",
    "team-support } }",
    "team-support }, coder: {} }",
    "3:45  coder is declared under agents and never used",
  ],
  [
    "unused approvers",
    "approvers: {",
    "approvers: { board: { issuer: x, claim: { groups: board } },",
    "6:14  board is declared under approvers and never used",
  ],
  ["a grant in capitals", "id: refund", "id: Refund", `8:5  grants.0.id: ${NAME}`],
  ["a system in capitals", "{ payments:", "{ Payments:", `2:12  systems.Payments: ${NAME}`],
  [
    "an agent in letters that look alike",
    "agents: { support",
    "agents: { suppоrt",
    `3:11  agents.suppоrt: ${NAME}`,
  ],
  [
    "a name that reaches into prototypes",
    "team-support } }",
    "team-support }, __proto__: {} }",
    "3:45  __proto__ is not a name",
  ],
  [
    "a claim that reaches into prototypes",
    "groups: leads",
    "constructor: leads",
    "6:63  constructor is not a name",
  ],
  [
    "two workloads with one identity",
    "workloads:\n",
    "workloads:\n  other: { identity: { localKey: dev }, agents: [support], tenant: { fixed: acme } }\n",
    "6:14  two workloads have this identity",
  ],
];

/** What YAML could read in two ways, or not at all. */
export const BROKEN_YAML: readonly BrokenPolicy[] = [
  ["an anchor", "{ owner: team-support }", "&owner { owner: team-support }", "3:27  anchors are not allowed"],
  ["an alias", "{ groups: leads }", "*groups", "6:61  aliases are not allowed; write it out"],
  ["a merge key", "{ owner: team-support }", "{ <<: { owner: x } }", "3:22  merge keys are not allowed"],
  ["a standard tag", "owner: team-support", "owner: !!str 5", "3:35  tags are not allowed"],
  ["a tag of somebody's own", "owner: team-support", "owner: !env OWNER", "3:29  Unresolved tag: !env"],
  ["a number as a key", "{ owner: team-support }", "{ 1: x }", "3:22  keys must be strings"],
  ["a list as a key", "{ owner: team-support }", "{ [owner]: x }", "3:22  keys must be strings"],
  [
    "a directive that makes no a boolean",
    "watchword: 1",
    "%YAML 1.1\n---\nwatchword: 1",
    "1:1  directives are not allowed",
  ],
  [
    "a directive behind a byte order mark",
    "watchword: 1",
    "\uFEFF%YAML 1.1\n---\nwatchword: 1",
    "1:2  directives are not allowed",
  ],
  ["a second document", "grants:", "---\ngrants:", "7:1  a second document; one file holds one"],
  [
    "a brace that does not close",
    "team-support } }",
    "team-support }",
    "4:1  Flow map in block collection must be sufficiently indented and end with a }",
  ],
  ["a file without a version", "watchword: 1\n", "", "1:1  watchword: Invalid input: expected 1"],
  ["a version to come", "watchword: 1", "watchword: 2", "1:1  watchword: Invalid input: expected 1"],
  ["a version as text", "watchword: 1", 'watchword: "1"', "1:1  watchword: Invalid input: expected 1"],
];
