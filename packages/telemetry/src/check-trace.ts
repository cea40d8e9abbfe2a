import { ATTRIBUTES, SPANS } from "./attribute-names.ts";
import { credentialShape } from "./credential-shape.ts";
import { secretSpellings } from "./secret-spellings.ts";
import { type TraceSpan, spanTexts } from "./trace-span.ts";

/** What a trace has to hold. */
export type TraceRule =
  | "principal_missing"
  | "decision_missing"
  | "credential_incomplete"
  | "tenant_differs"
  | "secret_shown";

/** One way in which a trace does not conform. Quotes no value, so that it may be printed. */
export interface TraceProblem {
  /** The span's name, or that it is withheld because it holds a secret itself. */
  readonly span: string;
  readonly rule: TraceRule;
  readonly detail: string;
}

/** Settings of `checkTrace`. */
export interface TraceCheck {
  /** Secrets that a test knows: wherever one is found, as it is or encoded, the trace fails. */
  readonly canaries?: readonly string[];
}

/**
 * Says where finished spans break what a trace has to hold; empty when nowhere. A tool span that does not say it only
 * reads is one with effects, and needs a principal: agent, run, tenant and kind. So does every exchange that was allowed.
 *
 * @example
 * ```ts
 * expect(checkTrace(exporter.getFinishedSpans(), { canaries: [rootSecret] })).toEqual([]);
 * ```
 */
export function checkTrace(spans: readonly TraceSpan[], { canaries = [] }: TraceCheck = {}): TraceProblem[] {
  const byId = new Map(spans.map((span) => [idOf(span.spanContext()), span]));
  const secrets = canaries.filter((canary) => canary !== "").flatMap(secretSpellings);
  return spans.flatMap((span) => {
    const shown = secretsShown(span, secrets);
    const name = shown.some(([where]) => where === "its name") ? "(name withheld)" : span.name;
    const problem = (rule: TraceRule, detail: string): TraceProblem => ({ span: name, rule, detail });
    return [
      ...missing(span, PRINCIPAL, hasEffects(span) || isAllowedExchange(span)).map((at) =>
        problem("principal_missing", at),
      ),
      ...missing(span, DECISION, isAllowedTool(span)).map((at) => problem("decision_missing", at)),
      ...missing(span, CREDENTIAL, isLeased(span)).map((at) => problem("credential_incomplete", at)),
      ...(tenantDiffers(span, byId)
        ? [problem("tenant_differs", "the tenant of the span above is another")]
        : []),
      ...shown.map(([where, what]) => problem("secret_shown", `${what} in ${where}`)),
    ];
  });
}

const PRINCIPAL = [ATTRIBUTES.agentId, ATTRIBUTES.runId, ATTRIBUTES.tenantId, ATTRIBUTES.principalKind];
const DECISION = [ATTRIBUTES.decisionId, ATTRIBUTES.policyVersion];
/** A system may give a credential no end of its own; its lease always has one. */
const CREDENTIAL = [ATTRIBUTES.credentialKind, ATTRIBUTES.leaseExpiresAt];

function missing(span: TraceSpan, names: readonly string[], applies: boolean): string[] {
  return applies
    ? names.filter((name) => !isSaid(span.attributes[name])).map((name) => `${name} is missing`)
    : [];
}

function isSaid(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : typeof value === "number" && Number.isFinite(value);
}

function isTool({ name, attributes }: TraceSpan): boolean {
  return (
    attributes[ATTRIBUTES.operationName] === SPANS.tool ||
    name === SPANS.tool ||
    name.startsWith(`${SPANS.tool} `)
  );
}

/** Unknown is a write. */
function hasEffects(span: TraceSpan): boolean {
  return isTool(span) && span.attributes[ATTRIBUTES.access] !== "read";
}

/** Of whatever a broker allows, it knows for whom. */
function isAllowedExchange({ name, attributes }: TraceSpan): boolean {
  return name === SPANS.exchange && attributes[ATTRIBUTES.decisionOutcome] === "allow";
}

function isAllowedTool(span: TraceSpan): boolean {
  return isTool(span) && span.attributes[ATTRIBUTES.decisionOutcome] === "allow";
}

function isLeased({ name, attributes }: TraceSpan): boolean {
  return (
    (name === SPANS.exchange || name === SPANS.tokenExchange) &&
    Object.keys(attributes).some((key) => /^watchword\.(lease|credential)\./.test(key))
  );
}

function tenantDiffers(span: TraceSpan, byId: ReadonlyMap<string, TraceSpan>): boolean {
  const own = span.attributes[ATTRIBUTES.tenantId];
  if (own === undefined) return false;
  const seen = new Set([span]);
  for (
    let above = parentOf(span, byId);
    above !== undefined && !seen.has(above);
    above = parentOf(above, byId)
  ) {
    const tenant = above.attributes[ATTRIBUTES.tenantId];
    if (tenant !== undefined) return tenant !== own;
    seen.add(above);
  }
  return false;
}

function parentOf(span: TraceSpan, byId: ReadonlyMap<string, TraceSpan>): TraceSpan | undefined {
  return span.parentSpanContext === undefined ? undefined : byId.get(idOf(span.parentSpanContext));
}

function idOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}-${spanId}`;
}

function secretsShown(
  span: TraceSpan,
  secrets: readonly string[],
): (readonly [where: string, what: string])[] {
  return [...spanTexts(span)].flatMap(([at, text]) => {
    const canary = secrets.some((secret) => text.includes(secret));
    const what = canary ? "a canary" : credentialShape(text);
    if (what === undefined) return [];
    // An attribute may be named like the secret it holds.
    const named = secrets.some((secret) => at.includes(secret)) || credentialShape(at) !== undefined;
    return [[named ? "an attribute (name withheld)" : at, what] as const];
  });
}
