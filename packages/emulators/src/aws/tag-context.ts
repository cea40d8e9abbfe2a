import type { HeldSession } from "./sessions.ts";

/** What a session says of itself in every request: its tags, and who it is. */
export function tagContext({ tags, sourceIdentity }: HeldSession): Record<string, readonly string[]> {
  return {
    ...Object.fromEntries(
      Object.entries(tags).map(([name, value]) => [`aws:PrincipalTag/${name}`, [value]] as const),
    ),
    ...(sourceIdentity === undefined ? {} : { "aws:SourceIdentity": [sourceIdentity] }),
  };
}
