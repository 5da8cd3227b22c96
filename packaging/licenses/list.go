package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A module is a source of code in the programs.
type module struct {
	path    string
	version string
	dir     string
}

// listFormat prints the module of a package, unless it is our own or it is a
// package of the standard library.
const listFormat = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}"

// list returns the modules that programs in releases are built of, the standard
// library first.
func list() ([]module, error) {
	root, err := goCommand("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	lines, err := goCommand("list", "-deps", "-f", listFormat, "qrelay/cmd/...")
	if err != nil {
		return nil, err
	}
	modules := []module{{path: "Go standard library", dir: root}}
	all := strings.Split(lines, "\n")
	slices.Sort(all)
	for _, line := range slices.Compact(all) {
		fields := strings.SplitN(line, " ", 3)
		if len(fields) != 3 || fields[2] == "" {
			return nil, fmt.Errorf("the source of %q is not in the module cache", line)
		}
		modules = append(modules, module{fields[0], fields[1], fields[2]})
	}
	return modules, nil
}

// goCommand runs the go command for the system that releases are for and
// returns what it prints.
func goCommand(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}
