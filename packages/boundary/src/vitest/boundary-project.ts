/** A project of a vitest configuration for tests of a boundary. */
export interface BoundaryProject {
  readonly extends: true;
  readonly test: {
    readonly name: string;
    readonly include: string[];
    readonly testTimeout: number;
    readonly hookTimeout: number;
    readonly retry: 0;
  };
}

/**
 * The project of `*.boundary.test.ts`, for `projects` of a vitest configuration. Opening a world takes longer than vitest's
 * own limits, and nothing is tried twice: a boundary that holds the second time does not hold.
 */
export function boundaryProject(options: { readonly include?: readonly string[] } = {}): BoundaryProject {
  return {
    extends: true,
    test: {
      name: "boundary",
      include: [...(options.include ?? ["**/*.boundary.test.ts"])],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      retry: 0,
    },
  };
}
