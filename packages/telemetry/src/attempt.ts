/**
 * Does something for telemetry's sake; gives `undefined` when it throws. A span processor, a sampler or a provider is
 * foreign code, and no failure of it may change what a tool call or an exchange answers.
 */
export function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
