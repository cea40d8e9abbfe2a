import type { TraceProof, WorldProof } from "./world.ts";

/** The traces of all worlds as one: where nobody could look at one of them, nobody looked. */
export function wholeTrace(proofs: readonly Pick<WorldProof, "trace">[]): TraceProof | undefined {
  const traces = proofs.flatMap(({ trace }) => (trace === undefined ? [] : [trace]));
  const [first] = traces;
  if (first === undefined) return undefined;
  const unseen = traces.find(({ spans }) => spans === null);
  return {
    spans: unseen === undefined ? traces.reduce((sum, { spans }) => sum + (spans ?? 0), 0) : null,
    tools: traces.reduce((sum, { tools }) => sum + tools, 0),
    problems: [...new Set(traces.flatMap(({ problems }) => problems))],
    why: unseen?.why ?? null,
  };
}
