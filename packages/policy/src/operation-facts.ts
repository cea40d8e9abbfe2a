import {
  type BindingsManifest,
  type Catalogue,
  type OperationDescription,
  describeOperation,
  findOperation,
} from "@watchword/core";

/** What is known of one system's operations, whoever said it: its adapter's catalogue, or the manifest of an application. */
export interface OperationFacts {
  /** The adapter's name, where it is known. */
  readonly adapter: string | undefined;
  /** Names of the operations that are known. */
  readonly names: readonly string[];
  /** Whether there are no others: a catalogue knows all of them, a manifest those that a tool is bound to. */
  readonly complete: boolean;
  find(name: string): OperationDescription | undefined;
}

/** Facts by the name that the policy gives the system. */
export type SystemFacts = ReadonlyMap<string, OperationFacts>;

/** All operations of a catalogue; each is described once, and only when somebody asks for it. */
export function catalogueFacts(catalogue: Catalogue): OperationFacts {
  const described = new Map<string, OperationDescription>();
  return {
    adapter: catalogue.adapter,
    names: Object.values(catalogue.operations).map(({ name }) => name),
    complete: true,
    find: (name) => {
      const known = described.get(name);
      if (known !== undefined) return known;
      const entry = findOperation(catalogue, name);
      if (entry === undefined) return undefined;
      const description = describeOperation(entry);
      described.set(name, description);
      return description;
    },
  };
}

/** The operations of each system that some tool is bound to. */
export function manifestFacts(manifest: BindingsManifest): SystemFacts {
  return new Map(
    Object.entries(manifest.systems).map(([system, { operations }]) => {
      const known = new Map(Object.values(operations).map((entry) => [entry.name, entry]));
      return [
        system,
        {
          adapter: undefined,
          names: [...known.keys()],
          complete: false,
          find: (name: string) => known.get(name),
        },
      ];
    }),
  );
}
