import { type TracerProvider, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";

export { acme as principal } from "./recording.ts";
export const rootSecret = "rk_test_readme";

/** What `NodeTracerProvider.register()` does. */
export function register(provider: TracerProvider): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
}
