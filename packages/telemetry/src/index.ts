// Attributes
export { ATTRIBUTES, NAMES_VERSION, SCOPE, SPANS } from "./attribute-names.ts";
export { credentialAttributes } from "./credential-attributes.ts";
export { decisionAttributes } from "./decision-attributes.ts";
export { principalAttributes } from "./principal-attributes.ts";
export type { SpanCredential } from "./credential-attributes.ts";
export type { SpanDecision } from "./decision-attributes.ts";
export type { SpanPrincipal } from "./principal-attributes.ts";

// Spans
export { principalSpanProcessor } from "./principal-span-processor.ts";
export { withExchangeSpan } from "./with-exchange-span.ts";
export { withPrincipal } from "./with-principal.ts";
export { withTokenExchangeSpan } from "./with-token-exchange-span.ts";
export { withToolSpan } from "./with-tool-span.ts";
export type { BrokerExchange } from "./with-exchange-span.ts";
export type { ExchangeKind } from "./exchange-kind.ts";
export type { PrincipalSpanProcessor } from "./principal-span-processor.ts";
export type { SpanRecorder } from "./span-recorder.ts";
export type { TokenExchange } from "./with-token-exchange-span.ts";
export type { ToolCall } from "./with-tool-span.ts";

// Between processes
export { injectTrace } from "./inject-trace.ts";
export { remoteLink } from "./remote-link.ts";
export type { HeaderReader } from "./remote-link.ts";

// Conformance
export { checkTrace } from "./check-trace.ts";
export type { TraceCheck, TraceProblem, TraceRule } from "./check-trace.ts";
export type { TraceSpan } from "./trace-span.ts";
