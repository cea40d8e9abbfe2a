/** Of a process's own options those by which it finds packages: a process of its own must find the same. */
export function conditionsOf(options: readonly string[]): string[] {
  return options.flatMap((option, index) => {
    if (/^(--conditions=|-C=)/.test(option)) return [option];
    return option === "--conditions" || option === "-C" ? [`--conditions=${options[index + 1] ?? ""}`] : [];
  });
}
