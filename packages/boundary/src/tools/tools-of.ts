/**
 * The tools among a module's exports, by the name of the export, or of the member where an export holds several. Whatever has an
 * `execute` counts: one without a guard must be noticed.
 */
export function toolsOf(module: object): ReadonlyMap<string, ExportedTool> {
  const found = new Map<string, ExportedTool>();
  const seen = new Set<unknown>();
  const note = (name: string, otherwise: string, value: unknown): void => {
    // The same tool under a second name is no second tool.
    if (!isTool(value) || seen.has(value)) return;
    seen.add(value);
    found.set(found.has(name) ? otherwise : name, value);
  };
  for (const [name, value] of Object.entries(module)) {
    note(name, name, value);
    if (isTool(value) || typeof value !== "object" || value === null) continue;
    for (const [member, inner] of Object.entries(value)) note(member, `${name}.${member}`, inner);
  }
  return found;
}

/** What a module exports that can be executed. */
export interface ExportedTool {
  execute(args: unknown, options?: object): unknown;
}

function isTool(value: unknown): value is ExportedTool {
  return (
    typeof value === "object" && value !== null && "execute" in value && typeof value.execute === "function"
  );
}
