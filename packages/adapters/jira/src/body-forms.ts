import { type Value, type ValueMap, isValueMap } from "@watchword/core";
import { z } from "zod";
import { readDocument, writeDocument } from "./rich-text.ts";
import { requestMismatch } from "./request-mismatch.ts";
import type { BodyKind } from "./routes.ts";

/** How texts and people are written: as a document and by account id, or as wiki markup and by user name. */
export type Kind = "cloud" | "data-center";

/** What a body says: arguments, and the key of a project that it names. */
export interface ReadBody {
  readonly arguments: ValueMap;
  readonly project?: string;
}

const Text = z.string();
const Named = z.strictObject({ name: Text });
const settable = {
  summary: Text.optional(),
  description: z.unknown().optional(),
  priority: Named.optional(),
  labels: z.array(Text).optional(),
  duedate: Text.optional(),
};
const Edit = z.strictObject({ fields: z.strictObject(settable) });
const Create = z.strictObject({
  fields: z.strictObject({
    project: z.union([z.strictObject({ id: Text }), z.strictObject({ key: Text })]),
    issuetype: Named,
    ...settable,
  }),
});
const Labels = z.strictObject({
  update: z.strictObject({
    labels: z.array(z.union([z.strictObject({ add: Text }), z.strictObject({ remove: Text })])).min(1),
  }),
});
const Transition = z.strictObject({ transition: z.strictObject({ id: Text }) });
const Comment = z.strictObject({ body: z.unknown() });

/**
 * Reads a body whose every member is known. `update`, `properties`, `visibility`, another field, a transition's own fields: each
 * is a member more, and refused.
 *
 * @throws Refusal `request_mismatch`
 */
export function readBody(kind: Kind, form: BodyKind, body: unknown): ReadBody {
  switch (form) {
    case "create": {
      const { project, issuetype, ...fields } = fit(Create, body).fields;
      return {
        arguments: {
          type: issuetype.name,
          ...readFields(kind, fields),
          ...("id" in project ? { projectId: project.id } : {}),
        },
        ...("key" in project ? { project: project.key } : {}),
      };
    }
    case "edit":
      return { arguments: readFields(kind, fit(Edit, body).fields) };
    case "labels":
      return { arguments: readLabels(fit(Labels, body).update.labels) };
    case "assignee":
      return {
        arguments: {
          assignee:
            kind === "cloud"
              ? fit(z.strictObject({ accountId: Text }), body).accountId
              : fit(Named, body).name,
        },
      };
    case "transition":
      return { arguments: { transition: fit(Transition, body).transition.id } };
    case "comment":
      return { arguments: { text: readText(kind, fit(Comment, body).body) } };
    default:
      throw requestMismatch("a body that no operation has");
  }
}

/** Writes the body of decided arguments, as {@link readBody} reads it. */
export function writeBody(kind: Kind, form: BodyKind, values: ValueMap): Record<string, unknown> {
  switch (form) {
    case "create":
      return {
        fields: {
          project: { id: values["projectId"] },
          issuetype: { name: values["type"] },
          ...writeFields(kind, values),
        },
      };
    case "edit":
      return { fields: writeFields(kind, values) };
    case "labels":
      return {
        update: { labels: [...labelled("add", values["add"]), ...labelled("remove", values["remove"])] },
      };
    case "assignee":
      return kind === "cloud" ? { accountId: values["assignee"] } : { name: values["assignee"] };
    case "transition":
      return { transition: { id: values["transition"] } };
    case "comment":
      return { body: writeText(kind, values["text"]) };
    default:
      return {};
  }
}

function readFields(
  kind: Kind,
  { priority, description, ...plain }: z.output<typeof Edit>["fields"],
): ValueMap {
  const fields = {
    ...plain,
    ...(priority === undefined ? {} : { priority: priority.name }),
    ...(description === undefined ? {} : { description: readText(kind, description) }),
  };
  if (isValueMap(fields)) return fields;
  throw requestMismatch("a field is not a plain value");
}

function writeFields(kind: Kind, { summary, description, priority, labels, duedate }: ValueMap): object {
  return {
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description: writeText(kind, description) }),
    ...(priority === undefined ? {} : { priority: { name: priority } }),
    ...(labels === undefined ? {} : { labels }),
    ...(duedate === undefined ? {} : { duedate }),
  };
}

/** Additions first, then what goes: one order, so that no two texts mean the same. */
function readLabels(changes: z.output<typeof Labels>["update"]["labels"]): ValueMap {
  const firstRemoved = changes.findIndex((change) => "remove" in change);
  const add = changes.flatMap((change) => ("add" in change ? [change.add] : []));
  const remove = changes.flatMap((change) => ("remove" in change ? [change.remove] : []));
  if (firstRemoved !== -1 && firstRemoved !== add.length)
    throw requestMismatch("labels are added before others are removed");
  return { ...(add.length === 0 ? {} : { add }), ...(remove.length === 0 ? {} : { remove }) };
}

const labelled = (deed: "add" | "remove", labels: ValueMap[string] | undefined): readonly object[] =>
  Array.isArray(labels) ? labels.map((label: unknown) => ({ [deed]: label })) : [];

const writeText = (kind: Kind, text: Value | undefined): unknown =>
  kind === "cloud" && typeof text === "string" ? writeDocument(text) : text;

function readText(kind: Kind, written: unknown): string {
  if (kind === "cloud") return readDocument(written);
  if (typeof written === "string") return written;
  throw requestMismatch("a text is not a text");
}

function fit<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw requestMismatch("the body does not hold the members of one operation, each known");
}
