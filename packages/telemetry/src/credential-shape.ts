/**
 * What credentials look like, by what a problem calls them. Whole words of prose never match, and digests, which are any letters
 * of base64url, by no chance worth speaking of.
 */
const SHAPES: readonly (readonly [name: string, shape: RegExp])[] = [
  ["a JWT", /eyJ[\w-]{6,}\.[\w-]*\.[\w-]*/],
  ["a GitHub token", /(?<![A-Za-z0-9])(?:gh[oprsu]_|github_pat_)\w{16,}/],
  ["a Stripe key", /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)|whsec)_\w{4,}/],
  ["an AWS key", /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}/],
  ["a Google token", /(?<![A-Za-z0-9])ya29\.[\w-]{6,}/],
  // `Bearer` and a word of prose is no credential; one with a digit or a sign in it, or a long one, is.
  ["an Authorization value", /\b(?:Bearer|DPoP|Basic)\s+(?=\S*[^a-z\s.,;:]|\S{16})[\w.~+/=-]{8,}/i],
  ["a PEM block", /-----BEGIN [A-Z0-9 ]+-----/],
];

/** What kind of credential `text` holds, by its looks; `undefined` for none. */
export function credentialShape(text: string): string | undefined {
  return SHAPES.find(([, shape]) => shape.test(text))?.[0];
}
