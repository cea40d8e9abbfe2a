import type { BrokenCheck } from "./checks-to-break.ts";

const SRC = "packages/telemetry/src";
const TESTS = ["packages/telemetry/test"];
const BOUNDARY = "packages/boundary/src";
const WORLDS = ["packages/boundary/test/world-spans.test"];

/** What traces rest on, to be broken like the checks of the boundary. */
export const TRACE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "trace: a traceparent from the network is no parent",
    file: `${SRC}/with-exchange-span.ts`,
    find: "root: true,",
    replace: "",
    tests: TESTS,
  },
  {
    name: "trace: an error's message stays off spans",
    file: `${SRC}/span-recorder.ts`,
    find: 'message: reason ?? "unplanned error"',
    replace: "message: String(error)",
    tests: TESTS,
  },
  {
    name: "trace: telemetry that fails changes no result",
    file: `${SRC}/attempt.ts`,
    find: "return undefined;",
    replace: "return work();",
    tests: TESTS,
  },
  {
    name: "trace: the work runs once",
    file: `${SRC}/inside-context.ts`,
    find: "const settled = outcome ?? outcomeOf(fn);",
    replace: "const settled = outcomeOf(fn);",
    tests: TESTS,
  },
  {
    name: "trace: one span carries one decision",
    file: `${SRC}/framework-tool-span.ts`,
    find: "if (attributes[ATTRIBUTES.callId] !== undefined) return false;",
    replace: "",
    tests: TESTS,
  },
  {
    name: "trace: another tool's span stays as it is",
    file: `${SRC}/framework-tool-span.ts`,
    find: "&& attributes[ATTRIBUTES.toolName] === tool",
    replace: "",
    tests: TESTS,
  },
  {
    name: "trace: unknown access has effects",
    file: `${SRC}/check-trace.ts`,
    find: 'span.attributes[ATTRIBUTES.access] !== "read"',
    replace: 'span.attributes[ATTRIBUTES.access] === "write"',
    tests: TESTS,
  },
  {
    name: "trace: another tenant is found across spans without one",
    file: `${SRC}/check-trace.ts`,
    find: "if (tenant !== undefined) return tenant !== own;",
    replace: "return tenant !== undefined && tenant !== own;",
    tests: TESTS,
  },
  {
    name: "trace: problems quote no secret",
    file: `${SRC}/check-trace.ts`,
    find: 'return [[named ? "an attribute (name withheld)" : at, what] as const];',
    replace: "return [[at, what] as const];",
    tests: TESTS,
  },
  {
    name: "trace: secrets are found within base64",
    file: `${SRC}/secret-spellings.ts`,
    find: "[0, 1, 2].flatMap",
    replace: "[0].flatMap",
    tests: TESTS,
  },
  {
    name: "trace: a malformed traceparent is no link",
    file: `${SRC}/remote-link.ts`,
    find: "return isSpanContextValid(context) ? { context } : undefined;",
    replace: "return { context };",
    tests: TESTS,
  },
  {
    name: "trace: an exchange that was allowed has a principal",
    file: `${SRC}/check-trace.ts`,
    find: "hasEffects(span) || isAllowedExchange(span)",
    replace: "hasEffects(span)",
    tests: TESTS,
  },
  {
    name: "trace: secrets on the spans of a world are leaks",
    file: `${BOUNDARY}/world/world-spans.ts`,
    find: "leaks: said(shown),",
    replace: "leaks: [],",
    tests: WORLDS,
  },
  {
    name: "trace: what breaks in the spans of a world is no proof",
    file: `${BOUNDARY}/world-holds.ts`,
    find: "(trace?.problems ?? []).length === 0 &&",
    replace: "",
    tests: WORLDS,
  },
  {
    name: "trace: spans of a world are its own",
    file: `${BOUNDARY}/world/span-registration.ts`,
    find: "if (exporter !== undefined) exporters.set(span, exporter as SpanExporter);",
    replace: "",
    tests: WORLDS,
  },
  {
    name: "trace: a principal that the spans deny is none",
    file: `${BOUNDARY}/vitest/boundary-matchers.ts`,
    find: "if (traced !== undefined && (traced === null || differences(principal, traced).length > 0))",
    replace: "if (traced === null)",
    tests: WORLDS,
  },
  {
    name: "trace: what an agent's cell hands over of its spans is whole",
    file: `${BOUNDARY}/cells/sent-spans.ts`,
    find: "events: events.map((event) => ({ name: event.name, attributes: event.attributes ?? {} })),",
    replace: "",
    tests: WORLDS,
  },
];
