/**
 * Runs the text of an ES module in this process, which can import what Node brings along; gives what its default export is, or
 * gives when it is called.
 */
export async function runModule(text: string): Promise<unknown> {
  const url = `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`;
  const { default: exported } = (await import(url)) as { readonly default?: unknown };
  return typeof exported === "function" ? (exported as () => unknown)() : exported;
}
