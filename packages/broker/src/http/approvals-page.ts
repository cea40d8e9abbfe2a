import { createHash } from "node:crypto";
import type { ApprovalState } from "@watchword/core";
import type { ApprovalForm } from "../approvals/approval-login.ts";

const STYLE =
  "body{font:16px sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid;padding:1rem}button{font-size:1rem;padding:.5rem 1.5rem;margin-right:1rem}";

/** What waits, with its exact text, and one form for each. */
export function waitingPage(forms: readonly ApprovalForm[]): string {
  if (forms.length === 0) return document("Approvals", "<p>Nothing waits for you.</p>");
  return document("Approvals", forms.map(section).join("\n"));
}

/** What became of it. */
export function decidedPage(id: string, state: ApprovalState): string {
  return document(
    "Approvals",
    `<p>${escaped(id)} is ${escaped(state)}.</p><p><a href="../login">What else waits</a></p>`,
  );
}

/** One sentence, and the way to begin anew. */
export function refusedPage(text: string): string {
  return document("Approvals", `<p>${escaped(text)}</p><p><a href="../login">Log in again</a></p>`);
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
      // The address holds a code, which is used by then; the origin is what the form must say.
      "referrer-policy": "strict-origin",
      "cache-control": "no-store",
    },
  });
}

function section({ shown, approve, deny }: ApprovalForm): string {
  return [
    `<h2>${escaped(shown.id)}</h2>`,
    `<pre>${escaped(shown.text)}</pre>`,
    `<p>Until ${escaped(new Date(shown.expires_at * 1_000).toISOString())}</p>`,
    `<form method="post" action="decision">`,
    `<p><label>Reason <input name="reason" maxlength="512" autocomplete="off"></label></p>`,
    `<p><button name="answer" value="${escaped(approve)}">Approve</button>`,
    `<button name="answer" value="${escaped(deny)}">Deny</button></p>`,
    `</form>`,
  ].join("\n");
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
</body></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 .,:;/_=+\n-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
