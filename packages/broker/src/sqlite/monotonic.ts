/** Milliseconds on a clock that all threads of a process share and that never goes back. */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
