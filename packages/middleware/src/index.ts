// Runs
export { createRuntime } from "./create-runtime.ts";
export { capability } from "./capability.ts";
export { delegate } from "./delegate.ts";
export { narrow } from "./narrow.ts";
export { signRunTicket } from "./run-ticket.ts";
export { currentRun } from "./run-frame.ts";
export type { Runtime, RuntimeOptions } from "./create-runtime.ts";
export type { CapabilityBounds } from "./capability.ts";
export type { DelegateOptions } from "./delegate.ts";
export type { SpawningTool } from "./narrow.ts";
export type { Schedule } from "./heartbeat.ts";
export type { RunFrame } from "./run-frame.ts";
export type { RunErrorListener, ToolErrorContext, ToolErrorListener } from "./run-session.ts";
export type { RunTicket } from "./run-ticket.ts";
export type { RunOptions } from "./start-run.ts";

// The way to a broker that runs elsewhere
export { httpBroker } from "./http-broker.ts";
export { socketFetch } from "./socket-fetch.ts";
export type { HttpBrokerOptions } from "./http-broker.ts";

// Waiting for a person
export { waitForApproval, withdrawApproval } from "./wait-for-approval.ts";
export type { ApprovalOutcome, WaitOptions } from "./wait-for-approval.ts";

// Tools
export { assertGuarded, isGuarded } from "./assert-guarded.ts";
export { bind } from "./bind.ts";
export { bindingsManifest } from "./bindings-manifest.ts";
export { guard } from "./guard.ts";
export type { BindOptions, Binding, BoundCall } from "./bind.ts";
export type { BindingsManifestOptions } from "./bindings-manifest.ts";
export type { Denial } from "./denial.ts";
export type { GuardedCredential } from "./guarded-credential.ts";
export type { Loopback, LoopbackOptions } from "./loopback-shim.ts";
export type { PendingAction } from "./pending-action.ts";
export type { CallOptions, GuardedTool, Tool, ToolContext } from "./tool.ts";
