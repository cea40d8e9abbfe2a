/** Finds what belongs to some of these keys. */
export type AskMany<Value> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

/**
 * Gathers the keys that are asked for in one turn of the loop, so that many who ask at the same time cost one round trip. Nobody
 * is answered with what was read before asking. A key that no text of the database can hold belongs to nothing, and fails nobody
 * else's question.
 */
export function gather<Value>(ask: AskMany<Value>): AskMany<Value> {
  let keys = new Set<string>();
  let answer: Promise<ReadonlyMap<string, Value>> | undefined;
  return (wanted) => {
    for (const key of wanted) if (!key.includes("\0") && key.isWellFormed()) keys.add(key);
    answer ??= new Promise<void>((resolve) => void setImmediate(resolve)).then(() => {
      const gathered = [...keys];
      keys = new Set();
      answer = undefined;
      return ask(gathered);
    });
    return answer;
  };
}
