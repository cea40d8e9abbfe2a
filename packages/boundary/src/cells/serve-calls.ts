import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What a cell can be asked to do: named methods whose arguments and results are JSON. */
export type CellMethods = Readonly<Record<string, (...args: never[]) => unknown>>;

/**
 * Answers `callCell` until the input ends: one line of JSON for each call, in the order in which they are done. What is not
 * one of the methods is refused by name.
 */
export async function serveCalls(methods: CellMethods, input: Readable, output: Writable): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for await (const line of createInterface({ input })) {
    const { id, method, args } = JSON.parse(line) as {
      readonly id: number;
      readonly method: string;
      readonly args: readonly never[];
    };
    const answered = answer(methods, method, args).then((said) => {
      output.write(`${JSON.stringify({ id, ...said })}\n`);
      underWay.delete(answered);
    });
    underWay.add(answered);
  }
  await Promise.all(underWay);
}

async function answer(
  methods: CellMethods,
  method: string,
  args: readonly never[],
): Promise<{ readonly result: unknown } | { readonly error: string }> {
  try {
    if (!Object.hasOwn(methods, method)) return { error: `the cell has no method ${method}` };
    return { result: (await methods[method]?.(...args)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
