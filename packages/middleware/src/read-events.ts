import { type Json, parseStrictJson } from "@watchword/core";

/** Bytes of one event. */
const MAX_EVENT = 4_096;

/**
 * The data of server-sent events as strict JSON, one by one, for as long as they come. Comments are signs of life and
 * nothing else. A broker ends its lines with a line feed; other spellings of the format are not read.
 *
 * @throws TypeError for what is no such stream
 */
export async function* readEvents({ body }: Response): AsyncGenerator<Json> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  // Leaving the loop cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    const events = rest.split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = dataOf(event);
      if (data !== undefined) yield parseStrictJson(data, { maxBytes: MAX_EVENT });
    }
    if (rest.length > MAX_EVENT) throw new TypeError("an event is too long");
  }
}

function dataOf(event: string): string | undefined {
  const lines = event.split("\n").filter((line) => line.startsWith("data: "));
  return lines.length === 1 ? lines[0]?.slice("data: ".length) : undefined;
}
