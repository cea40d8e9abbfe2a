import type { BrokenCheck } from "./checks-to-break.ts";

const CHECK = "packages/broker/src/approvals/check-approver.ts";
const REQUIRE = "packages/broker/src/require-approval.ts";
const REDEEM = "packages/broker/src/approvals/redeem-code.ts";
const LOGIN = "packages/broker/src/approvals/approval-login.ts";
const WAITING = "packages/broker/src/approvals/waiting-run.ts";

const HTTP = ["packages/broker/test/approvals-http.test"];
const LIFE = ["packages/broker/test/approvals-life.test"];
const BROWSER = ["packages/broker/test/approvals-login.test"];
const WAIT = ["packages/broker/test/approvals-waiting.test"];

/** Checks about who decides, who waits, and how an approval ends. */
export const APPROVAL_CHECKS: readonly BrokenCheck[] = [
  {
    name: "approvals: another tenant's is answered as none",
    file: "packages/broker/src/approvals/approver-refusal.ts",
    find: "if (error instanceof NotTheirs) return noSuchApproval();",
    replace: "if (error === null) return noSuchApproval();",
    tests: HTTP,
  },
  {
    name: "approvals: a requester is recognized by the link claim",
    file: CHECK,
    find: "if (linkHash(context, claim, approver.claims) === requesterLinks[claim])",
    replace: "if (requesterLinks[claim] === undefined)",
    tests: LIFE,
  },
  {
    name: "approvals: the link claim is there",
    file: CHECK,
    find: "if (rule.link !== undefined && linkHash(context, rule.link.claim, approver.claims) === undefined)",
    replace: "if (rule.link !== undefined && rule.link.claim === undefined)",
    tests: LIFE,
  },
  {
    name: "approvals: others decide after the escalation's time only",
    file: CHECK,
    find: "escalation !== null && escalation.at <= now",
    replace: "escalation !== null",
    tests: LIFE,
  },
  {
    name: "approvals: a withdrawn one fits nothing",
    file: REQUIRE,
    find: 'if (approval.state === "withdrawn")',
    replace: 'if (approval.state === "spent")',
    tests: LIFE,
  },
  {
    name: "approvals: not without end",
    file: REQUIRE,
    find: "if (own.length < context.approvals.maxPending) return;",
    replace: "if (own.length >= 0) return;",
    tests: LIFE,
  },
  {
    name: "approvals: the webhook's address is encrypted or local",
    file: "packages/broker/src/approvals/approval-settings.ts",
    find: 'if (url === undefined || !(url.protocol === "https:" || plain))',
    replace: "if (url === undefined)",
    tests: LIFE,
  },
  {
    name: "approvals: a page elsewhere is not served",
    file: "packages/gateway/src/read-incoming.ts",
    find: "!rules.origins.includes(origin)",
    replace: "origin === rules.hosts[0]",
    tests: [...HTTP, "packages/gateway/test/listen-events.test"],
  },
  {
    name: "approvals: the login's nonce",
    file: REDEEM,
    find: 'if (approver.claims["nonce"] !== begun.about.nonce)',
    replace: 'if (approver.claims["nonce"] === undefined)',
    tests: BROWSER,
  },
  {
    name: "approvals: the login's client",
    file: REDEEM,
    find: "if (azp !== undefined && azp !== login.clientId)",
    replace: "if (azp === null)",
    tests: BROWSER,
  },
  {
    name: "approvals: a login made for this",
    file: REDEEM,
    find: "if (since < begun.startedAt - CLOCK_SKEW_SECONDS)",
    replace: "if (since < 0)",
    tests: BROWSER,
  },
  {
    name: "approvals: the answer is of this login service",
    file: LOGIN,
    find: "if (iss !== undefined && iss !== login.verifier.issuer)",
    replace: 'if (iss === "")',
    tests: BROWSER,
  },
  {
    name: "approvals: a login is finished once",
    file: LOGIN,
    find: "if (!(await context.store.spendToken(used, now)))",
    replace: 'if (!(await context.store.spendToken(used, now)) && used.jti === "")',
    tests: BROWSER,
  },
  {
    name: "approvals: a form is bound to approval, verdict and time",
    file: "packages/broker/src/approvals/decision-form.ts",
    find: '["approval-form", issuer, approvalId, verdict, expiresAt]',
    replace: '["approval-form", issuer, approvalId.length, verdict.length, expiresAt - expiresAt]',
    tests: BROWSER,
  },
  {
    name: "approvals: a form is sent by our own page",
    file: "packages/broker/src/http/approvals-login-route.ts",
    find: 'if (req.raw.headers.get("origin") !== origin)',
    replace: 'if (req.raw.headers.get("origin") === "")',
    tests: BROWSER,
  },
  {
    name: "approvals: waited for by the same thread, agent and principal",
    file: WAITING,
    find: "if (approval === undefined || !concerns(approval, run))",
    replace: "if (approval === undefined)",
    tests: [...WAIT, ...LIFE],
  },
  {
    name: "approvals: waited for with the run's own key",
    file: "packages/broker/src/proven-run.ts",
    find: "if ((await thumbprint(run.record.publicJwk)) !== verified.thumbprint)",
    replace: 'if (verified.thumbprint === "")',
    tests: LIFE,
  },
  {
    name: "approvals: a proof for this question only",
    file: WAITING,
    find: "const url = approvalUrl(context.issuer, id, about);",
    replace:
      'const url = String(JSON.parse(Buffer.from((caller.proof ?? "").split(".")[1] ?? "", "base64url").toString()).htu);',
    tests: [...WAIT, ...LIFE],
  },
];
