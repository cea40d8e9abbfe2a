/** Version of the names below; the version of the instrumentation scope. A renamed attribute raises it. */
export const NAMES_VERSION = "1";

/** The instrumentation scope of every span that this package starts. */
export const SCOPE = "@watchword/telemetry";

/**
 * Every attribute that Watchword puts on a span, and nothing else is put there. What OpenTelemetry's conventions name is
 * reused; the rest has the prefix `watchword.`. No name stands for a token, a proof or a `txn`: there is none for them.
 */
export const ATTRIBUTES = Object.freeze({
  // Conventions for generative AI, users and errors
  operationName: "gen_ai.operation.name",
  toolName: "gen_ai.tool.name",
  toolCallId: "gen_ai.tool.call.id",
  toolType: "gen_ai.tool.type",
  agentId: "gen_ai.agent.id",
  agentName: "gen_ai.agent.name",
  agentVersion: "gen_ai.agent.version",
  conversationId: "gen_ai.conversation.id",
  userHash: "user.hash",
  errorType: "error.type",
  exceptionType: "exception.type",
  serverAddress: "server.address",
  // The principal
  tenantId: "watchword.tenant.id",
  runId: "watchword.run.id",
  rootRunId: "watchword.run.root_id",
  parentRunId: "watchword.run.parent_id",
  background: "watchword.run.background",
  principalKind: "watchword.principal.kind",
  depth: "watchword.delegation.depth",
  chain: "watchword.delegation.chain",
  // The tool call and its action
  callId: "watchword.call.id",
  access: "watchword.access",
  actionSystem: "watchword.action.system",
  actionOperation: "watchword.action.operation",
  actionDigest: "watchword.action.digest",
  exchange: "watchword.exchange.kind",
  // The decision
  decisionId: "watchword.decision.id",
  decisionOutcome: "watchword.decision.outcome",
  decisionReason: "watchword.decision.reason",
  decidedBy: "watchword.decision.decided_by",
  policyVersion: "watchword.policy.version",
  approvalState: "watchword.approval.state",
  evidenceState: "watchword.evidence.state",
  // The lease and its credential
  leaseId: "watchword.lease.id",
  leaseExpiresAt: "watchword.lease.expires_at",
  credentialKind: "watchword.credential.kind",
  credentialAudience: "watchword.credential.audience",
  credentialScope: "watchword.credential.scope",
  credentialExpiresAt: "watchword.credential.expires_at",
  credentialFingerprint: "watchword.credential.fingerprint",
  credentialCustody: "watchword.credential.custody",
});

/** Names of the spans that Watchword starts. */
export const SPANS = Object.freeze({
  /** Followed by the tool's name. */
  tool: "execute_tool",
  tokenExchange: "watchword.token_exchange",
  exchange: "watchword.exchange",
});
