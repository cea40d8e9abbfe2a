// Values and their one text
export { canonicalJson } from "./canonical-json.ts";
export { digestOf, randomToken, sha256 } from "./digest.ts";
export { AgentReference, Identifier, newId, splitAgentReference } from "./identifier.ts";
export {
  Currency,
  Money,
  ProposedMoney,
  currencyExponent,
  formatMoney,
  isMoney,
  money,
  parseMoney,
} from "./money.ts";
export { systemAnswer } from "./system-answer.ts";
export type { AnswerLimits, SystemAnswer } from "./system-answer.ts";
export { parseStrictJson } from "./strict-json.ts";
export { isForbiddenMember, isValueMap, valueProblem } from "./value.ts";
export type { IdPrefix } from "./identifier.ts";
export type { Json, StrictJsonLimits } from "./strict-json.ts";
export type { Value, ValueMap } from "./value.ts";

// Action, catalogue, capability
export { TransactionId, actionDigest, newAction, parseAction } from "./action.ts";
export { requestProblem, sameAuthority } from "./authority.ts";
export { Capability, Ceiling, Limit, ceilingAllows, covers, intersect, narrow } from "./capability.ts";
export { BindingsManifest } from "./bindings-manifest.ts";
export { findOperation, issuePaths, operation, parseArguments, system } from "./operation.ts";
export { OperationDescription, describeOperation } from "./operation-description.ts";
export type { Action } from "./action.ts";
export type { Authority, SeenAction } from "./authority.ts";
export type { ProlongOutcome, Prolongation } from "./prolongation.ts";
export type { CoveredAction } from "./capability.ts";
export type {
  Access,
  Catalogue,
  Operation,
  OperationReference,
  OperationSet,
  SystemOperations,
} from "./operation.ts";

// Decision and refusal
export { factAt } from "./decision.ts";
export { REASONS, isReason, isRetryable } from "./reason.ts";
export { Refusal } from "./refusal.ts";
export type {
  AllowDecision,
  ApprovalDecision,
  Assurance,
  BudgetClaim,
  Decision,
  DecisionRequest,
  DenyDecision,
  Explanation,
  Facts,
  OnceClaim,
  Owner,
  Permission,
  PermittedEvidence,
  Principal,
  TenantSystem,
} from "./decision.ts";
export type {
  ActionsCheckSource,
  AppCheckSource,
  CheckSource,
  EvidenceFact,
  EvidenceQuery,
  EvidenceReading,
  EvidenceState,
} from "./evidence.ts";
export type { FailedFact, Reason, Retry } from "./reason.ts";
export type { RefusalDetail } from "./refusal.ts";

