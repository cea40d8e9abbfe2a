import type { DeclarationProblem } from "./declaration-problem.ts";
import type { Segment } from "./path-template.ts";

/** Exactly one place for the account where it stands in the path, and none where it does not. */
export function checkAccountPlace(
  path: readonly PropertyKey[],
  segments: readonly Segment[],
  inPath: boolean,
): DeclarationProblem[] {
  const places = segments.filter((segment) => "account" in segment).length;
  if (places === (inPath ? 1 : 0)) return [];
  return [
    {
      path,
      message: inPath ? "must hold {account} once" : '{account} stands in paths with tenancy "path" only',
    },
  ];
}
