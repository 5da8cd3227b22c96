package main

import (
	"fmt"
	"slices"
	"strings"
)

const introduction = `# Licenses

qrelay is under the BSD 2-Clause License; its text is in the file LICENSE. The
programs contain the modules of this list. Their licenses, below, want to be
passed on with the programs, so this page is in the Debian package too.

This page is generated: "make -C packaging licenses" writes it.

| module | version | license |
|---|---|---|
`

// render writes the page: a table, then each text once.
func render(notices []notice) string {
	var page strings.Builder
	page.WriteString(introduction)
	var texts []string
	users := map[string][]string{}
	for _, n := range notices {
		fmt.Fprintf(&page, "| %s | %s | %s |\n", n.path, n.version, n.license)
		if !slices.Contains(texts, n.text) {
			texts = append(texts, n.text)
		}
		users[n.text] = append(users[n.text], n.path)
	}
	for _, text := range texts {
		fmt.Fprintf(&page, "\n## %s\n\n```text\n%s\n```\n", strings.Join(users[text], ", "), text)
	}
	return page.String()
}
