import { createReadStream } from "node:fs";

/** Characters of one line at most. */
const MAX_LINE = 8_388_608;

/**
 * The lines of a file, without reading it whole. Only a newline ends one: `node:readline` also splits at separators that
 * JSON lets stand within strings.
 *
 * @throws RangeError for a line without an end
 */
export async function* readLines(path: string): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = `${rest}${String(chunk)}`.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new RangeError("a line is too long");
    yield* lines;
  }
  if (rest !== "") yield rest;
}
