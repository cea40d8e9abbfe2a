/** One check, how to remove it, and where a test must notice. */
export interface BrokenCheck {
  readonly name: string;
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Test files to run, as vitest's filters. */
  readonly tests: readonly string[];
}

const POLICY = "packages/policy/src/evaluate-grant.ts";
const SPEND = "packages/broker/src/sqlite/spend-intent.ts";
const LEASES = "packages/broker/src/sqlite/write-leases.ts";
const ASSERTION = "packages/broker/src/verify-assertion.ts";
const STATEMENT = "packages/broker/src/verify-run-statement.ts";
const APPROVAL = "packages/broker/src/require-approval.ts";
const APPROVERS = "packages/broker/src/approvals/check-approver.ts";
const DIRECTORY = "packages/broker/src/broker-lease-directory.ts";
const GATE = "packages/core/src/compact-jws.ts";

const ACT = ["packages/broker/test/act.test"];
const APPROVALS = ["packages/broker/test/approvals.test"];
const LEASE = ["packages/broker/test/leases.test"];
const STORE = ["packages/broker/test/sqlite.contract"];
const FORWARD = ["packages/gateway/test"];
const CORE = ["packages/core/test"];
const DECIDE = ["packages/policy/test"];

/** The checks that the boundary consists of. `npm run break-checks` removes each and expects a failing test. */
export const CHECKS: readonly BrokenCheck[] = [
  {
    name: "tenant: the owner of the object",
    file: POLICY,
    find: 'passed: owner === "tenant",',
    replace: "passed: true,",
    tests: [...ACT, ...DECIDE],
  },
  {
    name: "tenant: the account of the tenant",
    file: POLICY,
    find: "passed: required !== undefined && held === required,",
    replace: "passed: true,",
    tests: DECIDE,
  },
  {
    name: "tenant: what the runtime says can only agree with the verified one",
    file: "packages/broker/src/settle-identity.ts",
    find: "if (details.tenant !== undefined && details.tenant !== settled.tenant)",
    replace: "if (settled.tenant === undefined)",
    tests: ["packages/broker/test/start.test"],
  },
  {
    name: "digest: recomputed from the action",
    file: ASSERTION,
    find: "claims.action_digest !== digest || ",
    replace: "",
    tests: ACT,
  },
  {
    name: "digest: the txn is the action's",
    file: ASSERTION,
    find: " || claims.txn !== action.txn",
    replace: "",
    tests: ACT,
  },
  {
    name: "assertion: made beside this run token",
    file: STATEMENT,
    find: "if (claims.ath !== run.tokenDigest)",
    replace: "if (claims.ath === undefined)",
    tests: ACT,
  },
  {
    name: "assertion: for this broker",
    file: STATEMENT,
    find: "if (claims.aud !== context.issuer)",
    replace: "if (claims.aud === undefined)",
    tests: ACT,
  },
  {
    name: "assertion: of this run",
    file: STATEMENT,
    find: "if (claims.iss !== runUri(run.record.id))",
    replace: "if (claims.iss === undefined)",
    tests: ACT,
  },
  {
    name: "fact: a refund or a capture is at most what is left of the looked-up object",
    file: "packages/adapters/stripe/src/decide-amount.ts",
    find: "if (proposed.minor > leftMinor)",
    replace: "if (proposed.minor < 0)",
    tests: ["packages/adapters/stripe/test", ...ACT],
  },
  {
    name: "fact: the currency is the charge's",
    file: "packages/adapters/stripe/src/decide-amount.ts",
    find: "proposed.currency !== undefined && proposed.currency !== currency",
    replace: "false",
    tests: ["packages/adapters/stripe/test"],
  },
  {
    name: "limit: the amount of the grant",
    file: "packages/policy/src/check-argument.ts",
    find: "comparable && value.minor <= maxMoney.minor,",
    replace: "comparable,",
    tests: [...DECIDE, ...ACT],
  },
  {
    name: "approval: needed over the limit",
    file: POLICY,
    find: "if (approval === undefined || !needsApproval(approval.over, request))",
    replace: "if (approval !== null)",
    tests: [...APPROVALS, ...DECIDE],
  },
  {
    name: "approval: fits only its exact action and context",
    file: APPROVAL,
    find: "if (binding !== approval.binding)",
    replace: "if (binding === undefined)",
    tests: APPROVALS,
  },
  {
    name: "approval: of this tenant",
    file: APPROVAL,
    find: "approval === undefined || approval.tenant !== record.tenant",
    replace: "approval === undefined",
    tests: APPROVALS,
  },
  {
    name: "approval: spent in the intent's transaction",
    file: SPEND,
    find: "if (intent.approvalId !== undefined)\n    database.run(\"UPDATE approval SET state = 'spent'",
    replace: "if (intent.approvalId === null)\n    database.run(\"UPDATE approval SET state = 'spent'",
    tests: [...STORE, ...APPROVALS],
  },
  {
    name: "approval: never by the requester",
    file: APPROVERS,
    find: "requester.subject === approver.subject",
    replace: "requester.subject === undefined",
    tests: APPROVALS,
  },
  {
    name: "approval: within the approver's tenant",
    file: APPROVERS,
    find: "approver.claims[rule.tenant.claim] !== approval.tenant",
    replace: "false",
    tests: APPROVALS,
  },
  {
    name: "approval: with a fresh login",
    file: APPROVERS,
    find: "if (age > FRESH_LOGIN_SECONDS || age < -FRESH_LOGIN_SECONDS)",
    replace: "if (age < -FRESH_LOGIN_SECONDS)",
    tests: APPROVALS,
  },
  {
    name: "once: done stays done",
    file: SPEND,
    find: 'if (effect?.["state"] === "done" && Number(effect["until"]) > intent.now)',
    replace: "if (effect === null)",
    tests: [...STORE, ...ACT],
  },
  {
    name: "once: pending stays in the way",
    file: SPEND,
    find: 'if (effect?.["state"] === "pending") return',
    replace: "if (effect === null) return",
    tests: [...STORE, ...LEASE],
  },
  {
    name: "once: the same transaction is not minted twice",
    file: SPEND,
    find: 'if (row["state"] !== "minted") return { outcome: "outcome_unknown" };',
    replace: 'if (row["state"] !== "minted") return undefined;',
    tests: [...STORE, ...LEASE],
  },
  {
    name: "jti: an assertion counts once",
    file: SPEND,
    find: "if (!spendToken(state, intent.token)) return",
    replace: "if (!spendToken(state, intent.token) && intent.now < 0) return",
    tests: [...STORE, ...ACT],
  },
  {
    name: "budget: never over-drawn",
    file: SPEND,
    find: "return spent + amount.minor <= max.minor;",
    replace: "return spent >= 0;",
    tests: [...STORE, ...LEASE],
  },
  {
    name: "budget: the oldest part of the window counts",
    file: SPEND,
    find: "const oldest = bucketOf(intent.now - windowSeconds, windowSeconds);",
    replace: "const oldest = bucketOf(intent.now, windowSeconds);",
    tests: STORE,
  },
  {
    name: "epochs: read in the transaction",
    file: SPEND,
    find: "if (epochOf(database, subject) !== used)",
    replace: "if (epochOf(database, subject) < 0)",
    tests: [...STORE, "packages/broker/test/faults.test"],
  },
  {
    name: "run: an ended one mints nothing",
    file: SPEND,
    find: " || !runsLive(database, intent.run, intent.root)",
    replace: "",
    tests: STORE,
  },
  {
    name: "claimUse: before the effect",
    file: "packages/gateway/src/forward.ts",
    find: "const useId = await context.leases.claimUse(lease, checked.request, verified);\n  return execute(context, route, lease, checked, useId);",
    replace:
      'const answered = await execute(context, route, lease, checked, "use_later");\n  await context.leases.claimUse(lease, checked.request, verified);\n  return answered;',
    tests: FORWARD,
  },
  {
    name: "claimUse: the uses are counted",
    file: LEASES,
    find: 'if (Number(lease["uses"]) >= Number(lease["max_uses"])) return "lease_used";',
    replace: "",
    tests: STORE,
  },
  {
    name: "claimUse: a proof counts once",
    file: LEASES,
    find: 'if (!spendToken(state, command.proof)) return "token_replayed";',
    replace: "spendToken(state, command.proof);",
    tests: STORE,
  },
  {
    name: "handle: only with the run's key",
    file: DIRECTORY,
    find: "if (proof.thumbprint !== lease.thumbprint)",
    replace: "if (proof.thumbprint === undefined)",
    tests: LEASE,
  },
  {
    name: "proof: for this handle",
    file: "packages/core/src/proof.ts",
    find: "if (claims.ath !== (target.token === undefined ? undefined : sha256(target.token)))",
    replace: "if (claims.ath === null)",
    tests: [...CORE, ...FORWARD],
  },
  {
    name: "proof: for this URL",
    file: "packages/core/src/proof.ts",
    find: "if (claims.htu !== target.url)",
    replace: "if (claims.htu === undefined)",
    tests: [...CORE, ...FORWARD],
  },
  {
    name: "request: equals the decided action",
    file: "packages/gateway/src/check-request.ts",
    find: "if (problem !== undefined) throw refused(",
    replace: "if (problem === null) throw refused(",
    tests: FORWARD,
  },
  {
    name: "request: no argument beyond the decided ones",
    file: "packages/core/src/authority.ts",
    find: "const names = new Set([...Object.keys(seen.arguments), ...Object.keys(authority.arguments)]);",
    replace: "const names = new Set(Object.keys(authority.arguments));",
    tests: [...CORE, ...FORWARD],
  },
  {
    name: "revoke: at the end of the lease",
    file: "packages/broker/src/sweep-leases.ts",
    find: "const said = await adapter.revoke(credential, call)",
    replace: 'const said = await Promise.resolve("revoked" as RevocationOutcome)',
    tests: LEASE,
  },
  {
    name: "revoke: at the end of the run",
    file: "packages/broker/src/sqlite/write-runs.ts",
    find: 'database.run("UPDATE lease SET due_at = 0 WHERE run = ? AND revocation IS NULL", id);',
    replace: "",
    tests: [...STORE, ...LEASE],
  },
  {
    name: "revoke: what was minted and could not be recorded",
    file: "packages/broker/src/mint-lease.ts",
    find: "await withdraw(adapter, minted.credential, call);",
    replace: "",
    tests: ["packages/broker/test/faults.test"],
  },
  {
    name: "mint: no wider than asked",
    file: "packages/broker/src/authorize-mint.ts",
    find: "if (isWithin(adapter, permit.authority, minted.granted)) return minted;",
    replace: "if (minted !== null) return minted;",
    tests: LEASE,
  },
  {
    name: "strict gate: header members",
    file: GATE,
    find: "if (!known) throw malformed(",
    replace: "if (known === undefined) throw malformed(",
    tests: CORE,
  },
  {
    name: "strict gate: canonical base64url",
    file: GATE,
    find: 'if (bytes.toString("base64url") !== text)',
    replace: 'if (bytes.toString("base64url") === null)',
    tests: CORE,
  },
  {
    name: "strict gate: duplicate members",
    file: "packages/core/src/strict-json.ts",
    find: 'if (name in members) this.#fail("duplicate member");',
    replace: "",
    tests: CORE,
  },
  {
    name: "strict gate: one spelling of what is read at once",
    file: "packages/core/src/strict-json.ts",
    find: "return isStrict(value, maxDepth) && JSON.stringify(value) === text ? value : undefined;",
    replace: "return isStrict(value, maxDepth) ? value : undefined;",
    tests: CORE,
  },
  {
    name: "strict gate: member names of what is read at once",
    file: "packages/core/src/strict-json.ts",
    find: "if (isForbiddenMember(name) || !isStrict(",
    replace: "if (!isStrict(",
    tests: CORE,
  },
  {
    name: "tokens: the signature itself",
    file: "packages/core/src/signed-token.ts",
    find: "if (!isSigned(jws.token, found.keyObject))",
    replace: "if (isSigned(jws.token, found.keyObject) === undefined)",
    tests: CORE,
  },
  {
    name: "tokens: a run token's signature, however often it was read",
    file: "packages/broker/src/run-token.ts",
    find: "await checkSignedToken(jws, {",
    replace: "if (known === undefined) await checkSignedToken(jws, {",
    tests: ["packages/broker/test/rotation-under-load.test"],
  },
  {
    name: "strict gate: the kind of the token",
    file: "packages/core/src/signed-token.ts",
    find: "if (jws.header.typ !== rules.typ)",
    replace: "if (jws.header.typ === null)",
    tests: CORE,
  },
  {
    name: "ceiling: the run's own",
    file: POLICY,
    find: "passed: ceilingAllows(run.ceiling, action),",
    replace: "passed: true,",
    tests: [...DECIDE, "packages/broker/test/start.test"],
  },
  {
    name: "identity: the audience of a token",
    file: "packages/identity/src/verifier.ts",
    find: "if (only !== audience)",
    replace: "if (only === undefined)",
    tests: ["packages/identity/test"],
  },
  {
    name: "identity: development issuers are refused by production",
    file: "packages/broker/src/create-broker.ts",
    find: "if (verifier.developmentOnly)",
    replace: "if (verifier.developmentOnly === undefined)",
    tests: ["packages/broker/test/faults.test"],
  },
  {
    name: "redirects: none is followed",
    file: "packages/gateway/src/fetch-sender.ts",
    find: 'redirect: "manual"',
    replace: 'redirect: "follow"',
    tests: ["packages/gateway/test/addresses.test"],
  },
  {
    name: "guard: no way to a tool outside of a run",
    file: "packages/middleware/src/guard.ts",
    find: 'if (frame === undefined) return denial("no_run");',
    replace:
      "if (frame === undefined) return (await call.tool.execute(call.toolArguments, undefined as never)) as Result;",
    tests: ["packages/middleware/test"],
  },
  {
    name: "credential: nothing leaves after the tool has returned",
    file: "packages/middleware/src/credential-fetch.ts",
    find: "if (lease === undefined) throw gone();\n    const response",
    replace: "const response",
    tests: ["packages/middleware/test"],
  },
  {
    name: "isolation: a live secret is refused in the agents' process",
    file: "packages/broker/src/tenant-systems.ts",
    find: "if (!adapter.isLiveSecret(connection.secret)) return;",
    replace: "if (adapter !== null) return;",
    tests: ["packages/broker/test/faults.test"],
  },
];
