import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readXml, textAt } from "../src/read-xml.ts";

const at = (source: string, ...path: string[]): string | undefined => textAt(readXml(source), ...path);

describe("an answer in XML", () => {
  test("is elements, text and entities", () => {
    const source =
      '<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n <A>a &lt;b&gt; &amp;amp; &quot;&apos; &#65;&#x42;</A><E/><B><C>c</C></B>\n</R>\n';
    expect(readXml(source)?.name).toBe("R");
    expect(at(source, "A")).toBe("a <b> &amp; \"' AB");
    expect([at(source, "E"), at(source, "B", "C"), at(source, "C"), at(source, "B", "D")]).toEqual([
      "",
      "c",
      undefined,
      undefined,
    ]);
  });

  test("whose element comes twice says nothing by it", () => {
    const source = "<R><Arn>one</Arn><Arn>two</Arn><C><K>a</K></C><C><K>b</K></C></R>";
    expect([at(source, "Arn"), at(source, "C", "K")]).toEqual([undefined, undefined]);
  });

  test.for([
    "",
    "text",
    "<R>",
    "</R>",
    "<R></r>",
    "<R><A></R></A>",
    "<R/><R/>",
    "<R/>text",
    "text<R/>",
    '<!DOCTYPE R [<!ENTITY a "b">]><R>&a;</R>',
    "<R>&a;</R>",
    "<R>&</R>",
    "<R><!-- --></R>",
    "<R><![CDATA[a]]></R>",
    "<R><?php ?></R>",
    "<R a='b'/>",
    '<R a="<"/>',
    "<R a=b/>",
    "<R><",
    "<R/><",
    "<R/><!-- -->",
    "<a:R/>",
    `${"<R>".repeat(9)}${"</R>".repeat(9)}`,
  ])("is not this: %j", (source) => {
    expect(readXml(source)).toBeUndefined();
  });

  test("that anybody could write breaks nothing, and what is written is read back", () => {
    const text = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(text, (content) => {
        expect(() => readXml(content)).not.toThrow();
        const written = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
        expect(at(`<R><A>${written}</A></R>`, "A")).toBe(content);
      }),
    );
  });
});
