/**
 * The expression of a declared pattern, held at both ends as a whole: `^a|b$` is `^(?:a|b)$`, never “begins with a”.
 *
 * @throws SyntaxError when it is not one
 */
export function argumentPattern(text: string): RegExp {
  return new RegExp(`^(?:${text.slice(1, -1)})$`, "u");
}
