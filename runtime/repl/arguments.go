package repl

import (
	"errors"
	"fmt"
	"strings"
)

const usage = `usage: qrelay-lua [options] [script [args]]
Runs a Lua script with all modules of qrelay, or reads lines from a prompt.

  -e code        run the code
  -l name        require the module, and make it the global of that name
  -i             go on with the prompt after running the script
  -v             show the version
  --             end of options
  -              run standard input, end of options
  --config FILE  run a configuration of qrelay without listening, then go on
                 with the prompt: .mail tries it
  --test PATH    run the tests in a folder or file (*_test.lua)
  --help         show this text
`

// A step is one -e or -l. They are done in their order.
type step struct {
	option byte // 'e' or 'l'
	value  string
}

// An invocation is a parsed command line.
type invocation struct {
	steps                      []step
	interactive, version, help bool
	config, tests              string
	script                     string   // "-" for standard input, empty for none
	args                       []string // of the script
	before                     []string // all that came before the script
}

// parseArguments reads a command line as lua(1) does.
func parseArguments(args []string) (*invocation, error) {
	in := &invocation{}
	rest := args
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") && rest[0] != "-" {
		option := rest[0]
		rest = rest[1:]
		if option == "--" {
			break
		}
		var err error
		if rest, err = in.option(option, rest); err != nil {
			return nil, err
		}
	}
	in.before = args[:len(args)-len(rest)]
	if len(rest) > 0 {
		in.script, in.args = rest[0], rest[1:]
	}
	return in, in.onlyTests()
}

// onlyTests makes sure that tests are not passed by ignoring what was meant.
func (in *invocation) onlyTests() error {
	switch {
	case in.tests == "":
		return nil
	case in.config != "":
		return errors.New("'--test' and '--config' exclude each other: test files call config(path)")
	case in.script != "":
		return fmt.Errorf("'--test' takes one folder or file, and nothing else: %q", in.script)
	case len(in.steps) > 0 || in.interactive:
		return errors.New("'--test' cannot be used with -e, -l and -i")
	}
	return nil
}

// option takes one option and its value, and returns what is left.
func (in *invocation) option(option string, rest []string) ([]string, error) {
	switch name, value, joined := strings.Cut(option, "="); name {
	case "--config", "--test":
		if !joined && len(rest) > 0 {
			value, rest = rest[0], rest[1:]
		}
		if value == "" {
			return nil, fmt.Errorf("'%s' needs an argument", name)
		}
		if name == "--config" {
			in.config = value
		} else {
			in.tests = value
		}
		return rest, nil
	}
	switch option {
	case "-i":
		in.interactive = true
	case "-v", "--version":
		in.version = true
	case "-h", "--help":
		in.help = true
	default:
		return in.step(option, rest)
	}
	return rest, nil
}

// step takes -e and -l, whose value may follow without blank.
func (in *invocation) step(option string, rest []string) ([]string, error) {
	if !strings.HasPrefix(option, "-e") && !strings.HasPrefix(option, "-l") {
		return nil, fmt.Errorf("unrecognized option '%s'", option)
	}
	value := option[2:]
	if value == "" {
		if len(rest) == 0 {
			return nil, fmt.Errorf("'%s' needs an argument", option)
		}
		value, rest = rest[0], rest[1:]
	}
	in.steps = append(in.steps, step{option[1], value})
	return rest, nil
}

// idle tells that the command line has nothing to run.
func (in *invocation) idle() bool {
	return len(in.steps) == 0 && in.script == "" && !in.version
}
