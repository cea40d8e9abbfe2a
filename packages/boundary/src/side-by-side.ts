/** Does jobs in their order, so many at once. @throws the first error, when the others have ended */
export async function sideBySide(width: number, jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = jobs.values();
  const work = async (): Promise<void> => {
    for (const job of waiting) await job();
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(width, jobs.length) }, work));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
