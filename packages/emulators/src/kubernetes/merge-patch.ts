type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A JSON merge patch (RFC 7386); `strategic` merges lists of named things by their names, as containers are. */
export function mergePatch(target: unknown, patch: unknown, strategic: boolean): unknown {
  if (strategic && Array.isArray(patch)) return mergeList(target, patch as readonly unknown[]);
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value, strategic);
  }
  return merged;
}

function mergeList(target: unknown, patch: readonly unknown[]): unknown {
  const items = Array.isArray(target) ? [...(target as readonly unknown[])] : [];
  for (const item of patch) {
    const index = items.findIndex(
      (held) => isObject(held) && isObject(item) && held["name"] === item["name"],
    );
    if (index === -1) items.push(item);
    else items[index] = mergePatch(items[index], item, true);
  }
  return items;
}
