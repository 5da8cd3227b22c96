// Package docs is the manual. Its tests run every example: see CONTRIBUTING.md
// on how examples are marked.
package docs

//go:generate go test -run=Generated -update .
