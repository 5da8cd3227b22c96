// Command licenses writes docs/licenses.md: which modules are in the programs,
// and what their licenses say, which must go along with every copy of a program.
// It reads the sources in the go command's module cache.
//
//	go run ./packaging/licenses >docs/licenses.md
package main

import (
	"fmt"
	"os"
)

func main() {
	page, err := page()
	if err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
	os.Stdout.WriteString(page)
}

// page makes the page for the programs of the module that is the working
// directory's.
func page() (string, error) {
	modules, err := list()
	if err != nil {
		return "", err
	}
	notices := make([]notice, len(modules))
	for i, m := range modules {
		if notices[i], err = read(m); err != nil {
			return "", err
		}
	}
	return render(notices), nil
}
