/** Why an address cannot be bound, and what to do. An error of listening names an address and a code, nothing else. */
export function whyNotBound(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") return "the port is in use; choose another, or 0 for any";
  if (code === "EACCES") return "this user may not bind the port; choose one from 1024 on";
  return error instanceof Error ? error.message : "cannot be bound";
}
