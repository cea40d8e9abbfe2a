/**
 * The tools among a module's exports, by the name of the export, or by `export.member` where an export holds several.
 * Whatever has an `execute` counts: one without a guard must be noticed.
 */
export function toolsOf(module: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const found = new Map<unknown, string>();
  const note = (name: string, value: unknown): void => {
    // The same tool under a second name is no second tool.
    if (isTool(value) && !found.has(value)) found.set(value, name);
  };
  for (const [name, value] of Object.entries(module)) {
    note(name, value);
    if (isTool(value) || typeof value !== "object" || value === null) continue;
    for (const [member, inner] of Object.entries(value)) note(`${name}.${member}`, inner);
  }
  return Object.fromEntries([...found].map(([tool, name]) => [name, tool]));
}

function isTool(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && "execute" in value && typeof value.execute === "function"
  );
}
