import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { checkTrace, principalSpanProcessor, withPrincipal, withToolSpan } from "@watchword/telemetry";
import { principal, register, rootSecret } from "./readme-parts.ts";

const exporter = new InMemorySpanExporter(); // yours, instead
register(
  new BasicTracerProvider({
    spanProcessors: [principalSpanProcessor(), new SimpleSpanProcessor(exporter)],
  }),
);

await withPrincipal(principal, () =>
  withToolSpan({ tool: "refund", callId: "call_1", access: "write" }, principal, async (span) => {
    span.decided({ decisionId: "dec_1", outcome: "deny", reason: "tenant_mismatch" });
  }),
);

const [refund] = exporter.getFinishedSpans();
console.log(refund?.attributes["watchword.tenant.id"], refund?.attributes["error.type"]); // acme tenant_mismatch
console.log(checkTrace(exporter.getFinishedSpans(), { canaries: [rootSecret] })); // []
