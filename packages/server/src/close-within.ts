/** What can be closed, once everything under way is answered. */
interface Closing {
  close(): Promise<void>;
}

/**
 * Closes once, and waits no longer than `milliseconds` for what is under way: a system that never answers must not keep a
 * process from its last checkpoint. `onCut` is told then. Every call gives the same end.
 */
export function closeWithin(listener: Closing, milliseconds: number, onCut: () => void): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => (closed ??= close(listener, milliseconds, onCut));
}

async function close(listener: Closing, milliseconds: number, onCut: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), milliseconds);
  });
  try {
    if ((await Promise.race([listener.close(), late])) === "late") onCut();
  } finally {
    clearTimeout(timer);
  }
}
