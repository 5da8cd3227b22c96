package man

import (
	"regexp"
	"strings"
)

// A Block is a part of a help text: a paragraph, or a section, of which one of
// Items and Literal is set.
type Block struct {
	Paragraph string
	Title     string // of a section, without colon
	Items     []Item // a list, such as of options
	Literal   string // lines as they are, such as examples
}

// An Item is an entry of a list.
type Item struct{ Term, Text string }

var (
	sectionTitle = regexp.MustCompile(`^[A-Z][\w ]*:$`)
	itemLine     = regexp.MustCompile(`^ *(\S.*?)(?: {2,}(\S.*))?$`)
)

// maxIndent is how far terms are indented at most.
const maxIndent = 6

// literalSections are shown as they are.
func literalSection(title string) bool { return title == "Usage" || title == "Examples" }

// ParseHelp takes apart what a program prints for --help: paragraphs at the left
// margin, and sections, whose title ends in a colon and whose lines are indented.
// A section without title is called Options.
func ParseHelp(text string) []Block {
	var blocks []Block
	for chunk := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		lines := strings.Split(strings.Trim(chunk, "\n"), "\n")
		switch {
		case sectionTitle.MatchString(lines[0]):
			title := strings.TrimSuffix(lines[0], ":")
			blocks = append(blocks, section(title, lines[1:]))
		case strings.HasPrefix(lines[0], " ") && len(blocks) > 0 && blocks[len(blocks)-1].Title != "":
			more(&blocks[len(blocks)-1], lines)
		case strings.HasPrefix(lines[0], " "):
			blocks = append(blocks, section("Options", lines))
		default:
			blocks = append(blocks, Block{Paragraph: strings.Join(strings.Fields(chunk), " ")})
		}
	}
	return blocks
}

func section(title string, lines []string) Block {
	b := Block{Title: title}
	if literalSection(title) {
		b.Literal = literal(lines)
	} else {
		b.Items = items(lines)
	}
	return b
}

// more adds to a section what follows an empty line.
func more(b *Block, lines []string) {
	if literalSection(b.Title) {
		b.Literal += "\n" + literal(lines)
	} else {
		b.Items = append(b.Items, items(lines)...)
	}
}

// literal takes the indentation off.
func literal(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimPrefix(line, "  ") + "\n")
	}
	return b.String()
}

// items reads a list in two columns. A line that is indented as far as the text
// of the item before it goes on with that text.
func items(lines []string) []Item {
	var all []Item
	column := maxIndent + 1
	for _, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if indent >= column && len(all) > 0 {
			last := &all[len(all)-1]
			last.Text = strings.TrimSpace(last.Text + " " + strings.TrimSpace(line))
			continue
		}
		m := itemLine.FindStringSubmatchIndex(line)
		if m == nil {
			continue // blank
		}
		item := Item{Term: line[m[2]:m[3]]}
		column = maxIndent + 1
		if m[4] >= 0 {
			item.Text, column = line[m[4]:m[5]], m[4]
		}
		all = append(all, item)
	}
	return all
}
