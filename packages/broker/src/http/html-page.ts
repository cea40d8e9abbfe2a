import { createHash } from "node:crypto";

const STYLE =
  "body{font:16px sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid;padding:1rem}button{font-size:1rem;padding:.5rem 1.5rem;margin-right:1rem}";

/** A whole page; `body` is HTML, `title` a text. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
</body></html>
`;
}

/** INVARIANT: nothing runs on the page, nothing is loaded by it, no other page shows it, and it posts to nobody else. */
export function answerPage(status: number, html: string): Response {
  const style = createHash("sha256").update(STYLE).digest("base64");
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": "same-origin",
      // The address holds a code, which is used by then; the origin is what a form must say.
      "referrer-policy": "strict-origin",
      "cache-control": "no-store",
    },
  });
}

/** A text as it stands in HTML, in an attribute too. */
export function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 .,:;/_=+\n-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
