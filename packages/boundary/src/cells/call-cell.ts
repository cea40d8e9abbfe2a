import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Calls into a process by one line of JSON each; many may be under way. */
export interface CellCalls {
  /** @throws Error with the process's own words, or when it ended first */
  call<Result>(method: string, ...args: readonly unknown[]): Promise<Result>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * Calls the methods of an object in another process over its standard input and output; the other end is `serveCalls`.
 *
 * @param explain what is known about the process's end, for the error of calls that nobody answered
 */
export function callCell(input: NodeJS.WritableStream, output: Readable, explain: () => string): CellCalls {
  const waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  let last = 0;
  let ended: Error | undefined;
  const lines = createInterface({ input: output });
  lines.on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as Answer;
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  });
  const end = (): void => {
    ended ??= new Error(`the cell ended: ${explain()}`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  lines.on("close", end);
  input.on("error", end);
  return Object.freeze({
    call: <Result>(method: string, ...args: readonly unknown[]): Promise<Result> => {
      if (ended !== undefined) return Promise.reject(ended);
      last += 1;
      const id = last;
      return new Promise<Result>((resolve, reject) => {
        waiting.set(id, { resolve: (value) => resolve(value as Result), reject });
        input.write(`${JSON.stringify({ id, method, args })}\n`);
      });
    },
  });
}
