/** What is wrong with a declaration, and where. */
export interface DeclarationProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
