import type { Selection } from "../boundary-builder.ts";
import { FACTS } from "../row.ts";
import type { BoundaryFile } from "./read-boundary-file.ts";

/** What the matrix of each file asks for, as presets would. */
export function selectionsOfFiles(files: readonly BoundaryFile[]): readonly Selection[] {
  return files.flatMap(({ matrix }): Selection[] => {
    if (matrix === null) return [];
    const { grants, except } = matrix;
    if (grants === "*")
      return [
        {
          kind: "matrix",
          except: except.map(({ grant, fact, reason }) => ({
            fact,
            reason,
            ...(grant === null ? {} : { grant }),
          })),
        },
      ];
    return grants.map((grant) => ({
      kind: "facts",
      preset: "matrix",
      grant,
      facts: FACTS.filter(
        (fact) => !except.some((each) => each.fact === fact && (each.grant ?? grant) === grant),
      ),
    }));
  });
}

/** What lists of grants leave out; what `"*"` leaves out, the selection of the matrix reports itself. */
export function excludedByFiles(
  files: readonly BoundaryFile[],
): readonly { readonly fact: (typeof FACTS)[number]; readonly grant: string; readonly reason: string }[] {
  return files.flatMap(({ matrix }) => {
    if (matrix === null || matrix.grants === "*") return [];
    const { grants, except } = matrix;
    return except.flatMap(({ grant, fact, reason }) =>
      (grant === null ? grants : grants.filter((each) => each === grant)).map((each) => ({
        fact,
        grant: each,
        reason,
      })),
    );
  });
}
