import type { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { ATTRIBUTES, SPANS, type TraceProblem, type TraceSpan, checkTrace } from "@watchword/telemetry";
import type { TracedPrincipal } from "../attempt.ts";
import type { TraceProof } from "../world.ts";
import type { NoTracing, TracingLibraries } from "./load-tracing.ts";
import { insideWorld, registerSpans } from "./span-registration.ts";

/** The spans of one world, whoever starts them: broker, middleware, and the tools of an application. */
export interface WorldSpans extends AsyncDisposable {
  /** Runs something whose spans are this world's. */
  inside<Result>(fn: () => Result): Result;
  /** Who acted, as every span of a decision says; `null`: none does, or they differ. `undefined`: nobody could look. */
  traced(decisionId: string): TracedPrincipal | null | undefined;
  /** All of them so far; or why nobody can look. */
  finished(): readonly TraceSpan[] | NoTracing;
}

/**
 * What spans come to, of one process or of several: secrets that they show are leaks, and whatever else breaks a trace a problem.
 *
 * @param canaries secrets of the world, wherever they come from
 */
export function checkSpans(
  spans: readonly TraceSpan[] | NoTracing,
  canaries: readonly string[],
): { readonly leaks: readonly string[]; readonly trace: TraceProof } {
  if ("why" in spans) return { leaks: [], trace: { spans: null, tools: 0, problems: [], why: spans.why } };
  const problems = checkTrace(spans, { canaries });
  const shown = problems.filter(({ rule }) => rule === "secret_shown");
  return {
    leaks: said(shown),
    trace: {
      spans: spans.length,
      tools: spans.filter(({ attributes }) => attributes[ATTRIBUTES.operationName] === SPANS.tool).length,
      problems: said(problems.filter((problem) => !shown.includes(problem))),
      why: null,
    },
  };
}

/** Records the spans of a world, or says why nobody can. */
export function worldSpans(tracing: TracingLibraries | NoTracing): WorldSpans {
  if ("why" in tracing) return unrecorded(tracing.why);
  const release = registerSpans(tracing);
  if (release === undefined)
    return unrecorded("another tracer provider is registered in this process, which gets all spans");
  const exporter = new tracing.sdk.InMemorySpanExporter();
  return Object.freeze<WorldSpans>({
    inside: (fn) => insideWorld(tracing, exporter, fn),
    traced: (decisionId) => principalOf(exporter, decisionId),
    finished: () => exporter.getFinishedSpans(),
    [Symbol.asyncDispose]: async () => release(),
  });
}

function unrecorded(why: string): WorldSpans {
  return Object.freeze<WorldSpans>({
    inside: (fn) => fn(),
    traced: () => undefined,
    finished: () => ({ why }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

/** Each kind of problem once: a hole shows on every span that goes through it. */
function said(problems: readonly TraceProblem[]): string[] {
  return [
    ...new Set(
      problems.map(({ span, rule, detail }) => `span ${span}: ${detail} (${rule.replace("_", " ")})`),
    ),
  ];
}

function principalOf(exporter: InMemorySpanExporter, decisionId: string): TracedPrincipal | null {
  const named = exporter
    .getFinishedSpans()
    .filter(({ attributes }) => attributes[ATTRIBUTES.decisionId] === decisionId)
    .map(({ attributes }) => ({
      agent: attributes[ATTRIBUTES.agentId],
      tenant: attributes[ATTRIBUTES.tenantId],
      run: attributes[ATTRIBUTES.runId],
    }));
  const [first] = named;
  if (first === undefined || new Set(named.map((each) => JSON.stringify(each))).size !== 1) return null;
  const { agent, tenant, run } = first;
  if (typeof agent !== "string" || typeof tenant !== "string" || typeof run !== "string") return null;
  return { agent, tenant, run };
}
