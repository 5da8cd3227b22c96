package man

import (
	"fmt"
	"strings"
)

// Escape makes text safe within a line of roff: backslashes, and hyphens that
// readers copy, such as those of options.
func Escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`).Replace(text)
}

// line is a line of text: one that begins with a dot would be a request.
func line(text string) string {
	if text = Escape(text); strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

// Paragraph is a paragraph of text.
func Paragraph(text string) string { return ".PP\n" + line(text) + "\n" }

// List is a list of terms with their texts.
func List(items []Item) string {
	var b strings.Builder
	for _, item := range items {
		text := line(item.Text)
		if text == "" {
			text = `\&`
		}
		fmt.Fprintf(&b, ".TP\n\\fB%s\\fR\n%s\n", Escape(item.Term), text)
	}
	return b.String()
}

// Literal is text whose lines and blanks stay as they are.
func Literal(text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(".PP\n.RS 4\n.nf\n")
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\n")
		if l == "" {
			l = `\&`
		} else {
			l = line(l)
		}
		b.WriteString(l + "\n")
	}
	b.WriteString(".fi\n.RE\n")
	return b.String()
}

// Blocks is a help text below a heading. Titles become bold paragraphs.
func Blocks(blocks []Block) string {
	var b strings.Builder
	for _, block := range blocks {
		switch {
		case block.Title == "":
			b.WriteString(Paragraph(block.Paragraph))
			continue
		case block.Title != "Usage":
			fmt.Fprintf(&b, ".PP\n\\fB%s:\\fR\n", Escape(block.Title))
		}
		b.WriteString(Literal(block.Literal))
		b.WriteString(List(block.Items))
	}
	return strings.TrimPrefix(b.String(), ".PP\n") // a heading begins a paragraph already
}
