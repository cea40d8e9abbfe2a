import type { ApprovalState } from "@watchword/core";
import type { ApprovalForm } from "../approvals/approval-login.ts";
import { escaped, htmlPage } from "./html-page.ts";

/** What waits, with its exact text, and one form for each. */
export function waitingPage(forms: readonly ApprovalForm[]): string {
  if (forms.length === 0) return htmlPage("Approvals", "<p>Nothing waits for you.</p>");
  return htmlPage("Approvals", forms.map(section).join("\n"));
}

/** What became of it. */
export function decidedPage(id: string, state: ApprovalState): string {
  return htmlPage(
    "Approvals",
    `<p>${escaped(id)} is ${escaped(state)}.</p><p><a href="../login">What else waits</a></p>`,
  );
}

/** One sentence, and the way to begin anew. */
export function refusedPage(text: string): string {
  return htmlPage("Approvals", `<p>${escaped(text)}</p><p><a href="../login">Log in again</a></p>`);
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
