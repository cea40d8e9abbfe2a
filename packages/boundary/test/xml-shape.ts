/**
 * The elements of an XML document in order, as `name` and attributes; throws where it is not well-formed (XML 1.0: one
 * root, closed in order, quoted attributes once each, no bare `<` or `&`, no forbidden characters).
 */
export function xmlShape(
  text: string,
): { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[] {
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text))
    throw new Error("a character that XML forbids");
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  let roots = 0;
  const rest = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  for (const [token, close, name = "", attributes = "", empty] of rest.matchAll(
    /<(\/)?([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/)?>|[^<]+|</g,
  )) {
    if (token === "<") throw new Error("a bare <");
    if (name === "") {
      if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(token) || token.includes("]]>"))
        throw new Error(`a bare &: ${token}`);
      if (open.length === 0 && token.trim() !== "") throw new Error("text outside of the root");
    } else if (close === undefined) {
      if (open.length === 0 && ++roots > 1) throw new Error("a second root");
      const found: Record<string, string> = {};
      for (const [, key = "", value = ""] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
        if (Object.hasOwn(found, key) || /&(?!(?:amp|lt|gt|quot|#39);)/.test(value))
          throw new Error(`attribute ${key}`);
        found[key] = value;
      }
      elements.push({ name, attributes: found });
      if (empty === undefined) open.push(name);
    } else if (open.pop() !== name) throw new Error(`</${name}> closes something else`);
  }
  if (open.length > 0 || roots !== 1) throw new Error("not closed");
  return elements;
}
