import { z } from "zod";
import { requestMismatch } from "./request-mismatch.ts";

/**
 * Plain text in Atlassian Document Format: one paragraph per line. Nothing else is read: a mention would write to people, a
 * link or a picture would ask another host.
 */
const Document = z.strictObject({
  type: z.literal("doc"),
  version: z.literal(1),
  content: z
    .array(
      z.strictObject({
        type: z.literal("paragraph"),
        content: z
          .array(z.strictObject({ type: z.literal("text"), text: z.string().regex(/^[^\n]+$/) }))
          .max(1)
          .optional(),
      }),
    )
    .min(1)
    .max(1_000),
});

/** A text as Jira Cloud takes it. */
export function writeDocument(text: string): z.output<typeof Document> {
  return {
    type: "doc",
    version: 1,
    content: text.split("\n").map((line) => ({
      type: "paragraph" as const,
      ...(line === "" ? {} : { content: [{ type: "text" as const, text: line }] }),
    })),
  };
}

/** The text of a document that is nothing more than paragraphs. @throws Refusal `request_mismatch` */
export function readDocument(document: unknown): string {
  const parsed = Document.safeParse(document);
  if (!parsed.success) throw requestMismatch("a text is not a document of plain paragraphs");
  return parsed.data.content.map(({ content = [] }) => content[0]?.text ?? "").join("\n");
}
