export { aesSealer } from "./aes-sealer.ts";
export { createBroker } from "./create-broker.ts";
export { explainDecision } from "./explain-decision.ts";
export { fileKeys } from "./file-keys.ts";
export { fixedKeys } from "./keys/signing-keys.ts";
export { listKeys } from "./keys/list-keys.ts";
export { rotateKey } from "./keys/rotate-key.ts";
export { fileSink } from "./ledger/file-sink.ts";
export { httpSink } from "./ledger/http-sink.ts";
export { verifyLedger } from "./ledger/verify-ledger.ts";
export type { Approvals } from "./approvals.ts";
export type { ApprovalForm, ApprovalLogin, LoginResponse } from "./approvals/approval-login.ts";
export type {
  ApprovalLoginOptions,
  ApprovalNotice,
  ApprovalOptions,
  ApprovalWebhook,
} from "./approvals/approval-options.ts";
export type { ApproverAnswer } from "./approvals/decide-approval.ts";
export type { ShownApproval } from "./approvals/shown-approval.ts";
export type { RunProof } from "./proven-run.ts";
export type { DurableStep } from "./broker-context.ts";
export type { BrokerKeys } from "./broker-keys.ts";
export type { FileKeysOptions } from "./file-keys.ts";
export type { KeyKind } from "./keys/key-kinds.ts";
export type { ListedKey } from "./keys/list-keys.ts";
export type { NoteKeys } from "./keys/note-keys.ts";
export type { RotateOptions, Rotation } from "./keys/rotate-key.ts";
export type { SigningKeys } from "./keys/signing-keys.ts";
export type { Broker, BrokerOptions } from "./create-broker.ts";
export type { DecisionReport } from "./explain-decision.ts";
export type { AuthorizationServerMetadata, Discovery } from "./discovery.ts";
export type { PublicKeySet } from "./public-key-set.ts";
export type { Evidence, KeptEvidence } from "./evidence/post-evidence.ts";
export type { KeptResult } from "./evidence/post-as-job.ts";
export type { Introspection, IntrospectionRequest } from "./introspect-token.ts";
export type { RevocationRequest } from "./revoke-token.ts";
export type { Federation, FederationMetadata } from "./federation.ts";
export type { DeclaredOperator, OperatorOptions } from "./operators/operator-options.ts";
export { OPERATOR_ROLES } from "./operators/operator-role.ts";
export type { OperatorRole } from "./operators/operator-role.ts";
export type { Operator, OperatorHat } from "./operators/identify-operator.ts";
export type { OperatorInput } from "./operators/operator-operation.ts";
export type { Operators } from "./operators/operators.ts";
export type { Policies, PolicyState } from "./policies.ts";
export type { Runs } from "./runs.ts";
export type { LedgerHealth, LedgerOptions, LedgerTrouble } from "./ledger/broker-ledger.ts";
export type { HttpSinkOptions } from "./ledger/http-sink.ts";
export type { LedgerKeys } from "./ledger/ledger-keys.ts";
export type { LedgerReport } from "./ledger/verify-ledger-lines.ts";
export type { NoteKey, NotePublicJwk, NoteSigner } from "./ledger/note-key.ts";
export type { SweepReport } from "./sweep-leases.ts";
export type { Tenants } from "./tenants.ts";
export type { ConsentRequest } from "./tenants/begin-consent.ts";
export type { ConnectedState, ConnectionChange, NewConnection } from "./tenants/connect-system.ts";
export type { ConnectionState } from "./tenants/connection-state.ts";
export type { ConsentResponse } from "./tenants/finish-consent.ts";
export type { ImportReport, ImportedConnection } from "./tenants/import-tenants.ts";
export type { Tokens } from "./tokens.ts";