// Tokens, keys, proofs
export { decodeBase64url, readCompactJws } from "./compact-jws.ts";
export { PROOF_SECONDS, signProof, verifyProof } from "./proof.ts";
export { checkSignedToken, signToken, verifySignature, verifySignedToken } from "./signed-token.ts";
export { rsaPublicJwkOf, rsaSignerOf } from "./rsa-signer.ts";
export { generateSigner, publicJwkOf, signerOf, thumbprint, verificationKey } from "./signer.ts";
export {
  AUTHORIZATION_DETAILS_TYPES,
  AWS_SESSION_CLAIMS,
  CLAIMS,
  GITHUB_ACTIONS_ISSUER,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  agentUri,
  runUri,
  starterUri,
} from "./standard-names.ts";
export {
  ACCESS_SECONDS,
  ASSERTION_SECONDS,
  AccessClaims,
  AssertionClaims,
  CLOCK_SKEW_SECONDS,
  DelegationClaims,
  MAX_ACTORS,
  TICKET_SECONDS,
  TicketClaims,
  ProofClaims,
  RunClaims,
  checkTimes,
  parseClaims,
} from "./token-claims.ts";
export {
  DENIAL_AGE_SECONDS,
  DenialBatchClaims,
  MAX_DENIALS,
  ReportedDenial,
  isLocalReason,
  localDecisionId,
} from "./local-denial.ts";
export { PROJECTION_BYTES, ProjectionClaims, denialsUrl, projectionUrl } from "./policy-projections.ts";
export { askWithProof } from "./ask-with-proof.ts";
export {
  accessIssuer,
  approvalUrl,
  endRunUrl,
  introspectionUrl,
  revocationUrl,
  tokenUrl,
} from "./token-request.ts";
export type { LocalReason } from "./local-denial.ts";
export type { PolicyProjections, ProjectionQuestion, TaggedProjection } from "./policy-projections.ts";
export type { ProvenRequest } from "./ask-with-proof.ts";
export type { CompactJws, CompactJwsRules } from "./compact-jws.ts";
export type { ProofContents, ProofTarget, VerifiedProof } from "./proof.ts";
export type { ActorClaim } from "./token-claims.ts";
export type { KeyLookup, SignOptions, SignedTokenRules } from "./signed-token.ts";
export type { RsaPublicJwk, RsaSigner } from "./rsa-signer.ts";
export type { PublicJwk, Signer, VerificationKey } from "./signer.ts";
export type {
  ApprovalQuestion,
  ApprovalStatus,
  ApprovalWaiting,
  BrokerClient,
  CredentialFacts,
  DecisionFacts,
  OperatorRefusal,
  ProofMaker,
  StartedRun,
  TokenAnswer,
  TokenFailure,
  TokenRequest,
  TokenSuccess,
} from "./token-request.ts";

// Gateway requests and credentials
export { canonicalRequest, readForm } from "./gateway-request.ts";
export {
  discloseCredential,
  encloseCredential,
  envelopeKeyOf,
  generateEnvelopeKey,
} from "./credential-envelope.ts";
export { SealedCredential } from "./sealed-credential.ts";
export type { EnvelopeKey } from "./credential-envelope.ts";
export type { GatewayRequest, OutboundRequest } from "./gateway-request.ts";
export type { Sealer } from "./sealed-credential.ts";

// Ports
export { numericDate, systemClock } from "./clock.ts";
export type {
  Adapter,
  AdapterCapabilities,
  AdapterConsent,
  AdapterContext,
  Connection,
  DownstreamOutcome,
  FederationForm,
  Finding,
  InboundResponse,
  Minted,
  ObjectOrigin,
  Residual,
  RevocationOutcome,
  Rotated,
  Stamp,
  StreamCut,
} from "./adapter.ts";
export type { Clock } from "./clock.ts";
export type { IdentityUse, IdentityVerifier, VerifiedIdentity } from "./identity-verifier.ts";
export type { LeaseDirectory, OpenedLease } from "./lease-directory.ts";
export type {
  LedgerCheckpoint,
  LedgerEntry,
  LedgerKind,
  LedgerReceipt,
  LedgerRecord,
} from "./ledger-entry.ts";
export type { LedgerSink } from "./ledger-sink.ts";
export { rateLimitSeconds } from "./rate-limit-seconds.ts";
export type { LimitedAnswer } from "./rate-limit-seconds.ts";
export type { LeaseRecord } from "./lease-record.ts";
export type { Quota, QuotaDraw, QuotaGrant, QuotaPool } from "./quota.ts";
export type { OperatorStore, Page } from "./operator-store.ts";
export type {
  ApprovalEscalation,
  ApprovalProgress,
  ApprovalRecord,
  ApprovalState,
  ApprovalStep,
  ConnectionOutcome,
  ConnectionRecord,
  EpochSubject,
  Epochs,
  EvidenceRecord,
  FrozenSubject,
  Intent,
  IntentOutcome,
  MintRecord,
  OpenIntent,
  PolicyActivation,
  RenewedSecret,
  RunRecord,
  Settlement,
  StartOutcome,
  Store,
  UseClaim,
  UseOutcome,
  UsedToken,
} from "./store.ts";
